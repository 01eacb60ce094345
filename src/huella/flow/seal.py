"""Seal: facts become records. One transaction; from its commit the records exist.

drafts ─► check and seal fields (no lock) ─► hold the head ─► rules against the subject's past ─► records,
annexes, disclosures, derived rows ─► commit ─► sign the head
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from huella.errors import HuellaError, InputError, RuleError, SignerError, StoreError
from huella.flow.house import House, Randomness
from huella.flow.law import CODE, Law, as_sealed, hidden_of
from huella.flow.lives import Lives
from huella.proof.checkpoint import parse_checkpoint
from huella.records import act, disclosure, kinds, life, record
from huella.records import draft as drafts
from huella.records.draft import Draft, Prepared, Understood
from huella.records.identifiers import moment
from huella.records.life import OrderLife
from huella.records.model import Issued
from huella.records.offer_form import SEALED_KINDS
from huella.records.record import leaf_hash
from huella.records.rules import Warn
from huella.store import codes, database, figures, tally, tenders
from huella.store import index as derived
from huella.store.derive import OrderRows, PartyRow, order_rows, party_rows, shows_sealed
from huella.store.journal import Held, NewEntry
from huella.store.tally import Profile, Tally
from huella.store.vault import Boxed, Boxer


class Sealed(msgspec.Struct, frozen=True, gc=False):
    """A draft that is a record now: its index and leaf hash (32 bytes), and what was odd about it."""

    index: int
    leaf: bytes
    warnings: tuple[Warn, ...] = ()


class Begun(NamedTuple):
    """What an order's first record makes where it is the first: its bytes around the words of when and by whom it was
    recorded, its derived rows without places in the log, and those of its parties. Whether it is the first, only the
    head says."""

    around: tuple[bytes, bytes]
    annexes: tuple[bytes, ...]
    warnings: tuple[Warn, ...]
    rows: OrderRows
    parties: list[PartyRow]
    profile: Profile
    """What it adds to the figures."""


class Ready(NamedTuple):
    """A fact without its disclosures, which are encrypted already (None: it has none). `hidden` are the sealed values,
    by pointer, that say who its parties are: the rules ask for them. `begun` comes with an order that is no party's act
    and from no procedure; mostly nobody asks for such a fact, so it is not `given` but read back. `first`: it is
    refused (KNOWN) where its subject has a record already."""

    kind: str
    subject: str
    given: Prepared | None
    boxed: Boxed | None
    hidden: dict[str, str] = {}  # noqa: RUF012  (a NamedTuple's default, never changed)
    begun: Begun | None = None
    first: bool = False

    @property
    def fact(self) -> Prepared:
        """The fact. One that begins an order is read back at each call, out of the bytes of its record."""
        if self.given is not None:
            return self.given
        if self.begun is None:
            raise StoreError("a fact on its way into the log got lost")
        return drafts.read_back(self.begun.around, self.begun.annexes, self.begun.warnings)


IMPORTED = "order.imported"
"""An imported order was compared with the past that ends with its `prev` (None: its subject had no record). Whoever
brings it, it is refused (KNOWN) behind any other record: see `compared`."""
KNOWN = "first-record-only"
"""The rule by which a fact is refused that has another past under the head than it was made for."""

Outcome = Sealed | HuellaError
"""A refusal never affects the other drafts of the same call."""


def seal(house: House, given: Sequence[Draft], papers: Mapping[int, bytes] | None = None) -> list[Outcome]:
    """Seal drafts in order, all in one transaction; each gets its own outcome, in the same order.

    `papers` are documents to keep with drafts, by the drafts' places. Raises StoreError or SignerError where nothing
    could be sealed at all.
    """
    return seal_ready(house, ready(given, house.vault.boxer), papers)


def ready(
    given: Sequence[Draft], boxer: Boxer, written: Sequence[bytes] | None = None
) -> list[Ready | HuellaError]:
    """The first half of `seal`, without database or lock: check each draft, seal its fields, encrypt what they held.

    `written` holds the drafts' data in canonical form, where they have none themselves.
    """
    pairs = zip(given, written or itertools.repeat(None), strict=False)
    prepared = drafts.prepare_all(pairs, _salts(boxer.randomness).__next__)
    texts = {
        n: _by_pointer(e.fact) for n, e in enumerate(prepared) if isinstance(e, Understood) and e.fact.sealed
    }
    boxed = dict(zip(texts, boxer.box(list(texts.values())), strict=True))
    return [
        _ready(each, boxed.get(n)) if isinstance(each, Understood) else each
        for n, each in enumerate(prepared)
    ]


def _ready(understood: Understood, boxed: Boxed | None) -> Ready:
    prepared, complete = understood
    hidden = hidden_of(prepared)
    begun = None if prepared.prev else _begun(prepared, complete)
    given = None if begun else prepared
    if given and prepared.kind not in SEALED_KINDS:  # an offer's tie is looked at again, under the head
        given = msgspec.structs.replace(prepared, disclosures=())
    return Ready(prepared.kind, prepared.subject, given, boxed, hidden, begun)


def _begun(prepared: Prepared, complete: Any) -> Begun | None:
    if prepared.kind not in kinds.FIRST_OF_ORDER or prepared.act is not None or complete.hashlink is not None:
        return None
    around = drafts.around(prepared)
    if len(around[0]) + len(around[1]) > record.ANNEX_OVER:  # it may be too long for a record
        return None
    shown = prepared.public if shows_sealed(prepared.sealed) else complete
    begun = life.advance(None, prepared.kind, shown)
    rows = order_rows(prepared.subject, begun, 0, 0)
    return Begun(
        around, prepared.annexes, prepared.warnings, rows, party_rows(shown, 0), tally.profile(begun, rows)
    )  # fmt: skip


def _salts(randomness: Randomness) -> Iterator[bytes]:
    """16 fresh bytes at a time, drawn many at once: every draw is a system call."""
    while True:
        drawn = randomness(16 * 64)
        for at in range(0, len(drawn), 16):
            yield drawn[at : at + 16]


def seal_ready(
    house: House, made: Sequence[Ready | HuellaError], papers: Mapping[int, bytes] | None = None
) -> list[Outcome]:
    """The second half of `seal`: one transaction for all that `ready` did not refuse."""
    if not any(isinstance(each, Ready) for each in made):
        return [each for each in made if not isinstance(each, Ready)]
    with house.journal.hold() as held:  # the head first: nothing is decided before
        outcomes = _write(house, held, made, papers or {})
    # committed: from here the records exist
    sign_head(house)
    return outcomes


def decide(
    house: House, make: Callable[[], Sequence[Draft]], papers: Mapping[int, bytes] | None = None
) -> list[Outcome]:
    """Seal drafts that are made while the head is held: what they say of the log is true at their place in it.

    `papers` are documents to keep with them, by the drafts' places.
    """
    with house.journal.hold() as held:
        outcomes = _write(house, held, ready(make(), house.vault.boxer), papers or {})
    sign_head(house)
    return outcomes


def _write(
    house: House, held: Held, made: Sequence[Ready | HuellaError], papers: Mapping[int, bytes]
) -> list[Outcome]:
    """Rules, records, disclosures, derived rows and what is kept beside them: all of it or nothing after commit."""
    house.signer.check_extends(held.size, held.root())
    boxed = {
        n: each.boxed for n, each in enumerate(made) if isinstance(each, Ready) and each.boxed is not None
    }
    locked = dict(zip(boxed, house.vault.lock(list(boxed.values())), strict=True))
    work = _Work(house, held, [each.subject for each in made if isinstance(each, Ready)])
    outcomes = [_try(work, each) for each in made]
    if work.entries:
        work.write()
        placed = {n: outcome.index for n, outcome in enumerate(outcomes) if isinstance(outcome, Sealed)}
        house.vault.keep(held.connection, [(placed[n], box) for n, box in locked.items() if n in placed])
        _keep_papers(house, held, made, placed, papers)
        codes.write(held.connection, _codes(house, made, placed))
    return outcomes


def _codes(house: House, made: Sequence[Ready | HuellaError], placed: Mapping[int, int]) -> dict[str, int]:
    """The keyed digests of the verification codes that were sealed, and where."""
    found = [
        (each.hidden[CODE], placed[n])
        for n, each in enumerate(made)
        if n in placed and isinstance(each, Ready) and CODE in each.hidden
    ]
    return {house.vault.blind(code): entry for code, entry in found}


def _keep_papers(
    house: House,
    held: Held,
    made: Sequence[Ready | HuellaError],
    placed: Mapping[int, int],
    papers: Mapping[int, bytes],
) -> None:
    """What was handed in with offers, and the documents of other facts."""
    facts = {
        n: each.fact for n, each in enumerate(made) if isinstance(each, Ready) and n in placed and n in papers
    }
    handed_in = {
        placed[n]: (papers[n], house.signer.mac_of_submission(placed[n], papers[n]))
        for n, fact in facts.items()
        if fact.kind in SEALED_KINDS
    }
    tenders.write_submissions(held.connection, handed_in)
    derived.write_documents(held.connection, _documents(facts, papers, placed))


def _try(work: _Work, each: Ready | HuellaError) -> Outcome:
    try:
        return work.add(each) if isinstance(each, Ready) else each
    except HuellaError as error:
        return error


def sign_head(house: House) -> str | None:
    """Sign the log's head, if it is longer than the last one signed, and keep the note; None for an empty log.

    SignerError where the database has lost, or never had, what was signed.
    """
    signed, note = house.signer.last()  # before the database, which is never behind it
    with database.moment(house.engine):
        size, root, kept = house.journal.head()
        if size < signed or (note is not None and size == signed and parse_checkpoint(note).root != root):
            raise SignerError(f"the database's head at {size} does not extend the head signed at {signed}")
        if size > signed or (size and note is None):
            note = house.signer.sign(size, root, house.journal.sealed_leaves)
            signed = size
    if note is not None and note != kept:
        house.journal.keep_checkpoint(signed, note, kept)
    return note


class Tail(NamedTuple):
    """A subject's newest record: its sequence number and leaf hash (32 bytes)."""

    seq: int
    leaf: bytes


class _Work:
    """What one transaction is about to write. Lives of orders come from their records, never from derived rows."""

    def __init__(self, house: House, held: Held, subjects: Sequence[str]) -> None:
        self._house = house
        self._operator = house.operator
        self._signer = house.signer
        self._held = held
        last = held.last()
        if (last is None) != (held.size == 0) or (
            last is not None and as_sealed(house, last).recorded_at != held.recorded_at
        ):
            raise StoreError("the head's row does not tell the newest entry: nothing is sealed behind it")
        self._tails = {
            subject: Tail(as_sealed(house, entry).seq, entry.leaf)
            for subject, entry in held.tails(list(dict.fromkeys(subjects))).items()
        }
        self._known = {s for s in self._tails if s != kinds.REGISTRY}
        self._lives: dict[str, OrderLife] = {}
        self._begun: dict[str, Ready] = {}
        self._before: dict[str, OrderLife] = {}
        self._others = Lives(house, held, self._known)
        self._law = Law(house, held)
        self._first: dict[str, int] = derived.first_indexes(held.connection, sorted(self._known))
        self._last: dict[str, int] = {}
        self._parties: dict[tuple[str, str | None, bool, bool], int] = {}
        self._recorded_at = max(moment(house.now()), held.recorded_at)
        self._recorded = drafts.recorded(self._recorded_at, self._operator)
        self.entries: list[NewEntry] = []

    def add(self, given: Ready) -> Sealed:
        """Give one fact its place, if the rules allow it there."""
        subject, hidden = given.subject, given.hidden
        tail = self._tails.get(subject)
        if given.begun is not None and tail is None and self._law.begins(subject, hidden):
            return self._begin(given, given.begun)
        prepared = given.fact
        seq, prev = (0, None) if tail is None else (tail.seq + 1, tail.leaf.hex())
        _check_past(given, prepared, prev)
        family = kinds.find(prepared.kind).family
        if family == kinds.ROW and prepared.act is None:  # no rule looks beyond it
            return self._place(given, prepared, seq, prev)
        fact = before = following = None
        if family == kinds.ORDER:
            fact, before = prepared.public, self._life(subject)
            following = life.advance(before, prepared.kind, fact, self._recorded_at)
            if prepared.kind == "order.published":
                self._others.check_link(fact)
        raw = self._finish(prepared, seq, prev)
        if prepared.act is not None and not act.check(record.parse(raw)):
            raise InputError("the act's signature is not of this key over this fact", field="/act/sig")
        leaf = leaf_hash(raw)
        index = self._held.size + len(self.entries)
        warnings = (*prepared.warnings, *self._beyond(prepared, fact, hidden, (before, following), index))
        if family in (kinds.PROCEDURE, kinds.OFFER):
            self._others.step(prepared, (self._recorded_at, leaf.hex()), index)
        self._enter(given, (raw, leaf, seq), prepared.annexes)
        if following is not None:
            self._follow(prepared, fact, following, index)
        return Sealed(index, leaf, warnings)

    def _begin(self, given: Ready, begun: Begun) -> Sealed:
        """What `add` does with the first record of an order when nobody here has a key: no rule looks further, and its
        rows are made already."""
        subject, index = given.subject, self._held.size + len(self.entries)
        raw = drafts.check_size(self._recorded.join(begun.around))
        leaf = leaf_hash(raw)
        self._enter(given, (raw, leaf, 0), begun.annexes)
        self._begun[subject] = given
        self._first[subject] = self._last[subject] = index
        for party in begun.parties:
            self._parties[party[:4]] = index
        return Sealed(index, leaf, begun.warnings)

    def _place(self, given: Ready, prepared: Prepared, seq: int, prev: str | None) -> Sealed:
        """The record of a fact that asks nothing further, at the end of what is to be written."""
        index, raw = self._held.size + len(self.entries), self._finish(prepared, seq, prev)
        leaf = leaf_hash(raw)
        self._enter(given, (raw, leaf, seq), prepared.annexes)
        return Sealed(index, leaf, prepared.warnings)

    def _finish(self, prepared: Prepared, seq: int, prev: str | None) -> bytes:
        return drafts.finish(
            prepared, seq=seq, prev=prev, recorded_at=self._recorded_at, recorded_by=self._operator
        )

    def _enter(self, given: Ready, made: tuple[bytes, bytes, int], annexes: tuple[bytes, ...]) -> None:
        """Put a record (its bytes, leaf hash and sequence number) at the end of what is to be written."""
        raw, leaf, seq = made
        mac = self._signer.mac(self._held.size + len(self.entries), leaf)
        self.entries.append(
            NewEntry(raw, leaf, given.kind, given.subject, seq, self._recorded_at, mac, annexes)
        )
        self._tails[given.subject] = Tail(seq, leaf)

    def _follow(self, prepared: Prepared, fact: Any, following: OrderLife, index: int) -> None:
        """Remember an order's life as it is after the record at an index."""
        self._lives[prepared.subject] = following
        self._first.setdefault(prepared.subject, index)
        self._last[prepared.subject] = index
        if prepared.kind in kinds.FIRST_OF_ORDER:
            for party in party_rows(fact, index):
                self._parties[party[:4]] = index

    def _beyond(
        self,
        prepared: Prepared,
        fact: Any,
        hidden: Mapping[str, str],
        lives: tuple[OrderLife | None, OrderLife | None],
        index: int,
    ) -> list[Warn]:
        """What the rules ask beyond the subject's own past; `lives` are an order's before and after its public fact."""
        before, after = lives
        if after is not None:
            first = self._first.get(prepared.subject, index)
            place = (index, self._recorded_at)
            return self._law.check_order(prepared, fact, hidden, (before, after), place, first)
        if prepared.subject == kinds.REGISTRY:
            self._law.step(prepared, hidden, index)
        elif prepared.kind == "offers.opened":
            self._law.check_opened(prepared.public, self._others.procedure(prepared.subject))
        return []

    def write(self) -> None:
        """Entries, annexes and tiles, then the derived rows of every order that changed."""
        self._held.append(self.entries)
        rows = [self._rows(number, self._first[number], last) for number, last in self._last.items()]
        derived.write_orders(self._held.connection, rows, self._known & set(self._last))
        named = [PartyRow(*party, index) for party, index in self._parties.items()]
        # in the log's order, of one record the entity first
        derived.write_parties(
            self._held.connection, sorted(named, key=lambda row: (row.last_index, row.supplier))
        )
        self._others.write()
        self._law.write()
        figures.add(self._held.connection, self._tally())

    def _tally(self) -> Tally:
        """What this transaction adds to the figures."""
        made = Tally()
        for number in self._last:
            life, begun = self._lives.get(number), self._begun.get(number)
            if life is None and begun is not None and begun.begun is not None:
                made.replace(None, begun.begun.profile)
            else:
                made.change(self._before.get(number), life)
        self._others.count_begun(made)
        return made

    def _rows(self, number: str, first: int, last: int) -> OrderRows:
        begun = None if number in self._lives else self._begun[number].begun
        if begun is not None:
            return begun.rows.placed(first, last)
        return order_rows(number, self._lives[number], first, last)

    def _life(self, subject: str) -> OrderLife | None:
        if subject not in self._lives:
            if subject in self._known:
                self._lives[subject] = self._before[subject] = fold(self._held, subject)
            elif subject in self._begun:
                fact = self._begun[subject].fact
                self._lives[subject] = life.advance(None, fact.kind, fact.public, self._recorded_at)
        return self._lives.get(subject)


def _check_past(given: Ready, prepared: Prepared, prev: str | None) -> None:
    """RuleError where a fact was made for another past of its subject than the one that ends with the leaf `prev`."""
    if prepared.act is not None:
        if prepared.prev != prev:
            raise RuleError(
                "the act was signed behind another record of this subject", rule="act-follows-prev"
            )
    elif prepared.kind == IMPORTED and prepared.prev != prev:
        raise RuleError("the order was not compared with the newest record of its subject", rule=KNOWN)
    if given.first and prev is not None:
        raise RuleError("the subject has a record already", rule=KNOWN)


def fold(held: Held, subject: str) -> OrderLife:
    """An order's life out of its records' public bytes."""
    now: OrderLife | None = None
    for _, raw in held.records(subject):
        found = record.parse(raw)
        data = record.effective_data(found, [held.annex(annex.sha256) for annex in record.annexes(found)])
        now = life.advance(now, found.kind, kinds.read(found.kind, data), found.recorded_at)
    if now is None:
        raise RuleError("the order is not registered", rule="first-record")
    return now


def _by_pointer(prepared: Prepared) -> list[str | None]:
    """A record's disclosures in the order of sorted pointers, as the vault keeps them; None for what is not here."""
    if len(prepared.disclosures) == len(prepared.sealed):
        pointers = list(prepared.sealed)
        if pointers == sorted(pointers):
            return list(prepared.disclosures)
        texts: dict[str, str] = dict(zip(prepared.sealed, prepared.disclosures, strict=True))
        return [texts[pointer] for pointer in sorted(texts)]
    by_digest = {disclosure.digest(text): text for text in prepared.disclosures}
    return [by_digest.get(prepared.sealed[pointer]) for pointer in sorted(prepared.sealed)]


def _documents(
    facts: Mapping[int, Prepared], papers: Mapping[int, bytes], placed: Mapping[int, int]
) -> Iterator[tuple[str, str, str, int, bytes]]:
    """The rows of documents to keep, each with the subject that it is a paper of."""
    for n, prepared in facts.items():
        if prepared.kind not in SEALED_KINDS:
            fact = prepared.public
            subject = fact.subject if isinstance(fact, Issued) else prepared.subject
            yield drafts.file_digest(papers[n]), "application/pdf", subject, placed[n], papers[n]
