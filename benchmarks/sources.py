"""Watched sources: rows a second of the first pass, seconds from commit to seal, and what it costs the source."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from tests import postgres
from tests.procurement import System, on_postgresql, write_plan

from benchmarks.cast import Figure, registry
from huella.flow.house import House
from huella.flow.source_watch import watching

CLIENTS, SECONDS, TURNS = 2, 4.0, 4
_ROWS = """INSERT INTO requerimiento (codigo, entidad, ruc_entidad)
SELECT 'REQ-' || n, 'MUNICIPALIDAD DE AÑO NUEVO', '20131257750' FROM generate_series(1, %s) n"""


def run(count: int) -> Iterator[Figure]:
    """First pass over `count` rows, then the same work with and without a watch, by turns."""
    programs = postgres.binaries()
    if programs is None:
        return
    with postgres.running(programs, durable=False) as server:
        with server.database() as url, on_postgresql(url) as system, registry() as house:
            yield from _first(house, system, count)
        with server.database() as url, on_postgresql(url) as system, registry() as house:
            yield from _beside(
                house, system, int(server.folder.joinpath("data/postmaster.pid").read_text().split()[0])
            )


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


def _beside(house: House, system: System, server: int) -> Iterator[Figure]:
    """Turns with and without; throughput, and the server's own CPU a transaction, which no neighbour disturbs."""
    write_plan(system, house.settings.folder)
    system.fill(12)
    done: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for turn in range(2 * TURNS):
        on = turn % 2 == 1
        process = _watch(house) if on else None
        try:
            if process is not None:
                _wait_for_slot(system)
            before = _cpu(server)
            made = _work(system)
            done[on].append((made / SECONDS, (_cpu(server) - before) / made))
        finally:
            if process is not None:
                process.terminate()
                process.wait(60)
    for what, place, unit in (("transactions", 0, "tx/s"), ("server's CPU a transaction", 1, "s")):
        off, on_ = (sorted(each[place] for each in done[key])[TURNS // 2] for key in (False, True))
        yield Figure("sources", f"{what}, not watched", off, unit, TURNS)
        yield Figure("sources", f"{what}, watched", on_, unit, TURNS)
        yield Figure(
            "sources", f"{what}, overhead", 100 * (off / on_ - 1 if place == 0 else on_ / off - 1), "%", TURNS
        )


def _watch(house: House) -> subprocess.Popen[bytes]:
    """The command itself, in a process of its own that gives way to others."""
    command = [
        "nice",
        "-n",
        "19",
        sys.executable,
        "-c",
        "from huella.cli.main import run; run()",
        "watch",
        "run",
        "siga",
    ]
    return subprocess.Popen(
        [*command, "--dir", str(house.settings.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _wait_for_slot(system: System) -> None:
    end = time.monotonic() + 120
    while not system.ask("SELECT count(*) FROM pg_replication_slots WHERE active"):
        if time.monotonic() > end:
            raise RuntimeError("the watch did not begin")
        time.sleep(0.2)
    time.sleep(1.0)


def _work(system: System) -> int:
    """So many transactions of a few clients with a pause of 4 ms between two of one client."""
    end, counts = time.monotonic() + SECONDS, [0] * CLIENTS

    def client(number: int) -> None:
        with psycopg.connect(system.url.replace("+psycopg", ""), autocommit=True) as connection:
            while time.monotonic() < end:
                connection.execute(
                    "INSERT INTO oferta (requerimiento_id, ruc, proveedor, precio) VALUES (1, '20100186170', 'P', 10)"
                )
                counts[number] += 1
                time.sleep(0.004)

    threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _cpu(parent: int) -> float:
    """Seconds of CPU of a server and all its processes, ended ones too."""
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
