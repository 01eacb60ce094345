"""Replay: records that exist already take their places in an empty log, with every row that follows from them.

Sealing decides what may become a record; here nothing is decided. What the rules of its time would have refused is kept
all the same, without derived rows: the log is what it is, and the audit names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from huella.errors import HuellaError, ProofError
from huella.flow.house import House
from huella.flow.lives import Life, advance, family_of
from huella.records import actors, calendar, kinds, record
from huella.records.actors import Key
from huella.records.draft import file_digest
from huella.records.life import OrderLife
from huella.records.model import Assignment, KeyNotice
from huella.records.procedure_life import ProcedureLife
from huella.records.record import Frame, Record
from huella.store import figures, rights, tenders
from huella.store import index as derived
from huella.store.derive import PartyRow, order_rows, party_rows
from huella.store.journal import Held, NewEntry
from huella.store.rights import Move
from huella.store.tally import Tally

CALENDAR = "calendar.published"


class Page(NamedTuple):
    """Records that stand one behind the other from index `first`, their leaf hashes, and annexes by digest (hex)."""

    first: int
    records: Sequence[bytes]
    leaves: Sequence[bytes]
    annexes: Mapping[str, bytes]


class _Standing(msgspec.Struct):
    """A subject as far as it is replayed: last sequence number and leaf, first and last entry, its life; `broken`
    where the rules do not allow what is on record."""

    seq: int = -1
    leaf: bytes = b""
    first: int = -1
    last: int = -1
    life: Any = None
    broken: bool = False


def replay(house: House, held: Held, page: Page) -> bytes:
    """Write a page behind the log's end, in the caller's transaction; the new root.

    ProofError where the page is not what its leaves say, or no continuation of the log.
    """
    if held.size != page.first:
        raise ProofError(f"the log ends at {held.size}, the page begins at {page.first}")
    work = _Replay(house, held, page)
    work.read()
    return work.write()


class _Replay:
    """What one page makes."""

    def __init__(self, house: House, held: Held, page: Page) -> None:
        self._house = house
        self._held = held
        self._page = page
        self._subjects: dict[str, _Standing] = {}
        self._known: set[str] = set()
        self._before: dict[str, OrderLife] = {}
        self._tally = Tally()
        self._entries: list[NewEntry] = []
        self._parties: list[PartyRow] = []
        self._keys: dict[str, Key] = {}
        self._calendars: list[tuple[int, str]] = []
        self._moves: list[Move] = []
        self._accounts: dict[int, str | None] = {}

    def read(self) -> None:
        """Every record against its leaf and its subject's chain, in the order of the log."""
        read = []
        for place, (raw, leaf) in enumerate(zip(self._page.records, self._page.leaves, strict=True)):
            index = self._page.first + place
            if record.leaf_hash(raw) != leaf:
                raise ProofError(f"the record of entry {index} does not give its leaf")
            try:
                read.append(kinds.read_record(raw))
            except HuellaError as error:
                raise ProofError(f"entry {index} is no record: {error}") from error
        self._stand([found.subject for found, _ in read])
        last = self._held.recorded_at
        for place, (found, fact) in enumerate(read):
            self._take(self._page.first + place, place, found, fact)
            if found.recorded_at < last:
                raise ProofError(
                    f"entry {self._page.first + place} is recorded before the one in front of it"
                )
            last = found.recorded_at

    def write(self) -> bytes:
        """Entries, annexes and tiles, then the derived rows of every subject that came."""
        root = self._held.append(self._entries)
        good = {
            name: each for name, each in self._subjects.items() if not each.broken and each.life is not None
        }
        orders = [
            order_rows(name, each.life, each.first, each.last)
            for name, each in good.items() if isinstance(each.life, OrderLife)
        ]  # fmt: skip
        procedures = [
            tenders.procedure_rows(name, each.life, each.first, each.last)
            for name, each in good.items() if isinstance(each.life, ProcedureLife)
        ]  # fmt: skip
        offers = [
            tenders.offer_row(name, each.life, each.first, each.last)
            for name, each in good.items() if not isinstance(each.life, OrderLife | ProcedureLife)
        ]  # fmt: skip
        connection = self._held.connection
        derived.write_orders(connection, orders, self._known)
        derived.write_parties(connection, self._parties)
        tenders.write(connection, procedures, offers, self._known)
        rights.write_keys(connection, self._keys.values())
        rights.write_calendars(connection, self._calendars)
        rights.write_moves(connection, self._moves)
        self._write_figures(good)
        return root

    def _write_figures(self, good: Mapping[str, _Standing]) -> None:
        """What the page adds to the figures: every order as it was before it and as it is now."""
        for name in self._subjects:
            now = good[name].life if name in good else None
            self._tally.change(self._before.get(name), now if isinstance(now, OrderLife) else None)
        figures.add(self._held.connection, self._tally)

    # ------------------------------------------------------------------------------------------------ one record

    def _stand(self, subjects: Sequence[str]) -> None:
        """What the log has of the page's subjects before it."""
        names = list(dict.fromkeys(subjects))
        tails = self._held.tails(names)
        self._known = set(tails) - {kinds.REGISTRY}
        for name in names:
            tail = tails.get(name)
            if tail is None:
                self._subjects[name] = _Standing()
                continue
            self._subjects[name] = standing = _Standing(seq=tail.seq, leaf=tail.leaf, last=tail.index)
            if name == kinds.REGISTRY:
                continue
            for index, raw in self._held.records(name):
                standing.first = index if standing.first < 0 else standing.first
                found, fact = kinds.read_record(raw)
                self._advance(standing, found, fact, record.leaf_hash(raw))
            if isinstance(standing.life, OrderLife) and not standing.broken:
                self._before[name] = standing.life

    def _take(self, index: int, place: int, found: Frame, fact: Any) -> None:
        standing, leaf = self._subjects[found.subject], self._page.leaves[place]
        prev = standing.leaf.hex() if standing.seq >= 0 else None
        if (found.seq, found.prev) != (standing.seq + 1, prev):
            raise ProofError(f"entry {index} does not follow the last record of {found.subject}")
        bodies = self._bodies(index, found)
        raw, mac = self._page.records[place], self._house.signer.mac(index, leaf)
        self._entries.append(
            NewEntry(raw, leaf, found.kind, found.subject, found.seq, found.recorded_at, mac, bodies)
        )
        standing.seq, standing.leaf, standing.last = found.seq, leaf, index
        standing.first = index if standing.first < 0 else standing.first
        fact = self._advance(standing, found, fact, leaf, bodies)
        if found.seq == 0 and kinds.find(found.kind).family in (kinds.PROCEDURE, kinds.OFFER):
            self._tally.begun(family_of(found.kind), found.recorded_at)
        if found.kind in kinds.FIRST_OF_ORDER and fact is not None:
            self._parties += party_rows(fact, index)
        elif isinstance(fact, Assignment) and fact.account is not None and not standing.broken:
            self._move(index, standing.first, fact.account)
        elif found.subject == kinds.REGISTRY:
            self._of_registry(index, found, fact)

    def _bodies(self, index: int, found: Frame) -> tuple[bytes, ...]:
        """The annexes that a record names, which came beside it."""
        bodies = []
        for named in record.annexes(found):
            body = self._page.annexes.get(named.sha256)
            if body is None or file_digest(body) != named.sha256:
                raise ProofError(f"the annex {named.sha256} of entry {index} is not there")
            bodies.append(body)
        return tuple(bodies)

    def _advance(
        self, standing: _Standing, found: Frame, fact: Any, leaf: bytes, bodies: Sequence[bytes] | None = None
    ) -> Any:
        """The subject's life after one more record; the typed fact, None where it is none of its kind."""
        try:
            if isinstance(found, Record):
                if bodies is None:
                    bodies = [self._held.annex(named.sha256) for named in record.annexes(found)]
                fact = kinds.read(found.kind, record.effective_data(found, bodies))
            if not standing.broken:
                now: Life | None = standing.life
                standing.life = advance(now, found, fact, leaf.hex())
        except HuellaError:
            standing.broken = True
        return fact

    # --------------------------------------------------------------------------------------- keys, calendars, tokens

    def _of_registry(self, index: int, found: Frame, fact: Any) -> None:
        if found.kind == CALENDAR and fact is not None:
            self._calendars.append((index, calendar.digest(fact)))
        if isinstance(fact, KeyNotice):
            known = self._keys.get(fact.key) or rights.key(self._held.connection, fact.key)
            try:
                made = actors.step(known, found.kind, fact, index)
            except HuellaError:  # the audit names it
                return
            self._keys[fact.key] = made._replace(holder=actors.holder(fact.party))

    def _move(self, index: int, token: int, account: str) -> None:
        if token not in self._accounts:
            self._accounts[token] = rights.last_account(self._held.connection, token)
        self._moves.append(Move(index, token, self._accounts[token], account))
        self._accounts[token] = account
