"""Imported orders and what is known of them: only a newer state adds a record to an order's chain, whoever brings it.

orders ─► compared with the newest record of their subjects ─► known already: nothing is sealed
                     ▲                                     └─► newer: sealed behind that record, and behind no other
                     └──────────── another one came in between ──┘
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from huella.errors import HuellaError, InputError, RuleError
from huella.flow.house import House
from huella.flow.paper import public_data
from huella.flow.seal import IMPORTED, KNOWN, Outcome
from huella.records import disclosure, kinds, record
from huella.records import draft as drafts
from huella.records.draft import Draft
from huella.records.intake import compare
from huella.records.model import Order
from huella.store.journal import Entry

Item = TypeVar("Item")

TRIES = 20
"""How often an order is compared anew because others wrote its subject meanwhile. Each time somebody went on."""


class Known(Struct, frozen=True, gc=False):
    """An imported order that tells nothing new: what it is to the record that stands (`same` or `older`), and the index
    and leaf hash (32 bytes) of that record."""

    verdict: str
    index: int
    leaf: bytes


Answer = Outcome | Known


def seal_compared(
    house: House, given: Sequence[Draft], seal: Callable[[list[Draft]], Sequence[Outcome]]
) -> list[Answer]:
    """Seal, by `seal`, what tells something new; each draft its own outcome, in order. Facts that are no imported order
    are sealed as they are. A subject comes once among the imported orders (`apart`).

    What a comparison found is only worth something under the head if the order still has the past that it was compared
    with; one that has another by then is compared anew.
    """
    answers: dict[int, Answer] = {}
    imported = [draft.subject for draft in given if draft.kind == IMPORTED]
    waiting = list(enumerate(given))
    for again in range(TRIES):
        latest = house.journal.latest(IMPORTED, imported) if not again else {}
        fresh: list[tuple[int, Draft]] = []
        for place, draft in waiting:
            made = _placed(house, draft, latest, first=not again)
            if isinstance(made, Draft):
                fresh.append((place, made))
            else:
                answers[place] = made
        outcomes = seal([draft for _, draft in fresh])
        waiting = []
        for (place, draft), outcome in zip(fresh, outcomes, strict=True):
            if _moved(draft, outcome) and again + 1 < TRIES:
                waiting.append((place, given[place]))
            else:
                answers[place] = outcome
        if not waiting:
            break
    return [answers[place] for place in range(len(given))]


def apart(items: Iterable[Item], draft_of: Callable[[Item], Draft | None], most: int) -> Iterator[list[Item]]:
    """Up to `most` items at a time, in order; an imported order's subject comes once among them, so that each of its
    states meets the one before."""
    chunk: list[Item] = []
    subjects: set[str] = set()
    for item in items:
        draft = draft_of(item)
        subject = draft.subject if draft is not None and draft.kind == IMPORTED else None
        if len(chunk) >= most or subject in subjects:
            yield chunk
            chunk, subjects = [], set()
        chunk.append(item)
        if subject is not None:
            subjects.add(subject)
    if chunk:
        yield chunk


def _moved(draft: Draft, outcome: Outcome) -> bool:
    return draft.kind == IMPORTED and isinstance(outcome, RuleError) and outcome.rule == KNOWN


def _placed(
    house: House, draft: Draft, latest: Mapping[str, Entry], *, first: bool
) -> Draft | Known | HuellaError:
    """The draft with the record that it may follow; or why there is none. What is new at first is the draft itself."""
    if draft.kind != IMPORTED:
        return draft
    try:
        entry = latest.get(draft.subject)
        known = _known(house, entry, draft) if entry is not None else None
        if known is not None:
            return known
        if entry is None and first:
            return draft if draft.act is not None or draft.prev is None else replace(draft, prev=None)
        return _behind(house, draft)
    except HuellaError as error:
        return error


def _behind(house: House, draft: Draft) -> Draft | Known:
    """An imported order behind the newest record of its subject. Where the order did not come by an import, the rules
    say what they think of it."""
    past = house.journal.of_subject(draft.subject)
    told = [entry for entry in past if entry.kind == IMPORTED]
    known = _known(house, told[-1], draft) if told else None
    if known is not None:
        return known
    return draft if draft.act is not None else replace(draft, prev=past[-1].leaf.hex() if past else None)


def _known(house: House, entry: Entry, draft: Draft) -> Known | None:
    """What the draft is to the record of its subject that stands, None where it is newer. InputError where the two
    contradict each other. What was erased of the record is not compared: nobody knows it any more."""
    found = record.parse(entry.record)
    opened = house.vault.open(entry.index, record.sealed(found))
    erased = [pointer for pointer in record.sealed(found) if pointer not in opened]
    before: Order = kinds.read(
        IMPORTED, disclosure.apply(public_data(house, entry), record.sealed(found), opened.values())
    )
    given: Order = kinds.read(IMPORTED, _without(_complete(draft), erased))
    verdict = compare.newer(before, given)
    if verdict == compare.CONTRADICTION:
        raise InputError(
            "this row and the registered one tell different things of the same state at the same time",
            field="/origin/extracted_at",
            advice="One of the two files was changed. `huella show` tells what is registered.",
        )
    return None if verdict == compare.NEWER else Known(verdict, entry.index, entry.leaf)


def _complete(draft: Draft) -> dict[str, Any]:
    """A draft's data with what its party sealed or put into annexes. InputError where it is no fact."""
    if draft.act is None and not draft.sealed and not draft.annexes:
        drafts.encode(draft.data)
        return draft.data
    return to_builtins(drafts.prepare(draft, _no_salt).complete)  # type: ignore[no-any-return]


def _no_salt() -> bytes:
    """For what is only compared, and whose seals are thrown away."""
    return bytes(16)


def _without(data: dict[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    for pointer in pointers:
        with suppress(InputError):  # the draft does not tell it
            data, _, _ = disclosure.seal(data, [pointer], _no_salt)
    return data
