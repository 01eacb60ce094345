"""The vault: disclosures at rest, each under its own key, the keys outside the database and under a master key.

    disclosure ── AES-256-GCM, own key ──► boxes of the record's row
    own keys of one record ── AES-256-GCM under the master key ──► `disclosure_keys`, in a database of its own

Erasing a disclosure overwrites its key; every copy of its box, also in backups of the database, is then noise.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, insert, select, update

from huella.errors import InputError, SettingsError, StoreError
from huella.records import disclosure
from huella.store import database
from huella.store.tables import disclosure_keys, disclosures, key_head, key_metadata

KEY = 32
_MANY = 500
_NONCE_BYTES = 12
_NONCE = bytes(_NONCE_BYTES)
"""A key encrypts exactly one box, so its nonce may be fixed."""
ERASED = bytes(KEY)


class Locked(NamedTuple):
    """One record's encrypted disclosures: the number of their keys' row and the boxes' bytes."""

    key: int
    boxes: bytes


class Boxed(NamedTuple):
    """One record's encrypted disclosures and their keys under the master key; nothing of it is stored yet."""

    wrapped: bytes
    boxes: bytes


@dataclass(frozen=True, slots=True)
class Boxer:
    """Encrypts disclosures without any database, in whichever process. `randomness(n)` gives n fresh bytes."""

    master: AESGCM
    randomness: Callable[[int], bytes]

    def box(self, records: Sequence[Sequence[str | None]]) -> list[Boxed]:
        """Encrypt the disclosures of some records (each's in the order of sorted pointers), each under a key of its
        own. What is random is drawn at once: every draw is a system call."""
        drawn = self.randomness(sum(KEY * len(texts) + _NONCE_BYTES for texts in records))
        boxed, at = [], 0
        for texts in records:
            nonce = drawn[at : at + _NONCE_BYTES]
            keys = drawn[at + _NONCE_BYTES : at + _NONCE_BYTES + KEY * len(texts)]
            at += _NONCE_BYTES + len(keys)
            boxes = [_box(keys[n * KEY : (n + 1) * KEY], text) for n, text in enumerate(texts)]
            boxed.append(Boxed(_wrap(self.master, nonce, keys), b"".join(boxes)))
        return boxed


class Vault:
    """Keeps and opens disclosures. `randomness(n)` gives n fresh random bytes."""

    def __init__(
        self, engine: Engine, keys: Engine, master: bytes, randomness: Callable[[int], bytes]
    ) -> None:
        if len(master) != KEY:
            raise SettingsError("the vault's master key has 32 bytes")
        self._engine = engine
        self._keys = keys
        self._master = AESGCM(master)
        self._blinding = hmac.digest(master, b"huella/blind/1", "sha256")
        self._randomness = randomness
        self.boxer = Boxer(self._master, randomness)

    def begin(self) -> None:
        """Make the keys' tables; those that exist stay."""
        key_metadata.create_all(self._keys)
        with database.writing(self._keys) as connection:
            if connection.execute(select(key_head.c.next)).first() is None:
                connection.execute(insert(key_head).values(id=1, next=1))

    def lock(self, records: Sequence[Boxed]) -> list[Locked]:
        """Keep the keys of several records' disclosures: durable when this returns.

        Keys of records that are then never written are harmless.
        """
        if not records:
            return []
        with database.writing(self._keys) as connection:
            taken = update(key_head).values(next=key_head.c.next + len(records)).returning(key_head.c.next)
            first = connection.execute(taken).scalar_one() - len(records)
            rows = [(first + n, boxed.wrapped) for n, boxed in enumerate(records)]
            database.insert_rows(connection, disclosure_keys, rows)
        return [Locked(first + n, boxed.boxes) for n, boxed in enumerate(records)]

    def keep(self, connection: Connection, rows: Sequence[tuple[int, Locked]]) -> None:
        """Write the boxes of records at their indexes, in the transaction that seals them."""
        database.insert_rows(
            connection, disclosures, [(index, locked.key, locked.boxes) for index, locked in rows]
        )

    def open(self, index: int, sealed: dict[str, str]) -> dict[str, str]:
        """Pointer to disclosure of one record, without those that were erased or do not open."""
        with database.reading(self._engine) as connection:
            row = connection.execute(select(disclosures).where(disclosures.c.index == index)).first()
        if row is None:
            return {}
        keys = self.keys([row.key]).get(row.key, b"")
        return {p: text for p, text in unbox(sealed, keys, row.boxes).items() if text is not None}

    def open_many(self, wanted: Mapping[int, dict[str, str]]) -> dict[int, dict[str, str]]:
        """The same for many records, by index: two queries for some hundreds of them."""
        found: dict[int, dict[str, str]] = {index: {} for index in wanted}
        indexes = list(wanted)
        for start in range(0, len(indexes), _MANY):
            chosen = select(disclosures).where(disclosures.c.index.in_(indexes[start : start + _MANY]))
            with database.reading(self._engine) as connection:
                rows = connection.execute(chosen).all()
            keys = self.keys([number for _, number, _ in rows])
            for index, number, boxes in rows:
                opened = unbox(wanted[index], keys.get(number, b""), boxes)
                found[index] = {p: text for p, text in opened.items() if text is not None}
        return found

    def keys(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Each row's keys, one after the other; a row that is missing or does not unwrap has none."""
        found: dict[int, bytes] = {}
        with database.reading(self._keys) as connection:
            # what somebody put there may be no number
            wanted = database.among(connection, disclosure_keys.c.key, [n for n in numbers if type(n) is int])
            chosen = select(disclosure_keys.c.key, disclosure_keys.c.wrapped).where(wanted)
            for number, wrapped in database.fetch(connection, chosen):
                try:
                    found[number] = self._master.decrypt(wrapped[:12], wrapped[12:], None)
                except (InvalidTag, ValueError, TypeError):  # changed, cut, or of another type
                    continue
        return found

    def erase(self, index: int, sealed: dict[str, str], pointer: str) -> None:
        """Destroy one disclosure's key. StoreError where the record has no such disclosure; twice does no harm."""
        if pointer not in sealed:
            raise StoreError(f"entry {index} seals nothing at {pointer}")
        with database.reading(self._engine) as connection:
            number = connection.execute(
                select(disclosures.c.key).where(disclosures.c.index == index)
            ).scalar_one_or_none()
        if number is None:
            raise StoreError(f"entry {index} has no disclosures in the vault")
        place = sorted(sealed).index(pointer)
        with database.writing(self._keys) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            chosen = select(disclosure_keys.c.wrapped).where(disclosure_keys.c.key == number)
            if connection.dialect.name == "postgresql":
                chosen = chosen.with_for_update()
            wrapped = connection.execute(chosen).scalar_one()
            keys = self._master.decrypt(wrapped[:12], wrapped[12:], None)
            keys = keys[: place * KEY] + ERASED + keys[(place + 1) * KEY :]
            connection.execute(
                update(disclosure_keys)
                .where(disclosure_keys.c.key == number)
                .values(wrapped=self._wrap(keys))
            )

    def blind(self, text: str) -> str:
        """A keyed digest (hex, HMAC-SHA256) to find a value by that stands nowhere in clear."""
        return hmac.digest(self._blinding, text.encode(), "sha256").hex()

    def wrap(self, plain: bytes) -> str:
        """Bytes encrypted under the master key, as base64url: for what must rest outside the database."""
        return disclosure.b64(self._wrap(plain))

    def unwrap(self, text: str) -> bytes:
        """What `wrap` encrypted; StoreError where it is not of this vault."""
        try:
            raw = disclosure.unb64(text)
            return self._master.decrypt(raw[:12], raw[12:], None)
        except (ValueError, InvalidTag):
            raise StoreError("encrypted with another key, or changed") from None

    def _wrap(self, keys: bytes) -> bytes:
        return _wrap(self._master, self._randomness(12), keys)


def unbox(sealed: dict[str, str], keys: bytes, boxes: bytes) -> dict[str, str | None]:
    """Pointer to disclosure of one record's row; None where the key was erased, or the box is not that digest's."""
    opened: dict[str, str | None] = {}
    at = 0
    for place, pointer in enumerate(sorted(sealed)):
        begin = at + 4
        at = begin + int.from_bytes(boxes[at:begin], "big")
        opened[pointer] = _unbox(keys[place * KEY : (place + 1) * KEY], boxes[begin:at], sealed[pointer])
    return opened


def opens(given: Sequence[tuple[dict[str, str], bytes, bytes]]) -> bool:
    """Whether every disclosure of some records opens to its digest: `unbox` of much in two thirds of the time, where
    all is as it should be.

    Each is given with pointer to digest in the pointers' order (as in every canonical record), keys and boxes.
    """
    texts: list[bytes] = []
    try:
        for sealed, keys, boxes in given:
            at = 0
            for begin in range(0, KEY * len(sealed), KEY):
                key = keys[begin : begin + KEY]
                end = at + 4 + int.from_bytes(boxes[at : at + 4], "big")
                if key == ERASED:
                    return False
                texts.append(AESGCM(key).decrypt(_NONCE, boxes[at + 4 : end], None))
                at = end
        wanted = [value for sealed, _, _ in given for value in sealed.values()]
        return disclosure.digests(texts) == wanted
    except (InvalidTag, ValueError, InputError):  # not that key's; none, or no box; no disclosure
        return False


def _wrap(master: AESGCM, nonce: bytes, keys: bytes) -> bytes:
    return nonce + master.encrypt(nonce, keys, None)


def _box(key: bytes, text: str | None) -> bytes:
    if text is None:  # held elsewhere: an offer's, until it is opened
        return bytes(4)
    plain = text.encode("ascii")
    body = AESGCM(key).encrypt(_NONCE, plain, None)
    return len(body).to_bytes(4, "big") + body


def _unbox(key: bytes, body: bytes, digest: str) -> str | None:
    if len(key) != KEY or key == ERASED or not body:
        return None
    try:
        text = AESGCM(key).decrypt(_NONCE, body, None).decode("ascii")
    except (InvalidTag, UnicodeDecodeError):
        return None
    return text if disclosure.digest(text) == digest else None
