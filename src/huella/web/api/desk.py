"""What takes two persons, lodged digests, and the keys of this interface."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from huella.flow import access, erase, hand_in, lodge, lodged, proposals
from huella.flow.access import ADMINISTRATOR, AUDITOR, REGISTRAR
from huella.records.record import Act
from huella.web import pointers
from huella.web.answers import Answer
from huella.web.api import API
from huella.web.api.shapes import Confirmed, First, Limit, PageDep, Proposal, problems
from huella.web.auth import CallerDep
from huella.web.body import read_json
from huella.web.handing import HandingDep, seals
from huella.web.house import HouseDep, OwnerDep

router = APIRouter(prefix=API)
_TWO = {"kind": "order.annulled", "subject": "OCAM-2026-1335-17-0", "data": {}}
REFUSALS = problems(401, 403, 404, 409, 422, 429)
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{1,64}$")]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class Lodging(BaseModel):
    """A digest and its owner's signature over `huella/lodge/1`, a line break, the digest in hex and a line break."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["00" * 32])
    alg: str = Field(pattern="^(ed25519|es256)$", examples=["ed25519"])
    key: str = Field(max_length=120)
    sig: str = Field(max_length=120)


class NewKey(BaseModel):
    """What a new key is for."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80, examples=["SIGA of the entity 1335"])
    scopes: list[str] = Field(min_length=1, max_length=5, examples=[["entity"]])
    ruc: str | None = Field(default=None, examples=["20131257750"])
    days: int | None = Field(default=None, ge=1, le=3650)


@router.get("/proposals", tags=["two persons"], responses=REFUSALS)
def list_proposals(house: HouseDep, caller: CallerDep, asked: PageDep) -> Response:
    """The acts that wait for a second person, without what they hold, the newest first: an entity's own, all for who
    runs or audits the registry. `own`: the caller's person proposed it."""
    rows, following = proposals.page_of_proposals(house, caller, asked)
    return Answer({"proposals": rows, "next": following})


@router.post(
    "/proposals",
    tags=["two persons"],
    **{**seals(_TWO, "order.annulled", "key.authorised"), "response_model": Proposal, "status_code": 202},
)
def make_proposal(given: HandingDep) -> Response:
    """Propose a fact that takes two persons: an annulment, or the key of an operator (`operator/1`)."""
    body, raw = read_json(given.request)
    draft = hand_in.completed(given.house, hand_in.read_draft(body), {})
    with pointers.in_fact(body):
        return given.once(raw, lambda: proposals.propose(given.house, given.caller, draft), 202)


@router.post(
    "/proposals/{proposal}/confirm", tags=["two persons"], **{**seals(), "response_model": Confirmed}
)
def confirm_proposal(house: OwnerDep, caller: CallerDep, proposal: Id) -> Response:
    """Do what another person proposed. Who proposed it is refused, by whichever key or session he asks."""
    done = proposals.confirm(house, caller, proposal)
    if isinstance(done, proposals.Admitted):
        return Answer(done._asdict(), 201, {"cache-control": "no-store"})
    return Answer(hand_in.answer_of(house, done), 201)


@router.post("/proposals/{proposal}/withdraw", tags=["two persons"], status_code=204, responses=REFUSALS)
def withdraw_proposal(house: OwnerDep, caller: CallerDep, proposal: Id) -> Response:
    """Take a proposal back."""
    proposals.withdraw(house, caller, proposal)
    return Response(status_code=204)


@router.get("/erasures", tags=["two persons"], responses=REFUSALS)
def list_erasures(house: HouseDep, caller: CallerDep) -> Response:
    """Erasures that one operator asked for and no other has approved, and those on record."""
    caller.check(REGISTRAR, AUDITOR, ADMINISTRATOR)
    return Answer({"asked": erase.requests(house), "erased": erase.on_record(house)})


@router.post("/erasures", tags=["two persons"], **seals({"kind": "operator.acted"}, "operator.acted"))
def ask_erasure(request: Request, house: OwnerDep, caller: CallerDep) -> Response:
    """Ask that a sealed value be erased: an `operator.acted` that an operator signed with a key on record. No key of
    his comes here."""
    caller.check(REGISTRAR, ADMINISTRATOR)
    body, _ = read_json(request)
    draft = hand_in.read_draft(body, subject="registry")
    with pointers.in_fact(body):
        return Answer(hand_in.answer_of(house, erase.request_signed(house, caller, draft)), 201)


@router.post(
    "/erasures/confirm", tags=["two persons"], **seals({"kind": "disclosure.erased"}, "disclosure.erased")
)
def confirm_erasure(request: Request, house: OwnerDep, caller: CallerDep) -> Response:
    """Approve an erasure with another operator's signed `disclosure.erased`, handed in by another person than the
    request was; then the value is destroyed for good."""
    caller.check(REGISTRAR, ADMINISTRATOR)
    body, _ = read_json(request)
    draft = hand_in.read_draft(body, subject="registry")
    with pointers.in_fact(body):
        return Answer(hand_in.answer_of(house, erase.confirm_signed(house, caller, draft)), 201)


@router.post("/lodge", tags=["lodge"], status_code=202, responses=problems(403, 422, 429))
def lodge_digest(house: OwnerDep, given: Annotated[Lodging, Body()]) -> Response:
    """Lodge a digest, for who got no receipt: it goes on the chain, where the registry cannot take it back. No key is
    needed; the signature says whose it is. Whoever does not trust this door calls `lodge` on the contract."""
    signed = Act(given.alg, given.key, given.sig)
    return Answer(lodge.lodge(house, given.digest, signed), 202)


@router.get("/lodge/{digest}", tags=["lodge"], responses=problems(404))
def get_lodging(house: HouseDep, digest: Digest) -> Response:
    """What became of a lodged digest: `due`, or `sent` with its transaction."""
    return Answer(lodge.find(house, digest))


@router.get("/lodged", tags=["lodge"], responses=problems(422))
def list_lodged(house: HouseDep, first: First = 0, limit: Limit = 100) -> Response:
    """Every digest that anybody lodged on the chain, in the chain's order, each with what became of it: `sealed` and
    `refused` name the record; `not-sealed` tells `age_seconds`; `unknown` where not all records are looked at. `blocks`
    and `entries` say how far chain and log were read. A mirror answers this as the registry does."""
    rows, following = lodged.page(house, first, limit)
    return Answer({"lodged": rows, "next": following})


@router.get("/lodged/{digest}", tags=["lodge"], responses=problems(404, 422))
def get_lodged(
    house: HouseDep,
    digest: Digest,
    requirement: Annotated[str | None, Query(max_length=80, description="A procedure's number.")] = None,
) -> Response:
    """What became of one digest, wherever it was lodged. With `requirement`, the procedure that its owner's offer was
    for, also whether it stood on the chain before that deadline."""
    return Answer(lodged.find(house, digest, requirement))


@router.get("/keys", tags=["keys"], responses=REFUSALS)
def list_keys(house: HouseDep, caller: CallerDep, asked: PageDep) -> Response:
    """The API keys, the newest first, with scopes, party, owner, dates and last use; none of them can be read again."""
    caller.check(ADMINISTRATOR)
    rows, following = access.page_of_keys(house, asked)
    return Answer({"keys": rows, "next": following})


@router.post("/keys", tags=["keys"], status_code=201, responses=REFUSALS)
def make_key(house: OwnerDep, caller: CallerDep, given: Annotated[NewKey, Body()]) -> Response:
    """A new API key. Its text is in this answer and nowhere else, so it is its maker's: where something takes two
    persons, all keys of one are one."""
    caller.check(ADMINISTRATOR)
    return _shown(
        access.make_key(house, given.name, given.scopes, given.ruc, given.days, owner=caller.person)
    )


@router.post("/keys/{key}/rotate", tags=["keys"], status_code=201, responses=REFUSALS)
def rotate_key(house: OwnerDep, caller: CallerDep, key: Id, hours: int = 0) -> Response:
    """A new key with the same rights, which is the caller's; the old one ends now, or after so many hours."""
    caller.check(ADMINISTRATOR)
    return _shown(access.rotate_key(house, key, hours, owner=caller.person))


@router.post("/keys/{key}/revoke", tags=["keys"], status_code=204, responses=REFUSALS)
def revoke_key(house: OwnerDep, caller: CallerDep, key: Id) -> Response:
    """End a key now."""
    caller.check(ADMINISTRATOR)
    access.revoke_key(house, key)
    return Response(status_code=204)


def _shown(made: access.Made) -> Response:
    told: dict[str, Any] = {"id": made.id, "key": made.text}
    return Answer(told, 201, {"cache-control": "no-store"})
