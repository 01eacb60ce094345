"""The audit's look at cosigned heads and clocks: what witnesses said against the log, block times against records."""

from __future__ import annotations

from huella.errors import ProofError, SignerError
from huella.flow import drift
from huella.flow.findings import At, Report
from huella.flow.house import House
from huella.proof.checkpoint import Checkpoint, parse_checkpoint
from huella.proof.cosignature import attested
from huella.store.snapshot import Snapshot

PAGE = 200


def check_cosigned(house: House, report: Report) -> None:
    """Every cosigned head: signed by us, the log's root at its size, its witnesses' lines sound and counted."""
    after: int | None = None
    while (after := check_some_cosigned(house, report, after, PAGE)) is not None:
        pass


def check_some_cosigned(house: House, report: Report, over: int | None, most: int) -> int | None:
    """So many cosigned heads behind a size; the size of the last one, None where there are no more."""
    page = list(house.heads.after(over, most))
    for row in page:
        _check(house, report, row)
    return page[-1][0] if len(page) == most else None


def _check(house: House, report: Report, row: tuple[int, str, int]) -> None:
    at, note, count = row
    place, entry = At("cosigned", at, "note"), max(0, at - 1)
    try:
        head = parse_checkpoint(note if isinstance(note, str) else "")  # SQLite keeps values of any type
    except ProofError:
        report.add("tampered", place, "the cosigned head is no checkpoint", present=note, entry=entry)
        return
    ours = house.trust.holds(head)
    said = attested(head, house.trust.witnesses)
    if not ours or head.size != at or at < 1 or said.false:
        report.add(
            "tampered", place, "the cosigned head is not what the log and its witnesses signed",
            present=note, entry=entry,
        )  # fmt: skip
    elif not _signed_here(house, head):
        report.add(
            "forked", place, "witnesses cosigned another history than the log's", present=head.root, entry=entry,
        )  # fmt: skip
    elif not isinstance(count, int) or len(said.times) < count:
        report.add(
            "tampered", At("cosigned", at, "witnesses"), "fewer witnesses cosigned than the row tells",
            sealed=len(said.times), present=count, entry=entry,
        )  # fmt: skip


def _signed_here(house: House, head: Checkpoint) -> bool:
    """Whether the signer signed this head too, by the leaves that it remembers itself."""
    try:
        house.signer.sign(head.size, head.root, lambda _first, _end: ())
    except SignerError:
        return False
    return True


def check_clock(house: House, snapshot: Snapshot, report: Report) -> None:
    """The newest anchor's time against the registry's clock; a drift is told, it contradicts nothing sealed."""
    last = snapshot.entries(report.anchored - 1, report.anchored) if report.anchored else []
    own = snapshot.anchors_of(report.anchored - 1)[1] if last else None
    if own is None:
        return
    found = drift.between(house, str(last[0].recorded_at), last[0].index, own)
    if found is not None:
        report.add("noted", At("batches", last[0].index, "block_time"), str(found), present=own[1])
