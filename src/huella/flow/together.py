"""Sealing with others: what threads of one process hand in at the same moment becomes one transaction, one signed head.

items ─► counter ─► one transaction for all ─► signed head ─► each thread its own outcomes
                       └─ failed ─► each looks for its own in the log, and seals alone what is not there
"""

from __future__ import annotations

from collections.abc import Sequence

from huella.errors import HuellaError, StoreError
from huella.flow.house import House
from huella.flow.seal import Outcome, Ready, Sealed, seal_ready, sign_head
from huella.records import record
from huella.records.draft import Prepared
from huella.store.journal import Held

Item = tuple[Ready | HuellaError, bytes | None]
"""What `ready` made of a draft, and the document to keep with it."""


def seal_together(house: House, given: Sequence[Item]) -> list[Outcome]:
    """Seal with whatever other threads hand in now; each item its own outcome, in order.

    An error of one never affects the others. When this returns, what it calls sealed is committed and the signed head
    covers it. StoreError or SignerError where nothing could be sealed, or where nobody can say whether it was: the
    message tells which.
    """
    answers = house.counter.hand_in(given, lambda items: _seal(house, items))
    return _alone(house, given) if answers is None else answers


def _seal(house: House, given: Sequence[Item]) -> list[Outcome]:
    papers = {n: paper for n, (_, paper) in enumerate(given) if paper is not None}
    return seal_ready(house, [made for made, _ in given], papers)


def _alone(house: House, given: Sequence[Item]) -> list[Outcome]:
    """After a failure: what stands in the log all the same is sealed; the rest is tried once more, by itself."""
    try:
        with house.journal.hold() as held:  # behind whatever transaction is still ending
            standing = {
                n: _standing(held, made.fact) for n, (made, _) in enumerate(given) if isinstance(made, Ready)
            }
    except StoreError as error:
        raise StoreError(
            f"it is not known whether this was sealed: {error}",
            advice="Ask for the receipt, or hand the same in again: what stands in the log is never sealed twice.",
        ) from error
    rest = [item for n, item in enumerate(given) if standing.get(n) is None]
    others = iter(_seal(house, rest))
    if len(rest) < len(given):
        sign_head(house)  # nobody is told "sealed" before
    return [standing.get(n) or next(others) for n in range(len(given))]


def _standing(held: Held, fact: Prepared) -> Sealed | None:
    """Where the log has this very fact already: same kind, same public data, same digests over the same salts."""
    for index, raw in held.records(fact.subject):
        found = record.parse(raw)
        if (found.kind, found.data, record.sealed(found)) == (fact.kind, fact.data, fact.sealed):
            return Sealed(index, record.leaf_hash(raw), fact.warnings)
    return None
