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

from sqlalchemy import RowMapping

from huella.errors import InputError, NotAllowed, NotFound, NotSignedIn
from huella.flow import pages
from huella.flow.house import House
from huella.records.identifiers import check_ruc, moment
from huella.store.desk import Desk
from huella.store.tables_access import api_keys, people

REGISTRAR, ENTITY, SUPPLIER, AUDITOR, ADMINISTRATOR = (
    "registrar", "entity", "supplier", "auditor", "administrator",
)  # fmt: skip
SCOPES = (REGISTRAR, ENTITY, SUPPLIER, AUDITOR, ADMINISTRATOR)
PREFIX = "hk"
HOST = "host"
"""Who has the command line of the registry's host: the person behind every key that is made there for nobody else."""
HOURS, DAYS = 720, 3650
"""How long an old key goes on beside its successor, and how long a key may be valid, at most."""
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
    """Who asks: `id` (`key:…` or `person:…`), scopes, the party (RUC) that he speaks for, where he is bound, and the
    person behind: where something takes two persons, two keys of one are one."""

    id: str
    name: str
    scopes: frozenset[str]
    ruc: str | None = None
    person: str = HOST

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
    house: House,
    name: str,
    scopes: Iterable[str],
    party: str | None = None,
    days: int | None = None,
    owner: str = HOST,
) -> Made:
    """A new key. `party` is the RUC that it is bound to; a supplier's or entity's key without one speaks for nobody
    and is refused. `days` until it ends by itself, None: never. `owner` is the person who is shown it and answers for
    what is done with it: in an act of two persons all keys of one owner are one person."""
    chosen = check_scopes(scopes)
    if party is not None:
        check_ruc(party, "ruc")
    elif chosen & {ENTITY, SUPPLIER}:
        raise InputError("an entity's or supplier's key is bound to its RUC", field="ruc")
    if not 0 < len(name) <= 80:
        raise InputError("a key's name has 1 to 80 characters", field="name")
    if days is not None and not 1 <= days <= DAYS:
        raise InputError(f"a key is valid for 1 to {DAYS} days", field="days")
    now = house.now()
    key = house.randomness(8).hex()
    secret = base64.urlsafe_b64encode(house.randomness(32)).decode().rstrip("=")
    Desk(house.engine).put(
        api_keys,
        {
            "id": key, "digest": _digest(secret), "name": name, "scopes": " ".join(sorted(chosen)), "ruc": party,
            "owner": None if owner == HOST else owner, "created_at": moment(now),
            "expires_at": None if days is None else moment(now + timedelta(days=days)),
        },
    )  # fmt: skip
    return Made(key, f"{PREFIX}_{key}_{secret}")


def rotate_key(house: House, key: str, hours: int = 0, owner: str | None = None) -> Made:
    """A new key with the rights of an old one, which ends now or after so many hours; it is `owner`'s, who is shown it,
    or whose the old one was. NotFound, or InputError where the old one is revoked."""
    if not 0 <= hours <= HOURS:
        raise InputError(f"an old key goes on for 0 to {HOURS} hours", field="hours")
    row = _row(house, key)
    if row["revoked_at"] is not None:
        raise InputError("this key is revoked", field="key")
    mine = owner or row["owner"] or HOST
    made = make_key(house, row["name"], row["scopes"].split(), row["ruc"], owner=mine)
    if hours:
        end = moment(house.now() + timedelta(hours=hours))
        Desk(house.engine).change(api_keys, {"id": key}, {"expires_at": end})
    else:
        revoke_key(house, key)
    return made


def give(house: House, key: str, person: str) -> None:
    """Say whose a key is, on the host: in an act of two persons it is that person's. NotFound where there is none."""
    _row(house, key)
    Desk(house.engine).change(api_keys, {"id": key}, {"owner": person})


def revoke_key(house: House, key: str) -> None:
    """End a key now; twice does no harm. NotFound where there is none."""
    _row(house, key)
    Desk(house.engine).change(api_keys, {"id": key, "revoked_at": None}, {"revoked_at": moment(house.now())})


def list_keys(house: House) -> list[dict[str, Any]]:
    """Every key without its digest: name, scopes, RUC, whose, when made, when it ends or ended, when last used."""
    return _told(house, Desk(house.engine).many(api_keys, {}, order="created_at"))


def page_of_keys(house: House, asked: pages.Asked = pages.FIRST) -> pages.Page:
    """A page of the same, the newest first."""
    rows, following = pages.page(house, api_keys, {}, asked)
    return pages.Page(_told(house, rows), following)


def person_behind(house: House, caller: str) -> str:
    """The person of a caller's id, as it is noted: of a key the one whose it is."""
    kind, _, name = caller.partition(":")
    if kind == "person":
        return name
    row = Desk(house.engine).one(api_keys, {"id": name})
    return HOST if row is None else row["owner"] or HOST


def caller_of_key(house: House, text: str) -> Caller:
    """Whose key this is. NotSignedIn where it is none, revoked or ended; which of these is not told."""
    prefix, _, rest = text.partition("_")
    key, _, secret = rest.partition("_")
    desk = Desk(house.engine)
    row = desk.one(api_keys, {"id": key}) if prefix == PREFIX and len(text) < 120 else None
    digest = _digest(secret)
    if row is None or not hmac.compare_digest(row["digest"], digest):
        raise NotSignedIn(_WRONG)
    owner = None if row["owner"] is None else desk.one(people, {"id": row["owner"]})
    if owner is not None and owner["disabled_at"] is not None:
        raise NotSignedIn(_WRONG)
    now = house.now()
    if row["revoked_at"] is not None or (row["expires_at"] or "9999") <= moment(now):
        raise NotSignedIn(_WRONG)
    if row["used_at"] is None or row["used_at"] < moment(now - _USED_EVERY):
        desk.change(api_keys, {"id": key}, {"used_at": moment(now)})
    scopes = frozenset(row["scopes"].split())
    return Caller(f"key:{key}", row["name"], scopes, row["ruc"], row["owner"] or HOST)


def _told(house: House, rows: Iterable[RowMapping]) -> list[dict[str, Any]]:
    desk = Desk(house.engine)
    names: dict[str, str] = {}
    told = []
    for row in rows:
        owner = row["owner"] or HOST
        if owner != HOST and owner not in names:
            found = desk.one(people, {"id": owner})
            names[owner] = owner if found is None else found["login"]
        shown = {name: value for name, value in row.items() if name not in ("digest", "owner")}
        told.append({**shown, "scopes": row["scopes"].split(), "owner": names.get(owner, HOST)})
    return told


def _row(house: House, key: str) -> Any:
    row = Desk(house.engine).one(api_keys, {"id": key})
    if row is None:
        raise NotFound("there is no such key", field="key")
    return row


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
