"""Handing in facts. Each answer carries index, leaf hash and the receipt; `Idempotency-Key` makes a retry harmless.

A body is our own input form (docs/spec/record.md): complete data, which the registry seals; or data that its party
sealed and signed, with `sealed`, `disclosures`, `prev` and `act`. Kind and subject come from the address.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from huella.errors import InputError
from huella.flow import hand_in, permit, procedure, proposals
from huella.flow.access import ENTITY
from huella.flow.seal import Sealed
from huella.web import pointers
from huella.web.answers import NDJSON, json_lines, stream
from huella.web.api import API, bodies
from huella.web.api.shapes import Number, Proposal, Wanted, takes
from huella.web.body import read_json, spooled_lines
from huella.web.handing import REFUSALS, HandingDep, seals

router = APIRouter(prefix=API, tags=["hand in"])
BULK_LIMIT = 200_000_000
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "accept": ("order.accepted", {"mode": "explicit"}),
    "reject": ("order.rejected", {}),
    "amend": ("order.amended", {}),
    "terminate": ("order.terminated", {}),
    "assign": ("rights.assigned", {}),
}
STEPS = {"made": "delivery.made", "conformed": "delivery.conformed", "paid": "delivery.paid"}
_FACT = {"data": {"effective_at": "2026-11-23T15:00:00.000Z"}}
_WANTED = {"subject": "REQ-2026-1335-42", "data": {"closes_at": "2026-11-25T22:00:00.000Z"}}
_LINES: dict[str, Any] = {"content": {NDJSON: {"schema": {"type": "string"}}}}


@router.post("/orders", **seals(bodies.ORDER, "order.published"))
def publish_order(given: HandingDep) -> Response:
    """Publish an order (`order.published`). An entity publishes its own; the registry makes the paper where its
    settings say so and the order brings none."""
    return given.fact({"kind": "order.published"})


@router.post(
    "/orders/{number}/annul",
    **{**seals(_FACT, "order.annulled"), "response_model": Proposal, "status_code": 202},
)
def annul_order(given: HandingDep, number: Number) -> Response:
    """Propose that an order be annulled. It takes two persons: nothing is sealed until another one confirms the
    proposal."""
    body, raw = read_json(given.request)
    draft = hand_in.read_draft(body, kind="order.annulled", subject=number)
    draft = hand_in.completed(given.house, draft, {})
    with pointers.in_fact(body, ("/subject",)):
        return given.once(raw, lambda: proposals.propose(given.house, given.caller, draft), 202)


@router.post("/orders/{number}/{act}", **seals(_FACT, *(kind for kind, _ in ACTS.values())))
def act_on_order(given: HandingDep, number: Number, act: str) -> Response:
    """An act on an order: `accept`, `reject` (supplier), `amend`, `terminate` (entity), `assign` (supplier: its
    collection rights). `effective_at` is now where the data do not tell it."""
    kind, more = _known(ACTS, act)
    return given.fact({"kind": kind, "subject": number}, more)


@router.post("/deliveries/{number}/{step}", **seals(_FACT, *STEPS.values()))
def record_delivery(given: HandingDep, number: Number, step: str) -> Response:
    """A delivery was `made`, `conformed` or `paid`. The number is the delivery's own, such as OCAM-2026-1335-17-1."""
    order, _, place = number.rpartition("-")
    if not order or not (
        place.isascii() and place.isdigit() and len(place) <= 6 and str(int(place)) == place
    ):
        raise InputError("a delivery's number ends in its place, such as OCAM-2026-1335-17-1", field="number")
    return given.fact({"kind": _known(STEPS, step), "subject": f"{order}-0"}, {"delivery": int(place)})


@router.post("/requirements", **seals(_WANTED, "requirement.published"))
def publish_requirement(given: HandingDep) -> Response:
    """Publish a requirement: what is wanted, until when offers may come, by which rule they are ranked."""
    return given.fact({"kind": "requirement.published"})


@router.post("/requirements/{number}/amend", **seals(_FACT, "requirement.amended"))
def amend_requirement(given: HandingDep, number: Wanted) -> Response:
    """Change a requirement that is open."""
    return given.fact({"kind": "requirement.amended", "subject": number})


@router.post("/requirements/{number}/close", **seals())
def close_procedure(given: HandingDep, number: Wanted) -> Response:
    """Close the offers as one set, once the deadline has come. The worker does it by itself too."""
    return given.verb(number, lambda: procedure.close(given.house, number))


@router.post("/requirements/{number}/award", **seals())
def award_procedure(given: HandingDep, number: Wanted) -> Response:
    """Decide the award by the rule that the requirement announced. Anybody can compute it again."""
    return given.verb(number, lambda: procedure.decide_award(given.house, number))


@router.post("/requirements/{number}/cancel", **seals({"reason": "…"}))
def cancel_procedure(given: HandingDep, number: Wanted) -> Response:
    """End a procedure without award. The reason is sealed: it may name people."""
    reason = _text(read_json(given.request)[0], "reason")
    return given.verb(number, lambda: procedure.cancel(given.house, number, reason), reason)


@router.post(
    "/requirements/{number}/open", responses=REFUSALS, openapi_extra=takes({"identity": "AGE-SECRET-KEY-1…"})
)
def open_procedure(given: HandingDep, number: Wanted) -> Response:
    """Open every claimed offer with the opening key's private half, which is used and not kept. Each offer's own
    outcome: one that does not open is named and cannot win."""
    permit.check_subject(given.house, given.caller, number, ENTITY)
    body, raw = read_json(given.request)
    identity = _text(body, "identity")

    def work() -> dict[str, Any]:
        done = procedure.open_offers(given.house, number, identity)
        return {"requirement": number, "offers": [_opened(code, outcome) for code, outcome in done]}

    return given.once(raw, work, 200)


@router.post("/offers", **seals({"format": "huella/offer/1"}))
def send_offer(given: HandingDep) -> Response:
    """Hand in an offer, a withdrawal or a replacement as its supplier sealed it (`huella offer seal`, or the browser):
    nothing of it can be read here before the opening. Sealed first, then received; the receipt says for which
    requirement. A late one is refused (409, rule `late`), and the refusal is on record."""
    return given.offer()


@router.post(
    "/bulk",
    response_class=Response,
    responses={200: _LINES, **REFUSALS},
    openapi_extra={"requestBody": _LINES},
)
def hand_in_bulk(given: HandingDep) -> Response:
    """Facts as JSON Lines, each with its `kind` and `subject`; the answer is JSON Lines too, one line for each, in
    order: index and leaf, or code, field and reason. A refused line stops no other one. Facts that are sealed already
    are refused by the rules, and an imported order that tells nothing new is answered with `known` and the record that
    stands, so the same file may be sent again."""
    lines = spooled_lines(given.request, BULK_LIMIT)
    return stream(json_lines(hand_in.hand_in_many(given.house, given.caller, lines)), NDJSON)


def _known(table: dict[str, Any], name: str) -> Any:
    if name not in table:
        raise InputError(f"this is one of {', '.join(table)}", field="act")
    return table[name]


def _text(given: Any, name: str) -> str:
    value = given.get(name) if isinstance(given, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= 4000:
        raise InputError(f"the body has a text `{name}`", field=f"/{name}")
    return value


def _opened(code: str, outcome: Any) -> dict[str, Any]:
    if isinstance(outcome, Sealed):
        return {"offer": code, "opened": True, "index": outcome.index}
    return {"offer": code, "opened": False, "reason": str(outcome)}
