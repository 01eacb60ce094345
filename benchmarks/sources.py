"""Watched sources: rows a second of the first pass, seconds from commit to seal, and what it costs the source."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psycopg
from tests import postgres
from tests.procurement import System, on_postgresql, procedure, write_plan

from benchmarks.cast import Figure, registry
from huella.flow.house import House
from huella.flow.source_watch import watching

CLIENTS, SECONDS, TURNS = 2, 4.0, 6
SERVED, WATCHING = {0}, {1}
"""Processors: clients and server share one, the watch (which may run on another machine) has the other."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where the registry lies while the source is measured: not on the source's disk."""
_numbers = itertools.count(1_000)
_ROWS = """INSERT INTO requerimiento (codigo, entidad, ruc_entidad)
SELECT 'REQ-' || n, 'MUNICIPALIDAD DE AÑO NUEVO', '20131257750' FROM generate_series(1, %s) n"""


def run(count: int) -> Iterator[Figure]:
    """First pass over `count` rows, then the same work with and without a watch, by turns."""
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
                on_postgresql(url, capture) as system,
                registry(within=MEMORY) as house,
            ):
                yield from _beside(house, system, server, capture, interval)


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


class Turn(NamedTuple):
    """Transactions a second; CPU seconds a transaction of the server with its clients, of what in the server serves the
    watch, and of the watch itself."""

    speed: float
    both: float
    serving: float
    watch: float


def _beside(
    house: House, system: System, server: postgres.Server, capture: str, interval: float
) -> Iterator[Figure]:
    """Honest writers as fast as they can, by turns without and beside a watch, and beside a process that computes as
    much as the watch did and asks the source nothing; medians of the rounds.

    Whatever else runs here moves over to the source's processor when the other one has more to do. The third turn has
    that too, so what is between it and the watched one is the source's own loss.
    """
    name = f"{capture}, interval {interval} s"
    path = write_plan(system, house.settings.folder)
    given = path.read_text().replace("safety = 1", f"safety = 10\ninterval = {interval}")
    path.write_text(given.replace("chunk = 200", "chunk = 4000"))
    system.fill(12)
    rounds = []
    for _ in range(TURNS):
        beside = _turn(house, system, server, True)
        rounds.append(
            (_turn(house, system, server, False), beside, _computing(house, system, server, beside))
        )
    off, on, control = ([each[n] for each in rounds] for n in (0, 1, 2))
    for what, turns in (("not watched", off), ("watched", on)):
        yield Figure("sources", f"{name}: {what}", median(t.speed for t in turns), "tx/s", TURNS)
        yield Figure("sources", f"{name}: CPU of server and clients, {what}", median(t.both for t in turns), "s/tx",
                     TURNS)  # fmt: skip
    serving = median(t.serving for t in on)
    yield Figure("sources", f"{name}: CPU in the server for the watch", serving, "s/tx", TURNS)
    yield Figure("sources", f"{name}: the watch's own CPU", median(t.watch for t in on), "s/tx", TURNS)
    yield Figure("sources", f"{name}: beside a process that computes as much", median(t.speed for t in control), "tx/s",
                 TURNS)  # fmt: skip
    for what, turns in (("", off), (" to that", control)):
        values = [100 * (a.speed / b.speed - 1) for a, b in zip(turns, on, strict=True)]
        yield Figure("sources", f"{name}: overhead, transactions a second{what}", median(values), "%", TURNS)
    yield Figure("sources", f"{name}: overhead, CPU for the watch to all other of its turn",
                 100 * median(b.serving / (b.both - b.serving) for b in on), "%", TURNS)  # fmt: skip


def _computing(house: House, system: System, server: postgres.Server, beside: Turn) -> Turn:
    """A turn beside a process that takes as much of the watch's processor as the watch did."""
    busy = min(0.2, 0.2 * beside.watch * beside.speed)
    loop = (
        f"import time\nwhile True:\n e = time.process_time() + {busy}\n while time.process_time() < e: pass"
    )
    process = subprocess.Popen([*_pinned(), sys.executable, "-c", f"{loop}\n time.sleep({0.2 - busy})"])
    try:
        return _turn(house, system, server, False)
    finally:
        process.kill()
        process.wait()


def _turn(house: House, system: System, server: postgres.Server, watched: bool) -> Turn:
    process = _watch(house) if watched else None
    try:
        if process is not None:
            _wait_until_it_follows(system, house)
        with _clients(system) as clients:
            serving = _serving(system)
            before, begun = _now(server, process, serving), time.perf_counter()
            made = _work(clients)
            took, after = time.perf_counter() - begun, _now(server, process, serving)
        both, served, own = ((b - a) / made for a, b in zip(before, after, strict=True))
        return Turn(made / took, both, served, own)
    finally:
        if process is not None:
            process.terminate()
            process.wait(60)


def _now(
    server: postgres.Server, process: subprocess.Popen[bytes] | None, serving: list[int]
) -> tuple[float, float, float]:
    """CPU seconds until now: of server and clients, of the server's processes that serve the watch, of the watch."""
    both = _cpu(server.process.pid) + time.process_time()
    return both, sum(map(_cpu, serving)), 0.0 if process is None else _cpu(process.pid)


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


def _work(clients: list[System]) -> int:
    """How many procedures they write, each in one transaction, one after the other."""
    end, counts = time.monotonic() + SECONDS, [0] * len(clients)

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


def _cpu(parent: int) -> float:
    """Seconds of CPU of a process and its children, ended ones too."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = stat.parent.name, stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(number) == parent:
            ticks += sum(map(int, rest[11:15]))
        elif int(rest[1]) == parent:
            ticks += sum(map(int, rest[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
