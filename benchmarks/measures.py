"""The benchmarks by name. Each is given a number of orders and tells its figures; each runs in a process of its own."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import documents, network, offers, peers, portal, rebuild, signatures, sources
from benchmarks.cast import Figure, chunks, json_lines, open_data, plain, registry, seal_all
from huella.flow.anchor import anchor
from huella.flow.audit import audit
from huella.flow.bring import bring
from huella.flow.house import House
from huella.flow.paper import complete_data, order_paper
from huella.flow.publish import evidence_of, newest_entry
from huella.proof.verify import verify

FEW = 200
SCALE = (1_000, 100_000)
GAS = Path(__file__).parent.parent / "contracts" / "gas-report.json"


def seal(count: int) -> Iterator[Figure]:
    """From drafts to a committed, signed head with derived tables."""
    with registry() as house:
        yield Figure(
            "seal", "bulk, generated orders", count / seal_all(house, chunks(count)), "records/s", count
        )
    with registry() as house:
        taken = seal_all(house, chunks(count, plain))
        yield Figure("seal", "bulk, without personal data", count / taken, "records/s", count)
    few = min(count, 5_000)
    with registry() as house:
        taken = seal_all(house, chunks(few), size=0)
        yield Figure("seal", "one process, generated orders", few / taken, "records/s", few)


def bring_in(count: int) -> Iterator[Figure]:
    """Import of a file, then all of it on the embedded chain."""
    for what, made in (("JSON Lines", json_lines), ("open data CSV", open_data)):
        with registry() as house:
            path = made(house.settings.folder / "orders.txt", count)
            begun = time.perf_counter()
            brought = bring(house, path, "auto")
            between = time.perf_counter()
            _check(brought.sealed == count, f"{brought.refusals[:1]}")
            batches = sum(1 for _ in anchor(house))
            ended = time.perf_counter()
        yield Figure("import", f"{what}: import", count / (between - begun), "orders/s", count)
        yield Figure("import", f"{what}: anchor", count / (ended - between), "orders/s", count)
        yield Figure("import", f"{what}: import and anchor", count / (ended - begun), "orders/s", count)
        yield Figure("import", f"{what}: entries a batch", count / batches, "entries", count)


def check(count: int) -> Iterator[Figure]:
    """Audit of a registry whose entries are all anchored."""
    with registry() as house:
        seal_all(house, chunks(count))
        for _ in anchor(house):
            pass
        size = house.journal.size()
        begun, cpu = time.perf_counter(), time.process_time()
        report = audit(house)
        taken, used = time.perf_counter() - begun, time.process_time() - cpu
        _check(report.exit_code == 0, str(report.findings[:1]))
    yield Figure("audit", "everything, anchored", size / taken, "records/s", count)
    yield Figure("audit", "CPU", used / size * 1e6, "µs/record", count)


def papers(_count: int) -> Iterator[Figure]:
    """Evidence files, their verification offline, and PDFs."""
    with registry() as house:
        seal_all(house, chunks(1_000), size=0)
        for _ in anchor(house):
            pass
        begun = time.perf_counter()
        files = [evidence_of(house, index).encode() for index in range(FEW)]
        yield Figure("evidence", "made", FEW / (time.perf_counter() - begun), "files/s", FEW)
        complete = [evidence_of(house, index, None).encode() for index in range(FEW)]
        for what, given in (("public", files), ("all fields disclosed", complete)):
            used = [_cpu(lambda file=file: _verified(house, file)) for file in given]  # type: ignore[misc]
            yield Figure(
                "evidence", f"verified offline, {what}", statistics.median(used) * 1e3, "ms CPU", FEW
            )
        yield from _pdfs(house)


def _pdfs(house: House) -> Iterator[Figure]:
    subjects = [entry.subject for entry in house.journal.entries(1, 1 + FEW // 2)]
    order_paper(house, subjects[0])
    begun = time.perf_counter()
    for subject in subjects[1:]:
        order_paper(house, subject, original=True)
    taken = time.perf_counter() - begun
    _check(bool(complete_data(house, newest_entry(house, subjects[0]))), "no data")
    yield Figure(
        "papers", "order PDF made, kept and put on record", len(subjects) / taken, "PDFs/s", len(subjects)
    )


def scale(count: int) -> Iterator[Figure]:
    """What a record costs in a small and in a large registry, in one process: 1,000 and five times `count`."""
    small, large = SCALE[0], min(SCALE[1], 5 * count)
    few = [_costs(small) for _ in range(5)]
    sealing, auditing = (statistics.median(each) for each in zip(*few, strict=True))
    sealing_large, auditing_large = _costs(large)
    for what, before, after in (
        ("seal", sealing, sealing_large), ("audit", auditing, auditing_large),
    ):  # fmt: skip
        yield Figure("scale", f"{what} at {small:,}", before * 1e6, "µs CPU/record", small)
        yield Figure("scale", f"{what} at {large:,}", after * 1e6, "µs CPU/record", large)
        yield Figure("scale", f"{what}: {large:,} to {small:,}", after / before, "times", large)


def gas(_count: int) -> Iterator[Figure]:
    """Gas of the contract, from the report that a test holds to the contract."""
    for name, value in json.loads(GAS.read_text(encoding="utf-8")).items():
        if isinstance(value, int):
            yield Figure("gas", name, value, "gas", 0)


def _costs(count: int) -> tuple[float, float]:
    """CPU seconds a record of sealing the last 1,000 of `count` records, and of auditing all of them."""
    with registry() as house:
        given = [draft for chunk in chunks(count) for draft in chunk]
        seal_all(house, [given[: count - SCALE[0]]] if count > SCALE[0] else [])
        last = [given[count - SCALE[0] :]]
        del given
        sealing = _cpu(lambda: seal_all(house, last, size=0)) / SCALE[0]
        return sealing, _cpu(lambda: audit(house)) / house.journal.size()


def _verified(house: House, file: bytes) -> None:
    _check(verify(file, house.trust).overall == "authentic", "not authentic")


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _check(fine: bool, why: str) -> None:
    if not fine:
        raise SystemExit(f"the benchmark's own result does not hold: {why}")


MEASURES: dict[str, Callable[[int], Iterator[Figure]]] = {
    "seal": seal, "peers": peers.run, "import": bring_in, "audit": check, "papers": papers, "scale": scale, "gas": gas,
    "offers": offers.run, "network": network.run, "signatures": signatures.run, "rebuild": rebuild.run,
    "documents": documents.run,
    "sources": sources.run, "start": portal.start, "portal": portal.portal,
}  # fmt: skip
