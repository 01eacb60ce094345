"""What nodes say, in GoQuorum's words and in Besu's."""

from __future__ import annotations

from typing import Any

import pytest

from huella.errors import SettingsError
from huella.ledger import registry
from huella.ledger.rpc import NodeError, NodeSilent, Rpc, number, octets, reception, revert_data

WORDS = "0x" + (registry._selector("EmptyBatch()")).hex()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"code": 3, "message": "execution reverted", "data": WORDS}, "EmptyBatch"),  # GoQuorum, geth
        ({"code": -32000, "message": "Execution reverted", "data": WORDS}, "EmptyBatch"),  # Besu
        ({"code": -32000, "message": "Execution reverted", "data": "Reverted " + WORDS}, "EmptyBatch"),
        ({"code": -32015, "message": "VM execution error", "data": {"data": WORDS}}, "EmptyBatch"),
        ({"code": -32000, "message": "Execution reverted: not allowed"}, "Revert"),
        ({"code": 3, "message": "execution reverted", "data": "0x"}, "Revert"),
    ],
)
def test_the_contracts_words_are_found_in_every_form(error: dict[str, Any], reason: str) -> None:
    data = revert_data(error)
    assert data is not None
    assert registry.refusal(data).reason == reason


@pytest.mark.parametrize(
    "error",
    [
        {"code": -32000, "message": "header not found"},
        {"code": -32601, "message": "the method does not exist"},
        {"code": -32000, "message": "missing trie node", "data": 7},
        {"code": -32000, "message": "internal", "data": "0xzz"},
    ],
)
def test_a_nodes_own_failure_is_not_the_contracts(error: dict[str, Any]) -> None:
    assert revert_data(error) is None


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("already known", "known"),
        ("known transaction: 8e1f", "known"),
        ("Known transaction", "known"),
        ("nonce too low", "spent"),
        ("Nonce too low", "spent"),
        ("replacement transaction underpriced", "taken"),
        ("Replacement transaction underpriced", "taken"),
        ("exceeds block gas limit", "refused"),
        ("Sender account not authorized to send transactions", "refused"),
    ],
)
def test_what_a_node_says_to_a_transaction_is_understood(said: str, meaning: str) -> None:
    assert reception(NodeError("node", -32000, said, None)) == meaning


@pytest.mark.parametrize("value", ["", "1", 1, None, "0xg", "0x" + "f" * 70, [], "-0x1"])
def test_what_is_no_number_is_garbage(value: object) -> None:
    with pytest.raises(NodeSilent) as caught:
        number(value, "the height")
    assert caught.value.trouble == "garbage"


@pytest.mark.parametrize("value", ["", "00", "0x0", "0xgg", None, 7, "0x" + "00" * 31])
def test_what_is_no_hash_is_garbage(value: object) -> None:
    with pytest.raises(NodeSilent):
        octets(value, "a hash", 32)


@pytest.mark.parametrize(
    "url", ["", "localhost:8545", "ftp://host", "http://", "http://host:port", "ws://host"]
)
def test_an_address_is_http_or_https(url: str) -> None:
    with pytest.raises(SettingsError):
        Rpc(url)


def test_a_password_in_the_address_is_sent_and_never_shown() -> None:
    rpc = Rpc("https://ana:secret@node.example:8545/rpc/?key=1")
    assert rpc.name == "https://node.example:8545/rpc"
    assert rpc._headers["Authorization"] == "Basic YW5hOnNlY3JldA=="
    assert "secret" not in rpc.name
