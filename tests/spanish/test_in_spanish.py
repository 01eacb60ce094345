"""A message is found by its template, with its values, whatever stands around it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import HuellaError, InputError, RuleError, SignerError
from huella.spanish.catalogue import in_spanish, rooms


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("the order OCAM-2026-1335-17-0 is not registered", "la orden OCAM-2026-1335-17-0 no está registrada"),
        ("a RUC has exactly 11 digits", "un RUC tiene exactamente 11 dígitos"),
        ("entries 3 to 8 are not all there", "no están todos los asientos del 3 al 8"),
        ("items 10.00 and shipping 1.00 do not add up to 12.00", "los ítems 10.00 y el flete 1.00 no suman 12.00"),
        ("/a/b is missing", "falta /a/b"),
        ("/agree is at least 1", "/agree es 1 como mínimo"),
    ],
)  # fmt: skip
def test_the_values_stand_in_the_spanish(english: str, spanish: str) -> None:
    assert in_spanish(english) == spanish


def test_a_state_inside_a_message_is_translated() -> None:
    assert in_spanish("delivery 2 is paid") == "la entrega 2 está pagada"
    assert (
        in_spanish("the procedure takes no offers: it is closed")
        == "el procedimiento no recibe ofertas: está cerrado"
    )


def test_a_value_that_is_the_name_of_a_state_only_by_chance_stays() -> None:
    assert in_spanish("no offer open is registered") == "no hay ninguna oferta open registrada"


def test_a_message_inside_a_message_is_translated() -> None:
    english = "what is kept is no offer's file: /format: unknown format x/9"
    spanish = "lo que se conserva no es el archivo de una oferta: /format: formato desconocido: x/9"
    assert in_spanish(english) == spanish


def test_the_place_in_front_and_the_rule_behind_stay_where_they_are() -> None:
    english = "OCAM-1: order.paid may not follow: the order is rejected [paid-from-accepted]"
    assert (
        in_spanish(english) == "OCAM-1: no procede order.paid: la orden está rechazada [paid-from-accepted]"
    )
    assert (
        in_spanish("OCAM-1: the order is not registered (rule x)")
        == "OCAM-1: la orden no está registrada (regla x)"
    )


def test_what_the_operating_system_says_is_translated() -> None:
    assert in_spanish("órdenes de mayo.csv: No such file or directory") == (
        "órdenes de mayo.csv: no existe el archivo o la carpeta"
    )


def test_an_unknown_text_stays_as_it_is() -> None:
    for text in ("", "nothing of the kind", "Bank of Peru", "{}", "{0} {x}", "¿qué?"):
        assert in_spanish(text) == text


def test_braces_in_a_value_are_text() -> None:
    assert in_spanish("{0:w} is no plain decimal number") == "{0:w} no es un número decimal simple"


def test_a_spanish_message_stays() -> None:
    again = [es for name, table in rooms().items() for es in table.values() if name != "foreign/words"]
    changed = [es for es in again if "{" not in es and in_spanish(es) != es]
    assert changed == []


@pytest.mark.parametrize("error", [HuellaError, InputError, RuleError, SignerError])
def test_the_advice_of_an_error_has_its_spanish(error: type[HuellaError]) -> None:
    assert in_spanish(error.advice) != error.advice


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(in_spanish(text), str)


@given(st.from_regex(r"[A-Z]{1,4}-[0-9]{1,6}", fullmatch=True))
def test_a_number_is_never_changed_on_its_way(number: str) -> None:
    assert in_spanish(f"the order {number} is not registered") == f"la orden {number} no está registrada"


def test_a_hostile_text_costs_little() -> None:
    begun = time.process_time()
    in_spanish(" + " * 600 + "x is not y: z" * 10)
    assert time.process_time() - begun < 1
