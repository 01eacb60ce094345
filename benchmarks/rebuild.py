"""Rebuild: a mirror out of the embedded chain's file, in a process of its own, at two sizes of register."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cast import Figure, chunks, now, seal_all
from benchmarks.cast import registry as fresh
from huella.flow.anchor import anchor
from huella.flow.house import open_house
from huella.flow.make import init_mirror
from huella.flow.mirror import Plan
from huella.flow.rebuild import rebuild
from huella.ledger import registry
from huella.proof.trust import parse


def run(count: int) -> Iterator[Figure]:
    """Records a second, CPU time a record, and the peak of memory with a quarter and with all of the orders."""
    for size in (max(1, count // 4), count):
        with fresh() as house, tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
            seal_all(house, chunks(size))
            for _ in anchor(house):
                pass
            yield from mirror_of(house.settings.folder, Path(name) / "mirror")


def mirror_of(original: Path, folder: Path, node: str = "") -> Iterator[Figure]:
    """A mirror of a registry's folder, out of its chain's file or one node alone, in a process of its own: rate, CPU,
    and memory in the middle and at the end."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.rebuild",
        str(folder),
        str(original),
        *([node] if node else []),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    told = json.loads(done.stdout)
    with open_house(original, now, os.urandom) as house:
        if told["root"] != house.journal.head()[1].hex():
            raise SystemExit("the mirror is not the register")
        size = sum(1 for _ in house.index.orders())
    what = "mirror from one node" if node else "mirror from a chain"
    yield Figure("rebuild", what, told["size"] / told["seconds"], "records/s", size)
    yield Figure("rebuild", f"{what}: CPU", told["cpu"] / told["size"] * 1e6, "µs/record", size)
    for share, memory in told["memory"].items():
        yield Figure("rebuild", f"{what}: memory at {share} of it", memory, "MB", size)


def main(folder: Path, original: Path, node: str = "") -> None:
    """Make one mirror and tell what it took, as JSON."""
    trust = parse((original / "trust.json").read_bytes())
    plan = Plan(nodes=(node,), trust=trust) if node else Plan(chain=original / "chain.db", trust=trust)
    init_mirror(folder, plan, now, os.urandom)
    with open_house(folder, now, os.urandom) as house:
        total = registry.head(house.ledger).size
        taking = rebuild(house)
        first = next(taking)
        begun, cpu = time.perf_counter(), time.process_time()
        memory, marks = {}, [0.25, 0.5, 0.75]
        for batch in taking:
            if marks and batch.size >= marks[0] * total:
                memory[f"{marks.pop(0):.0%}"] = _resident()
        size, root, _ = house.journal.head()
        told = {
            "size": size - first.size, "root": root.hex(), "seconds": time.perf_counter() - begun,
            "cpu": time.process_time() - cpu,
            "memory": memory | {"100%": _resident(), "the highest point": _highest()},
        }  # fmt: skip
    print(json.dumps(told))


def _resident() -> float:
    """Megabytes of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _highest() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
