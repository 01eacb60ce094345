"""Faults in pairs: a step that failed, and one that failed but happened all the same. And the oracle behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cast import order
from huella.flow import anchor as anchoring
from huella.flow import seal as sealing
from huella.flow import sign as signing
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.sign import LogSigner
from huella.ledger import registry as contract
from huella.ledger.chainstore import ChainStore
from huella.ledger.embedded import EmbeddedLedger
from huella.store import index
from huella.store.anchors import Anchors
from huella.store.journal import Held, Journal
from huella.store.vault import Vault


class Crash(Exception):
    """The process dies here."""


@dataclass(frozen=True)
class Step:
    """One step of a road: what is called, and at which of its calls the fault comes."""

    owner: Any
    name: str
    call: int = 1

    def __str__(self) -> str:
        return f"{getattr(self.owner, '__name__', self.owner).rpartition('.')[2]}.{self.name}.{self.call}"


SEAL = (
    Step(Vault, "lock"),
    Step(Held, "append"),
    Step(index, "write_orders"),
    Step(index, "write_parties"),
    Step(Vault, "keep"),
    Step(index, "write_documents"),
    Step(sealing, "sign_head"),  # committed before it
    Step(LogSigner, "sign"),
    Step(LogSigner, "_write"),
    Step(signing, "replace_durably"),  # the leaves are written before it, the head by it
    Step(Journal, "keep_checkpoint"),
)
ANCHOR = (
    Step(anchoring, "sign_head"),
    Step(Anchors, "plan"),
    Step(EmbeddedLedger, "send"),  # after it: the answer is lost
    Step(ChainStore, "commit"),
    Step(Anchors, "move", 1),  # due → sent
    Step(EmbeddedLedger, "prove"),
    Step(Anchors, "move", 2),  # sent → final
    Step(Anchors, "plan", 2),  # the next batch
    Step(EmbeddedLedger, "send", 2),
)


@contextmanager
def crash(step: Step, *, happened: bool) -> Iterator[None]:
    """The process dies at this step: before it, or after it has happened."""
    real: Callable[..., Any] = getattr(step.owner, step.name)
    calls = 0

    def faulty(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls != step.call:
            return real(*given, **named)
        if happened:
            real(*given, **named)
        raise Crash(str(step))

    setattr(step.owner, step.name, faulty)
    try:
        yield
    finally:
        setattr(step.owner, step.name, real)
    assert calls >= step.call, "the step was never reached"


def subjects(*numbers: int) -> set[str]:
    return {order(number).subject for number in numbers}


def oracle(house: House, acknowledged: set[str]) -> None:
    """Clean, without gaps; every acknowledged order once, every anchored order one token and nothing else one."""
    report = audit(house)
    assert report.clean, report.findings
    entries = house.journal.entries(0, 1_000_000)
    assert [entry.index for entry in entries] == list(range(house.journal.size()))
    firsts = [entry.subject for entry in entries if entry.kind == "order.published"]
    assert len(firsts) == len(set(firsts))
    assert acknowledged <= set(firsts)
    custodian = contract.owner_of(house.ledger, 0)
    anchored = contract.head(house.ledger).size
    tokens = sum(entry.kind == "order.published" for entry in entries[:anchored])
    assert (contract.balance_of(house.ledger, custodian) if custodian else 0) == tokens
    assert house.signer.last()[0] <= len(entries)
