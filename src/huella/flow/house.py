"""The house: the assembled parts of one registry. Made by `init`, opened by `open_house`, given to everybody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
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
from huella.flow import authority, chain, keeper
from huella.flow import mirror as mirrors
from huella.flow.counter import Counter
from huella.flow.mirror import FILE as MIRROR_FILE
from huella.flow.mirror import Keyless, Plan, refuse
from huella.flow.sign import LogSigner, replace_durably
from huella.ledger.port import Ledger
from huella.proof import trust
from huella.proof.checkpoint import parse_verifier_key
from huella.proof.trust import Trust
from huella.settings import Settings
from huella.store import database
from huella.store.anchors import Anchors
from huella.store.heads import Heads
from huella.store.index import Index
from huella.store.journal import Journal
from huella.store.rights import Rights
from huella.store.tenders import Tenders
from huella.store.vault import Vault

Now = Callable[[], datetime]
Randomness = Callable[[int], bytes]
TRUST_FILE = "trust.json"
_PATIENCE = 10.0
"""Seconds that a node has to tell its chain id when a registry is made."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that web, worker, command line and tests need, in one object. `now` is aware UTC."""

    settings: Settings
    engine: Engine
    journal: Journal
    anchors: Anchors
    heads: Heads
    index: Index
    tenders: Tenders
    rights: Rights
    vault: Vault
    signer: LogSigner | Keyless
    ledger: Ledger
    trust: Trust
    now: Now
    randomness: Randomness
    counter: Counter = field(default_factory=Counter)

    @property
    def operator(self) -> str:
        """Who records, in every record."""
        return self.settings.text("registry.operator")

    @property
    def mirror(self) -> bool:
        """Whether this is a copy without keys that follows the chain."""
        return isinstance(self.signer, Keyless)

    def moment(self) -> AbstractContextManager[None]:
        """Everything that this thread reads inside is of one moment of the database."""
        return database.moment(self.engine)

    def check_owner(self) -> None:
        """SettingsError in a mirror, which has no keys to write with."""
        if self.mirror:
            refuse()


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
    database.upgrade(engine)
    Journal(engine).begin()
    _vault(settings, engine, randomness).begin()
    made += chain.make_chain(settings, now)
    engine.dispose()
    if not (folder / TRUST_FILE).exists():
        key = parse_verifier_key(_signer(settings).verifier_key)
        first = replace(chain.first_trust(settings, now, key), papers=authority.accepted(settings))
        replace_durably(folder / TRUST_FILE, first.encode())
        made.append(TRUST_FILE)
    return made


@contextmanager
def open_house(folder: Path, now: Now, randomness: Randomness, nodes: Sequence[str] = ()) -> Iterator[House]:
    """The registry in `folder`, assembled, closed again at the end. SettingsError where a part is missing.

    `nodes` are asked instead of those of the settings.
    """
    settings = table.read(folder, os.environ)
    if nodes:
        settings = replace(settings, values={**settings.values, "ledger.nodes": ",".join(nodes)})
    if not (folder / TRUST_FILE).exists():
        raise SettingsError(f"the registry in {folder} is not complete", advice="Run `huella init` again.")
    authority.check_mode(settings)
    engine = database.connect(settings.database("database.url"))
    trusted = _trusted(settings, (folder / TRUST_FILE).read_bytes())
    journal = Journal(engine)
    with chain.open_chain(settings, now, trusted) as ledger:
        yield House(
            settings=settings,
            engine=engine,
            journal=journal,
            anchors=Anchors(engine),
            heads=Heads(engine),
            index=Index(engine),
            tenders=Tenders(engine),
            rights=Rights(engine),
            vault=_vault(settings, engine, randomness),
            signer=_mirrored(settings, journal, trusted) or _signer(settings),
            ledger=ledger,
            trust=trusted,
            now=now,
            randomness=randomness,
        )
    engine.dispose()


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
    database.upgrade(engine)
    Journal(engine).begin()
    _vault(settings, engine, randomness).begin()
    engine.dispose()


def init_mirror(folder: Path, plan: Plan, now: Now, randomness: Randomness) -> list[str]:
    """Make a mirror in `folder`: settings, database, trust.json. What exists stays, and must be of the same contract.

    Returns the names of what was made. SettingsError where the folder holds a registry with keys, or another mirror.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / TRUST_FILE).exists():
        settings = table.read(folder, os.environ)
        held = _trusted(settings, (folder / TRUST_FILE).read_bytes())
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
    database.upgrade(engine)
    Journal(engine).begin()
    _vault(settings, engine, randomness).begin()
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
        follows["ledger.chain_id"] = chain.find_chain_id(named.replace(",", " ").split(), _PATIENCE)
    return follows | dict(answers)


def _make_keys(settings: Settings, randomness: Randomness) -> list[str]:
    made = []
    log, vault = settings.path("keys.log"), settings.path("keys.vault")
    for path in (log, vault):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not log.exists():
        key = Ed25519PrivateKey.from_private_bytes(randomness(32))
        _write_secret(log, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        made.append(settings.text("keys.log"))
    if chain.make_registrar(settings, randomness):
        made.append(keeper.name(settings))
    if chain.make_administrator(settings, randomness):
        made.append(settings.text("keys.administrator"))
    if not vault.exists():
        _write_secret(vault, randomness(32).hex().encode() + b"\n")
        made.append(settings.text("keys.vault"))
    return made


def _signer(settings: Settings) -> LogSigner:
    path = settings.path("keys.log")
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        raise SettingsError(f"the log key {path.name} is missing or cannot be read") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"the log key {path.name} is no Ed25519 key")
    return LogSigner(settings.path("signer.folder"), key, settings.text("registry.origin"))


def _trusted(settings: Settings, raw: bytes) -> Trust:
    return mirrors.trusted(raw) if settings.text("registry.role") == "mirror" else trust.parse(raw)


def _mirrored(settings: Settings, journal: Journal, trusted: Trust) -> Keyless | None:
    """What a mirror has in the place of a signer; None where there is one."""
    if settings.text("registry.role") != "mirror":
        return None
    return Keyless(settings.folder / MIRROR_FILE, journal, trusted.origin, trusted.log_keys)


def _vault(settings: Settings, engine: Engine, randomness: Randomness) -> Vault:
    if settings.text("registry.role") == "mirror":  # it is empty, and nothing is ever written to it
        return Vault(engine, database.connect(settings.database("vault.url")), bytes(32), randomness)
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
