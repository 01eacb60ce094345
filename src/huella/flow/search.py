"""Search: orders by number, party, product, place and code. The index follows the log a step behind, and is made of it.

An order's words are those of its public record. Of sealed values only a natural person's RUC can be looked for: by
whoever knows it, as a keyed hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from huella.errors import HuellaError
from huella.flow.house import House
from huella.records import disclosure, kinds, record, shapes
from huella.records.model import Amendment, Destination, Order
from huella.records.names import fold
from huella.records.record import Record
from huella.store import database
from huella.store.index import first_indexes
from huella.store.journal import Entry
from huella.store.search import KEYED, Found, Search
from huella.store.tally import department_code

STEP, STRIDE = 500, 4_000
"""Entries that one step reads where somebody waits, and where nobody does: a step writes every list that it adds to
anew."""
AMENDED, ERASED = "order.amended", "disclosure.erased"
RUC = "/supplier/ruc"
ALL = "*"
"""A term that every order holds."""
_WANTED = frozenset({*kinds.FIRST_OF_ORDER, AMENDED, ERASED})
_STOP = frozenset(
    "A AL CON DE DEL E EL EN LA LAS LO LOS O PARA POR SU U UN UNA Y".split()  # noqa: SIM905  (a list of words)
)
_LONGEST = 24
_NUMBER = re.compile(r"OCAM-20\d\d-\d{1,6}(-\d{1,9}){0,2}\Z", re.ASCII)


class Asked(NamedTuple):
    """What somebody looks for: words, and values by which results are narrowed; empty: any."""

    text: str = ""
    catalogue: str = ""
    department: str = ""
    procedure: str = ""
    shape: str = ""


def step(house: House, most: int = STEP) -> bool:
    """Index the next entries, at most so many; whether there may be more. Anybody may call it at any time."""
    index = Search(house.engine)
    begin, size = index.next(), house.journal.size()
    end = min(begin + most, size)
    if begin >= size:
        return False
    terms: dict[str, set[int]] = {}
    gone: set[int] = set()
    for first, words, erased in _read(house, house.journal.entries(begin, end)):
        if erased:
            gone.add(first)
        for word in words:
            terms.setdefault(word, set()).add(first)
    index.add(begin, end, terms, sorted(gone))
    return end < size


def behind(house: House) -> int:
    """How many entries are not indexed yet."""
    return house.journal.size() - Search(house.engine).next()


def find(house: House, asked: Asked, before: int | None = None, most: int = 20) -> Found:
    """Orders that hold every word and value asked for, the newest first. A number, or the begin of one, is told as it
    is typed, such as OCAM-2026-1335-17."""
    step(house)
    index = Search(house.engine)
    number = asked.text.strip().upper()
    if _NUMBER.match(number):
        numbers = [number] if house.index.order(number) else index.numbers(number + "-", most)
        with database.reading(house.engine) as connection:
            firsts = first_indexes(connection, numbers)
        return Found([firsts[each] for each in numbers], None)
    terms = [*_asked_words(house, asked.text), *_facets(asked)]
    return index.find(terms or [ALL], before, most)


def rows(house: House, firsts: list[int]) -> list[dict[str, Any]]:
    """What a list of results shows of orders, by their first entries. A natural person has no name here."""
    found = Search(house.engine).orders_at(firsts)
    rucs = sorted({str(row[each]) for row in found for each in ("entity_ruc", "supplier_ruc") if row[each]})
    names = house.index.party_names(rucs)
    return [
        {**row, "entity": names.get(str(row["entity_ruc"])), "supplier": names.get(str(row["supplier_ruc"]))}
        for row in found
    ]


def words(text: str) -> list[str]:
    """The terms of a text: folded, without the words that every text has."""
    return [word[:_LONGEST] for word in fold(text).split() if word not in _STOP]


def _read(house: House, page: Iterable[Entry]) -> Iterator[tuple[int, set[str], bool]]:
    """First entry of an order, what can be looked for of it, and whether something of it was erased."""
    wanted = [entry for entry in page if entry.kind in _WANTED]
    read = []
    for entry in wanted:
        try:
            found = record.parse(entry.record)
            bodies = [house.journal.annex(named.sha256) or b"" for named in record.annexes(found)]
            read.append((entry, found, kinds.read(found.kind, record.effective_data(found, bodies))))
        except HuellaError:  # the audit names it
            continue
    firsts = _firsts(house, [(entry, fact) for entry, _, fact in read])
    opened = _opened(house, [(entry, found) for entry, found, _ in read])
    for entry, _, fact in read:
        if entry.index in firsts:
            secret = {_keyed(house, pointer, value) for pointer, value in opened.get(entry.index, ())}
            yield firsts[entry.index], {*_terms(fact), *secret}, entry.kind == ERASED


def _firsts(house: House, read: list[tuple[Entry, Any]]) -> dict[int, int]:
    """The first entry of the order that each entry is about; those about no order are left out."""
    about: dict[int, str] = {}
    for entry, fact in read:
        if entry.kind == ERASED:
            erased = house.journal.entry(fact.index)
            about[entry.index] = erased.subject if erased else ""
        else:
            about[entry.index] = entry.subject
    with database.reading(house.engine) as connection:
        known = first_indexes(connection, sorted(set(about.values())))
    return {index: known[subject] for index, subject in about.items() if subject in known}


def _opened(house: House, read: list[tuple[Entry, Record]]) -> dict[int, list[tuple[str, str]]]:
    """Pointer and value of the sealed values that can be looked for, by entry."""
    sealing = {
        entry.index: sealed for entry, found in read if (sealed := record.sealed(found)) and RUC in sealed
    }
    if not sealing or house.mirror:
        return {}
    return {
        index: [
            (pointer, str(disclosure.parse(text).value))
            for pointer, text in texts.items() if pointer == RUC
        ]
        for index, texts in house.vault.open_many(sealing).items()
    }  # fmt: skip


def _terms(fact: Any) -> Iterator[str]:
    if isinstance(fact, Amendment):
        yield from _place_terms(fact.destination)
    if isinstance(fact, Order):
        yield from _order_terms(fact)


def _order_terms(order: Order) -> Iterator[str]:
    yield ALL
    for party in (order.entity, order.supplier):
        yield from words(party.name or "")
        if party.ruc:
            yield party.ruc
    for item in order.items:
        for text in filter(None, (item.description, item.brand, item.part_number, item.category)):
            yield from words(text)
    for place in order.destinations:
        yield from _place_terms(place)
    code, name = (
        ("", "") if order.agreement is None else (order.agreement.code or "", order.agreement.name or "")
    )
    yield from words(f"{code} {name}")
    yield from _facets(
        Asked(catalogue=code or name, procedure=order.procedure or "", shape=shapes.derive(order) or "")
    )


def _place_terms(place: Destination | None) -> Iterator[str]:
    if place is not None:
        yield from words(f"{place.department or ''} {place.province or ''} {place.district or ''}")
        yield from _facets(Asked(department=department_code(place.ubigeo, place.department)))


def _facets(asked: Asked) -> list[str]:
    return [f"={name}:{value}" for name, value in zip(asked._fields[1:], asked[1:], strict=True) if value]


def _asked_words(house: House, text: str) -> Iterator[str]:
    """The terms of what somebody typed: a natural person's RUC is looked for by its hash."""
    for word in dict.fromkeys(words(text)):
        natural = len(word) == 11 and word.isdigit() and word.startswith(("10", "15", "16", "17"))
        yield _keyed(house, RUC, word) if natural else word


def _keyed(house: House, pointer: str, value: str) -> str:
    return KEYED + house.vault.blind(f"{pointer} {value}")[:32]
