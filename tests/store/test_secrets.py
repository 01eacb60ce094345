"""What is sealed stands nowhere in clear; what is erased is gone; a stolen database opens nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from cast import anchored, natural_order, order, registry, sealed
from huella.errors import StoreError
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.paper import complete_data
from huella.records import record
from huella.store import database
from huella.store.tables import DERIVED, disclosure_keys, metadata
from huella.store.vault import Vault

PERSONAL = ("Ana Ejemplo", "ana@example.pe", "Jr. Ejemplo 123", "10000000006", "PERSONA DE EJEMPLO")


def everything(house: House) -> str:
    """Each table's rows as text, bytes as latin-1 so that any text inside shows."""
    told = []
    with database.reading(house.engine) as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                told += [v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row]
    return "\n".join(told)


def fields(house: House, index: int = 0) -> dict[str, str]:
    entry = house.journal.entry(index)
    assert entry is not None
    return record.sealed(record.parse(entry.record))


def test_no_table_and_no_block_holds_a_sealed_value(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1), natural_order(2))
        anchored(house)
        entry = house.journal.entry(1)
        assert entry is not None
        assert complete_data(house, entry)["supplier"]["ruc"] == PERSONAL[3]  # the vault has it
        text = everything(house)
        kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert "SEGURO SOCIAL DE SALUD" in text  # the dump does show what is public
    assert {table.name for table in DERIVED} <= set(metadata.tables)
    assert not [value for value in PERSONAL if value in text]
    assert not [path for path, body in kept.items() for value in PERSONAL if value.encode() in body]


def test_erasing_one_disclosure_leaves_the_others(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1))
        digests = fields(house)
        before = house.vault.open(0, digests)
        gone = "/destinations/0/contact/email"
        for _ in range(2):  # twice does no harm
            house.vault.erase(0, digests, gone)
            assert house.vault.open(0, digests) == {p: t for p, t in before.items() if p != gone}
        with pytest.raises(StoreError, match="seals nothing"):
            house.vault.erase(0, digests, "/total")


def test_an_erased_key_stands_nowhere_in_the_keys_file(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        sealed(house, order(1), order(2))
        keys = database.connect(house.settings.database("vault.url"))
        with database.reading(keys) as connection:
            before = bytes(connection.execute(select(disclosure_keys.c.wrapped)).scalars().first() or b"")
        house.vault.erase(0, fields(house), "/destinations/0/address")
        with database.writing(keys) as connection:
            pass
        with keys.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        keys.dispose()
        left = [path.read_bytes() for path in tmp_path.glob("vault-keys.db*")]
        assert len(before) > 64
        assert not any(before in body for body in left)


def test_a_stolen_database_without_the_master_key_opens_nothing(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1))
        keys = database.connect(house.settings.database("vault.url"))
        thief = Vault(house.engine, keys, bytes(32), bytes)
        assert thief.open(0, fields(house)) == {}
        assert house.vault.open(0, fields(house)).keys() == fields(house).keys()
        keys.dispose()


def test_two_records_never_share_a_key_and_equal_values_look_different(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, order(1), order(2))
        assert not set(fields(house, 0).values()) & set(fields(house, 1).values())
        keys = house.vault.keys([1, 2])
        assert keys[1] != keys[2]
        assert all(len(row) == 32 * len(fields(house)) for row in keys.values())
        assert audit(house).clean


def test_what_rests_outside_is_bound_to_the_vaults_key(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        text = house.vault.wrap(b"fila rechazada")
        assert house.vault.unwrap(text) == b"fila rechazada"
        for wrong in (text[:-2], "x", "", AESGCM(bytes(32)).encrypt(bytes(12), b"y", None).hex()):
            with pytest.raises(StoreError):
                house.vault.unwrap(wrong)
