"""Headers, seals and proofs of a real GoQuorum network (tests/vectors/goquorum.json), read by the verifier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huella.errors import ProofError
from huella.proof import headers, rlp

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "goquorum.json").read_text(encoding="utf-8"))
VALIDATORS = frozenset(bytes.fromhex(address) for address in VECTORS["validators"])
SEALED = [told for told in VECTORS["headers"] if told["number"]]


def sealed(raw: bytes) -> headers.Sealed:
    return headers.read_seals(headers.parse_header(raw), "qbft")


@pytest.mark.parametrize("told", VECTORS["headers"], ids=lambda told: f"{told['number']}-{told['round']}")
def test_a_real_headers_hash_is_the_nodes(told: dict[str, Any]) -> None:
    assert sealed(bytes.fromhex(told["header"])).block_hash.hex() == told["hash"]


@pytest.mark.parametrize("told", SEALED, ids=lambda told: f"{told['number']}-{told['round']}")
def test_a_quorum_of_the_real_validators_sealed_each_block(told: dict[str, Any]) -> None:
    found = sealed(bytes.fromhex(told["header"]))
    assert found.signers <= VALIDATORS
    assert headers.count_trusted(found.signers, VALIDATORS) >= headers.quorum(4) == 3


def test_rounds_above_the_first_are_among_them() -> None:
    assert {told["round"] for told in SEALED} >= {0, 1}


def test_the_first_block_has_no_seals() -> None:
    assert sealed(bytes.fromhex(VECTORS["headers"][0]["header"])).signers == frozenset()


@pytest.mark.parametrize("told", SEALED, ids=lambda told: f"{told['number']}-{told['round']}")
def test_no_seal_holds_for_another_state(told: dict[str, Any]) -> None:
    raw = bytes.fromhex(told["header"])
    state = headers.parse_header(raw).state_root
    forged = sealed(raw.replace(state, bytes([state[0] ^ 1]) + state[1:]))
    assert not forged.signers & VALIDATORS


def test_the_seals_of_one_block_are_none_of_the_next() -> None:
    one, next_ = (rlp.decode(bytes.fromhex(told["header"]), "a header") for told in SEALED[1:3])
    mine, others = (rlp.decode(each[12], "extraData") for each in (one, next_))
    one[12] = rlp.encode([*mine[:4], others[4]])
    assert not sealed(rlp.encode(one)).signers & VALIDATORS


@pytest.mark.parametrize("told", VECTORS["proofs"], ids=lambda told: str(told["size"]))
def test_a_real_proof_shows_root_and_time_or_that_there_is_none(told: dict[str, Any]) -> None:
    header = headers.parse_header(bytes.fromhex(told["header"]))
    path = [bytes.fromhex(node) for node in told["account_proof"]]
    account = headers.prove_account(header.state_root, bytes.fromhex(VECTORS["contract"]), path)
    assert account is not None
    assert account.code_hash.hex() == VECTORS["code_hash"]
    shown = [
        headers.prove_storage(account.storage_root, slot, [bytes.fromhex(node) for node in proof])
        for slot, proof in zip(headers.head_slots(told["size"]), told["storage_proof"], strict=True)
    ]
    assert shown == [int(told["root"] or "0", 16), told["time"]]
    with pytest.raises(ProofError):
        headers.prove_account(bytes(32), bytes.fromhex(VECTORS["contract"]), path)
