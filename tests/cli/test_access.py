"""Keys and people from the command line: whose a key is."""

from __future__ import annotations

from pathlib import Path

import pytest

from cast import Clock, registry
from cli.program import Run
from huella.cli import open as opening

PASSWORD = "una frase larga de paso"


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a register, with a password in a file."""
    clock = Clock()
    monkeypatch.setattr(opening, "now", clock)
    with registry(tmp_path, None, clock):
        pass
    (tmp_path / "password").write_text(PASSWORD)
    return tmp_path


def test_a_key_is_the_hosts_until_it_is_given_to_somebody(huella: Run, register: Path) -> None:
    made = huella("access", "key", "SIGA", "--scope", "auditor", "--json", folder=register).value["id"]
    person = ("access", "person", "maria", "--scope", "auditor", "--password-file", register / "password")
    assert huella(*person, folder=register).code == 0
    assert huella("access", "owner", made, "nobody", folder=register).code == 2
    owners = []
    for step in ((), ("access", "owner", made, "maria")):
        assert not step or huella(*step, folder=register).code == 0
        owners += [row["owner"] for row in huella("access", "list", "--json", folder=register).value["keys"]]
    assert owners == ["host", "maria"]


def test_a_person_is_tied_to_an_account_of_the_identity_provider(huella: Run, register: Path) -> None:
    person = ("access", "person", "maria", "--scope", "registrar", "--password-file", register / "password")
    assert huella(*person, folder=register).code == 0
    assert huella("access", "subject", "maria", "42", folder=register).code == 2  # no provider is named yet
    settings = register / "huella.toml"
    text = settings.read_text().replace('# issuer = ""', 'issuer = "https://idp.example"')
    settings.write_text(text.replace('# client = ""', 'client = "huella"'))
    told = []
    for step in (("42",), ("--remove",)):
        assert huella("access", "subject", "maria", *step, folder=register).code == 0
        told += [
            row["subject"] for row in huella("access", "list", "--json", folder=register).value["people"]
        ]
    assert told == ["https://idp.example|42", None]
    assert huella("access", "subject", "maria", folder=register).code == 2
