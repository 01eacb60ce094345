"""The log: records, the feed, tokens, whole months."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from huella.flow import listing, publish, show
from huella.web.answers import NDJSON, Answer, dumps, fixed, json_lines, stream
from huella.web.api import API
from huella.web.api.shapes import Feed, First, Index, Limit, OneRecord, Token, problems
from huella.web.house import HouseDep

router = APIRouter(prefix=API, tags=["log"])
GZIP = "application/gzip"
Month = Annotated[str, Path(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-11"])]


@router.get("/records/{index}", response_model=OneRecord, responses=problems(404))
def get_record(house: HouseDep, index: Index) -> Response:
    """One record: what is public of it, the pointers that it seals, its anchor, and what was erased of it."""
    with house.moment():
        return Answer(show.with_erasures(house, show.show_entry(house, str(index))))


@router.get("/records/{index}/raw", response_class=Response, responses=problems(404))
def get_raw_record(request: Request, house: HouseDep, index: Index) -> Response:
    """The record's exact bytes: SHA-256 of a zero byte and these is its leaf. They never change."""
    body = listing.raw(house, index)
    return fixed(request, body, "application/json")


@router.get("/records/{index}/evidence", response_class=Response, responses=problems(404, 503))
def get_evidence(request: Request, house: HouseDep, index: Index) -> Response:
    """The record's evidence file, nothing sealed disclosed; a receipt until it is anchored."""
    with house.moment():
        body = publish.evidence_of(house, index).encode()
    return fixed(request, body, "application/json", name=f"{index}.huella.json", forever=False)


@router.get(
    "/feed",
    response_model=Feed,
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}, **problems(422)},
)
def feed(
    request: Request,
    house: HouseDep,
    first: First = 0,
    limit: Limit = 100,
    wait: Annotated[int, Query(ge=0, le=30, description="Seconds to wait for something new.")] = 0,
) -> Response:
    """The log in its order, without gaps: whoever asks again with `from` = `next` misses nothing and meets nothing
    twice. `Accept: application/x-ndjson` gives one entry a line; the header `Huella-Next` tells where to go on."""
    page = listing.feed(house, first, limit)
    if not page.rows and wait:
        page = listing.wait_for(house, first, limit, wait)
    if NDJSON in request.headers.get("accept", ""):
        answer = Response(b"".join(json_lines(page.rows)), 200, media_type=NDJSON)
    else:
        answer = Answer({"entries": page.rows, "next": page.following})
    answer.headers["huella-next"] = str(page.following)
    return answer


@router.get("/tokens/{index}", response_model=Token, responses=problems(404))
def get_token(house: HouseDep, index: Index) -> Response:
    """ERC-721 metadata of the token that stands for an order: its id is the index of the order's first record."""
    return Answer(listing.token(house, index))


@router.get("/exports/records")
def list_months(house: HouseDep) -> Response:
    """The months (UTC) of which there are records, with the address of each as JSON Lines, compressed."""
    return Answer({"months": [{"month": name, "file": f"{name}.jsonl.gz"} for name in listing.months(house)]})


@router.get("/exports/records/{month}.jsonl.gz", response_class=Response, responses=problems(422))
def get_month(house: HouseDep, month: Month) -> Response:
    """Every record of a month, one JSON object a line as in the feed, compressed with gzip."""
    first, end = listing.month(house, month)
    rows = (dumps(row) for row in listing.entries(house, first, end))
    return stream(listing.lines(rows), GZIP, f"{month}.jsonl.gz")
