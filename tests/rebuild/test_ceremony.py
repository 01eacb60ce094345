"""The key ceremony and every change of a key, walked by the commands of docs/guide/recovery.md and stolen-key.md."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cast import order
from cli.conftest import huella
from cli.program import FIRST, Run, lines

__all__ = ["huella"]

pytestmark = pytest.mark.slow
SECOND = "0x" + "07" * 20


@pytest.fixture
def ceremony(tmp_path: Path, huella: Run) -> Path:
    """Steps 1 to 3: the folder is made, the administrator's key is one of its own, two envelopes are sealed."""
    folder = tmp_path / "one"
    made = huella(
        "init", "--origin", "example.pe/huella", folder=folder,
        HUELLA_KEYS_ADMINISTRATOR="keys/administrator.hex", HUELLA_DOCUMENTS_ORDER_PDF="request",
    )  # fmt: skip
    assert made.code == 0, made.err
    told = made.out.splitlines()[-1] if made.out else made.err.splitlines()[-1]
    (key,) = json.loads((folder / "trust.json").read_text())["log_keys"]
    assert key in told  # what is read aloud is what readers trust
    for person in ("first", "second"):
        shutil.copytree(folder / "keys", tmp_path / person)
    return folder


def used(folder: Path, huella: Run, number: int) -> None:
    """An order sealed and anchored, and the audit clean."""
    given = lines(folder.parent / f"{number}.jsonl", order(number))
    assert huella("seal", given, folder=folder).code == 0
    anchored = huella("anchor", folder=folder)
    assert anchored.code == 0, anchored.err
    assert huella("audit", folder=folder).code == 0


def test_nobody_else_reads_the_keys(ceremony: Path) -> None:
    assert ceremony.joinpath("keys").stat().st_mode & 0o077 == 0
    for path in (ceremony / "keys").rglob("*.*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.parametrize("person", ["first", "second"])
def test_each_envelope_alone_brings_the_registry_back(ceremony: Path, huella: Run, person: str) -> None:
    used(ceremony, huella, 1)
    tried = ceremony.with_name("tried")
    shutil.copytree(ceremony, tried, ignore=shutil.ignore_patterns("keys"))
    assert huella("audit", folder=tried).code == 2  # without keys there is nothing to try
    shutil.copytree(ceremony.with_name(person), tried / "keys")
    assert huella("audit", folder=tried).code == 0
    used(tried, huella, 2)


def test_a_registrars_key_is_changed_and_what_was_anchored_before_holds(
    ceremony: Path, tmp_path: Path, huella: Run
) -> None:
    used(ceremony, huella, 1)
    before = tmp_path / "before.huella.json"
    assert huella("evidence", FIRST, "-o", before, folder=ceremony).code == 0
    old = (ceremony / "keys" / "registrar.hex").read_text()
    changed = huella(
        "ledger", "rotate", "--reason", "cambio anual", "--json", folder=ceremony, **ADMINISTRATOR
    )
    assert changed.code == 0, changed.err
    assert (ceremony / "keys" / "registrar.hex").read_text() != old
    aside = ceremony / "keys" / f"registrar.{changed.value['old'][2:12]}.hex"
    assert aside.read_text() == old
    used(ceremony, huella, 2)
    rows = huella("ledger", "registrars", "--json", folder=ceremony).value["registrars"]
    assert {row["account"]: row["active"] for row in rows}[changed.value["old"]] is False
    assert huella("verify", before, folder=ceremony).code == 0

    # a worker that still holds the old key is refused by the contract
    shutil.copy(aside, ceremony / "keys" / "registrar.hex")
    assert huella("seal", lines(tmp_path / "3.jsonl", order(3)), folder=ceremony).code == 0
    refused = huella("anchor", folder=ceremony)
    assert (refused.code, "is not a registrar" in refused.err) == (1, True), refused.err


def test_without_the_administrators_key_no_registrar_is_granted_or_taken(ceremony: Path, huella: Run) -> None:
    used(ceremony, huella, 1)
    key = ceremony / "keys" / "administrator.hex"
    away = key.rename(ceremony.parent / "offline.hex")
    for command in (("grant", SECOND), ("revoke", SECOND), ("rotate",)):
        ran = huella("ledger", *command, "--reason", "prueba", folder=ceremony, **ADMINISTRATOR)
        assert (ran.code, "administrator" in ran.err) == (2, True), ran.err
    used(ceremony, huella, 2)  # anchoring never needs it
    away.rename(key)
    for named in ("grant", "revoke"):
        ran = huella("ledger", named, SECOND, "--reason", "prueba", folder=ceremony, **ADMINISTRATOR)
        assert ran.code == 0, ran.err
    rows = huella("ledger", "registrars", "--json", folder=ceremony).value["registrars"]
    assert {row["account"]: row["active"] for row in rows}[SECOND] is False
    used(ceremony, huella, 3)


def test_the_machine_that_seals_has_no_registrars_key(ceremony: Path, huella: Run, tmp_path: Path) -> None:
    used(ceremony, huella, 1)
    key = ceremony / "keys" / "registrar.hex"
    away = key.rename(ceremony.parent / "anchoring.hex")
    assert huella("seal", lines(tmp_path / "2.jsonl", order(2)), folder=ceremony).code == 0
    assert huella("audit", folder=ceremony).code == 3  # it waits for its anchor, and that is all
    assert huella("init", folder=ceremony).code == 0
    assert not key.exists()  # another one would have no rights
    ran = huella("anchor", folder=ceremony)
    assert (ran.code, "registrar.hex is not here" in ran.err) == (2, True), ran.err
    away.rename(key)
    assert huella("anchor", folder=ceremony).code == 0


def test_a_lost_registrars_key_is_replaced_with_the_administrators(ceremony: Path, huella: Run) -> None:
    used(ceremony, huella, 1)
    (own,) = huella("ledger", "registrars", "--json", folder=ceremony).value["registrars"]
    (ceremony / "keys" / "registrar.hex").unlink()
    changed = huella("ledger", "rotate", "--json", folder=ceremony, **ADMINISTRATOR)
    assert (changed.code, changed.value["old"]) == (0, ""), changed.err
    assert huella("ledger", "revoke", own["account"], folder=ceremony, **ADMINISTRATOR).code == 0
    rows = huella("ledger", "registrars", "--json", folder=ceremony).value["registrars"]
    assert {row["account"]: row["active"] for row in rows} == {
        own["account"]: False,
        changed.value["new"]: True,
    }
    used(ceremony, huella, 2)


ADMINISTRATOR = {"HUELLA_KEYS_ADMINISTRATOR": "keys/administrator.hex"}
