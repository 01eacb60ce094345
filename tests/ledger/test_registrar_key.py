"""The registrar's key on disk and its signatures."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import SettingsError
from huella.ledger.signer import Registrar, Transaction

KEY = Registrar(bytes.fromhex("4646464646464646464646464646464646464646464646464646464646464646"))


def test_the_example_of_eip_155_is_signed_as_written() -> None:
    to = bytes.fromhex("3535353535353535353535353535353535353535")
    transaction = Transaction(nonce=9, to=to, data=b"", gas=21000, chain_id=1, gas_price=20 * 10**9)
    ours = KEY.sign(transaction)
    theirs = Account.sign_transaction(
        {"nonce": 9, "gasPrice": 20 * 10**9, "gas": 21000, "to": to, "value": 0, "data": b"", "chainId": 1},
        KEY.secret,
    )
    assert ours == theirs.raw_transaction


@given(data=st.binary(max_size=100), nonce=st.integers(0, 2**40), chain=st.integers(1, 2**40))
def test_any_transaction_is_recovered_to_the_address(data: bytes, nonce: int, chain: int) -> None:
    raw = KEY.sign(Transaction(nonce, b"\x07" * 20, data, 90_000, chain))
    assert (
        Account.recover_transaction(raw).lower()
        == KEY.address
        == "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
    )


def test_the_file_is_its_owners_alone_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "registrar.key"
    KEY.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Registrar.load(path) == KEY
    with pytest.raises(FileExistsError):
        KEY.save(path)


def test_a_key_that_others_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "registrar.key"
    KEY.save(path)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="readable by others"):
        Registrar.load(path)


@pytest.mark.parametrize("text", ["", "zz", "00" * 32, "11" * 31, "ff" * 32, "ñ"])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "registrar.key"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(SettingsError) as caught:
        Registrar.load(path)
    assert not text or text not in str(caught.value)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"registrar\.key cannot be read"):
        Registrar.load(tmp_path / "registrar.key")


def test_the_secret_is_not_shown() -> None:
    assert "46" * 8 not in repr(KEY)
    assert KEY.secret.hex() not in str(KEY)
