"""A registry over several contracts: the present one, and those that it succeeded, each up to its last good size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from huella.ledger.port import Anchored, Call, Landed, Ledger, Lodgings, NodeFinding, ProofBlock


class Ancestor(NamedTuple):
    """A predecessor's ledger, and the log's size up to which it counts."""

    until: int
    ledger: Ledger


class Lineage:
    """The ledger port over a successor and its predecessors: each batch and proof from the contract that holds it.

    Calls and transactions go to the present contract alone.
    """

    def __init__(self, ancestors: Sequence[Ancestor], present: Ledger) -> None:
        """`ancestors` stand in ascending order of `until`."""
        self._ancestors = tuple(ancestors)
        self._present = present

    @property
    def chain_id(self) -> int:
        """See Ledger."""
        return self._present.chain_id

    @property
    def contract(self) -> str:
        """See Ledger: the present one."""
        return self._present.contract

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """See Ledger; each node's trouble once."""
        every = [*self._present.findings]
        for ancestor in self._ancestors:
            every += [found for found in ancestor.ledger.findings if found not in every]
        return tuple(every)

    def call(self, data: bytes) -> bytes:
        """See Ledger."""
        return self._present.call(data)

    def send(self, data: bytes, gas: int) -> str:
        """See Ledger."""
        return self._present.send(data, gas)

    def send_all(self, calls: Iterable[Call]) -> Iterator[Landed]:
        """See Ledger."""
        return self._present.send_all(calls)

    def batch(self, first: int) -> Anchored | None:
        """See Ledger. What a predecessor holds beyond its last good size is no batch of this log."""
        for ancestor in self._ancestors:
            if first < ancestor.until:
                found = ancestor.ledger.batch(first)
                return found if found is not None and found.size <= ancestor.until else None
        return self._present.batch(first)

    def prove(self, size: int) -> ProofBlock:
        """See Ledger."""
        holding = (each.ledger for each in self._ancestors if 0 < size <= each.until)
        return next(holding, self._present).prove(size)

    def lodged(self, since: int) -> Lodgings:
        """See Ledger. With every contract of the line: who knows an old one only may have lodged there yesterday."""
        told = [each.lodged(since) for each in (*(old.ledger for old in self._ancestors), self._present)]
        until = min(each.until for each in told)
        found = [one for each in told for one in each.found if one.block_number <= until]
        return Lodgings(tuple(sorted(found, key=lambda one: (one.block_number, one.position))), until)
