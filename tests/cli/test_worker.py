"""The worker: what waits is done, what fails is told in a line and stops nothing, signals end it cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import tenders
from cast import Clock, anchored, fact, order, registry, sealed
from cli.program import FIRST, Run, plain
from huella.cli import open as opening
from huella.cli.words import WORDS
from huella.errors import LedgerUnreachable, RuleError
from huella.flow import erase
from huella.flow.house import House
from huella.flow.worker import LONGEST, Done, Job, Worker, jobs
from huella.ledger import registry as contract
from huella.ledger.embedded import EmbeddedLedger
from people import accepted, erasure_on_record

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
BANK = "0x" + "b1" * 20
ONCE = ("worker", "--rounds", "1", "--every", "0", "--json")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The program's clock."""
    made = Clock(FRIDAY)
    monkeypatch.setattr(opening, "now", made)
    return made


def done(ran: object) -> dict[str, int]:
    """Pieces of work by job."""
    return {row["job"]: row["done"] for row in ran.value["jobs"]}  # type: ignore[attr-defined]


def test_a_procedure_is_closed_at_its_deadline_and_anchored(
    tmp_path: Path, huella: Run, clock: Clock
) -> None:
    with tenders.fair(tmp_path):
        pass
    clock.time = tenders.START
    assert done(huella(*ONCE, folder=tmp_path))["close"] == 0
    clock.forward(days=3)
    ran = huella(*ONCE, folder=tmp_path)
    assert (ran.code, done(ran)["close"], done(ran)["anchor"]) == (0, 1, 1)
    shown = huella("show", tenders.NUMBER, "--json", folder=tmp_path).value
    assert shown["procedure"]["status"] == "closed"
    assert shown["entries"][-1]["anchor"] is not None
    assert done(huella(*ONCE, folder=tmp_path))["close"] == 0


def test_silence_becomes_acceptance(tmp_path: Path, huella: Run, clock: Clock) -> None:
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
    clock.forward(days=9)
    assert done(huella(*ONCE, folder=tmp_path))["accept"] == 1
    assert huella("show", FIRST, "--json", folder=tmp_path).value["order"]["status"] == "accepted"


def test_a_token_follows_its_right(tmp_path: Path, huella: Run, clock: Clock) -> None:
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
        accepted(house)
        assignee = {"ruc": "20100047218", "name": "BANCO DE EJEMPLO"}
        sealed(house, fact("rights.assigned", assignee=assignee, account=BANK))
    assert done(huella(*ONCE, folder=tmp_path))["assign"] == 1
    token = huella("show", FIRST, "--json", folder=tmp_path).value["token"]
    assert token["owner"].lower() == BANK


def test_an_erasure_that_was_not_finished_is_finished(tmp_path: Path, huella: Run, clock: Clock) -> None:
    pointer = "/destinations/0/contact/email"
    with registry(tmp_path, None, clock) as house:
        (one,) = sealed(house, order())
        erasure_on_record(house, one.index, pointer)
        assert list(erase.unfinished(house)) == [(one.index, pointer)]
    assert done(huella(*ONCE, folder=tmp_path))["erase"] == 1
    with registry(tmp_path, None, clock) as house:
        assert list(erase.unfinished(house)) == []


def test_one_job_alone_is_run_and_an_unknown_one_is_wrong_use(
    tmp_path: Path, huella: Run, clock: Clock
) -> None:
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
    ran = huella(*ONCE, "--job", "anchor", folder=tmp_path)
    assert done(ran) == {"anchor": 1}
    assert huella(*ONCE, "--job", "anchors", folder=tmp_path).code == 2


def test_a_token_that_is_stuck_is_told_in_a_line_and_stops_nothing(
    tmp_path: Path, huella: Run, clock: Clock
) -> None:
    assignee = {"ruc": "20100047218", "name": "BANCO DE EJEMPLO"}
    with registry(tmp_path, None, clock) as house:
        sealed(house, order(1), order(2), order(3))
        for number in (1, 2):
            accepted(house, number)
            sealed(house, fact("rights.assigned", number, assignee=assignee, account=BANK))
        anchored(house)
        thief = contract.assign_call(0, contract.custodian(house.ledger), "0x" + "ee" * 20, 4)
        house.ledger.send(thief, 200_000)
    clock.forward(days=9)
    ran = huella(*ONCE, folder=tmp_path)
    states = {row["job"]: row for row in ran.value["jobs"]}
    assert (states["accept"]["done"], states["assign"]["done"], states["assign"]["state"]) == (
        1,
        1,
        "failing",
    )
    (line,) = ran.err.splitlines()
    assert (ran.code, line.startswith("assign 4 fails: ")) == (1, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_between_two_pieces_of_work(tmp_path: Path, number: signal.Signals) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
    running = subprocess.Popen(
        [sys.executable, "-c", "from huella.cli.main import run; run()", "worker", "--every", "60", "--json"],
        env=plain() | {"PYTHONPATH": os.pathsep.join(sys.path), "HUELLA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout is not None
    first = json.loads(running.stdout.readline())
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (0, b"", b"")
    assert {row["job"]: row["done"] for row in first["jobs"]}["anchor"] == 1


class Bench:
    """A worker with jobs of the test's own, a clock that is moved, and what was told."""

    def __init__(self, house: House, *jobs: Job) -> None:
        self.time = 0.0
        self.told: list[tuple[str, str, str, float | None]] = []
        self.worker = Worker(house, jobs, self._tell, lambda: self.time)

    def _tell(self, job: str, item: str, error: Exception, again: float | None) -> None:
        self.told.append((job, item, type(error).__name__, again))

    def round(self) -> None:
        self.worker.round(lambda: False)


def failing(error: Exception, runs: list[str]) -> Job:
    def step(_: House, item: str) -> Iterator[Done]:
        runs.append(item)
        raise error
        yield

    return Job("bad", lambda _: ["a", "b"], step)


def working(runs: list[str]) -> Job:
    def step(_: House, item: str) -> Iterator[Done]:
        runs.append(item)
        yield Done(item)

    return Job("good", lambda _: ["c"], step)


@pytest.mark.parametrize("error", [LedgerUnreachable("away"), KeyError("20100186170")])
def test_a_failing_item_is_put_off_longer_and_longer_within_a_bound(tmp_path: Path, error: Exception) -> None:
    bad: list[str] = []
    good: list[str] = []
    with registry(tmp_path) as house:
        bench = Bench(house, failing(error, bad), working(good))
        for _ in range(200):
            bench.round()
            bench.time += 1
    assert (len(good), bad.count("a"), bad.count("b")) == (200, 8, 8)  # 0 2 6 14 30 62 122 182
    assert max(again or 0 for *_, again in bench.told) == LONGEST
    (row, _) = bench.worker.report()
    assert (row["state"], row["failing"][0]["times"]) == ("failing", 8)
    assert "20100186170" not in json.dumps(bench.worker.report())


def test_what_somebody_else_did_is_no_failure_any_more(tmp_path: Path) -> None:
    due = ["a"]
    with registry(tmp_path) as house:
        job = failing(RuleError("closed already"), [])
        bench = Bench(house, job._replace(due=lambda _: due))
        bench.round()
        assert bench.worker.exit_code == 2
        due.clear()
        bench.round()
        assert (bench.worker.exit_code, bench.worker.report()[0]["state"]) == (0, "good")


def test_a_job_that_cannot_look_is_told_and_tried_again(tmp_path: Path) -> None:
    def due(_: House) -> list[str]:
        raise LedgerUnreachable("away")

    good: list[str] = []
    with registry(tmp_path) as house:
        bench = Bench(house, working(good)._replace(name="blind", due=due), working(good))
        bench.round()
        bench.round()
    assert (len(bench.told), good, bench.worker.exit_code) == (1, ["c", "c"], 3)


def test_a_refused_item_is_told_once(tmp_path: Path) -> None:
    job = Job("some", lambda _: [""], lambda *_: iter([Done("x", RuleError("no")), Done("y")]))
    with registry(tmp_path) as house:
        bench = Bench(house, job)
        bench.round()
        bench.round()
    (row,) = bench.worker.report()
    assert (len(bench.told), row["refused"], row["done"]) == (1, 1, 2)


def test_what_was_sealed_is_told_although_the_chain_is_away(
    tmp_path: Path, huella: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenders.fair(tmp_path):
        pass
    clock.time = tenders.START
    clock.forward(days=3)

    def silent(*_: object) -> None:
        raise LedgerUnreachable("no node answers")

    monkeypatch.setattr(EmbeddedLedger, "send", silent)
    ran = huella("close", tenders.NUMBER, "--json", folder=tmp_path)
    assert (ran.code, ran.value["index"]) == (0, 1)
    assert "sealed; it waits for the chain" in ran.err


def test_what_each_job_did_can_be_told() -> None:
    assert [job.name for job in jobs() if f"job-{job.name}" not in WORDS] == [
        "clock"
    ]  # it only raises an alarm
