"""The audit of what people find things by: the codes on papers, and the words of the search.

Each code is opened and digested again. Of the search only what is cheap is compared: every order is in it, nothing else
is, and its lists can be read; whether each word leads to each of its orders is not.
"""

from __future__ import annotations

from sqlalchemy import Connection

from huella.errors import InputError
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.flow.law import CODE
from huella.flow.search import ALL
from huella.records import disclosure, record
from huella.store import codes, search


def check_codes(house: House, connection: Connection, report: Report) -> None:
    """Every digest against the code that its entry seals, and every sealed code's digest: who shows a paper is told of
    its own order. What was erased nobody compares."""
    if house.mirror:
        return
    kept = codes.all_of(connection)
    right: dict[str, int] = {}
    lost: set[int] = set()
    for page in codes.holding(connection, CODE.encode()):
        sealed = {index: found for index, raw in page if CODE in (found := _sealed(raw))}
        opened = house.vault.open_many(sealed)
        for index in sealed:
            if CODE not in opened[index]:
                lost.add(index)
                continue
            code = str(disclosure.parse(opened[index][CODE]).value)
            right.setdefault(house.vault.blind(code), index)
    for digest in sorted(right.keys() | kept.keys()):
        wanted, present = right.get(digest), kept.get(digest)
        if wanted != present and present not in lost:
            report.add(
                "tampered",
                At("codes", digest, "entry"),
                "a verification code does not lead to the paper that shows it",
                sealed=wanted,
                present=present,
                entry=wanted if wanted is not None else None,
            )


def _sealed(raw: bytes) -> dict[str, str]:
    try:
        return record.sealed(record.parse(raw))
    except InputError:  # named elsewhere
        return {}


def check_search(connection: Connection, report: Report, size: int) -> None:
    """How far the index says it has come, and that its lists are of the orders that begin there, of all of them.

    Where orders' rows are not as they should be the index is not judged: it is compared with them.
    """
    heads = search.heads(connection)
    if len(heads) != 1 or type(heads[0][1]) is not int or not 0 <= heads[0][1] <= size:
        told = ", ".join(f"{number}: {end}" for number, end in heads) or None
        message = "how far the search index has come is not what it can have read"
        report.add("tampered", At("search_head", 1, "next"), message, sealed=f"up to {size}", present=told)
        return
    if any(found.cls == "tampered" and found.table in ("orders", "entries") for found in report.findings):
        return
    end = heads[0][1]
    within = set(range((end + search.BLOCK - 1) // search.BLOCK))
    for block in sorted(within | set(search.blocks(connection)), key=str):
        wanted = search.begun(connection, block, end) if block in within else set()
        _check_block(connection, report, block, wanted)


def _check_block(connection: Connection, report: Report, block: int, wanted: set[int]) -> None:
    whole: set[int] = set()
    for term, places in search.lists(connection, block):
        at = At("postings", f"{term}/{block}", "places")
        if places is None:
            report.add("tampered", at, "this is no list of places")
            continue
        if term == ALL:
            whole = set(places)
        foreign = sorted(set(places) - wanted)
        if foreign:
            message = "the list leads to what is no order"
            report.add("tampered", at, message, present=foreign[0], entry=max(0, foreign[0]))
    missing = sorted(wanted - whole)
    if missing:
        message = "orders cannot be found by the search"
        report.add(
            "tampered",
            At("postings", f"{ALL}/{block}", "places"),
            message,
            sealed=missing[0],
            entry=missing[0],
        )
