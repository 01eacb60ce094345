"""Registries whose database is lost, for tests of what is left."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import text

from cast import Clock, anchored, fact, order, randomness, registry, sealed
from huella.flow.epoch import Ended, Wish, end_epoch
from huella.flow.house import House, open_house
from huella.flow.make import prepare
from huella.flow.publish import evidence_of
from huella.flow.recover import finish, take_back
from huella.flow.sources import sources
from huella.proof import checkpoint, evidence, merkle, trust
from huella.proof.trust import Trust
from huella.records.draft import Draft
from huella.records.record import leaf_hash
from huella.store import database

ORIGIN = "example.pe/huella"


def plain(number: int) -> Draft:
    """An order without anything personal: nothing of it is in the vault alone."""
    place = {
        name: value
        for name, value in order().data["destinations"][0].items()
        if name not in ("address", "contact")
    }
    return order(number, destinations=[place])


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Loser:
    """Made once; each test has a copy."""
    return Loser(tmp_path_factory.mktemp("staged") / "one")


@pytest.fixture
def loser(staged: Loser, tmp_path: Path) -> Loser:
    """A registry with entries 0 to 2 anchored and receipts of 3 to 6, whose database was lost."""
    return staged.copied(tmp_path / "one")


class Loser:
    """A registry with entries 0 to 2 anchored and receipts of 3 to 6, whose database is lost."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder, self.url = folder, url
        with registry(folder, url) as house:
            sealed(house, plain(1), plain(2), fact("order.accepted", 1, mode="explicit"))
            anchored(house)
            self.keep(house, "old", 0)
            sealed(house, plain(4), plain(5))
            self.keep(house, "short", 4)
            sealed(house, plain(6), fact("order.accepted", 2, mode="explicit"))
            for index in range(3, 7):
                self.keep(house, "receipt", index)
        self.key = load_pem_private_key((folder / "keys" / "log.pem").read_bytes(), None)
        self.lose()

    def copied(self, folder: Path) -> Loser:
        """The same registry in another folder, with everything that is kept outside of it; on SQLite only."""
        found = copy.copy(self)
        shutil.copytree(self.folder.parent, folder.parent, dirs_exist_ok=True)
        found.folder = folder
        return found

    def lose(self) -> None:
        """The database is gone; keys, signer and chain are elsewhere."""
        if self.url is None or self.url.startswith("sqlite"):
            for path in [*self.folder.glob("huella.db*"), *self.folder.parent.glob("huella.sqlite*")]:
                path.unlink()
            return
        engine = database.connect(self.url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()

    def forget_signer(self) -> None:
        """The signer's folder is gone too."""
        shutil.rmtree(self.folder / "signer")

    def keep(self, house: House, name: str, index: int) -> None:
        """Somebody outside has an entry's evidence as it is now."""
        self.file(name, index).write_bytes(evidence_of(house, index).encode())

    def file(self, name: str, index: int) -> Path:
        return self.folder.parent / f"{name}-{index}.huella.json"

    def receipts(self, *indexes: int) -> list[Path]:
        return [self.file("receipt", index) for index in indexes]

    def signed(self, size: int, root: bytes) -> str:
        """A head under the first epoch's key, whoever has it."""
        assert isinstance(self.key, Ed25519PrivateKey)
        return checkpoint.sign(ORIGIN, size, root, self.key)

    def trusted(self) -> Trust:
        return trust.parse((self.folder / "trust.json").read_bytes())

    def forked_receipt(self) -> bytes:
        """A receipt of another entry 6, which the log's own key signed at the same size."""
        files = [
            evidence.parse(path.read_bytes()) for path in [self.file("old", 0), *self.receipts(3, 4, 5, 6)]
        ]
        last = files[-1]
        other = last.record.replace(b"explicit", b"explicat")
        path = last.proof.path
        root = merkle.leaf_hash(other)
        for value in path:  # entry 6 of seven is alone on the right edge
            root = merkle.node_hash(value, root)
        note = self.signed(7, root)
        proof = checkpoint.LogProof(6, path, checkpoint.parse_checkpoint(note)).encode()
        assert leaf_hash(other) != leaf_hash(last.record)
        return json.dumps({"format": "huella/evidence/1", "record": other.decode(), "proof": proof}).encode()

    @contextmanager
    def opened(self, clock: Clock | None = None) -> Iterator[House]:
        prepare(self.folder, randomness("prepare"))
        with open_house(self.folder, clock or Clock(), randomness(f"again {id(self)}")) as house:
            yield house

    def end(self, given: Sequence[Path], wish: Wish | None = None) -> Ended:
        """The whole of `huella recover --end-epoch`."""
        with self.opened() as house, sources(given) as found:
            for _ in take_back(house, found):
                pass
            return end_epoch(house, found, wish or Wish())

    def finish(self, given: Sequence[Path]) -> None:
        """The whole of `huella recover` without it."""
        with self.opened() as house, sources(given) as found:
            for _ in take_back(house, found):
                pass
            finish(house, found)
