"""Acceptance by silence: from clock and calendar, also if no worker ran; a late answer is refused."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cast import Clock, anchored, fact, order, registry, sealed
from huella.errors import RuleError
from huella.flow import clock as clocks
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.law import Law
from huella.flow.read import fold
from huella.flow.seal import Sealed
from huella.records import calendar
from huella.records.identifiers import LIMA, moment
from people import rule_of

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TUESDAY = "2026-11-24T05:00:00.000Z"
NUMBER = "OCAM-2026-1335-1-0"


def accepted_at(house: House, number: str = NUMBER) -> str | None:
    return fold(house, house.journal.of_subject(number)).accepted_at


def test_silence_becomes_acceptance_once_and_at_its_moment(database_url: str, tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, order())
        assert clocks.tacit(house) == []
        clock.forward(days=9)  # no worker ran for a week
        ((number, outcome),) = clocks.tacit(house)
        assert (number, type(outcome)) == (NUMBER, Sealed)
        assert accepted_at(house) == TUESDAY
        assert clocks.tacit(house) == []
        anchored(house)
        assert audit(house).exit_code == 0


@pytest.mark.parametrize(("kind", "mode"), [("order.rejected", None), ("order.accepted", "explicit")])
def test_an_answer_after_the_moment_is_refused_also_if_no_worker_ran(
    tmp_path: Path, kind: str, mode: str | None
) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
        clock.time = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
        told: dict[str, Any] = {"mode": mode} if mode else {}
        answer = fact(kind, **told)
        assert rule_of(house, answer) == "answer-in-time"


def test_an_answer_just_before_the_moment_counts(database_url: str, tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, order())
        clock.time = datetime(2026, 11, 24, 4, 59, 59, tzinfo=UTC)
        sealed(house, fact("order.rejected", reason="Sin existencias."))
        clock.forward(days=5)
        assert clocks.tacit(house) == []
        assert audit(house).clean


def test_a_stated_date_of_publication_takes_no_time_from_the_supplier(tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order(published_at="2026-11-02T15:00:00.000Z"))
        assert clocks.tacit(house) == []
        sealed(house, fact("order.accepted", mode="explicit"))


def test_a_holiday_decreed_later_makes_a_further_record(database_url: str, tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, order())
        clock.forward(days=10)
        clocks.tacit(house)
        clocks.publish_calendar(house, calendar.amended(calendar.PERU, "pe-2", [date(2026, 11, 23)]))
        ((_, outcome),) = clocks.tacit(house)
        assert isinstance(outcome, Sealed)
        assert accepted_at(house) == "2026-11-25T05:00:00.000Z"
        assert clocks.tacit(house) == []
        assert [e.kind for e in house.journal.of_subject(NUMBER)][1:] == ["order.accepted"] * 2
        assert audit(house).clean


def test_an_explicit_acceptance_is_moved_by_no_calendar(tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order(), fact("order.accepted", mode="explicit"))
        clocks.tacit(house)
        clocks.publish_calendar(house, calendar.amended(calendar.PERU, "pe-2", [date(2026, 11, 23)]))
        clock.forward(days=9)
        assert clocks.tacit(house) == []


def test_a_tacit_acceptance_at_another_moment_or_by_another_calendar_is_refused(tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
        silent: dict[str, Any] = {"mode": "tacit", "calendar": calendar.digest(calendar.PERU)}
        assert (
            rule_of(house, fact("order.accepted", **{**silent, "effective_at": TUESDAY}))
            == "tacit-not-before"
        )
        clock.forward(days=9)
        assert rule_of(house, fact("order.accepted", **silent)) == "tacit-at-its-moment"
        other: dict[str, Any] = {**silent, "calendar": "ab" * 32, "effective_at": TUESDAY}
        assert rule_of(house, fact("order.accepted", **other)) == "calendar-in-force"


def test_a_wrong_date_in_the_log_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
        clock.forward(days=9)
        with monkeypatch.context() as forger:
            forger.setattr(Law, "check_order", lambda *_: [])
            sealed(house, fact("order.accepted", mode="tacit", calendar=calendar.digest(calendar.PERU)))
        (finding,) = [f for f in audit(house).findings if f.cls == "tampered"]
        assert "[tacit-at-its-moment]" in finding.message


def test_a_calendar_is_on_record_once(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        clocks.publish_calendar(house, calendar.PERU)
        with pytest.raises(RuleError) as caught:
            clocks.publish_calendar(house, calendar.PERU)
        assert caught.value.rule == "calendar-once"


def test_an_order_beyond_the_calendars_years_stops_no_other(tmp_path: Path) -> None:
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order(1), order(2, published_at="2027-12-31T15:00:00.000Z"))
        clock.forward(days=9)
        done = dict(clocks.tacit(house))
        assert isinstance(done[NUMBER], Sealed)
        assert not isinstance(done["OCAM-2026-1335-2-0"], Sealed)


def test_the_real_acceptances_come_out_as_they_were(tmp_path: Path, shared_data: Path) -> None:
    text = (shared_data / "auto_acceptance_vectors.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    tacit = sorted((r for r in rows if r["mode"] == "tacit"), key=lambda r: r["physical_order_uploaded_at"])
    clock = Clock(FRIDAY)
    with registry(tmp_path, None, clock) as house:
        for n, row in enumerate(tacit, 1):
            clock.time = datetime.fromisoformat(row["physical_order_uploaded_at"]).replace(tzinfo=LIMA)
            sealed(house, order(n, published_at=moment(clock.time)))
        clock.time += timedelta(days=30)
        assert all(isinstance(outcome, Sealed) for _, outcome in clocks.tacit(house))
        for n, row in enumerate(tacit, 1):
            wanted = moment(datetime.fromisoformat(row["accepted_at"]).replace(tzinfo=LIMA))
            assert accepted_at(house, f"OCAM-2026-1335-{n}-0") == wanted, row
        assert audit(house).clean
