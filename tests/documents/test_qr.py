"""Codes for people and for scanners."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.documents.qr import ALPHABET, address, normalise, qr_modules, qr_svg, verification_code
from huella.errors import InputError


@given(st.binary(min_size=16, max_size=16))
def test_a_code_has_eighty_bits_in_four_groups_that_nobody_misreads(random16: bytes) -> None:
    code = verification_code(random16)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert normalise(code) == code


@given(st.binary(min_size=16, max_size=16), st.integers(0, 79))
def test_every_one_of_the_eighty_bits_counts(random16: bytes, bit: int) -> None:
    flipped = (int.from_bytes(random16[:10], "big") ^ 1 << bit).to_bytes(10, "big") + random16[10:]
    assert verification_code(flipped) != verification_code(random16)


def test_a_code_is_made_of_sixteen_bytes_and_no_other_number() -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        verification_code(bytes(10))


@pytest.mark.parametrize(
    "typed", ["7k3m-09qx-zz4t-b1c8", "7K3MO9QXZZ4TBIC8", " 7K3M 09QX ZZ4T BlC8 ", "7K3M–09QX—ZZ4T-B1C8"]
)
def test_a_code_is_understood_as_people_type_it(typed: str) -> None:
    assert normalise(typed) == "7K3M-09QX-ZZ4T-B1C8"


@pytest.mark.parametrize(
    "typed", ["", "7K3M-09QX-ZZ4T-B1C", "7K3M-09QX-ZZ4T-B1C8X", "7K3M-09QX-ZZ4T-B1CU", "7K3M/09QX ZZ4T B1C8"]
)
def test_what_cannot_be_a_code_is_refused_with_advice(typed: str) -> None:
    with pytest.raises(InputError, match="16 letters and digits") as refused:
        normalise(typed)
    assert "QR" in refused.value.advice


def test_the_address_is_short_and_on_the_portals_own_domain() -> None:
    expected = "https://huella.example.pe/v/7K3M-09QX-ZZ4T-B1C8"
    assert address("https://huella.example.pe/", "7k3m09qxzz4tb1c8") == expected


def test_letters_of_the_alphabet_are_thirty_two_and_leave_out_i_l_o_u() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_a_qr_is_drawn_as_vectors_without_quiet_zone() -> None:
    text = "https://huella.example.pe/v/7K3M-09QX-ZZ4T-B1C8"
    assert qr_modules(text) == 33
    assert 'viewBox="0 0 33 33"' in qr_svg(text)
    assert "<image" not in qr_svg(text)
