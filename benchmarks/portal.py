"""The portal as its readers meet it: how long `huella serve` takes to answer, and how long pages take under load.

HUELLA_BENCH_HISTORY names a folder where the register is kept, to serve several runs: making a big one takes long.
HUELLA_BENCH_DATABASE is the address of an empty PostgreSQL database; without it the register is on SQLite.
HUELLA_BENCH_SECONDS is how long the visitors stay (120).
"""

from __future__ import annotations

import http.client
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import NamedTuple

from benchmarks.cast import MUCH, Figure, chunks, now
from benchmarks.visitors import PAGES, Addresses, Visit, stay
from huella.flow import search
from huella.flow import statistics as figures
from huella.flow.bulk import sealing
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.records.draft import Draft

STARTS = 5
HEALTH = "/api/v1/health"
VISITORS, THINK = 50, 3.0
"""How many read at once, and the seconds between an answer and the next click, on average."""


class Served(NamedTuple):
    """A running `huella serve`: its process and port, and the seconds to its first 200."""

    process: subprocess.Popen[bytes]
    port: int
    seconds: float

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        (line,) = (each for each in status.splitlines() if each.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    @property
    def cpu(self) -> float:
        """Processor time that it used, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(_count: int) -> Iterator[Figure]:
    """From the start of the process to its first answer, and to its first page, in an empty registry."""
    with tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
        folder = Path(name) / "registry"
        init(folder, {}, now, os.urandom)
        for what, path in (("200", HEALTH), ("start page", "/")):
            told = []
            for _ in range(STARTS):
                with serving(folder, path) as served:
                    told.append((served.seconds, served.cpu))
            for of, values in zip(
                ("process to first", "CPU until the first"), zip(*told, strict=True), strict=True
            ):
                yield Figure(
                    "start", f"serve: {of} {what}, median of {STARTS}", statistics.median(values), "s", 0
                )


def portal(count: int) -> Iterator[Figure]:
    """Fifty readers for some minutes on a register of so many orders: each page's times, the server's memory."""
    with register(count) as folder:
        with open_house(folder, now, os.urandom) as house:
            addresses = Addresses.of(house)
        where = "PostgreSQL" if os.environ.get("HUELLA_BENCH_DATABASE") else "SQLite"
        seconds = float(os.environ.get("HUELLA_BENCH_SECONDS", "120"))
        with serving(folder) as served:
            yield Figure("portal", f"{where}: process to first 200", served.seconds, "s", count)
            stay(served.port, addresses, 10, (VISITORS, THINK))  # what the first readers of a day wait for
            before, cpu = served.memory, served.cpu
            visits = stay(served.port, addresses, seconds, (VISITORS, THINK))
            used, after = served.cpu - cpu, served.memory
        yield from _told(where, visits, count)
        yield Figure("portal", f"{where}: requests", len(visits) / seconds, "a second", count)
        yield Figure("portal", f"{where}: CPU of the server a request", used / len(visits) * 1e3, "ms", count)
        yield Figure("portal", f"{where}: memory of the server at the begin", before, "MB", count)
        yield Figure("portal", f"{where}: memory of the server at the end", after, "MB", count)


def _told(where: str, visits: list[Visit], count: int) -> Iterator[Figure]:
    for page in PAGES:
        times = sorted(each.seconds for each in visits if each.page == page)
        for share in (50, 95, 99):
            at = times[min(len(times) - 1, len(times) * share // 100)]
            yield Figure("portal", f"{where}: {page}, p{share}", at * 1e3, "ms", count)


@contextmanager
def register(count: int) -> Iterator[Path]:
    """The folder of a registry with so many orders: kept where HUELLA_BENCH_HISTORY says, or made for this run."""
    kept = os.environ.get("HUELLA_BENCH_HISTORY")
    if kept:
        fill(Path(kept), count)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
        fill(Path(name) / "registry", count)
        yield Path(name) / "registry"


def fill(folder: Path, count: int) -> None:
    """Make the registry and seal orders in bulk until it has so many; those that are there stay."""
    answers: dict[str, str | int] = {"documents.order_pdf": "request"}
    url = os.environ.get("HUELLA_BENCH_DATABASE", "")
    init(folder, answers | ({"database.url": url} if url else {}), now, os.urandom)
    with open_house(folder, now, os.urandom) as house:
        have = _orders(house)
        if have < count:
            begun = time.perf_counter()
            _seal(house, _from(chunks(count), have))
            print(f"{count - have} orders made in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        while search.step(house, search.STRIDE):  # also what a run before was stopped in
            pass


@contextmanager
def serving(folder: Path, path: str = HEALTH) -> Iterator[Served]:
    """`huella serve` over a registry, from its first answer to a path on; ended at the end."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        str(Path(sys.executable).with_name("huella")),
        "serve",
        "--dir",
        str(folder),
        "--port",
        str(port),
    ]
    begun = time.perf_counter()
    unlimited = {
        "HUELLA_WEB_RATE": "1000000",
        "HUELLA_WEB_GUESSES": "1000000",
    }  # all visitors come from one address
    # an installed program is compiled once, whatever this shell's Python does
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment | unlimited)
    try:
        _wait(port, begun, path)
        yield Served(process, port, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, begun: float, path: str) -> None:
    while time.perf_counter() - begun < 120:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise SystemExit("the server does not answer")


def _seal(house: House, given: Iterator[list[Draft]]) -> None:
    """Seal drafts as they are generated: of a million, few are in memory."""
    with sealing(house, MUCH) as seal:
        for chunk, following in itertools.pairwise(itertools.chain(given, [[]])):
            seal.ahead(following)
            seal(chunk, {})


def _orders(house: House) -> int:
    return int(figures.overview(house)["orders"])


def _from(given: Iterator[list[Draft]], first: int) -> Iterator[list[Draft]]:
    """What is left of chunks once so many drafts are there already."""
    for chunk in given:
        left = chunk[max(0, first) :]
        first -= len(chunk)
        if left:
            yield left
