"""An address on the chain is read in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import huella
from huella.errors import InputError
from huella.records.identifiers import chain_address

DIGITS = "0123456789aBcDeF0123456789AbCdEf01234567"


def test_an_address_is_read_in_either_case_with_and_without_its_mark() -> None:
    assert chain_address("0x" + DIGITS, "contract") == chain_address(DIGITS.lower(), "contract")
    assert len(chain_address(DIGITS, "contract")) == 20


@pytest.mark.parametrize(
    "text",
    ["", "0x", DIGITS[1:], DIGITS + "0", "0X" + DIGITS, f" {DIGITS}", DIGITS + "\n", "0x" + "٣" * 40],
)
def test_what_is_none_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(InputError, match="0x and 40 hex digits") as told:
        chain_address(text, "contract")
    assert told.value.field == "contract"


def test_nothing_else_knows_how_an_address_is_written() -> None:
    root = Path(huella.__file__).parent
    pattern = re.compile(r"a-fA-F\]\{40\}")
    found = {
        str(path.relative_to(root)) for path in root.rglob("*.py") if pattern.search(path.read_text("utf-8"))
    }
    assert found <= {"records/identifiers.py"}, found
