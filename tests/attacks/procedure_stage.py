"""The cast of the frauds: two requirements with their offers in three stages, a thief, and an operator who cheats.

The operator has every key and may change the program: what he puts into the log is sealed, signed and anchored.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import offer_cases as people
from attacks.thief import Stolen, Thief, relink
from cast import Clock, anchored, randomness, registry, sealed
from huella.flow.audit import audit
from huella.flow.findings import Finding, Report
from huella.flow.house import House, open_house
from huella.flow.procedure import close, decide_award, open_offers, submit
from huella.flow.seal import Sealed, sign_head
from huella.records import canonical, claims, disclosure, offer, record
from huella.records import draft as drafts
from huella.records.claims import Standing
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.offer import QuotationRequest, Supplier
from huella.records.offer_file import OfferCopy
from huella.records.record import leaf_hash
from huella.store import database
from huella.store.journal import NewEntry
from huella.store.tables import disclosures
from staging import Stage, Staged

FIRST, SECOND = "REQ-2026-1335-42", "REQ-2026-1335-43"
START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 11, 25, 22, 0, 1, tzinfo=UTC)
PRICES = {"andina": "2000", "cusco": "2100", "rosa": "2300", "other": "1900"}
CUSCO = {"name": "CUSCO S.A.", "ruc": "20100047218"}
MORE: dict[str, Any] = {
    "rates": [{"currency": "USD", "rate": "3.75"}],
    "documents": [{"media_type": "application/pdf", "name": "bases.pdf", "sha256": "cd" * 32, "size": 900}],
}
# 0, 1 the requirements; 2 … 5 the offers; 6, 7 the closes; 8 … 10 opened; 11 the award
REQUIREMENT, ANDINA, CUSCO_OFFER, ROSA, OTHER, CLOSE, OTHER_CLOSE, AWARD = 0, 2, 3, 4, 5, 6, 7, 11


def supplier(name: str, label: str = "") -> Supplier:
    """Who offers, with other salts for another label."""
    if name == "andina":
        return people.andina(name + label)
    if name == "rosa":
        return people.rosa(name + label)
    return Supplier(copy.deepcopy(CUSCO), people.key(3), people.salts(name + label))


def request(house: House, number: str = FIRST) -> QuotationRequest:
    """What an offer answers."""
    return offer.quotation_request([(house.journal.of_subject(number)[0].record, ())])


def quote(house: House, name: str, price: str = "", number: str = FIRST, label: str = "") -> OfferCopy:
    """Somebody's offer with a price for the first product; those of the stage are the same each time."""
    products = copy.deepcopy(people.QUOTATION["products"])
    products[0]["unit_price"] = price or PRICES[name]
    given = people.quotation(products=products, confidential=None)
    return offer.compose(request(house, number), supplier(name, label), given)


def to_open(house: House, _clock: Clock) -> None:
    """Both requirements and all offers, anchored."""
    for number in (FIRST, SECOND):
        data = {**copy.deepcopy(people.REQUIREMENT), **MORE}
        sealed(house, Draft(kind="requirement.published", subject=number, data=data))
    anchored(house)
    for name in PRICES:
        number = SECOND if name == "other" else FIRST
        done = submit(house, [offer.offer_file(quote(house, name, number=number), request(house, number))])
        assert isinstance(done[0], Sealed)
    anchored(house)


def to_closed(house: House, clock: Clock) -> None:
    """Both procedures closed at their deadline, anchored."""
    clock.time = DEADLINE
    close(house, FIRST)
    close(house, SECOND)
    anchored(house)


def to_awarded(house: House, clock: Clock) -> None:
    """The first procedure's offers opened, its award decided, anchored."""
    clock.forward(hours=1)
    assert all(isinstance(done, Sealed) for _, done in open_offers(house, FIRST, people.OPENING[0]))
    decide_award(house, FIRST)
    anchored(house)
    assert audit(house).counts == {}


STEPS = {"open": to_open, "closed": to_closed, "awarded": to_awarded}


def staged(stages: Stage, upto: str) -> Staged:
    """The stage in which the first procedure is `open`, `closed` or `awarded`; everything is anchored."""
    if upto == "open":
        return stages.new(upto, to_open, Clock(START))
    return stages.later(upto, staged(stages, "open" if upto == "closed" else "closed"), STEPS[upto])


def stage(folder: Path, upto: str) -> Clock:
    """The same in a folder of one's own, on SQLite; the time when it was left."""
    clock = Clock(START)
    with registry(folder, None, clock) as house:
        for name, step in STEPS.items():
            step(house, clock)
            if name == upto:
                break
    return clock


@contextmanager
def copied(staged: Path, clock: Clock, folder: Path) -> Iterator[House]:
    """A stage of one's own, to be attacked."""
    shutil.copytree(staged, folder)
    with open_house(folder, clock, randomness(str(folder))) as house:
        yield house


Change = Callable[[dict[str, Any]], Any]


class Operator(Thief):
    """Has the thief's rights and every key, and leaves out every rule that stands in the way."""

    def put_record(self, kind: str, subject: str, data: dict[str, Any], **members: Any) -> int:
        """Put a fact into the log as if it had been sealed, whatever the rules say; its index. Nothing is anchored."""
        draft = Draft(kind=kind, subject=subject, data=data, **members)
        prepared = drafts.prepare(draft, people.salts(f"{kind} {self.house.journal.size()}"))
        return self.put_raw(prepared.kind, subject, lambda place: drafts.finish(prepared, **place))

    def put_raw(self, kind: str, subject: str, make: Callable[[dict[str, Any]], bytes]) -> int:
        """The same for bytes that no check has seen; `make` is given seq, prev, recorded_at and recorded_by."""
        own = self.house.journal.of_subject(subject)
        with self.house.journal.hold() as held:
            index, at = held.size, max(moment(self.house.now()), held.recorded_at)
            prev = own[-1].leaf.hex() if own else None
            raw = make({"seq": len(own), "prev": prev, "recorded_at": at, "recorded_by": "perucompras"})
            leaf = leaf_hash(raw)
            found = record.parse(raw)
            mac = self.house.signer.mac(index, leaf)
            held.append([NewEntry(raw, leaf, kind, subject, found.seq, found.recorded_at, mac)])
        sign_head(self.house)
        self.rewrite(self.steal())
        return index

    def put_offer(self, one: OfferCopy) -> int:
        """Put a supplier's offer into the log, with its tie in the vault and what was handed in."""
        file = offer.offer_file(one, request(self.house))
        of = file.offer
        index = self.put_record(
            of.kind, of.subject, of.data, sealed=of.sealed, disclosures=(file.tie,), prev=of.prev
        )
        self.keep(index, one)
        return index

    def keep(self, index: int, one: OfferCopy) -> None:
        """The vault's row of an offer's entry, with its tie."""
        texts = {disclosure.digest(one.tie): one.tie}
        by_pointer = [texts.get(one.offer.sealed[pointer]) for pointer in sorted(one.offer.sealed)]
        (locked,) = self.house.vault.lock(self.house.vault.boxer.box([by_pointer]))
        with database.writing(self.engine) as connection:
            database.insert_rows(connection, disclosures, [(index, locked.key, locked.boxes)])

    def forge(self, kind: str, change: Callable[[dict[str, Any]], Any], number: str = FIRST) -> int:
        """Put the newest record of this kind into the log once more, changed."""
        before = [entry for entry in self.house.journal.of_subject(number) if entry.kind == kind][-1]

        def make(place: dict[str, Any]) -> bytes:
            content = canonical.decode(before.record)
            content |= place
            change(content["data"])
            return canonical.encode(content)

        return self.put_raw(kind, number, make)

    def instead(self, index: int, change: Callable[[dict[str, Any]], Any]) -> None:
        """Put another record where one stands that is not anchored, as if it had never been; every word renewed."""
        stolen = self.steal()
        stolen[index] = stolen[index].forged(lambda content: change(content["data"]))
        self.history(stolen)

    def history(self, stolen: Sequence[Stolen]) -> None:
        """Another history: MACs, derived rows and the signer's memory are made for it."""
        words = [
            Stolen(one.record, self.house.signer.mac(place, leaf_hash(one.record)), one.boxes, one.kept)
            for place, one in enumerate(stolen)
        ]
        self.rewrite(words)
        folder = self.house.settings.path("signer.folder")
        for name in ("leaves", "head.json"):
            (folder / name).unlink()
        sign_head(self.house)


def named(house: House, table: str, row: object = None, word: str = "") -> Finding:
    """The first finding at a place whose column or message has a word; the audit as a whole is not clean."""
    report = audit(house)
    assert report.exit_code == 1
    return _first(report, table, row, word)


def noted(house: House, table: str, word: str) -> Finding:
    """The same where the audit is clean: something that who relies on it should know."""
    report = audit(house)
    assert report.clean
    return _first(report, table, None, word)


def _first(report: Report, table: str, row: object, word: str) -> Finding:
    fitting = [
        f for f in report.findings
        if f.table == table and (row is None or f.row == str(row)) and (word in f.message or word in f.column)
    ]  # fmt: skip
    assert fitting, [(f.table, f.row, f.column, f.message) for f in report.findings]
    return fitting[0]


def at(upto: str) -> pytest.MarkDecorator:
    """When the fraud is tried: the procedure is `open`, `closed` or `awarded`."""
    return pytest.mark.parametrize("upto", [upto], ids=[""])


def code(house: House, index: int) -> str:
    return house.journal.entries(index, index + 1)[0].subject


def closing(house: House, *left_out: int, number: str = FIRST, **changes: Any) -> dict[str, Any]:
    """The data of a close of the stage's offers without some of them."""
    standings = []
    for name, index in (("andina", ANDINA), ("cusco", CUSCO_OFFER), ("rosa", ROSA)):
        if index not in left_out:
            entry = house.journal.entries(index, index + 1)[0]
            tie = quote(house, name).tie
            standings.append(Standing(entry.subject, entry.leaf.hex(), index, False, tie))
    closed = claims.closed_set(people.CLOSES_AT, standings)
    data: dict[str, Any] = msgspec.json.decode(canonical.encode(closed))
    return {**data, **changes}


def raw(operator: Operator, kind: str, data: dict[str, Any], number: str = FIRST) -> int:
    """A record in which even its own members need not agree; anchored."""
    of = {"data": data, "format": "huella/record/1", "kind": kind, "subject": number}
    index = operator.put_raw(kind, number, lambda place: canonical.encode({**of, **place}))
    anchored(operator.house)
    return index


def edited(thief: Thief, index: int, change: Change) -> None:
    """Change one record and derive everything again."""
    stolen = thief.steal()
    stolen[index] = stolen[index].forged(change)
    thief.rewrite(relink(stolen))


def inserted(thief: Thief, one: Stolen, place: int) -> None:
    stolen = thief.steal()
    thief.rewrite(relink([*stolen[:place], one, *stolen[place:]]))


def winner_of(thief: Thief) -> str:
    leaf: str = canonical.decode(thief.steal()[AWARD].record)["data"]["winners"][0]["offer"]
    return leaf
