"""What the audit says of procedures that nobody cheats in, and how much of them it looks at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import offer_cases as people
from attacks.procedure_stage import FIRST, START, Operator, copied, quote, request, stage
from cast import Clock, anchored
from huella.errors import RuleError
from huella.flow.audit import audit
from huella.flow.procedure import close, decide_award, open_offers, submit
from huella.records import offer
from tenders import NUMBER, fair


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Clock]:
    folder = tmp_path_factory.mktemp("open")
    return folder, stage(folder, "open")


def test_offers_of_an_open_procedure_are_counted_and_nothing_is_wrong(
    staged: tuple[Path, Clock], tmp_path: Path
) -> None:
    with copied(staged[0], Clock(START), tmp_path / "own") as house:
        report = audit(house)
        assert (report.clean, report.exit_code, dict(report.counts)) == (True, 0, {"noted": 1})
        (one,) = report.findings
        assert (one.table, one.row, one.message) == (
            "offers",
            "2026-11-25",
            "4 offers that name 2026-11-25 wait for a close",
        )


def test_a_procedure_as_it_should_be_leaves_nothing_to_say(
    staged: tuple[Path, Clock], tmp_path: Path
) -> None:
    clock = Clock(START)
    with copied(staged[0], clock, tmp_path / "own") as house:
        clock.forward(days=2, hours=8)
        close(house, FIRST)
        close(house, "REQ-2026-1335-43")
        anchored(house)
        open_offers(house, FIRST, people.OPENING[0])
        decide_award(house, FIRST)
        anchored(house)
        assert audit(house).to_dict()["findings"] == []


def test_what_is_newer_than_an_entry_is_audited_by_itself(staged: tuple[Path, Clock], tmp_path: Path) -> None:
    with copied(staged[0], Clock(START), tmp_path / "own") as house:
        operator, size = Operator(house), house.journal.size()
        index = operator.put_record("offer.refused", quote(house, "cusco", label="late").offer.subject,
                                    {"digest": "ab" * 32, "reason": "late", "requirement": FIRST})  # fmt: skip
        assert [f.entry for f in audit(house, since=size).findings if f.cls == "tampered"] == [index]
        assert not [f for f in audit(house, since=index + 1).findings if f.cls == "tampered"]
        operator.close()


def test_since_when_stands_in_the_report_for_programs(staged: tuple[Path, Clock], tmp_path: Path) -> None:
    clock = Clock(START)
    with copied(staged[0], clock, tmp_path / "own") as house:
        clock.forward(hours=1)
        operator = Operator(house)
        operator.put_record("offer.refused", quote(house, "cusco", label="late").offer.subject,
                            {"digest": "ab" * 32, "reason": "late", "requirement": FIRST})  # fmt: skip
        anchored(house)
        told = [f for f in audit(house).to_dict()["findings"] if f["class"] == "tampered"]
        before, own = told[0]["between"]
        assert (before["time"], own["time"]) == ("2026-11-23T14:00:03.000Z", "2026-11-23T15:00:00.000Z")
        assert before["block"] < own["block"]
        operator.close()


def test_a_close_that_waits_for_its_anchor_is_behind(staged: tuple[Path, Clock], tmp_path: Path) -> None:
    clock = Clock(START)
    with copied(staged[0], clock, tmp_path / "own") as house:
        clock.forward(days=2, hours=9)
        close(house, FIRST)
        messages = [f.message for f in audit(house).findings if f.cls == "behind"]
        assert f"the close of {FIRST} is not anchored yet" in messages
        assert any(
            "REQ-2026-1335-43 has passed and its close is not sealed" in message for message in messages
        )
        assert audit(house).exit_code == 3


def test_an_offer_behind_the_close_is_refused_with_its_rule(
    staged: tuple[Path, Clock], tmp_path: Path
) -> None:
    clock = Clock(START)
    with copied(staged[0], clock, tmp_path / "own") as house:
        file = offer.offer_file(quote(house, "cusco", label="late"), request(house))
        clock.forward(days=3)
        close(house, FIRST)
        (outcome,) = submit(house, [file])
        assert isinstance(outcome, RuleError)
        assert outcome.rule == "late"
        anchored(house)
        assert audit(house).clean


def test_a_close_within_the_second_of_its_deadline_was_not_too_early(tmp_path: Path) -> None:
    with fair(tmp_path, closes_at="2026-11-25T22:00:00.400Z") as given:
        given.clock.time = datetime(2026, 11, 25, 22, 0, 0, 500_000, tzinfo=UTC)  # the chain says 22:00:00
        close(given.house, NUMBER)
        anchored(given.house)
        assert audit(given.house).clean
