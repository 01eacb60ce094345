"""The registrar's key in an HSM or at a signing service: the account's signatures, and what goes wrong there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from eth_account import Account

import cast
import hsm as soft
from huella.errors import LedgerUnreachable, SettingsError
from huella.flow.anchor import anchor
from huella.flow.audit import audit
from huella.flow.house import open_house
from huella.flow.make import init
from huella.flow.registrars import listed, rotate
from huella.flow.seal import seal
from huella.ledger import hsm
from huella.ledger.hsm import ORDER, HsmSigner, Slot
from huella.ledger.rpc import Rpc
from huella.ledger.service import ServiceSigner
from huella.ledger.signer import Registrar, Transaction
from huella.proof import rlp

CALL = Transaction(3, b"\x11" * 20, b"data", 100_000, 648_000)
OTHER = Transaction(4, b"\x11" * 20, b"data", 100_000, 648_000)
KEY = Registrar(b"\x07" * 32)


@pytest.fixture(scope="module")
def slot(tmp_path_factory: pytest.TempPathFactory) -> Slot:
    soft.token(tmp_path_factory.mktemp("hsm"), "cadena")
    made = Slot(soft.MODULE, "cadena", "registrar", soft.PIN)
    assert hsm.make(made)
    return made


def test_a_key_in_an_hsm_signs_for_its_account(slot: Slot) -> None:
    signer = HsmSigner(slot)
    raw = signer.sign(CALL)
    assert Account.recover_transaction(raw).lower() == signer.address
    assert int.from_bytes(rlp.decode(raw, "it")[8]) <= ORDER // 2


def test_the_same_transaction_gets_the_same_signature(slot: Slot) -> None:
    signer = HsmSigner(slot)
    assert signer.sign(CALL) == signer.sign(CALL)
    assert signer.sign(CALL) != signer.sign(OTHER)


def test_a_key_is_made_once(slot: Slot) -> None:
    before = HsmSigner(slot).address
    assert not hsm.make(slot)
    assert HsmSigner(slot).address == before


def test_a_key_does_not_leave_its_token(slot: Slot) -> None:
    with hsm._session(slot) as session:
        key: Any = session.get_key(label=slot.label, object_class=pkcs11.ObjectClass.PRIVATE_KEY)
        with pytest.raises(pkcs11.PKCS11Error):
            key[pkcs11.Attribute.VALUE]


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"pin": "9999"}, SettingsError, "PIN"),
        ({"label": "otra"}, SettingsError, "no key otra"),
        ({"pin": ""}, SettingsError, "PIN of the token .* is not given"),
        ({"token": "otro"}, LedgerUnreachable, "no token otro"),
        ({"module": "/nowhere.so"}, LedgerUnreachable, r"/nowhere\.so cannot be used: there is no such file"),
        ({"module": "/bin/true"}, LedgerUnreachable, "/bin/true cannot be used: OS exception"),
    ],
)
def test_what_is_wrong_with_an_hsm_is_said(
    slot: Slot, wrong: dict[str, str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        HsmSigner(slot._replace(**wrong)).sign(CALL)


def test_the_account_is_told_without_a_pin(slot: Slot) -> None:
    assert HsmSigner(slot._replace(pin="")).address == HsmSigner(slot).address


@pytest.mark.parametrize(
    "away",
    [
        {"keys.registrar_password": ""},
        {"keys.registrar_token": "desconectado"},
        {"keys.registrar_module": "/nowhere.so"},
    ],
)
def test_sealing_and_auditing_go_on_while_the_hsm_is_away(
    slot: Slot, tmp_path: Path, away: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: dict[str, str | int] = {
        "keys.registrar_kept": "pkcs11", "keys.registrar_module": slot.module, "keys.registrar_token": slot.token,
        "keys.registrar_label": slot.label, "keys.registrar_password": slot.pin,
    }  # fmt: skip
    init(tmp_path, answers, cast.Clock(), cast.randomness())
    for name, value in away.items():
        monkeypatch.setenv("HUELLA_" + name.upper().replace(".", "_"), value)
    with open_house(tmp_path, cast.Clock(), cast.randomness()) as house:
        seal(house, [cast.order(1)])
        assert audit(house).counts == {"behind": 1}
        with pytest.raises((SettingsError, LedgerUnreachable)):
            list(anchor(house))
        assert len(listed(house)) == (1 if "keys.registrar_password" in away else 0)
    monkeypatch.undo()
    with open_house(tmp_path, cast.Clock(), cast.randomness()) as house:
        assert [batch.size for batch in anchor(house)] == [1]


def test_a_registry_anchors_with_a_key_in_an_hsm(slot: Slot, tmp_path: Path) -> None:
    answers: dict[str, str | int] = {
        "keys.registrar_kept": "pkcs11", "keys.registrar_module": slot.module, "keys.registrar_token": slot.token,
        "keys.registrar_label": "ancla", "keys.registrar_password": slot.pin,
    }  # fmt: skip
    assert "cadena/ancla" in init(tmp_path, answers, cast.Clock(), cast.randomness())
    with open_house(tmp_path, cast.Clock(), cast.randomness()) as house:
        seal(house, [cast.order(1)])
        assert [batch.size for batch in anchor(house)] == [1]
        assert audit(house).clean
        with pytest.raises(SettingsError, match="made there"):
            rotate(house)
    assert not (tmp_path / "keys" / "registrar.hex").exists()


# ------------------------------------------------------------------------------------------- a signing service


class Service(HTTPServer):
    """A signing service: `answer` makes its answer to a request's transaction."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Any = None
        self.asked: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert request["method"] == "eth_signTransaction"
        server.asked.append(request["params"][0])
        body = json.dumps(
            {"jsonrpc": "2.0", "id": request["id"], **server.answer(request["params"][0])}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def given(asked: dict[str, Any]) -> Transaction:
    number = {name: int(asked[name], 16) for name in ("nonce", "gas", "chainId", "gasPrice")}
    to, data = (bytes.fromhex(asked.get(name, "0x")[2:]) for name in ("to", "data"))
    return Transaction(number["nonce"], to, data, number["gas"], number["chainId"], number["gasPrice"])


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def signed(asked: dict[str, Any]) -> str:
    return "0x" + KEY.sign(given(asked)).hex()


@pytest.mark.parametrize("shape", [lambda raw: raw, lambda raw: {"raw": raw, "tx": {}}])
@pytest.mark.parametrize("call", [CALL, Transaction(0, b"", b"code", 6_000_000, 648_000)])
def test_a_service_signs_in_either_form_of_answer(service: Service, shape: Any, call: Transaction) -> None:
    service.answer = lambda asked: {"result": shape(signed(asked))}
    assert ServiceSigner(Rpc(service.url), KEY.address).sign(call) == KEY.sign(call)
    assert given(service.asked[0]) == call
    assert service.asked[0]["from"] == KEY.address


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda asked: {"result": "0x" + KEY.sign(OTHER).hex()}, "another transaction"),
        (lambda asked: {"result": "0x" + Registrar(b"\x08" * 32).sign(given(asked)).hex()}, "another key"),
        (lambda asked: {"result": "0xc0"}, "another transaction"),
        (lambda asked: {"result": "0x"}, "another transaction"),
        (lambda asked: {"error": {"code": -32000, "message": "unknown account"}}, "unknown account"),
    ],
)
def test_what_a_service_should_not_do_is_refused(service: Service, answer: Any, said: str) -> None:
    service.answer = answer
    with pytest.raises(SettingsError, match=said):
        ServiceSigner(Rpc(service.url), KEY.address).sign(CALL)


@pytest.mark.parametrize("answer", [{"result": 7}, {"result": {}}, {}])
def test_a_service_that_tells_nothing_delays(service: Service, answer: dict[str, Any]) -> None:
    service.answer = lambda _: answer
    with pytest.raises(LedgerUnreachable, match="signing service"):
        ServiceSigner(Rpc(service.url), KEY.address).sign(CALL)


def test_a_service_that_is_down_delays_the_anchor_and_nothing_else(service: Service, tmp_path: Path) -> None:
    answers: dict[str, str | int] = {
        "keys.registrar_kept": "service", "keys.registrar_service": service.url,
        "keys.registrar_account": KEY.address,
    }  # fmt: skip
    service.answer = lambda asked: {"result": signed(asked)}
    init(tmp_path, answers, cast.Clock(), cast.randomness())
    with open_house(tmp_path, cast.Clock(), cast.randomness()) as house:
        service.answer = lambda _: {}
        seal(house, [cast.order(1)])
        with pytest.raises(LedgerUnreachable):
            list(anchor(house))
        service.answer = lambda asked: {"result": signed(asked)}
        assert [batch.size for batch in anchor(house)] == [1]
        assert audit(house).clean


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"keys.registrar_kept": "service"}, "keys.registrar_account is not set"),
        ({"keys.registrar_kept": "service", "keys.registrar_account": "0x12"}, "40 hex digits"),
        ({"keys.registrar_kept": "pkcs11"}, "keys.registrar_module is not set"),
    ],
)
def test_what_the_settings_lack_is_named(tmp_path: Path, named: dict[str, str | int], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        init(tmp_path, named, cast.Clock(), cast.randomness())
