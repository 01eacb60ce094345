"""What the API's answers look like, for its description. Members that a reader does not know are ignored."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from huella.flow import pages
from huella.flow.listing import MOST
from huella.web.api import bodies

BIGGEST = 2**53 - 1
ORDER = "OCAM-2026-1335-17-0"
REQUIREMENT = "REQ-2026-1335-42"

Number = Annotated[
    str, Path(max_length=80, description="The order's number.", examples=[ORDER], pattern=r"^[!-~]+$")
]
Wanted = Annotated[
    str,
    Path(max_length=80, description="The requirement's number.", examples=[REQUIREMENT], pattern=r"^[!-~]+$"),
]
Index = Annotated[int, Path(ge=0, le=BIGGEST, description="A place in the log.", examples=[0])]
First = Annotated[int, Query(alias="from", ge=0, le=BIGGEST, description="The first place in the log.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows of a page.")]
Filter = Annotated[str | None, Query(max_length=80)]


def _asked(
    before: Annotated[
        str | None, Query(max_length=200, description="The `next` of the page before, for the one behind it.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=pages.ROWS, description="Rows of a page.")] = pages.ROWS,
) -> pages.Asked:
    """Which page of a list that begins with the newest."""
    return pages.Asked(before, limit)


PageDep = Annotated[pages.Asked, Depends(_asked)]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The description of problem documents, for a route's `responses`."""
    words = {
        401: "No valid key or session", 403: "The key has not this right", 404: "Not here",
        409: "The subject's state does not allow it", 413: "Too much at once", 422: "Something given is wrong",
        429: "Asked too often", 502: "The chain refused", 503: "Not now",
    }  # fmt: skip
    return {
        status: {
            "description": words[status],
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def takes(example: dict[str, Any], *named: str) -> dict[str, Any]:
    """The description of a JSON body that a handler reads itself: a fact of the kinds that are named, if any."""
    schema = bodies.fact(*named) if named else texts(*example)
    return {"requestBody": {"content": {"application/json": {"schema": schema, "example": example}}}}


def texts(*names: str) -> dict[str, Any]:
    """The schema of an object with these members, each of them text."""
    return {
        "type": "object",
        "required": [*names],
        "properties": {name: {"type": "string"} for name in names},
    }


class Shape(BaseModel):
    """A JSON object of which more members may come in later versions."""

    model_config = ConfigDict(extra="allow")


class OrderRow(Shape):
    """An order in a list. A natural person's RUC and name are sealed and null here."""

    number: str = Field(examples=[ORDER])
    status: str = Field(examples=["accepted"])
    entity_ruc: str | None = Field(examples=["20131257750"])
    entity: str | None = Field(examples=["SEGURO SOCIAL DE SALUD"])
    supplier_ruc: str | None = Field(examples=["20100186170"])
    supplier: str | None = Field(examples=["CONSORCIO DE REPRESENTACIONES SA"])
    currency: str = Field(examples=["PEN"])
    total: str = Field(examples=["2950.00"], description="With two decimals")
    first_index: int = Field(examples=[17])
    last_index: int = Field(examples=[19])


class Orders(Shape):
    """A page of orders; `next` is where the next one goes on (`from`), null where there is none now."""

    orders: list[OrderRow]
    next: int | None


class Requirements(Shape):
    """A page of procedures."""

    requirements: list[dict[str, Any]]
    next: int | None


class EntryShown(Shape):
    """A record in the log: its place, what is public of it, and its anchor once there is one."""

    index: int
    leaf: str = Field(description="SHA-256(0x00 || record), hex")
    kind: str = Field(examples=["order.published"])
    subject: str = Field(examples=[ORDER])
    seq: int
    recorded_at: str
    recorded_by: str
    signed_by_party: bool
    asserted_by_operator: bool
    sealed_fields: int
    data: dict[str, Any]
    anchor: dict[str, Any] | None


class OneRecord(Shape):
    """One record."""

    entry: EntryShown


class OrderShown(Shape):
    """An order: state, deliveries, token, records."""

    order: dict[str, Any]
    deliveries: list[dict[str, Any]]
    token: dict[str, Any]
    entries: list[EntryShown]


class ProcedureShown(Shape):
    """A procedure: terms, the offers it claims once it is closed, award, records."""

    procedure: dict[str, Any]
    offers: list[dict[str, Any]]
    award: dict[str, Any] | None
    entries: list[EntryShown]


class FeedRow(Shape):
    """One entry of the log with its exact record."""

    index: int
    leaf: str
    kind: str
    subject: str
    seq: int
    recorded_at: str
    anchored: bool
    record: str
    annexes: list[str]


class Feed(Shape):
    """A stretch of the log without gaps. Ask again with `from` = `next`, which is where the next entry will stand."""

    entries: list[FeedRow]
    next: int


class Token(Shape):
    """ERC-721 metadata of an order's token."""

    name: str
    description: str
    external_url: str
    attributes: list[dict[str, Any]]


class VerdictShown(Shape):
    """What a check found: the overall word, a sentence in both languages, the numbered checks."""

    overall: str = Field(examples=["authentic"])
    exit_code: int
    attested: bool
    sentence: dict[str, str]
    checks: list[dict[str, Any]]


class SealedShown(Shape):
    """A fact that is a record now. `receipt` is its evidence file's text, signed by the log."""

    index: int = Field(examples=[17])
    leaf: str
    warnings: list[dict[str, Any]]
    receipt: str


class Confirmed(Shape):
    """What another person confirmed: a fact that is a record now, or a person, whose first password is what was
    proposed, a hyphen, and this `code`."""

    index: int | None = Field(None, examples=[17])
    leaf: str | None = None
    warnings: list[dict[str, Any]] | None = None
    receipt: str | None = None
    login: str | None = Field(None, examples=["maria"])
    code: str | None = None


class Proposal(Shape):
    """An act that waits for a second person."""

    id: str
    kind: str
    subject: str
    proposed_by: str
    proposed_at: str
    state: str = Field(examples=["waiting"])
