"""Audit: everything is computed anew, as a stranger would: chain, log, records, tables.

0 the tables themselves: are they those that the program made (schema_audit)
1 the chain's batches, leaf by leaf, against the records' bytes        2 what waits for its anchor, against the signer
3 columns, order tables and vault against the records (recheck)        4 tiles, head and outbox (around)
5 claims, openings, awards and what was handed in (tender_audit)        6 codes and search (index_audit)
"""

from __future__ import annotations

from huella.errors import LedgerError, LedgerUnreachable, StoreError
from huella.flow.epoch_audit import check_epochs
from huella.flow.findings import At, Class, Report
from huella.flow.house import House
from huella.flow.index_audit import check_codes, check_search
from huella.flow.log_audit import Log, Progress
from huella.flow.recheck import Recheck
from huella.flow.schema_audit import check_pages, check_schema
from huella.flow.tender_audit import TenderAudit
from huella.flow.witnessed_audit import check_clock, check_cosigned
from huella.ledger import registry
from huella.ledger.port import CONTRADICTING
from huella.store import database
from huella.store.snapshot import Snapshot


def audit(house: House, since: int = 0, progress: Progress = lambda _: None) -> Report:
    """Compare database, records, log and chain; `since` leaves out what comes before the batch of that entry.

    Never changes anything. `progress` hears how many entries were read.
    """
    try:
        return _audit(house, since, progress)
    except StoreError as error:
        if not database.read_any_text(house.engine, error):
            raise
    return _audit(house, since, progress)


def size_of(house: House) -> int:
    """How many entries there should be, for who waits for an audit: what was signed, whatever the database tells."""
    return house.signer.last()[0]


def _audit(house: House, since: int, progress: Progress) -> Report:
    report = Report()
    try:
        head_size = registry.head(house.ledger).size  # before the database, which may only be ahead of it
    except LedgerError as error:
        report.add(
            "unreachable", At("chain", house.ledger.contract, "head"), f"the chain was not compared: {error}"
        )
        head_size = None
    signed, note = house.signer.last()
    head_size = taken_over(house, report, head_size, signed)
    with database.reading(house.engine) as connection:
        if not check_schema(connection, report):
            return report
        snapshot = Snapshot(connection)

        def read(count: int) -> None:
            progress(count)
            recheck.feed()

        log = Log(house, snapshot, report, read)
        recheck = Recheck(house, snapshot, report, since)
        with recheck.ahead():
            try:
                if head_size is not None:
                    log.check_chain(head_size, since)
            except LedgerUnreachable as error:
                report.add(
                    "unreachable",
                    At("chain", house.ledger.contract, "batch"),
                    f"the chain was not compared: {error}",
                )
            log.check_tail(signed, note)
            log.check_head()
            recheck.run()
        TenderAudit(house, snapshot, report, since).run()
        name_nodes(house, report)
        check_epochs(house, snapshot, report, log.size)
        check_cosigned(house, report)
        check_clock(house, snapshot, report)
        if since == 0:
            check_codes(house, connection, report)
            check_search(connection, report, log.size)
            check_pages(connection, report)
        report.date(snapshot.anchors_of)
    return report


def taken_over(house: House, report: Report, head_size: int | None, size: int) -> int | None:
    """How much of the chain is to be here: of a mirror only what it took over; that there is more is said."""
    if not house.mirror or head_size is None or head_size <= size:
        return head_size
    report.add(
        "behind", At("chain", house.ledger.contract, "head"),
        f"the chain holds {head_size - size} entries that this mirror has not taken over yet", entry=size,
    )  # fmt: skip
    return size


def name_nodes(house: House, report: Report) -> None:
    """Nodes that were not as they should be: outvoted is not forgotten."""
    for found in house.ledger.findings:
        cls: Class = "forked" if found.trouble in CONTRADICTING else "unreachable"
        if found.trouble == "behind":
            cls = "behind"
        if found.trouble == "budget":
            cls = "noted"
        report.add(
            cls,
            At("chain", found.node, found.trouble),
            f"a node stands aside: {found.message}",
        )
