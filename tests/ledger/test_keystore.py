"""The registrar's key under a password, as other Ethereum programs read and write it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from eth_keyfile import keyfile

import cast
from huella.errors import SettingsError
from huella.ledger.keystore import Keystore, save
from huella.ledger.signer import Registrar, Transaction

KEY = Registrar(b"\x07" * 32)
CALL = Transaction(3, b"\x11" * 20, b"data", 100_000, 648_000)
CHEAP = 1 << 10
PASSWORD = "contraseña de prueba"


def saved(folder: Path) -> Path:
    save(folder / "key.json", KEY, PASSWORD, cast.randomness(), CHEAP)
    return folder / "key.json"


def test_what_was_saved_signs_as_the_key_itself(tmp_path: Path) -> None:
    found = Keystore.open(saved(tmp_path), PASSWORD)
    assert found.address == KEY.address
    assert found.sign(CALL) == KEY.sign(CALL) == found.sign(CALL)


def test_another_program_opens_what_was_saved(tmp_path: Path) -> None:
    content = json.loads(saved(tmp_path).read_text())
    assert keyfile.decode_keyfile_json(content, PASSWORD.encode()) == KEY.secret


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
def test_what_another_program_saved_is_opened(tmp_path: Path, kdf: Any) -> None:
    made = keyfile.create_keyfile_json(KEY.secret, PASSWORD.encode(), kdf=kdf, iterations=CHEAP)
    (tmp_path / "key").write_text(json.dumps(made))
    assert Keystore.open(tmp_path / "key", PASSWORD).sign(CALL) == KEY.sign(CALL)


@pytest.mark.parametrize(("password", "words"), [("", "is under a password"), ("otra", "is wrong")])
def test_without_the_password_there_is_an_account_and_no_signature(
    tmp_path: Path, password: str, words: str
) -> None:
    found = Keystore.open(saved(tmp_path), password)
    assert found.address == KEY.address
    with pytest.raises(SettingsError, match=words):
        found.sign(CALL)


def test_the_file_holds_no_key_in_clear_and_is_its_owners(tmp_path: Path) -> None:
    path = saved(tmp_path)
    assert KEY.secret.hex() not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        saved(tmp_path)


@pytest.mark.parametrize("member", ["ciphertext", "mac", "kdfparams", "cipher"])
def test_a_damaged_file_signs_nothing(tmp_path: Path, member: str) -> None:
    path = saved(tmp_path)
    content = json.loads(path.read_text())
    content["crypto"][member] = "00"
    path.write_text(json.dumps(content))
    with pytest.raises(SettingsError):
        Keystore.open(path, PASSWORD).sign(CALL)


def test_a_file_that_names_another_account_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_text(path.read_text().replace(KEY.address[2:], "ab" * 20))
    with pytest.raises(SettingsError, match="another account"):
        Keystore.open(path, PASSWORD).sign(CALL)


@pytest.mark.parametrize("content", ["", "no key", "[]", "{}", '{"version": 1, "address": "00"}'])
def test_what_is_no_key_file_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content)
    with pytest.raises(SettingsError):
        Keystore.open(tmp_path / "key", PASSWORD)
