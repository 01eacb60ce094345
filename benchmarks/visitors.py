"""Readers of the portal: each opens a page, reads, opens the next. In a process of their own, each with a connection.

python -m benchmarks.visitors FILE     (what `stay` wrote; the visits come back as JSON Lines)
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_plus

import httpx

from benchmarks.cast import SEED
from huella.flow.house import House
from huella.flow.paper import order_paper
from huella.flow.search import Asked, find, rows, words
from huella.records import disclosure, record

PAGES = {"start page": 25, "search": 30, "order page": 30, "/v/{code}": 15}
"""What is opened, and how often in a hundred times."""
SAMPLE, PAPERS = 200, 30


class Visit(NamedTuple):
    """One page, and the seconds until it was there whole."""

    page: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Addresses:
    """What readers know: orders' numbers from all over the log, words to look for, codes of papers in hand."""

    numbers: list[str]
    words: list[str]
    codes: list[str]

    @classmethod
    def of(cls, house: House) -> Addresses:
        """A sample of a register. The papers are made where they are not there yet."""
        dice = random.Random(SEED)
        size = house.journal.size()
        firsts = sorted({entry for _ in range(SAMPLE) for entry in _near(house, dice.randrange(size))})
        found = rows(house, firsts)
        numbers = [str(row["number"]) for row in found]
        told = [" ".join(dice.sample(said, min(2, len(said)))) for row in found if (said := _said(row))]
        codes = [_code(house, number) for number in numbers[:: max(1, len(numbers) // PAPERS)]]
        return cls(numbers, told, codes)

    def pick(self, page: str, dice: random.Random) -> str:
        """An address of a page."""
        if page == "start page":
            return "/"
        if page == "search":
            return f"/search?q={quote_plus(dice.choice(self.words))}"
        return (
            f"/orders/{dice.choice(self.numbers)}"
            if page == "order page"
            else f"/v/{dice.choice(self.codes)}"
        )


def stay(port: int, addresses: Addresses, seconds: float, who: tuple[int, float]) -> list[Visit]:
    """So many visitors with so much time to read for so long, in another process: what each page took them."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"port": port, "seconds": seconds, "who": who, "addresses": asdict(addresses)}, file)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.visitors", file.name]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return [Visit(*json.loads(line)) for line in done.stdout.splitlines()]


def _near(house: House, index: int) -> list[int]:
    """The first entry of an order begun before a place in the log."""
    return find(house, Asked(), index, 1).firsts


def _said(row: dict[str, object]) -> list[str]:
    return [word for word in words(f"{row['product']} {row['place'] or ''}") if len(word) > 3]


def _code(house: House, number: str) -> str:
    """The code on an order's paper."""
    order_paper(house, number, original=True)
    named = house.index.paper_of(number)
    entry = None if named is None else house.journal.entry(named[0])
    if entry is None:
        raise SystemExit(f"{number} has no paper")
    (texts,) = house.vault.open_many({entry.index: record.sealed(record.parse(entry.record))}).values()
    return str(disclosure.parse(texts["/verification_code"]).value)


def _visit(plan: dict[str, object], seed: int, told: list[Visit]) -> None:
    """One reader: comes within the first seconds, then opens pages with pauses until the time is over."""
    dice = random.Random(seed)
    addresses = Addresses(**plan["addresses"])  # type: ignore[arg-type]
    think, seconds = float(plan["who"][1]), float(plan["seconds"])  # type: ignore[index, arg-type]
    end = time.perf_counter() + seconds
    kept = httpx.Limits(keepalive_expiry=3)  # the server closes what is idle for five seconds
    with httpx.Client(base_url=f"http://127.0.0.1:{plan['port']}", timeout=60, limits=kept) as client:
        time.sleep(dice.uniform(0, think))
        while time.perf_counter() < end:
            (page,) = dice.choices(list(PAGES), list(PAGES.values()))
            begun = time.perf_counter()
            answer = client.get(addresses.pick(page, dice))
            taken = time.perf_counter() - begun
            if answer.status_code != 200:
                raise RuntimeError(f"{answer.url}: {answer.status_code}")
            told.append(Visit(page, taken))
            time.sleep(dice.uniform(0.5, 1.5) * think)


def main(name: str) -> None:
    plan = json.loads(Path(name).read_text(encoding="utf-8"))
    told: list[Visit] = []
    readers = [threading.Thread(target=_visit, args=(plan, seed, told)) for seed in range(plan["who"][0])]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    for visit in told:
        print(json.dumps(visit))


if __name__ == "__main__":
    main(sys.argv[1])
