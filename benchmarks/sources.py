"""Watched sources: rows a second of the first pass, seconds from commit to seal, and what it costs the source."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import psycopg
from tests import postgres
from tests.procurement import System, on_postgresql, procedure, write_plan

from benchmarks.cast import Figure, registry
from huella.flow.house import House
from huella.flow.source_watch import watching

CLIENTS, PAIRS, SLICE, WARM = 2, 24, 0.6, 0.2
"""Clients; pairs of slices, watched and not watched; seconds of a slice, and of the same work before it counts."""
PASSES = 500
"""`rows_per_second` of the measured plan: what the passes beside may read of the source."""
SERVED, WATCHING = {0}, {1}
"""Processors: clients and server share one, the watch (which may run on another machine) has the other."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where the registry lies while the source is measured: not on the source's disk."""
_numbers = itertools.count(1_000)
_ROWS = """INSERT INTO requerimiento (codigo, entidad, ruc_entidad)
SELECT 'REQ-' || n, 'MUNICIPALIDAD DE AÑO NUEVO', '20131257750' FROM generate_series(1, %s) n"""


def run(count: int) -> Iterator[Figure]:
    """First pass over `count` rows, then the same work with and without a watch, in pairs of short slices."""
    programs = postgres.binaries()
    if programs is None:
        return
    quick = postgres.running(programs, durable=False)
    with quick as server, server.database() as url, on_postgresql(url) as system, registry() as house:
        yield from _first(house, system, count)
    with postgres.running(programs, durable=True) as server, _apart(server):
        for capture, interval in (("replication", 0.2), ("polling", 0.2), ("polling", 1.0)):
            with (
                server.database() as url,
                server.database() as other,
                on_postgresql(url, capture) as system,
                on_postgresql(other, capture) as unwatched,
                registry(within=MEMORY) as house,
            ):
                yield from _beside(house, (unwatched, system), server, capture, interval)


@contextmanager
def _apart(server: postgres.Server) -> Iterator[None]:
    """The server and this process's clients on one processor."""
    before = os.sched_getaffinity(0)
    for pid in _tree(server.process.pid):
        os.sched_setaffinity(pid, SERVED & before or before)
    os.sched_setaffinity(0, SERVED & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _first(house: House, system: System, count: int) -> Iterator[Figure]:
    with system.administrator.cursor() as cursor:
        cursor.execute(_ROWS, (count,))
    path = write_plan(system, house.settings.folder)
    path.write_text(path.read_text().replace("chunk = 200", "chunk = 4000"))
    with watching(house, "siga") as watch:
        begun = time.perf_counter()
        watch.begin()
        yield Figure("sources", "first pass", count / (time.perf_counter() - begun), "rows/s", count)
        times = []
        for n in range(20):
            system.run(
                "INSERT INTO requerimiento (codigo, entidad, ruc_entidad) VALUES (%s, 'E', '20131257750')",
                f"N{n}",
            )
            begun, before = time.perf_counter(), watch.capture.sealed
            while watch.capture.sealed == before:
                watch.round()
                watch.rest(watch.plan.interval)
            times.append(time.perf_counter() - begun)
        yield Figure("sources", "commit to seal, slowest of 20", max(times), "s", 20)
        begun = time.perf_counter()
        watch.audit()
        yield Figure("sources", "a lap of the pass", count / (time.perf_counter() - begun), "rows/s", count)


class Slice(NamedTuple):
    """Transactions and seconds; CPU seconds of the server with its clients, of what in the server serves the watch, and
    of the watch itself."""

    made: int
    took: float
    both: float
    serving: float
    watch: float


def _beside(
    house: House, systems: tuple[System, System], server: postgres.Server, capture: str, interval: float
) -> Iterator[Figure]:
    """Honest writers as fast as they can: a slice on a database that nobody watches, one on its twin that is watched.

    Both lie in one server, and the slices of a pair follow each other within a second or two, now the one first and now
    the other, so that whatever else the machine does falls on both. Throughput is compared pair by pair and told with
    its quartiles; CPU a transaction by the sums of all slices, which a scheduler disturbs less.
    """
    name = f"{capture}, interval {interval} s"
    path = write_plan(systems[1], house.settings.folder)
    given = f"safety = 10\ninterval = {interval}\nrows_per_second = {PASSES}"
    path.write_text(path.read_text().replace("safety = 1", given).replace("chunk = 200", "chunk = 4000"))
    for system in systems:
        system.fill(12)
    off, on = _pairs(house, systems, server)
    for what, slices in (("not watched", off), ("watched", on)):
        speed = median(each.made / each.took for each in slices)
        yield Figure("sources", f"{name}: {what}", speed, "tx/s", PAIRS)
        yield Figure(
            "sources", f"{name}: CPU of server and clients, {what}", _each(slices, "both"), "s/tx", PAIRS
        )
    yield Figure("sources", f"{name}: CPU in the server for the watch", _each(on, "serving"), "s/tx", PAIRS)
    yield Figure("sources", f"{name}: the watch's own CPU", _each(on, "watch"), "s/tx", PAIRS)
    losses = [100 * ((a.made / a.took) / (b.made / b.took) - 1) for a, b in zip(off, on, strict=True)]
    low, middle, high = quantiles(losses, n=4)
    for what, value in (
        ("", middle),
        (", lower quartile of the pairs", low),
        (", upper quartile of the pairs", high),
    ):
        yield Figure("sources", f"{name}: overhead, transactions a second{what}", value, "%", PAIRS)
    yield Figure("sources", f"{name}: overhead, CPU of server and clients a transaction",
                 100 * (_each(on, "both") / _each(off, "both") - 1), "%", PAIRS)  # fmt: skip
    serving = _each(on, "serving")
    yield Figure("sources", f"{name}: overhead, CPU in the server for the watch to all other",
                 100 * serving / (_each(on, "both") - serving), "%", PAIRS)  # fmt: skip


def _each(slices: list[Slice], what: str) -> float:
    """Seconds a transaction, over all slices."""
    return float(sum(getattr(each, what) for each in slices) / sum(each.made for each in slices))


def _pairs(
    house: House, systems: tuple[System, System], server: postgres.Server
) -> tuple[list[Slice], list[Slice]]:
    """Slices on the unwatched database and on the watched one. The watch is stopped while the unwatched one is worked
    on, and has caught up before: what it does belongs to its own slice."""
    process = _watch(house)
    found: tuple[list[Slice], list[Slice]] = ([], [])
    try:
        _wait_until_it_follows(systems[1], house)
        with _clients(systems[0]) as off, _clients(systems[1]) as on:
            serving = _serving(systems[1])
            for pair in range(PAIRS):
                for watched in (pair % 2 == 0, pair % 2 == 1):
                    process.send_signal(signal.SIGCONT if watched else signal.SIGSTOP)
                    found[watched].append(_slice(on if watched else off, server, process, serving))
                    if watched:
                        _wait_until_it_follows(systems[1], house)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(60)
    return found


def _slice(
    clients: list[System], server: postgres.Server, process: subprocess.Popen[bytes], serving: list[int]
) -> Slice:
    _work(clients, WARM)
    before, begun = _now(server, process, serving), time.perf_counter()
    made = _work(clients, SLICE)
    took, after = time.perf_counter() - begun, _now(server, process, serving)
    both, served, own = (_between(*each) for each in zip(before, after, strict=True))
    return Slice(made, took, both, served, own)


Spent = dict[int, float]
"""Seconds of CPU by process."""


def _now(
    server: postgres.Server, process: subprocess.Popen[bytes], serving: list[int]
) -> tuple[Spent, Spent, Spent]:
    """CPU seconds until now: of server and clients, of the server's processes that serve the watch, of the watch."""
    both = _cpu(_tree(server.process.pid)) | {0: time.process_time()}
    return both, _cpu(serving), _cpu(_tree(process.pid))


def _between(before: Spent, after: Spent) -> float:
    """What was spent by those who live; who ended meanwhile (a vacuum's worker) is left out."""
    return sum(spent - before.get(process, 0.0) for process, spent in after.items())


def _serving(system: System) -> list[int]:
    """The server's processes that the watch is connected to: its questions, and its stream of the log."""
    with system.administrator.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'huella watch'")
        return [pid for (pid,) in cursor.fetchall()]


def _watch(house: House) -> subprocess.Popen[bytes]:
    """The command itself, in a process of its own."""
    command = [*_pinned(), sys.executable, "-c", "from huella.cli.main import run; run()"]
    return subprocess.Popen(
        [*command, "watch", "run", "siga", "--dir", str(house.settings.folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _pinned() -> list[str]:
    cores = WATCHING if os.cpu_count() != 1 else SERVED
    return ["taskset", "-c", ",".join(map(str, cores))]


def _wait_until_it_follows(system: System, house: House) -> None:
    """Until a row that is put in now is sealed, and with it all before."""
    row = system.ask("INSERT INTO requerimiento (codigo, entidad, ruc_entidad) SELECT"
                     " left(md5(clock_timestamp()::text), 30), 'E', '20131257750' RETURNING id")  # fmt: skip
    end = time.monotonic() + 120
    while not house.journal.of_subject(f"row/siga/public.requerimiento/{row}"):
        if time.monotonic() > end:
            raise RuntimeError("the watch does not follow")
        time.sleep(0.1)


@contextmanager
def _clients(system: System) -> Iterator[list[System]]:
    """Each with a connection of its own, which has done its first work."""
    with ExitStack() as stack:
        found = []
        for _ in range(CLIENTS):
            connection = stack.enter_context(psycopg.connect(system.url.replace("+psycopg", "")))
            found.append(System(system.url, system.plan, connection))
            _one(found[-1])
        yield found


def _one(client: System) -> None:
    procedure(client, next(_numbers))
    client.administrator.commit()


def _work(clients: list[System], seconds: float) -> int:
    """How many procedures they write, each in one transaction, one after the other."""
    end, counts = time.monotonic() + seconds, [0] * len(clients)

    def work(number: int) -> None:
        while time.monotonic() < end:
            _one(clients[number])
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _tree(parent: int) -> Iterator[int]:
    """A process and its children."""
    yield parent
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(") ")[2].split()[1]) == parent:
                yield int(stat.parent.name)


def _cpu(processes: Iterable[int]) -> Spent:
    """To the nanosecond, by the scheduler's own figures: a clock's tick of 10 ms is too coarse for a slice."""
    found: Spent = {}
    for process in processes:
        with suppress(OSError):
            threads = Path(f"/proc/{process}/task").glob("*/schedstat")
            found[process] = sum(int(each.read_text().split()[0]) for each in threads) / 1e9
    return found
