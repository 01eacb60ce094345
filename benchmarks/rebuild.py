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

from benchmarks.cast import Figure, chunks, now, registry, seal_all
from huella.flow.anchor import anchor
from huella.flow.house import init_mirror, open_house
from huella.flow.mirror import Plan
from huella.flow.rebuild import rebuild
from huella.proof.trust import parse


def run(count: int) -> Iterator[Figure]:
    """Records a second, CPU time a record, and the peak of memory with a quarter and with all of the orders."""
    for size in (max(1, count // 4), count):
        with registry() as house, tempfile.TemporaryDirectory(prefix="huella-bench-") as name:
            seal_all(house, chunks(size))
            for _ in anchor(house):
                pass
            command = [
                sys.executable, "-m", "benchmarks.rebuild", str(Path(name) / "mirror"), str(house.settings.folder)
            ]  # fmt: skip
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            told = json.loads(done.stdout)
            if told["root"] != house.journal.head()[1].hex():
                raise SystemExit("the mirror is not the register")
        yield Figure("rebuild", "mirror from a chain", told["size"] / told["seconds"], "records/s", size)
        yield Figure("rebuild", "CPU", told["cpu"] / told["size"] * 1e6, "µs/record", size)
        yield Figure("rebuild", "peak memory", told["memory"], "MB", size)


def main(folder: Path, original: Path) -> None:
    """Make one mirror and tell what it took, as JSON."""
    init_mirror(
        folder,
        Plan(chain=original / "chain.db", trust=parse((original / "trust.json").read_bytes())),
        now,
        os.urandom,
    )
    with open_house(folder, now, os.urandom) as house:
        taking = rebuild(house)
        first = next(taking)
        begun, cpu = time.perf_counter(), time.process_time()
        for _ in taking:
            pass
        size, root, _ = house.journal.head()
        told = {
            "size": size - first.size, "root": root.hex(), "seconds": time.perf_counter() - begun,
            "cpu": time.process_time() - cpu,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
