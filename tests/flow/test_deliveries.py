"""Deliveries: due dates from the clock, penalties from the record, payments within the total."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cast import Clock, fact, order, registry, sealed
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.read import show
from people import accepted, rule_of

NUMBER = "OCAM-2026-1335-1-0"
START = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def delivery(house: House) -> dict[str, Any]:
    """The first delivery as `huella show` tells it."""
    told: dict[str, Any] = show(house, NUMBER)["deliveries"][0]
    return told


def made(at: str) -> Any:
    return fact("delivery.made", delivery=1, effective_at=at)


def test_a_delay_comes_from_the_clock_and_is_no_record(database_url: str, tmp_path: Path) -> None:
    clock = Clock(START)
    with registry(tmp_path, database_url, clock) as house:
        sealed(house, order())
        accepted(house)
        assert (delivery(house)["state"], delivery(house)["due"]) == (
            "ACEPTADA C/ENTREGA PENDIENTE",
            "2026-12-11",
        )
        size = house.journal.size()
        clock.time = datetime(2026, 12, 14, 5, 0, tzinfo=UTC)
        assert (delivery(house)["state"], delivery(house)["days_late"]) == ("ACEPTADA C/ENTREGA RETRASADA", 3)
        assert house.journal.size() == size


@pytest.mark.parametrize(
    ("kinds", "word"),
    [
        ((), "ACEPTADA C/ENTREGA RETRASADA"),
        (("made",), "ENTREGADA C/CONFORMIDAD RETRASADA"),
        (("made", "conformed"), "CONFORME C/PAGO RETRASADO"),
        (("made", "conformed", "paid"), "PAGADA"),
    ],
)
def test_each_state_has_the_portals_word(tmp_path: Path, kinds: tuple[str, ...], word: str) -> None:
    clock = Clock(START)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
        accepted(house)
        for kind in kinds:
            sealed(house, fact(f"delivery.{kind}", delivery=1))
        clock.forward(days=60)
        assert delivery(house)["state"] == word


def test_a_late_deliverys_penalty_is_computed_from_its_own_term(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, made("2026-12-13T15:00:00.000Z"))
        now = delivery(house)
        # 2 days × 0.10 × 2,950 / (0.40 × 10)
        assert (now["days_late"], now["penalty"]) == (2, Decimal("147.50"))


def test_an_amended_term_is_the_one_that_counts(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, fact("order.amended", delivery=1, max_days=20), made("2026-12-13T15:00:00.000Z"))
        assert (delivery(house)["days_late"], delivery(house)["penalty"]) == (0, Decimal("0.00"))


def test_a_payment_without_the_penalty_is_sealed_with_a_warning(tmp_path: Path) -> None:
    late: str = "2026-12-13T15:00:00.000Z"
    paid: dict[str, Any] = {"delivery": 1, "effective_at": "2026-12-20T15:00:00.000Z"}
    with registry(tmp_path) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, made(late), fact("delivery.conformed", delivery=1, effective_at=late))
        (done,) = sealed(house, fact("delivery.paid", amount="2950.00", **paid))
        assert [warning.field for warning in done.warnings] == ["/penalty"]
        assert "147.50" in done.warnings[0].message
        assert delivery(house)["kept_back"] is None


def test_a_payment_less_the_penalty_settles_the_delivery(database_url: str, tmp_path: Path) -> None:
    late: str = "2026-12-13T15:00:00.000Z"
    paid: dict[str, Any] = {"delivery": 1, "effective_at": "2026-12-20T15:00:00.000Z"}
    with registry(tmp_path, database_url) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, made(late), fact("delivery.conformed", delivery=1, effective_at=late))
        (done,) = sealed(house, fact("delivery.paid", amount="2802.50", penalty="147.50", **paid))
        assert done.warnings == ()
        assert show(house, NUMBER)["order"]["status"] == "paid"
        assert audit(house).clean


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amount": "2950.01"}, "paid-within-total"),
        ({"amount": "2900.00", "penalty": "60.00"}, "paid-within-total"),
        ({"effective_at": "2026-11-01T15:00:00.000Z"}, "delivery-dates-ascend"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, str], rule: str) -> None:
    with registry(tmp_path) as house:
        sealed(house, order())
        accepted(house)
        sealed(house, fact("delivery.made", delivery=1), fact("delivery.conformed", delivery=1))
        told: dict[str, Any] = {"delivery": 1, **change}
        assert rule_of(house, fact("delivery.paid", **told)) == rule
