"""The trust file's history: which contract holds the head of a size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cast import registry
from huella.errors import ProofError
from huella.proof import trust

ONE, TWO = "0x" + "01" * 20, "0x" + "02" * 20


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("trust")
    with registry(folder) as house:
        found: dict[str, Any] = json.loads(house.trust.encode())
    return found


def parsed(plain: dict[str, Any], *held: object) -> trust.Trust:
    return trust.parse(json.dumps({**plain, "predecessors": list(held)}).encode())


def test_each_size_is_held_by_one_contract(plain: dict[str, Any]) -> None:
    found = parsed(
        plain, {"contract": ONE, "until": 5}, {"contract": TWO, "until": 9, "code_hash": "0x" + "03" * 32}
    )
    assert [found.contract_at(size).hex()[:2] for size in (1, 5, 6, 9)] == ["01", "01", "02", "02"]
    assert found.contract_at(10) == found.contract
    assert (found.code_hash_at(1), found.code_hash_at(9)) == (None, b"\x03" * 32)
    assert trust.parse(found.encode()) == found


@pytest.mark.parametrize(
    "held",
    [
        [{"contract": ONE, "until": 5}, {"contract": TWO, "until": 5}],
        [{"contract": ONE, "until": 5}, {"contract": TWO, "until": 4}],
        [{"contract": ONE, "until": -1}],
        [{"contract": "0x01", "until": 5}],
        [{"contract": ONE}],
        [{"contract": ONE, "until": 5, "code_hash": 7}],
        [7],
    ],
)
def test_a_malformed_history_is_named(plain: dict[str, Any], held: list[object]) -> None:
    with pytest.raises(ProofError):
        parsed(plain, *held)
