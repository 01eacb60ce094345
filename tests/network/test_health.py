"""Health of nodes that lie, lag or are silent: servers that answer as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from huella.errors import InputError, LedgerUnreachable, SettingsError
from huella.ledger.registry import HEAD_CALL, root_at_call
from huella.ledger.rpc import NodeError, NodeSilent
from huella.network import health

ROOT = b"\x07" * 32
CONTRACT = "0x" + "11" * 20
REGISTRY = health.Registry(CONTRACT, 9, ROOT)
VALIDATORS = ["0x" + f"{n:02x}" * 20 for n in (2, 1, 3, 4)]
Answers = dict[str, Any]
Serve = Callable[..., str]


def good(height: int = 5) -> Answers:
    words = (9).to_bytes(32) + ROOT + bytes(32)
    return {
        "eth_getBlockByNumber": lambda number: {
            "number": hex(height),
            "timestamp": hex(1_700_000_000 + height),
            "hash": "0x" + f"{height if number == 'latest' else int(number, 16):064x}",
        },
        "web3_clientVersion": "besu/v24.12.2/linux",
        "eth_chainId": "0x7",
        "net_peerCount": "0x3",
        "eth_blockNumber": hex(height),
        "qbft_getValidatorsByBlockNumber": VALIDATORS,
        "eth_call": lambda call: "0x" + {HEAD_CALL: words, root_at_call(9): words[32:]}[_data(call)].hex(),
    }


def _data(call: dict[str, str]) -> bytes:
    return bytes.fromhex(call["data"].removeprefix("0x"))


@pytest.fixture
def node() -> Iterator[Serve]:
    """Starts servers with these answers; a method without one is an error, bytes are sent as they stand."""
    running: list[ThreadingHTTPServer] = []

    def serve(answers: Answers) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                found = answers.get(asked["method"])
                if callable(found):
                    found = found(asked["params"][0])
                member = (
                    {"result": found} if asked["method"] in answers else {"error": {"message": "unknown"}}
                )
                body = found if isinstance(found, bytes) else json.dumps({"id": 1, **member}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


def test_nodes_that_agree_are_one_chain_that_holds_the_root(node: Serve) -> None:
    found = health.look([node(good()), node(good(7))], REGISTRY)
    assert (found.shared, found.forked, found.contradicted, found.exit_code) == (5, False, False, 0)
    assert [(each.anchored, each.agrees) for each in found.nodes] == [(9, True)] * 2
    assert found.validators == tuple(sorted(VALIDATORS))


def test_another_block_at_the_same_height_is_a_fork(node: Serve) -> None:
    other = good() | {
        "eth_getBlockByNumber": lambda number: {
            "number": "0x5",
            "timestamp": "0x1",
            "hash": "0x" + ("00" * 32 if number == "0x0" else "ab" * 32),
        }
    }
    found = health.look([node(good()), node(other)])
    assert (found.forked, found.strangers) == (True, ())
    assert found.exit_code == 1


def test_another_chain_id_is_another_chain(node: Serve) -> None:
    assert health.look([node(good()), node(good() | {"eth_chainId": "0x8"})]).forked


def test_a_node_of_another_first_block_is_named_and_holds_nobody_back(node: Serve) -> None:
    first = good()["eth_getBlockByNumber"]
    other = good(2) | {"eth_getBlockByNumber": lambda number: first(number) | {"hash": "0x" + "cd" * 32}}
    urls = [node(other), node(good()), node(good())]
    found = health.look(urls, REGISTRY)
    assert [each.url for each in found.strangers] == urls[:1]
    assert (found.shared, found.exit_code, len(found.validators)) == (5, 1, 4)
    assert [each.agrees for each in found.nodes] == [None, True, True]


def test_an_address_that_is_none_is_named_without_its_password() -> None:
    with pytest.raises(InputError, match="not 'node-a:8545'") as caught:
        health.checked(["http://node-b", "ftp://me:secret@node-a:8545"])
    assert caught.value.field == "rpc"
    assert "secret" not in str(caught.value)


def test_a_node_with_another_root_contradicts_and_is_named(node: Serve) -> None:
    liar = good() | {"eth_call": lambda _: "0x" + (b"\x08" * 96).hex()}
    found = health.look([node(good()), node(liar)], REGISTRY)
    assert [each.agrees for each in found.nodes] == [True, False]
    assert found.exit_code == 1


def test_a_silent_node_is_shown_beside_the_others(node: Serve) -> None:
    found = health.look([node(good()), "http://127.0.0.1:1"], seconds=1)
    assert [bool(each.error) for each in found.nodes] == [False, True]
    assert (found.shared, found.forked, found.exit_code) == (5, False, 3)


def test_one_of_four_validators_alone_is_not_enough(node: Serve) -> None:
    urls = [node(good()) for _ in range(3)]
    assert health.look(urls).enough
    assert not health.look(urls[:2]).enough


@pytest.mark.parametrize("wrong", [b"<html>", b"[]", b"{}", 5, None, "0xzz", {"number": 1}])
def test_garbage_is_an_error_of_that_node_alone(node: Serve, wrong: object) -> None:
    found = health.look([node(good()), node(good() | {"eth_getBlockByNumber": wrong})])
    assert [bool(each.error) for each in found.nodes] == [False, True]
    assert found.exit_code == 3


def test_an_address_without_a_contract_agrees_with_nothing(node: Serve) -> None:
    found = health.look([node(good() | {"eth_call": "0x"})], REGISTRY)
    assert f"holds no registry at {CONTRACT}" in found.nodes[0].error
    assert found.exit_code == 3


def test_a_network_without_validators_is_shown_too(node: Serve) -> None:
    answers = good()
    del answers["qbft_getValidatorsByBlockNumber"]
    found = health.look([node(answers)])
    assert (found.exit_code, found.validators, found.enough) == (0, (), False)


def test_waiting_ends_with_every_nodes_height(node: Serve) -> None:
    urls = [node(good()), "http://127.0.0.1:1"]
    assert health.wait_for_height(urls[:1], 5, 1) == 5
    with pytest.raises(LedgerUnreachable, match=r"no block 6 .* 5, http://127\.0\.0\.1:1 silent"):
        health.wait_for_height(urls, 6, 0.1)


def test_a_question_tells_refusal_from_silence_and_wrong_use(node: Serve) -> None:
    with pytest.raises(NodeError, match="unknown"):
        health._ask(node(good()), "no_such", seconds=5)
    with pytest.raises(NodeSilent):
        health._ask("http://127.0.0.1:1", "eth_chainId", seconds=5)
    with pytest.raises(SettingsError):
        health.look(["file:///etc/passwd"])
