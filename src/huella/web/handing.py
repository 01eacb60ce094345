"""One request that hands something in: who, by which key of idempotency, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from huella.flow import hand_in, permit, procedure
from huella.flow.access import ENTITY, REGISTRAR, SUPPLIER, Caller
from huella.flow.house import House
from huella.flow.seal import Sealed
from huella.web import pointers
from huella.web.answers import Answer
from huella.web.api.shapes import SealedShown, problems, takes
from huella.web.auth import CallerDep
from huella.web.body import read_bytes, read_json
from huella.web.house import OwnerDep

REFUSALS = problems(401, 403, 404, 409, 413, 422, 429, 503)
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class Handing:
    """What every such handler is given."""

    request: Request
    house: House
    caller: Caller
    key: str | None

    def fact(self, fixed: dict[str, Any], more: dict[str, Any] | None = None) -> Response:
        """Seal the body's fact; `fixed` members of the draft and `more` of its data come from the address."""
        given, raw = read_json(self.request)
        address = [*(f"/{name}" for name in fixed), *(f"/data/{name}" for name in more or {})]
        draft = hand_in.completed(self.house, hand_in.read_draft(given, **fixed), more or {})
        with pointers.in_fact(given, address):
            return self.once(raw, lambda: self.told(hand_in.hand_in(self.house, self.caller, draft)))

    def verb(self, number: str, work: Callable[[], Sealed], said: str = "") -> Response:
        """Seal what the registry makes itself of a procedure, for its entity."""
        permit.check_subject(self.house, self.caller, number, ENTITY)
        return self.once(said.encode(), lambda: self.told(work()))

    def offer(self) -> Response:
        """Hand in the body as an offer's file; the receipt says for which requirement."""
        self.caller.check(SUPPLIER, REGISTRAR)
        raw = read_bytes(self.request)

        def work() -> dict[str, Any]:
            (outcome,) = procedure.submit(self.house, [raw])
            if not isinstance(outcome, Sealed):
                with pointers.in_offer():
                    raise outcome
            return hand_in.answer_of(self.house, outcome, tied=True)

        return self.once(raw, work)

    def once(self, raw: bytes, work: Callable[[], dict[str, Any]], status: int = 201) -> Response:
        """Do it once for each key: the same request again has the same answer."""
        asked = self.request.url.path.encode() + b"\n" + raw
        answer, again = hand_in.once(self.house, self.caller, self.key, asked, work)
        return Answer(answer, status, {"idempotent-replayed": "true"} if again else None)

    def told(self, sealed: Sealed) -> dict[str, Any]:
        """Index, leaf hash and receipt."""
        return hand_in.answer_of(self.house, sealed)


def handing(request: Request, house: OwnerDep, caller: CallerDep, key: Key = None) -> Handing:
    """Put together what a handler is given."""
    return Handing(request, house, caller, key)


def seals(example: dict[str, Any] | None = None, *named: str) -> dict[str, Any]:
    """The description of a route that seals one fact, `example` being its body, of one of the kinds that are named."""
    told = {"response_model": SealedShown, "status_code": 201, "responses": REFUSALS}
    return told if example is None else {**told, "openapi_extra": takes(example, *named)}


HandingDep = Annotated[Handing, Depends(handing)]
