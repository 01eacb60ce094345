"""The house: the assembled parts of one registry. Made by `make.init`, opened by `open_house`, given to everybody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from huella import settings as table
from huella.errors import SettingsError
from huella.flow import authority, chain, log_key
from huella.flow import mirror as mirrors
from huella.flow.counter import Counter
from huella.flow.mirror import FILE as MIRROR_FILE
from huella.flow.mirror import Keyless, refuse
from huella.flow.sign import LogSigner
from huella.ledger.port import Ledger
from huella.proof import trust
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
    try:
        _check_schema(settings, engine)
        trusted = trusted_of(settings, (folder / TRUST_FILE).read_bytes())
        chain.check_contract(settings, trusted)
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
                vault=vault_of(settings, engine, randomness),
                signer=_mirrored(settings, journal, trusted) or signer_of(settings, trusted.origin),
                ledger=ledger,
                trust=trusted,
                now=now,
                randomness=randomness,
            )
    finally:
        engine.dispose()


def _check_schema(settings: Settings, engine: Engine) -> None:
    """SettingsError where the database is of another version than the program. One that does not answer, or has no
    tables, is told by whoever asks it."""
    found = database.revision(engine)
    newest = database.revisions()[-1]
    if found is None or found == newest:
        return
    if found not in database.revisions():
        raise SettingsError(
            f"the database is of a newer version ({found}) than this program ({newest})",
            advice="Install the version that it was used with last.",
        )
    verb = ("init", "rebuild")[settings.text("registry.role") == "mirror"]
    raise SettingsError(
        f"the database is of an older version ({found}) than this program ({newest})",
        advice=f"Stop what runs on it, make a backup, then `huella {verb} --dir {settings.folder}` upgrades it.",
    )


def signer_of(settings: Settings, origin: str) -> LogSigner:
    """The signer of the epoch with this origin: trust.json names the present one. SettingsError where its key is
    missing or is none."""
    key, mac_key = log_key.read(settings), log_key.mac_key(settings)
    return LogSigner(settings.path("signer.folder"), key, origin, mac_key)


def trusted_of(settings: Settings, raw: bytes) -> Trust:
    """The trust file of a registry, or of a mirror, which has less in it."""
    return mirrors.trusted(raw) if settings.text("registry.role") == "mirror" else trust.parse(raw)


def _mirrored(settings: Settings, journal: Journal, trusted: Trust) -> Keyless | None:
    """What a mirror has in the place of a signer; None where there is one."""
    if settings.text("registry.role") != "mirror":
        return None
    return Keyless(settings.folder / MIRROR_FILE, journal, trusted.origin, trusted.log_keys)


def vault_of(settings: Settings, engine: Engine, randomness: Randomness) -> Vault:
    """The vault with its master key. SettingsError where that is missing."""
    if settings.text("registry.role") == "mirror":  # it is empty, and nothing is ever written to it
        return Vault(engine, database.connect(settings.database("vault.url")), bytes(32), randomness)
    path = settings.path("keys.vault")
    try:
        master = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise SettingsError(f"the vault's master key {path.name} is missing or cannot be read") from None
    return Vault(engine, database.connect(settings.database("vault.url")), master, randomness)
