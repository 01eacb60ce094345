"""Orders as anybody may read them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from huella.errors import NotFound
from huella.flow import codes, listing, paper, publish, read, show
from huella.flow.house import House
from huella.web.answers import Answer, fixed
from huella.web.api import API
from huella.web.api.shapes import Filter, First, Limit, Number, Orders, OrderShown, problems
from huella.web.house import HouseDep
from huella.web.views import chain

router = APIRouter(prefix=f"{API}/orders", tags=["orders"])
EVIDENCE = "application/json"


@router.get("", response_model=Orders, responses=problems(422))
def list_orders(  # noqa: PLR0913 - one parameter a filter
    house: HouseDep,
    first: First = 0,
    limit: Limit = 100,
    status: Filter = None,
    entity: Filter = None,
    supplier: Filter = None,
    agreement: Filter = None,
    procedure: Filter = None,
    shape: Filter = None,
    requirement: Filter = None,
) -> Response:
    """Orders in the order of the log, a page at a time. `entity` and `supplier` are RUCs; a natural person's is sealed
    and finds nothing."""
    given = {
        "status": status, "entity": entity, "supplier": supplier, "agreement": agreement,
        "procedure": procedure, "shape": shape, "requirement": requirement,
    }  # fmt: skip
    page = listing.orders(house, first, limit, {name: value for name, value in given.items() if value})
    return Answer({"orders": page.rows, "next": page.following})


@router.get("/{number}.pdf", response_class=Response, responses=problems(404, 422, 429))
def order_pdf(
    request: Request,
    house: HouseDep,
    number: Number,
    code: Annotated[
        str | None, Query(max_length=40, description="The verification code on the paper.")
    ] = None,
) -> Response:
    """The order's PDF. By its number alone: a public copy, in which everything personal is left out and which carries
    no code. With the verification code: the paper on record, its evidence attached.

    Whoever guesses codes is stopped by the rate limit: a code has 80 bits.
    """
    if code is None:
        return fixed(
            request, paper.public_paper(house, number), paper.PDF, name=f"{number}.pdf", forever=False
        )
    body = paper_by_code(house, number, code)
    answer = fixed(request, body, paper.PDF, name=f"{number}.pdf", forever=False)
    answer.headers["cache-control"] = "private, no-store"
    return answer


@router.get("/{number}/evidence", response_class=Response, responses=problems(404, 503))
def order_evidence(request: Request, house: HouseDep, number: Number) -> Response:
    """The evidence file of the order's newest whole record, nothing sealed disclosed. It verifies offline; before the
    anchor it is a receipt."""
    entry = publish.newest_entry(house, number)
    with house.moment():
        body = publish.evidence_of(house, entry.index).encode()
    return fixed(request, body, EVIDENCE, name=f"{number}.huella.json", forever=False)


@router.get("/{number}", response_model=OrderShown, responses=problems(404))
def get_order(request: Request, house: HouseDep, number: Number) -> Response:
    """An order: its state now, deliveries, token, and each of its records. The token's `owner` is by the chain, its
    `account` by the records (null: the custodian); `agreement` compares them: `same`, `other`, `waits` for the chain,
    or `unknown`, where the chain gave no answer."""
    if number.isdigit():  # a place in the log has its own address
        raise NotFound(f"{number} is not registered", field="order")
    with house.moment():
        found = show.with_erasures(house, read.show_order(house, number))
    token = chain.token(house, request.app.state.chain, found["token"], bool(found["entries"][0]["anchor"]))
    held = token.pop("held")
    return Answer(found | {"token": token | {"owner": held and held["owner"]}})


def paper_by_code(house: House, number: str, code: str) -> bytes:
    """The paper on record for who holds its code. NotFound where the code is another paper's, or nobody's."""
    found, _ = codes.order_of(house, code)
    if found != number:
        raise NotFound("no paper of this order carries this code", field="code")
    return paper.order_paper(house, number)
