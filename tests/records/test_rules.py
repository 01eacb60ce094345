"""What must hold inside one fact: numbers, sums, IGV, places, dates."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import InputError
from huella.records import identifiers as ids
from huella.records.draft import Prepared
from huella.records.rules import check_subject

Prepare = Callable[..., Prepared]
IMPORTED = {
    "currency": "PEN",
    "entity": {"code": 1335, "name": "E", "ruc": "20131257750"},
    "origin": {"source": "perucompras", "state": "ACEPTADA"},
    "sub_total": "100.00",
    "supplier": {"name": "S", "ruc": "20100186170"},
    "total": "118.00",
    "vat": "18.00",
}


def test_every_ruc_of_the_list_is_judged_right(shared_data: Path) -> None:
    with (shared_data / "ruc_vectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 20
    for row in rows:
        if row["valid"] == "true":
            assert ids.check_ruc(row["ruc"], "/ruc") == row["ruc"]
        else:
            with pytest.raises(InputError):
                ids.check_ruc(row["ruc"], "/ruc")


@given(st.sampled_from(["10", "15", "16", "17", "20"]), st.integers(0, 10**8 - 1))
def test_exactly_one_check_digit_fits(prefix: str, body: int) -> None:
    ten = f"{prefix}{body:08d}"
    weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    digit = (11 - sum(int(d) * w for d, w in zip(ten, weights, strict=True)) % 11) % 10
    valid = []
    for last in range(10):
        try:
            valid.append(ids.check_ruc(f"{ten}{last}", "/ruc")[-1])
        except InputError:
            continue
    assert valid == [str(digit)]


@pytest.mark.parametrize(
    "text", ["2013125775", "201312577500", "２０１３１２５７７５０", " 20131257750", "30131257750", ""]
)
def test_what_is_no_ruc_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        ids.check_ruc(text, "/ruc")


def test_an_order_number_has_four_parts() -> None:
    assert ids.order_number("OCAM-2026-1335-17-0", "/subject") == (2026, 1335, 17, 0)


@pytest.mark.parametrize(
    "text", ["OCAM-1999-1-1-0", "ocam-2026-1-1-0", "OCAM-2026-1-1", "OCAM-2026-1-1-0 ", "OCAM-2026-1-1-0\n"]
)
def test_what_is_no_order_number_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        ids.order_number(text, "/subject")


@pytest.mark.parametrize(
    ("subject", "fits"),
    [
        ("OCAM-2026-1335-17-0", True), ("OCAM-2026-1335-17-1", False), ("registry", False),
        ("ocds-213czf-000-00001/contract-01", True), ("ocds-213czf-1/a b", False), ("ocds-213czf-1/", False),
        ("ocds-213czf-1/ñ", False), ("ocds-x/1", False), ("", False),
    ],
)  # fmt: skip
def test_the_subject_of_an_order_is_its_number_or_a_contract_of_ocds(subject: str, fits: bool) -> None:
    if fits:
        check_subject(subject)
    else:
        with pytest.raises(InputError):
            check_subject(subject)


@pytest.mark.parametrize("code", ["EXT-CE-2022-5", "IM-CE-2020-15"])
def test_agreement_codes(code: str) -> None:
    assert ids.check_agreement(code, "/agreement/code") == code


@pytest.mark.parametrize("code", ["EXT-CE-22-5", "XX-CE-2022-5", "EXT-CE-2022-555", "EXT-CE-2022-5 "])
def test_what_is_no_agreement_code_is_refused(code: str) -> None:
    with pytest.raises(InputError):
        ids.check_agreement(code, "/agreement/code")


@pytest.mark.parametrize(
    ("text", "exact"), [("3500", "3500.00"), ("3500.0", "3500.00"), ("0.01", "0.01"), ("1.500", "1.50")]
)
def test_money_has_two_decimals(text: str, exact: str) -> None:
    assert str(ids.money(text, "/total")) == exact


@pytest.mark.parametrize(
    "text", ["1.005", "1,5", "1,000.00", "-1", "+1", "1e3", ".5", "5.", "", "NaN", "١", " 1", "9" * 14]
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        ids.money(text, "/total")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("total",), "473.00", "/total"),
        (("vat",), "71.99", "/total"),
        (("sub_total",), "400.0", "/sub_total"),
        (("deliveries", 0, "total"), "471.00", "/deliveries/0/total"),
        (("items", 0, "amount"), "400.01", "/items/0/amount"),
        (("items", 0, "quantity"), "5", "/items/0"),
        (("items", 0, "number"), 2, "/items/0/number"),
        (("deliveries", 0, "number"), 0, "/deliveries/0/number"),
        (("deliveries", 0, "destination"), 2, "/deliveries/0/destination"),
        (("deliveries", 0, "lines", 0, "item"), 2, "/deliveries/0/lines/0/item"),
        (("deliveries", 0, "lines", 0, "quantity"), "3", "/items/0/quantity"),
        (("deliveries", 0, "start"), "2026-02-30", "/deliveries/0/start"),
        (("deliveries", 0, "max_days"), -1, "/deliveries/0/max_days"),
        (("destinations", 0, "ubigeo"), "999999", "/destinations/0/ubigeo"),
        (("destinations", 0, "number"), 2, "/destinations/0/number"),
        (("entity", "ruc"), "20131257751", "/entity/ruc"),
        (("entity", "code"), 1336, "/entity/code"),
        (("agreement", "code"), "X", "/agreement/code"),
        (("procedure",), "gran compra", "/procedure"),
        (("contracting_type",), "PAQUETE", "/contracting_type"),
        (("currency",), "S/", "/currency"),
        (("published_at",), "2026-08-27", "/published_at"),
        (("accepted_at",), "2026-08-26T00:00:00.000Z", "/accepted_at"),
        (("delivery_type",), "por partes", "/delivery_type"),
        (("delivery_type",), "Un solo destino con entregas parciales", "/delivery_type"),
        (("origin",), {"source": "x", "state": "ACEPTADA"}, "/origin"),
        (("items",), [], "/items"),
        (("unknown",), 1, "/"),
    ],
)
def test_a_published_order_that_breaks_a_rule_is_refused_with_its_field(
    path: tuple[Any, ...], value: Any, field: str, order: dict[str, Any], prepare: Prepare
) -> None:
    here: Any = order
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    with pytest.raises(InputError) as caught:
        prepare("order.published", order)
    assert caught.value.field.startswith(field)


def test_a_sound_order_passes_without_a_warning(order: dict[str, Any], prepare: Prepare) -> None:
    assert prepare("order.published", order).warnings == ()


@pytest.mark.parametrize(
    ("vat", "warned"),
    [("0.00", False), ("18.00", False), ("18.01", False), ("17.99", False), ("18.02", True), ("10.00", True)],
)
def test_igv_is_eighteen_per_cent_or_nothing_to_a_cent_a_line_and_never_refused(
    vat: str, warned: bool, prepare: Prepare
) -> None:
    total = f"{100 + float(vat):.2f}"
    made = prepare("order.imported", {**IMPORTED, "vat": vat, "total": total})
    assert [warning.field for warning in made.warnings] == (["/vat"] if warned else [])


def test_a_large_purchase_may_be_small(prepare: Prepare) -> None:
    data = {
        **IMPORTED,
        "procedure": "large_purchase",
        "sub_total": "1553.59",
        "vat": "0.00",
        "total": "1553.59",
    }
    assert prepare("order.imported", data).warnings == ()


def test_a_delivery_may_start_before_the_acceptance(order: dict[str, Any], prepare: Prepare) -> None:
    order["accepted_at"] = "2026-09-20T05:00:00.000Z"
    assert prepare("order.published", order).warnings == ()


def test_an_imported_order_says_where_it_comes_from(prepare: Prepare) -> None:
    with pytest.raises(InputError, match="where it comes from"):
        prepare("order.imported", {k: v for k, v in IMPORTED.items() if k != "origin"})


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"mode": "tacit"}, "/calendar"),
        ({"mode": "explicit", "calendar": "0" * 64}, "/calendar"),
        ({"mode": "silent"}, "/mode"),
        ({"mode": "tacit", "calendar": "x"}, "/calendar"),
        ({"mode": "explicit", "effective_at": "2026-08-31T00:00:00Z"}, "/effective_at"),
    ],
)
def test_an_acceptance_is_explicit_or_tacit_by_a_named_calendar(
    told: dict[str, str], field: str, prepare: Prepare
) -> None:
    with pytest.raises(InputError) as caught:
        prepare("order.accepted", {"effective_at": "2026-08-31T05:00:00.000Z", **told})
    assert caught.value.field == field


def test_lima_is_five_hours_behind(prepare: Prepare) -> None:
    midnight = ids.parse_moment("2026-08-31T05:00:00.000Z", "").astimezone(ids.LIMA)
    assert (midnight.hour, midnight.day) == (0, 31)
    assert ids.from_lima(midnight.replace(tzinfo=None)) == "2026-08-31T05:00:00.000Z"


@pytest.mark.parametrize(
    "text", ["1E+999999999", "1E+99", "NaN", "sNaN", "Infinity", "-1.00", "9" * 50, "0E-10"]
)
@pytest.mark.parametrize("member", ["quantity", "unit_price", "amount"])
def test_numbers_of_any_size_are_refused_and_break_nothing(
    text: str, member: str, order: dict[str, Any], prepare: Prepare
) -> None:
    order["items"][0][member] = text
    with pytest.raises(InputError) as caught:
        prepare("order.published", order)
    assert caught.value.field.startswith("/items/0")


def test_large_products_are_rounded_once() -> None:
    assert str(ids.product(Decimal("9999999999.999999"), Decimal("0.005001"))) == "50010000.00"
    assert str(ids.product(Decimal("2.5"), Decimal("0.002"))) == "0.01"
    huge = ids.product(Decimal("9999999999999.99"), Decimal("9999999999999.99"))
    assert huge == Decimal("99999999999999800000000000.00")
