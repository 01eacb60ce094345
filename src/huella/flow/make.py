"""Making a registry, or a mirror of one, in a folder: settings, keys, tables, chain, trust file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from huella import settings as table
from huella.errors import SettingsError
from huella.flow import authority, chain, keeper, log_key
from huella.flow import mirror as mirrors
from huella.flow.house import TRUST_FILE, Now, Randomness, signer_of, trusted_of, vault_of
from huella.flow.mirror import Plan
from huella.flow.sign import replace_durably
from huella.proof.checkpoint import parse_verifier_key
from huella.settings import Settings
from huella.store import database
from huella.store.journal import Journal
from huella.store.upgrade import upgrade

PATIENCE = 10.0
"""Seconds that a node has to tell its chain id when a registry is made."""


def init(folder: Path, answers: Mapping[str, str | int], now: Now, randomness: Randomness) -> list[str]:
    """Make a registry in `folder`; what exists stays, so that running it twice changes nothing.

    `answers` are settings that differ from their defaults. Returns the names of what was made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[str] = []
    if not (folder / table.FILE).exists():
        replace_durably(folder / table.FILE, table.template(_complete(answers)).encode())
        made.append(table.FILE)
    settings = table.read(folder, os.environ)
    made += _make_keys(settings, randomness)
    authority.check_mode(settings)
    made += authority.make(settings, now, randomness)
    engine = database.connect(settings.database("database.url"))
    upgrade(engine)
    Journal(engine).begin()
    vault_of(settings, engine, randomness).begin()
    made += chain.make_chain(settings, now)
    engine.dispose()
    if not (folder / TRUST_FILE).exists():
        key = parse_verifier_key(signer_of(settings, settings.text("registry.origin")).verifier_key)
        first = replace(chain.first_trust(settings, now, key), papers=authority.accepted(settings))
        chain.check_contract(settings, first)
        replace_durably(folder / TRUST_FILE, first.encode())
        made.append(TRUST_FILE)
    else:
        chain.check_contract(settings, trusted_of(settings, (folder / TRUST_FILE).read_bytes()))
    return made


def prepare(folder: Path, randomness: Randomness) -> None:
    """The tables of a registry whose database was lost or put back; whatever is there stays. Keys and chain must be
    there: SettingsError where they are not, so that nothing new takes their place."""
    settings = table.read(folder, os.environ)
    if not (folder / TRUST_FILE).exists():
        raise SettingsError(
            f"{TRUST_FILE} of the registry in {folder} is missing",
            advice="Bring back huella.toml, trust.json and the keys from where they are kept.",
        )
    engine = database.connect(settings.database("database.url"))
    upgrade(engine)
    Journal(engine).begin()
    vault_of(settings, engine, randomness).begin()
    engine.dispose()


def init_mirror(folder: Path, plan: Plan, now: Now, randomness: Randomness) -> list[str]:
    """Make a mirror in `folder`: settings, database, trust.json. What exists stays, and must be of the same contract.

    Returns the names of what was made. SettingsError where the folder holds a registry with keys, or another mirror.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / TRUST_FILE).exists():
        settings = table.read(folder, os.environ)
        held = trusted_of(settings, (folder / TRUST_FILE).read_bytes())
        mirrors.check_role(settings)
        engine = database.connect(settings.database("database.url"))
        upgrade(engine)
        engine.dispose()
        if plan.trust is not None and mirrors.succeeds(settings, plan.trust, held):
            replace_durably(folder / TRUST_FILE, plan.trust.encode())
            return [TRUST_FILE]
        mirrors.matches(settings, plan, held)
        return []
    if (folder / table.FILE).exists():  # its making was interrupted, or it is somebody else's
        mirrors.check_role(table.read(folder, os.environ))
    trusted = mirrors.trust_of(plan, now)
    text = table.template(mirrors.answers(plan, trusted))
    replace_durably(folder / table.FILE, text.encode())
    settings = table.read(folder, os.environ)
    engine = database.connect(settings.database("database.url"))
    upgrade(engine)
    Journal(engine).begin()
    vault_of(settings, engine, randomness).begin()
    engine.dispose()
    replace_durably(folder / TRUST_FILE, trusted.encode())  # from here the mirror is complete
    return [table.FILE, TRUST_FILE]


def _complete(answers: Mapping[str, str | int]) -> Mapping[str, str | int]:
    """The answers with what follows from the nodes, where some are named: kind of ledger, key, chain id."""
    named = str(answers.get("ledger.nodes", ""))
    if not named:
        return answers
    follows: dict[str, str | int] = {"ledger.kind": "nodes", "keys.registrar": "keys/registrar.json"}
    if "ledger.chain_id" not in answers:
        follows["ledger.chain_id"] = chain.find_chain_id(named.replace(",", " ").split(), PATIENCE)
    return follows | dict(answers)


def _make_keys(settings: Settings, randomness: Randomness) -> list[str]:
    made = []
    log, vault = settings.path("keys.log"), settings.path("keys.vault")
    for path in (log, vault):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log_key.make(settings, randomness):
        made.append(settings.text("keys.log"))
    complete = (
        settings.folder / TRUST_FILE
    ).exists()  # another registrar's key has no rights on its contract
    if not complete and chain.make_registrar(settings, randomness):
        made.append(keeper.name(settings))
    if chain.make_administrator(settings, randomness):
        made.append(settings.text("keys.administrator"))
    if not vault.exists():
        log_key.write_secret(vault, randomness(32).hex().encode() + b"\n")
        made.append(settings.text("keys.vault"))
    return made
