"""Runs benchmarks, each in a process of its own, and prints one table; JSON lines go to benchmarks/results/.

python -m benchmarks [NAME …] [--orders N] [--rounds N]
names: seal peers import audit papers scale gas offers network rebuild signatures documents sources start portal
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measures import MEASURES

RESULTS = Path(__file__).parent / "results"
MEMORY = {"seal", "import", "audit"}
"""Run once more with a quarter of the orders: the peak of memory must stay where it is."""


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.split("\n")[0] if __doc__ else ""
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(MEASURES))
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1, help="median, lowest and highest of so many runs")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(given)
    unknown = set(args.names) - set(MEASURES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(MEASURES)}")
    if args.inside:
        _inside(args.names[0], args.orders)
        return 0
    rows: list[dict[str, Any]] = []
    for name in args.names or MEASURES:
        rounds = [_run(name, args.orders) for _ in range(args.rounds)]
        if name in MEMORY and args.orders >= 4_000:
            rows += [row for row in _run(name, args.orders // 4) if row["unit"] == "MB"]
        rows += _medians(rounds)
        _print([row for row in rows if row["name"] == name or row["benchmark"] == name])
    _keep(rows)
    return 0


def _inside(name: str, count: int) -> None:
    gc.set_threshold(100_000, 20, 50)  # as the command line does
    for figure in MEASURES[name](count):
        print(json.dumps({"benchmark": name, **figure._asdict()}), flush=True)
    for what, who in (
        ("peak memory", resource.RUSAGE_SELF),
        ("peak memory of a worker", resource.RUSAGE_CHILDREN),
    ):
        peak = resource.getrusage(who).ru_maxrss / 1024
        if peak and name in MEMORY:
            row = {
                "benchmark": name,
                "name": name,
                "what": what,
                "value": peak,
                "unit": "MB",
                "orders": count,
            }
            print(json.dumps(row), flush=True)


def _run(name: str, count: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks", name, "--orders", str(count), "--inside"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _medians(rounds: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    told = []
    for same in zip(*rounds, strict=True):
        values = [row["value"] for row in same]
        least, most = min(values), max(values)
        told.append(
            {**same[0], "value": statistics.median(values), "rounds": len(rounds), "range": [least, most]}
        )
    return told


def _print(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        between = (
            f"{_number(row['range'][0])} to {_number(row['range'][1])}" if row.get("rounds", 1) > 1 else ""
        )
        print(
            f"{row['name']:<9} {row['what']:<62} {_number(row['value']):>12} {row['unit']:<14} {row['orders'] or '':>7}"
            f" {between}".rstrip(),
            flush=True,
        )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def _keep(rows: list[dict[str, Any]]) -> None:
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "cores": os.cpu_count(),
        "load": os.getloadavg()[0], "python": platform.python_version(),
    }  # fmt: skip
    path = RESULTS / f"{machine['at'].replace(':', '')}.jsonl" if isinstance(machine["at"], str) else RESULTS
    path.write_text("".join(json.dumps({**row, **machine}) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
