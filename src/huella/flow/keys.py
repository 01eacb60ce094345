"""Keys of parties: authorised and revoked by records of the registry, from which its acts are held to them."""

from __future__ import annotations

from typing import Any

from huella.errors import InputError, RuleError
from huella.flow.house import House
from huella.flow.seal import Sealed, seal
from huella.records import actors, kinds, policy
from huella.records.act import PrivateKey
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.party import signed


def authorise(house: House, party: dict[str, Any], key: str, alg: str = "ed25519") -> Sealed:
    """Tie a public key (base64url, as acts name it) to a party, told as in orders. RuleError `key-once`."""
    return _notice(house, authorisation(house, party, key, alg))


def authorisation(house: House, party: dict[str, Any], key: str, alg: str = "ed25519") -> Draft:
    """The draft of the same, to be handed in or proposed."""
    return _draft(house, actors.AUTHORISED, {"alg": alg, "key": key, "party": party})


def revoke(house: House, party: dict[str, Any], key: str, alg: str = "ed25519") -> Sealed:
    """Take a key from its party: what it signed stays, what it signs from now on is refused."""
    return _notice(house, _draft(house, actors.REVOKED, {"alg": alg, "key": key, "party": party}))


def rotate(house: House, party: dict[str, Any], old: str, new: tuple[str, str]) -> tuple[Sealed, Sealed]:
    """Tie a new key (base64url, algorithm) to a party and take the old one from it, in one transaction: nobody meets
    the party without a key.

    InputError where the old key is not on record; RuleError `key-revoked`, `key-once` or `key-of-party` where it may
    not be. Of a person only the transaction knows whose the old key is: refused there, the new one is on record.
    """
    (key, alg), before = new, house.rights.key(old)
    if before is None:
        raise InputError("this key is not on record", field="key")
    if before.revoked is not None:
        raise RuleError("this key is revoked already", rule="key-revoked")
    if house.rights.key(key) is not None:
        raise RuleError("this key is on record already", rule="key-once")
    if before.holder is not None and before.holder not in (party.get("ruc"), party.get("identifier")):
        raise RuleError("this key is another party's", rule="key-of-party")
    told = (
        authorisation(house, party, key, alg),
        _draft(house, actors.REVOKED, {"alg": before.alg, "key": old, "party": party}),
    )
    first, second = seal(house, told)
    if not isinstance(first, Sealed):
        raise first
    if not isinstance(second, Sealed):
        raise second
    return first, second


def tail(house: House, subject: str) -> str | None:
    """The leaf hash (hex) of a subject's last record: what an act is signed behind. None before the first."""
    entries = house.journal.of_subject(subject)
    return entries[-1].leaf.hex() if entries else None


def sign(house: House, draft: Draft, key: PrivateKey) -> Draft:
    """A party's draft with its act behind the subject's present record, for whoever holds the key at the registry."""
    return signed(draft, key, tail(house, draft.subject), lambda: house.randomness(16))


def known(house: House, key: str) -> dict[str, Any]:
    """What is public of a key: algorithm, holder, entries. InputError where it is not on record."""
    row = house.rights.key(key)
    if row is None:
        raise InputError("this key is not on record", field="key")
    return row._asdict()


def listed(house: House) -> list[dict[str, Any]]:
    """Every key on record, in the order of the log: algorithm, holder (None: a person), entries."""
    return [each._asdict() for each in house.rights.all_keys()]


LIVE, UNKNOWN, OTHER, ENDED = "live", "unknown", "other", "revoked"


def standing(house: House, key: str, ruc: str | None, operator: bool = False) -> str:
    """How a public key (base64url) stands for who asks: `live` for his party, `revoked`, `other` where his party has
    authorised keys and this is none of them, else `unknown`. An operator's key is one for who operates."""
    row = house.rights.key(key)
    if row is not None and row.revoked is not None:
        return ENDED
    if row is not None and ruc is not None and (row.holder or ruc) == ruc:
        # of a person only the vault knows whose a key is; where it is another's, sealing refuses it
        return LIVE if row.holder is not None or policy.is_natural(ruc) else OTHER
    if row is not None and operator and (row.holder or "").startswith(actors.OPERATOR):
        return LIVE
    theirs = house.rights.keys_of(ruc) if ruc is not None else []
    return OTHER if any(each.revoked is None for each in theirs) else UNKNOWN


def _notice(house: House, draft: Draft) -> Sealed:
    (outcome,) = seal(house, [draft])
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome


def _draft(house: House, kind: str, told: dict[str, Any]) -> Draft:
    data = {"effective_at": moment(house.now()), **told}
    return Draft(kind=kind, subject=kinds.REGISTRY, data=data)
