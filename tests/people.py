"""The parties of these tests: their keys, and orders that they sign."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cast import fact, sealed
from huella.errors import RuleError
from huella.flow import erase, keys
from huella.flow.house import House
from huella.flow.seal import Sealed, seal
from huella.records import act, record
from huella.records.draft import Draft

ENTITY = {"ruc": "20131257750", "name": "SEGURO SOCIAL DE SALUD"}
SUPPLIER = {"ruc": "20100186170", "name": "CONSORCIO DE REPRESENTACIONES SA"}
PERSON = {"ruc": "10000000006", "name": "PERSONA DE EJEMPLO"}


def key(number: int) -> Ed25519PrivateKey:
    """A repeatable key."""
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def authorise(house: House, party: dict[str, Any], number: int) -> Sealed:
    """Tie a key to a party."""
    return keys.authorise(house, party, act.public(key(number)))


def signed(house: House, draft: Draft, number: int) -> Draft:
    """The draft with an act by this key behind the subject's present record."""
    return keys.sign(house, draft, key(number))


def rule_of(house: House, draft: Draft) -> str:
    """The rule that refuses a draft."""
    (outcome,) = seal(house, [draft])
    assert isinstance(outcome, RuleError), outcome
    return outcome.rule


def accepted(house: House, number: int = 1, **data: Any) -> None:
    """Accept an order explicitly, without act."""
    sealed(house, fact("order.accepted", number, mode="explicit", **data))


OPERATORS = ({"identifier": "operator/1"}, {"identifier": "operator/2"})


def erasure_on_record(house: House, index: int, pointer: str) -> None:
    """Two operators ask for and confirm an erasure; the destruction itself is left to the caller."""
    for number, party in enumerate(OPERATORS, 21):
        if not house.rights.keys_of(party["identifier"]):
            authorise(house, party, number)
    asked = erase.request(house, key(21), index, pointer, "A pedido de la persona.")
    entry = house.journal.entry(index)
    assert entry is not None
    digest = record.sealed(record.parse(entry.record))[pointer]
    told = {"digest": digest, "index": index, "pointer": pointer, "request": asked.index}
    sealed(house, signed(house, Draft(kind="disclosure.erased", subject="registry", data=told), 22))
