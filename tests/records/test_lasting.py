"""How long something took, in words."""

from __future__ import annotations

import pytest

from huella.records.identifiers import lasting
from huella.spanish.catalogue import in_spanish


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (3_600, "1 hour"),
        (5_400, "1 hour 30 minutes"), (7_322, "2 hours 2 minutes"), (90_000, "1 day 1 hour"),
        (86_401, "1 day 1 second"),
    ],
)  # fmt: skip
def test_a_time_is_told_in_its_two_largest_units(seconds: int, told: str) -> None:
    assert lasting(seconds) == told


def test_its_units_are_spanish_in_a_spanish_message() -> None:
    told = f"the registry's clock is {lasting(90_060)} behind the chain's, by block 7"
    assert (
        in_spanish(told)
        == "el reloj del registro está 1 día 1 hora atrasado respecto al de la cadena, según el bloque 7"
    )
