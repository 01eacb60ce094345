"""Handing in over HTTP: a fact, many facts; and the same request twice is answered once.

What a request held is never kept: only a keyed digest of it, and the answer under the vault's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import orjson

from huella.errors import HuellaError, InputError, NotAllowed, RuleError, TooLarge
from huella.flow import permit
from huella.flow.access import Caller
from huella.flow.compared import Answer, Known, apart, seal_compared
from huella.flow.house import House
from huella.flow.paper import seal_orders
from huella.flow.publish import evidence_of
from huella.flow.receipt import receipt
from huella.flow.seal import Outcome, Sealed, ready
from huella.flow.together import seal_together
from huella.records.draft import Draft, in_draft
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.tables_access import answers

FACT_LIMIT = 4_000_000
"""Bytes of one fact: a record has 65,535 at most, its annexes more."""
CHUNK = 200
"""Rows of a bulk that are sealed together."""
_TIMELESS = frozenset({"order.published", "order.imported", "requirement.published"})
_UNFINISHED = timedelta(minutes=2)
_KEPT = timedelta(days=7)


def read_draft(raw: Any, **fixed: Any) -> Draft:
    """A draft out of a JSON object in our own input form; `fixed` members come from the address. InputError names what
    does not fit."""
    if not isinstance(raw, dict):
        raise InputError("a fact is a JSON object", field="/")
    for name, value in fixed.items():
        if name in raw and raw[name] != value:
            raise InputError(f"this address is of another {name}", field=f"/{name}")
    try:
        return msgspec.convert({**raw, **fixed}, Draft)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        pointer = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
        raise InputError(message, field=pointer or "/") from None


def completed(house: House, draft: Draft, more: dict[str, Any]) -> Draft:
    """A draft in open form with what its address tells (`more`) and, where it tells none, the moment of now. One that
    its party signed stays as it is. InputError where the data contradict the address."""
    for name, value in more.items():
        if draft.data.get(name, value) != value:
            raise InputError(f"this address is of another {name}", field=f"/data/{name}")
    if draft.act is not None or draft.sealed or draft.kind in _TIMELESS:
        return draft
    return msgspec.structs.replace(draft, data={"effective_at": moment(house.now()), **more, **draft.data})


def hand_in(house: House, caller: Caller, draft: Draft) -> Sealed:
    """Seal one fact that the caller may hand in; what other threads hand in now is sealed with it."""
    permit.check(house, caller, draft)
    if permit.takes_two(draft):
        raise NotAllowed("this takes two persons: propose it", advice="Another one confirms the proposal.")
    return seal_one(house, draft)


def seal_one(house: House, draft: Draft) -> Sealed:
    """Seal one fact of which it is known that it may be handed in."""
    outcome = _seal(house, draft)
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome


def hand_in_many(house: House, caller: Caller, rows: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Seal facts, one JSON object a line; each line's own outcome, in order. A refused line stops no other one. An
    imported order is compared with what is known of it, as `huella import` does."""
    read = ((n, _line(house, caller, n, line)) for n, line in enumerate(rows, 1) if line.strip())
    for chunk in apart(read, _draft, CHUNK):
        given = [draft for draft in map(_draft, chunk) if draft is not None]
        done = iter(seal_compared(house, given, lambda fresh: seal_orders(house, fresh)))
        for number, each in chunk:
            yield _told(number, _placed(next(done)) if isinstance(each, Draft) else each)


def answer_of(house: House, sealed: Sealed, tied: bool = False) -> dict[str, Any]:
    """What the caller is told: index, leaf hash, what was odd, the receipt. An offer's one says where it belongs."""
    with house.moment():
        proof = receipt(house, sealed.index) if tied else evidence_of(house, sealed.index)
    return {**_place(sealed), "receipt": proof.encode().decode()}


def once(
    house: House, caller: Caller, key: str | None, request: bytes, work: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Do `work` once for each Idempotency-Key of a caller: its answer, and whether it is an earlier one.

    InputError where the key came with another request; RuleError while the first one is under way. Where `work` fails
    nothing is kept, so that the same key may be tried again.
    """
    if key is None:
        return work(), False
    desk, now = Desk(house.engine), house.now()
    mine = {"caller": caller.id, "key": key}
    digest = house.vault.blind(request.decode("latin-1"))
    desk.drop_before(answers, "asked_at", moment(now - _KEPT))
    if not desk.put(answers, {**mine, "request": digest, "asked_at": moment(now)}):
        kept = desk.one(answers, mine)
        if kept is not None and kept["request"] != digest:
            raise InputError("this Idempotency-Key came with another request", field="Idempotency-Key")
        if kept is not None and kept["body"] is not None:
            found: dict[str, Any] = orjson.loads(house.vault.unwrap(kept["body"]))
            return found, True
        waited = kept is not None and kept["asked_at"] < moment(now - _UNFINISHED)
        if not waited or not desk.change(answers, dict(kept or {}), {"asked_at": moment(now)}):
            raise RuleError(
                "the same request is under way",
                rule="once",
                advice="Ask again in a moment with the same key.",
                wait=1,
            )
    try:
        answer = work()
    except BaseException:
        desk.drop(answers, mine)
        raise
    desk.change(answers, mine, {"status": 200, "body": house.vault.wrap(orjson.dumps(answer))})
    return answer, False


def _seal(house: House, draft: Draft) -> Outcome:
    if draft.kind == "order.published":
        (outcome,) = seal_orders(house, [draft])
    else:
        (outcome,) = seal_together(house, [(made, None) for made in ready([draft], house.vault.boxer)])
    return outcome


def _draft(numbered: tuple[int, Draft | HuellaError]) -> Draft | None:
    return numbered[1] if isinstance(numbered[1], Draft) else None


def _line(house: House, caller: Caller, number: int, line: bytes) -> Draft | HuellaError:
    if len(line) > FACT_LIMIT:
        return TooLarge(f"a fact has at most {FACT_LIMIT} bytes", field="/")
    try:
        draft = read_draft(orjson.loads(line), row=number)
        permit.check(house, caller, draft)
        if permit.takes_two(draft):
            raise NotAllowed("this takes two persons: propose it")
    except orjson.JSONDecodeError as error:
        return InputError(f"this line is no JSON: {error.msg}", field="/")
    except HuellaError as error:
        return error
    return draft


def _placed(outcome: Answer) -> Answer:
    """What the rules found in a line's data, named from the line's root."""
    if isinstance(outcome, InputError):
        outcome.field = in_draft(outcome.field)
    return outcome


def _told(number: int, outcome: Answer) -> dict[str, Any]:
    if isinstance(outcome, Sealed):
        return {"line": number, "sealed": True, **_place(outcome)}
    if isinstance(outcome, Known):
        stands = {"index": outcome.index, "leaf": outcome.leaf.hex()}
        return {"line": number, "sealed": False, "known": outcome.verdict, **stands}
    return {
        "line": number, "sealed": False, "code": outcome.code, "detail": str(outcome),
        "field": getattr(outcome, "field", ""), "rule": getattr(outcome, "rule", ""),
    }  # fmt: skip


def _place(sealed: Sealed) -> dict[str, Any]:
    odd = [{"field": in_draft(each.field), "message": each.message} for each in sealed.warnings]
    return {"index": sealed.index, "leaf": sealed.leaf.hex(), "warnings": odd}
