"""The house: the assembled parts of one registry. Made by `init`, opened by `open_house`, given to everybody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import Engine

from huella import settings as table
from huella.errors import SettingsError
from huella.flow.counter import Counter
from huella.flow.sign import LogSigner, replace_durably
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.port import Ledger
from huella.ledger.registry import Setup
from huella.ledger.signer import Registrar
from huella.proof import headers, trust
from huella.proof.checkpoint import parse_verifier_key
from huella.proof.trust import Trust
from huella.settings import Settings
from huella.store import database
from huella.store.anchors import Anchors
from huella.store.index import Index
from huella.store.journal import Journal
from huella.store.rights import Rights
from huella.store.tenders import Tenders
from huella.store.vault import Vault

Now = Callable[[], datetime]
Randomness = Callable[[int], bytes]
TRUST_FILE = "trust.json"


@dataclass(frozen=True, slots=True)
class House:
    """Everything that web, worker, command line and tests need, in one object. `now` is aware UTC."""

    settings: Settings
    engine: Engine
    journal: Journal
    anchors: Anchors
    index: Index
    tenders: Tenders
    rights: Rights
    vault: Vault
    signer: LogSigner
    ledger: Ledger
    trust: Trust
    now: Now
    randomness: Randomness
    counter: Counter = field(default_factory=Counter)

    @property
    def operator(self) -> str:
        """Who records, in every record."""
        return self.settings.text("registry.operator")


def init(folder: Path, answers: Mapping[str, str | int], now: Now, randomness: Randomness) -> list[str]:
    """Make a registry in `folder`; what exists stays, so that running it twice changes nothing.

    `answers` are settings that differ from their defaults. Returns the names of what was made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: list[str] = []
    if not (folder / table.FILE).exists():
        replace_durably(folder / table.FILE, table.template(answers).encode())
        made.append(table.FILE)
    settings = table.read(folder, os.environ)
    made += _make_keys(settings, randomness)
    engine = database.connect(settings.database("database.url"))
    database.upgrade(engine)
    Journal(engine).begin()
    _vault(settings, engine, randomness).begin()
    made += _make_chain(settings, now)
    engine.dispose()
    if not (folder / TRUST_FILE).exists():
        with open_ledger(settings, now) as ledger:
            replace_durably(folder / TRUST_FILE, _trust(settings, ledger).encode())
        made.append(TRUST_FILE)
    return made


@contextmanager
def open_house(folder: Path, now: Now, randomness: Randomness) -> Iterator[House]:
    """The registry in `folder`, assembled, closed again at the end. SettingsError where a part is missing."""
    settings = table.read(folder, os.environ)
    if not (folder / TRUST_FILE).exists():
        raise SettingsError(f"the registry in {folder} is not complete", advice="Run `huella init` again.")
    engine = database.connect(settings.database("database.url"))
    with open_ledger(settings, now) as ledger:
        yield House(
            settings=settings,
            engine=engine,
            journal=Journal(engine),
            anchors=Anchors(engine),
            index=Index(engine),
            tenders=Tenders(engine),
            rights=Rights(engine),
            vault=_vault(settings, engine, randomness),
            signer=_signer(settings),
            ledger=ledger,
            trust=trust.parse((folder / TRUST_FILE).read_bytes()),
            now=now,
            randomness=randomness,
        )
    engine.dispose()


@contextmanager
def open_ledger(settings: Settings, now: Now) -> Iterator[EmbeddedLedger]:
    """The chain that the settings name."""
    registrar = Registrar.load(settings.path("keys.registrar"))
    ledger = EmbeddedLedger.open(
        settings.path("ledger.file"), registrar, now, settings.number("ledger.chain_id")
    )
    try:
        yield ledger
    finally:
        ledger.close()


def _make_keys(settings: Settings, randomness: Randomness) -> list[str]:
    made = []
    log, registrar, vault = (settings.path(name) for name in ("keys.log", "keys.registrar", "keys.vault"))
    for path in (log, registrar, vault):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not log.exists():
        key = Ed25519PrivateKey.from_private_bytes(randomness(32))
        _write_secret(log, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made.append(settings.text("keys.log"))
    if not registrar.exists():
        Registrar(randomness(32)).save(registrar)
        made.append(settings.text("keys.registrar"))
    if not vault.exists():
        _write_secret(vault, randomness(32).hex().encode() + b"\n")
        made.append(settings.text("keys.vault"))
    return made


def _make_chain(settings: Settings, now: Now) -> list[str]:
    path = settings.path("ledger.file")
    if path.exists():
        return []
    registrar = Registrar.load(settings.path("keys.registrar"))
    base = settings.text("registry.address").rstrip("/") + "/api/v1/tokens/"
    setup = Setup(registrar.address, registrar.address, registrar.address, base)
    EmbeddedLedger.create(path, registrar, setup, now, settings.number("ledger.chain_id")).close()
    return [settings.text("ledger.file")]


def _trust(settings: Settings, ledger: Ledger) -> Trust:
    """What a reader may take from here; a reader who trusts nobody takes it from somewhere else."""
    contract = bytes.fromhex(ledger.contract[2:])
    block = ledger.prove(0)
    account = headers.prove_account(
        headers.parse_header(block.header).state_root, contract, block.account_proof
    )
    if account is None:
        raise SettingsError("the chain has no contract at the registry's address")
    key = parse_verifier_key(_signer(settings).verifier_key)
    return Trust(
        origin=settings.text("registry.origin"), log_keys=(key,), chain_id=ledger.chain_id, contract=contract,
        consensus="none", code_hash=account.code_hash,
    )  # fmt: skip


def _signer(settings: Settings) -> LogSigner:
    path = settings.path("keys.log")
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise SettingsError(f"the log key {path.name} is missing or cannot be read") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"the log key {path.name} is no Ed25519 key")
    return LogSigner(settings.path("signer.folder"), key, settings.text("registry.origin"))


def _vault(settings: Settings, engine: Engine, randomness: Randomness) -> Vault:
    path = settings.path("keys.vault")
    try:
        master = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise SettingsError(f"the vault's master key {path.name} is missing or cannot be read") from None
    return Vault(engine, database.connect(settings.database("vault.url")), master, randomness)


def _write_secret(path: Path, body: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
