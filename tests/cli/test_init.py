"""huella init: makes a registry, and twice changes nothing."""

from pathlib import Path

from cli.program import Run, is_short


def contents(folder: Path) -> dict[str, bytes]:
    names = ("huella.toml", "trust.json", "keys/log.pem", "keys/registrar.hex", "keys/vault.hex")
    return {name: (folder / name).read_bytes() for name in names}


def test_init_makes_settings_keys_ledger_and_trust(tmp_path: Path, huella: Run) -> None:
    ran = huella("init", "--origin", "example.pe/huella", "--json", folder=tmp_path / "r")
    assert ran.code == 0
    assert {"huella.toml", "keys/log.pem", "chain.db", "trust.json"} <= set(ran.value["made"])
    assert ran.value["log_key"].startswith("example.pe/huella+")


def test_init_twice_changes_nothing(tmp_path: Path, huella: Run) -> None:
    folder = tmp_path / "r"
    huella("init", folder=folder)
    before = contents(folder)
    ran = huella("init", "--json", folder=folder)
    assert (ran.code, ran.value["made"]) == (0, [])
    assert contents(folder) == before


def test_the_keys_are_readable_by_their_owner_only(kept: Path) -> None:
    for name in ("log.pem", "registrar.hex", "vault.hex"):
        assert (kept / "keys" / name).stat().st_mode & 0o077 == 0


def test_a_command_in_a_folder_without_registry_says_so(tmp_path: Path, huella: Run) -> None:
    ran = huella("stats", folder=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert is_short(ran.err)
    assert "huella init" in ran.err


def test_a_database_address_that_cannot_be_read_is_wrong_use(tmp_path: Path, huella: Run) -> None:
    ran = huella("init", "--database", "nonsense://x", folder=tmp_path / "r")
    assert ran.code == 2
    assert is_short(ran.err)
