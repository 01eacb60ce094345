"""Who may do what over HTTP: API keys, their scopes, and the kinds of record that each scope may hand in.

A key is shown once; here stands its digest. It has 256 bits, so that a plain SHA-256 cannot be guessed back.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from huella.errors import InputError, NotAllowed, NotFound, NotSignedIn
from huella.flow.house import House
from huella.records.identifiers import check_ruc, moment
from huella.store.desk import Desk
from huella.store.tables_access import api_keys

REGISTRAR, ENTITY, SUPPLIER, AUDITOR, ADMINISTRATOR = (
    "registrar", "entity", "supplier", "auditor", "administrator",
)  # fmt: skip
SCOPES = (REGISTRAR, ENTITY, SUPPLIER, AUDITOR, ADMINISTRATOR)
PREFIX = "hk"
_USED_EVERY = timedelta(minutes=1)
_WRONG = "this key is not valid"

WRITES: dict[str, frozenset[str]] = {
    "order.published": frozenset({ENTITY}),
    "order.imported": frozenset(),
    "order.accepted": frozenset({SUPPLIER}),
    "order.rejected": frozenset({SUPPLIER}),
    "order.amended": frozenset({ENTITY}),
    "order.annulled": frozenset({ENTITY}),
    "order.terminated": frozenset({ENTITY}),
    "rights.assigned": frozenset({SUPPLIER}),
    "delivery.made": frozenset({ENTITY, SUPPLIER}),
    "delivery.conformed": frozenset({ENTITY}),
    "delivery.paid": frozenset({ENTITY}),
    "delivery.terminated": frozenset({ENTITY}),
    "requirement.published": frozenset({ENTITY}),
    "requirement.amended": frozenset({ENTITY}),
    "key.authorised": frozenset({ADMINISTRATOR}),
    "key.revoked": frozenset({ADMINISTRATOR}),
    "calendar.published": frozenset(),
}
"""Kinds that may be handed in as they are, and by whom beside a registrar. What the registry makes itself (closes,
openings, awards, papers, erasures) has roads of its own and is in no bulk."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `id` (`key:…` or `person:…`), scopes, and the party (RUC) that he speaks for, where he is bound."""

    id: str
    name: str
    scopes: frozenset[str]
    ruc: str | None = None

    def check(self, *scopes: str) -> None:
        """NotAllowed unless the caller has one of these scopes."""
        if not self.scopes & set(scopes):
            raise NotAllowed(f"this needs the scope {' or '.join(scopes)}")


class Made(NamedTuple):
    """A new key: its id, and its text, which is never shown again."""

    id: str
    text: str


def check_scopes(given: Iterable[str]) -> frozenset[str]:
    """The scopes, checked. InputError for one that is unknown, or for none."""
    found = frozenset(given)
    unknown = sorted(found - set(SCOPES))
    if unknown or not found:
        raise InputError(f"scopes are some of {', '.join(SCOPES)}", field="scopes")
    return found


def make_key(
    house: House, name: str, scopes: Iterable[str], party: str | None = None, days: int | None = None
) -> Made:
    """A new key. `party` is the RUC that it is bound to; a supplier's or entity's key without one speaks for nobody
    and is refused. `days` until it ends by itself, None: never."""
    chosen = check_scopes(scopes)
    if party is not None:
        check_ruc(party, "ruc")
    elif chosen & {ENTITY, SUPPLIER}:
        raise InputError("an entity's or supplier's key is bound to its RUC", field="ruc")
    if not 0 < len(name) <= 80:
        raise InputError("a key's name has 1 to 80 characters", field="name")
    now = house.now()
    key = house.randomness(8).hex()
    secret = base64.urlsafe_b64encode(house.randomness(32)).decode().rstrip("=")
    Desk(house.engine).put(
        api_keys,
        {
            "id": key, "digest": _digest(secret), "name": name, "scopes": " ".join(sorted(chosen)), "ruc": party,
            "created_at": moment(now),
            "expires_at": None if days is None else moment(now + timedelta(days=days)),
        },
    )  # fmt: skip
    return Made(key, f"{PREFIX}_{key}_{secret}")


def rotate_key(house: House, key: str, hours: int = 0) -> Made:
    """A new key with the rights of an old one, which ends now or after so many hours. NotFound, or InputError where it
    is revoked."""
    row = _row(house, key)
    if row["revoked_at"] is not None:
        raise InputError("this key is revoked", field="key")
    made = make_key(house, row["name"], row["scopes"].split(), row["ruc"])
    if hours:
        end = moment(house.now() + timedelta(hours=hours))
        Desk(house.engine).change(api_keys, {"id": key}, {"expires_at": end})
    else:
        revoke_key(house, key)
    return made


def revoke_key(house: House, key: str) -> None:
    """End a key now; twice does no harm. NotFound where there is none."""
    _row(house, key)
    Desk(house.engine).change(api_keys, {"id": key, "revoked_at": None}, {"revoked_at": moment(house.now())})


def list_keys(house: House) -> list[dict[str, Any]]:
    """Every key without its digest: name, scopes, RUC, when made, when it ends or ended, when last used."""
    rows = Desk(house.engine).many(api_keys, {}, order="created_at")
    return [
        {**{n: v for n, v in row.items() if n != "digest"}, "scopes": row["scopes"].split()} for row in rows
    ]


def caller_of_key(house: House, text: str) -> Caller:
    """Whose key this is. NotSignedIn where it is none, revoked or ended; which of these is not told."""
    prefix, _, rest = text.partition("_")
    key, _, secret = rest.partition("_")
    desk = Desk(house.engine)
    row = desk.one(api_keys, {"id": key}) if prefix == PREFIX and len(text) < 120 else None
    digest = _digest(secret)
    if row is None or not hmac.compare_digest(row["digest"], digest):
        raise NotSignedIn(_WRONG)
    now = house.now()
    if row["revoked_at"] is not None or (row["expires_at"] or "9999") <= moment(now):
        raise NotSignedIn(_WRONG)
    if row["used_at"] is None or row["used_at"] < moment(now - _USED_EVERY):
        desk.change(api_keys, {"id": key}, {"used_at": moment(now)})
    return Caller(f"key:{key}", row["name"], frozenset(row["scopes"].split()), row["ruc"])


def _row(house: House, key: str) -> Any:
    row = Desk(house.engine).one(api_keys, {"id": key})
    if row is None:
        raise NotFound("there is no such key", field="key")
    return row


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
