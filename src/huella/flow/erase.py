"""Erase: a disclosure is destroyed on request, by two persons. What was sealed, and all evidence of it, stays.

operator.acted (one asks, signed) ─► disclosure.erased (another confirms, signed) ─► the key is overwritten

The record comes first: what is destroyed is always on record, and repeating the second step finishes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from huella.errors import HuellaError, InputError, NotAllowed, RuleError
from huella.flow.access import HOST, Caller, person_behind
from huella.flow.house import House
from huella.flow.keys import sign
from huella.flow.seal import Sealed, seal
from huella.records import actors, kinds, record
from huella.records.act import PrivateKey
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.model import Operation
from huella.records.record import Act
from huella.store.desk import Desk
from huella.store.tables_access import proposals

HANDED_IN = "handed-in"
"""State of the note by whom an operator's signed request came: no proposal that waits."""


def request(house: House, key: PrivateKey, index: int, pointer: str, reason: str) -> Sealed:
    """One operator asks that a sealed member of an entry be erased; `key` signs. The reason is sealed itself.

    InputError where the entry seals nothing there; RuleError where the key is not an operator's.
    """
    _digest(house, index, pointer)
    told = {"action": actors.ASKED, "reason": reason, "role": "operator", "subject": f"{index}{pointer}"}
    draft = Draft(kind="operator.acted", subject=kinds.REGISTRY, data=told)
    return _seal(house, sign(house, draft, key))


def confirm(house: House, key: PrivateKey, asked: int) -> Sealed | None:
    """Another operator confirms the request at entry `asked`; then the disclosure is destroyed. None where that was on
    record already: the destruction is finished all the same.

    RuleError `two-operators`, `erase-after-procedure`, `erase-no-input` where it may not be.
    """
    index, pointer = _asked(house, asked)
    digest = _digest(house, index, pointer)
    told = {"digest": digest, "index": index, "pointer": pointer, "request": asked}
    draft = Draft(kind="disclosure.erased", subject=kinds.REGISTRY, data=told)
    done: Sealed | None = None
    try:
        done = _seal(house, sign(house, draft, key))  # on record: from here it is to be destroyed
    except RuleError as error:
        if error.rule != "erase-once":
            raise
    destroy(house, index, pointer)
    return done


def request_signed(house: House, caller: Caller, draft: Draft) -> Sealed:
    """`request` with the record that an operator made and signed elsewhere: no key of his comes here. Who handed it in
    is noted, and may not hand in its approval."""
    fact = kinds.read(draft.kind, draft.data) if draft.kind == "operator.acted" else None
    if draft.act is None or fact is None or draft.data.get("action") != actors.ASKED:
        raise InputError("a request is an operator.acted that its operator signed", field="/kind")
    index, pointer = actors.asked_place(fact)
    _digest(house, index, pointer)
    desk, row = Desk(house.engine), {"id": _handing(draft.act)}
    noted = desk.put(proposals, {
        **row, "kind": draft.kind, "subject": f"{index}{pointer}", "draft": "", "proposed_by": caller.id,
        "proposed_at": moment(house.now()), "state": HANDED_IN,
    })  # fmt: skip
    try:
        return _seal(house, draft)
    except HuellaError:
        if noted:
            desk.drop(proposals, row)
        raise


def confirm_signed(house: House, caller: Caller, draft: Draft) -> Sealed:
    """`confirm` with the record that another operator made and signed elsewhere. NotAllowed for the person who handed
    in the request, whoever signed; what was asked on the host was asked by the host."""
    if draft.act is None or draft.kind != "disclosure.erased":
        raise InputError("a confirmation is a disclosure.erased that its operator signed", field="/kind")
    erasure = kinds.read(draft.kind, draft.data)
    if erasure.request is not None and _asked_by(house, erasure.request) == caller.person:
        raise NotAllowed("who handed in the request cannot hand in its approval: it takes two persons")
    done = _seal(house, draft)
    destroy(house, erasure.index, erasure.pointer)
    return done


def _asked_by(house: House, request: int) -> str:
    """The person who handed in the request at an entry."""
    entry = house.journal.entry(request)
    act = None if entry is None else record.parse(entry.record).act
    row = Desk(house.engine).one(proposals, {"id": _handing(act)}) if act else None
    return HOST if row is None else person_behind(house, row["proposed_by"])


def _handing(act: Act) -> str:
    """What the handing in of a signed act is noted under: before it is sealed, so that nothing comes between."""
    return hashlib.sha256(act.sig.encode()).hexdigest()[:24]


def destroy(house: House, index: int, pointer: str) -> None:
    """Destroy a disclosure whose erasure is on record; twice does no harm."""
    entry = house.journal.entry(index)
    if entry is not None:
        house.vault.erase(index, record.sealed(record.parse(entry.record)), pointer)


def unfinished(house: House, since: int = 0) -> Iterator[tuple[int, str]]:
    """Entry and pointer of every erasure recorded from entry `since` on that the vault opens all the same: whoever
    recorded it died before the destruction."""
    for erasure in on_record(house, since):
        index, pointer = erasure["index"], erasure["pointer"]
        entry = house.journal.entry(index)
        if entry is not None and pointer in house.vault.open(
            index, record.sealed(record.parse(entry.record))
        ):
            yield index, pointer


def on_record(house: House, since: int = 0) -> list[dict[str, Any]]:
    """The erasures on record from entry `since` on: `entry` of the erasure, `index` and `pointer` of what was erased,
    `request`."""
    rows = house.journal.of_kind(kinds.REGISTRY, "disclosure.erased", since)
    found = ((row, record.parse(row.record).data) for row in rows)
    return [
        {
            "entry": row.index, "index": data["index"], "pointer": data["pointer"],
            "request": data.get("request"), "recorded_at": row.recorded_at,
        }
        for row, data in found
    ]  # fmt: skip


def requests(house: House) -> list[dict[str, Any]]:
    """The erasures that an operator asked for and no other has approved: `entry`, `index`, `pointer` and the `digest`
    that stands there, `asked_at`."""
    done = {(each["index"], each["pointer"]) for each in on_record(house)}
    found = []
    for row in house.journal.of_kind(kinds.REGISTRY, "operator.acted"):
        data = record.parse(row.record).data
        if data["action"] == actors.ASKED:
            place = actors.asked_place(kinds.read(row.kind, data))
            if place not in done:
                told: dict[str, Any] = {"entry": row.index, "index": place[0], "pointer": place[1]}
                told["digest"] = _sealed(house, place[0]).get(place[1])
                found.append({**told, "asked_at": row.recorded_at})
    return found


def _asked(house: House, asked: int) -> tuple[int, str]:
    """Entry and pointer that a request names."""
    entry = house.journal.entry(asked)
    found = None if entry is None else record.parse(entry.record)
    if found is None or found.kind != "operator.acted":
        raise InputError(f"entry {asked} asks for no erasure", field="/request")
    operation: Operation = kinds.read(found.kind, found.data)
    return actors.asked_place(operation)


def _digest(house: House, index: int, pointer: str) -> str:
    sealed = _sealed(house, index)
    if pointer not in sealed:
        raise InputError(f"entry {index} seals nothing at {pointer[:80]}", field="/pointer")
    return sealed[pointer]


def _sealed(house: House, index: int) -> dict[str, str]:
    entry = house.journal.entry(index)
    return {} if entry is None else record.sealed(record.parse(entry.record))


def _seal(house: House, draft: Draft) -> Sealed:
    (outcome,) = seal(house, [draft])
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome
