"""The audit of epochs: each that ended in the trust file has its record, at its place and as it says, and no other is.

Whether the chain's batches and the cosigned heads are signed by the key of their epoch is looked at where they are.
"""

from __future__ import annotations

from huella.errors import HuellaError, ProofError
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.proof.epoch import Epoch, read_end
from huella.proof.merkle import root_of
from huella.records import kinds, record
from huella.records.model import Recovered
from huella.records.recovery import KIND
from huella.store.snapshot import Snapshot


def check_epochs(house: House, snapshot: Snapshot, report: Report, size: int) -> None:
    """Every `log.recovered` of the first `size` entries against the trust file, and the other way round."""
    found = dict(snapshot.placed((KIND,), 0, size))
    ended = {
        epoch.kept: epoch for epoch in house.trust.epochs
    }  # of two that ended at one place the later one counts
    for index in sorted({*found, *(kept for kept in ended if kept < size)}):
        try:
            _check(house, snapshot, ended.get(index), index, found.get(index))
        except HuellaError as error:
            report.add_sealed(At("entries", index, "record"), f"the log's epochs: {error}", index)


def _check(house: House, snapshot: Snapshot, epoch: Epoch | None, index: int, raw: bytes | None) -> None:
    """ProofError where an entry and the trust file do not end the same epoch."""
    if epoch is None:
        raise ProofError("this record ends an epoch that the trust file does not know")
    if raw is None:
        raise ProofError("the trust file names the end of an epoch, and no log.recovered stands there")
    found = record.parse(raw)
    bodies = [bytes(snapshot.annex(named.sha256) or b"") for named in record.annexes(found)]
    fact: Recovered = kinds.read(found.kind, record.effective_data(found, bodies))
    end = read_end(fact, index, epoch.log_keys)
    if end.epoch != epoch:
        raise ProofError("the trust file tells another end of the epoch than the record")
    if end.root != root_of(index, house.journal.tree()):
        raise ProofError("the record's root is not that of the entries in front of it")
    later = house.trust.epochs[house.trust.epochs.index(epoch) + 1 :]
    origin = later[0].origin if later else house.trust.origin
    keys = later[0].log_keys if later else house.trust.log_keys
    if end.successor.name != origin or end.successor not in keys:
        raise ProofError("the record hands the log over to another key than the trust file's")
