"""What the desk's program in the browser asks and hands in: keys, sealed offers, receipts, signed acts.

The same roads as /api/v1; errors are for the person who reads them, in the page's language.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from huella.errors import InputError
from huella.flow import erase, hand_in, keys, receipt
from huella.flow.access import ADMINISTRATOR, REGISTRAR, SUPPLIER
from huella.flow.paper import PDF
from huella.web.answers import Answer
from huella.web.auth import CallerDep
from huella.web.body import read_bytes, read_json
from huella.web.handing import HandingDep
from huella.web.house import OwnerDep

router = APIRouter(prefix="/desk")
PRIVATE = {"cache-control": "no-store"}


@router.get("/key")
def key(house: OwnerDep, caller: CallerDep, key: Annotated[str, Query(max_length=120)]) -> Response:
    """How a public key stands by the register, for the caller's party."""
    operates = bool(caller.scopes & {REGISTRAR, ADMINISTRATOR})
    return Answer({"state": keys.standing(house, key, caller.ruc, operates)}, headers=PRIVATE)


@router.post("/offers")
def send_offer(given: HandingDep) -> Response:
    """Take an offer as its supplier's browser sealed it; index, leaf and receipt."""
    return given.offer()


@router.post("/receipt.pdf")
def receipt_page(request: Request, house: OwnerDep, caller: CallerDep) -> Response:
    """The page of a receipt, for who shows the receipt."""
    caller.check(SUPPLIER, REGISTRAR)
    index = receipt.shown_receipt(house, read_bytes(request))
    return Response(receipt.receipt_paper(house, index), 200, PRIVATE, PDF)


@router.post("/signed")
def signed_act(given: HandingDep) -> Response:
    """Seal an act that its party, or an operator, signed in the browser."""
    body, raw = read_json(given.request)
    draft = hand_in.read_draft(body)
    if draft.act is None:
        raise InputError("an act that is handed in here is signed", field="/act")
    if draft.kind in ("operator.acted", "disclosure.erased"):
        given.caller.check(REGISTRAR, ADMINISTRATOR)
        asks = draft.kind == "operator.acted"
        done = (erase.request_signed if asks else erase.confirm_signed)(given.house, given.caller, draft)
        return Answer(given.told(done), 201, PRIVATE)
    return given.once(raw, lambda: given.told(hand_in.hand_in(given.house, given.caller, draft)))
