"""A contract in the settings that is not the registry's is told before anything is asked, sent or served."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.program import Run, is_short
from huella.proof import trust

OTHER = "0x" + "ab" * 20


def contract_of(folder: Path) -> str:
    return "0x" + trust.parse((folder / "trust.json").read_bytes()).contract.hex()


@pytest.mark.parametrize(
    "command",
    # one that is not refused ends by itself all the same: nobody can listen at that address
    ["serve --host 192.0.2.1", "anchor", "audit", "worker --rounds 1", "init"],
)
def test_another_contract_in_the_settings_is_told_with_both_addresses(
    own: Path, huella: Run, command: str
) -> None:
    ran = huella(*command.split(), folder=own, HUELLA_LEDGER_CONTRACT=OTHER)
    assert (ran.code, ran.out) == (2, "")
    assert OTHER in ran.err
    assert contract_of(own) in ran.err
    assert "Take ledger.contract out of huella.toml" in ran.err


def test_it_is_told_in_spanish_and_for_programs_too(own: Path, huella: Run) -> None:
    text = (own / "huella.toml").read_text()
    assert '# contract = ""' in text
    (own / "huella.toml").write_text(text.replace('# contract = ""', f'contract = "{OTHER}"'))
    told = huella("audit", folder=own, HUELLA_LANG="es").err
    assert f"según trust.json este registro está en {contract_of(own)}" in told
    assert huella("audit", "--json", folder=own).code == 2


def test_the_registrys_own_contract_may_be_named_in_any_case(own: Path, huella: Run) -> None:
    named = contract_of(own)
    for text in (named, named[2:], "0x" + named[2:].upper()):
        assert huella("audit", folder=own, HUELLA_LEDGER_CONTRACT=text).code in (0, 3)


@pytest.mark.parametrize("text", ["0x12", "registry", "0x" + "g" * 40, "0x" + "1" * 39 + " "])
def test_what_is_no_address_is_told_by_the_settings_name(own: Path, huella: Run, text: str) -> None:
    ran = huella("anchor", folder=own, HUELLA_LEDGER_CONTRACT=text)
    assert (ran.code, is_short(ran.err)) == (2, True)
    assert "ledger.contract is 0x and 40 hex digits" in ran.err


def test_a_registry_is_not_made_on_another_contract_than_is_named(tmp_path: Path, huella: Run) -> None:
    ran = huella("init", folder=tmp_path / "r", HUELLA_LEDGER_CONTRACT=OTHER)
    assert (ran.code, OTHER in ran.err) == (2, True)
    assert not (tmp_path / "r" / "trust.json").exists()
