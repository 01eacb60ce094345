"""A close against fifty offers in flight: each stands before it and is claimed, or behind it and is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import offer_cases as people
from cast import anchored
from flow.test_procedure import DEADLINE, NUMBER, opened_registry
from huella.errors import RuleError
from huella.flow.audit import audit
from huella.flow.procedure import case, close
from huella.records import offer, offer_file
from huella.records.offer import Supplier

TESTS = Path(__file__).resolve().parents[1]
PROCESSES, EACH = 5, 10


@pytest.mark.slow
def test_every_acknowledged_offer_is_claimed_and_every_other_one_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    with opened_registry(tmp_path / "house", database_url) as (house, clock, request):
        files = []
        for process in range(PROCESSES):
            copies = [
                offer.compose(
                    request, Supplier(people.ORGANISATION, people.key(3), people.salts(f"{process} {n}")),
                    people.quotation(confidential=None),
                )
                for n in range(EACH)
            ]  # fmt: skip
            path = tmp_path / f"{process}.jsonl"
            path.write_bytes(b"\n".join(offer_file.write(offer.offer_file(c, request)) for c in copies))
            files.append(path)
        lines = raced(tmp_path / "house", *files)
        taken = {line[1]: int(line[2]) for line in lines if line[0] == "taken"}
        late = {line[1] for line in lines if line[0] == "late"}
        (closed,) = (int(line[1]) for line in lines if line[0] == "closed")
        life = case(house, NUMBER).life
        assert {claim.offer: claim.index for claim in life.claims} == taken
        assert len(taken) + len(late) == PROCESSES * EACH
        assert all(index < closed for index in taken.values())
        assert {entry.kind for code in late for entry in house.journal.of_subject(code)} == {"offer.refused"}
        assert taken
        assert late
        clock.forward(**DEADLINE)
        anchored(house)
        assert audit(house).clean


def raced(folder: Path, *files: Path) -> list[list[str]]:
    """What the processes told, line by line; none may have met an error."""
    path = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    ended = subprocess.run(
        [sys.executable, str(TESTS / "flow" / "closers.py"), str(folder), NUMBER, *map(str, files)],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    lines = [line.split() for line in ended.stdout.splitlines()]
    assert not [line for line in lines if line[0] == "error"], ended.stdout
    assert not ended.stderr
    return lines


def test_a_second_close_changes_nothing(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, clock, _):
        clock.forward(**DEADLINE)
        first = close(house, NUMBER)
        with pytest.raises(RuleError, match="may not follow"):
            close(house, NUMBER)
        assert house.journal.size() == first.index + 1
