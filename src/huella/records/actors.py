"""Whose act a fact is, and whether the act that came with it is good (docs/spec/record.md, Acts).

A key is a party's from the entry that authorises it to the entry that revokes it: places in the log decide, no stated
time. While a party has such a key, nobody states its acts without it; of a party without keys the operator asserts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from huella.errors import InputError, RuleError
from huella.records.life import TACIT
from huella.records.model import Erasure, KeyNotice, Operation, Party
from huella.records.record import Act

SUPPLIER, ENTITY = "supplier", "entity"
AUTHORISED, REVOKED = "key.authorised", "key.revoked"
OPERATOR = "operator/"
"""How the identifier of an operator's own person begins, such as `operator/1`: a role, never a name."""

ASKED = "erasure.requested"
"""The action of an `operator.acted` that asks for an erasure; its subject is the entry's index and the pointer."""
_PLACE = re.compile(r"(0|[1-9][0-9]{0,14})(/.+)\Z")

ACTORS = {
    "order.accepted": SUPPLIER,
    "order.rejected": SUPPLIER,
    "rights.assigned": SUPPLIER,
    "delivery.made": SUPPLIER,
    "order.amended": ENTITY,
    "order.annulled": ENTITY,
    "order.terminated": ENTITY,
    "delivery.conformed": ENTITY,
    "delivery.paid": ENTITY,
    "delivery.terminated": ENTITY,
}
"""The kinds that are a party's act. All others are the registry's word, and no party signs them."""


class Key(NamedTuple):
    """A key on record: base64url, algorithm, whose it is (RUC or identifier; None where nobody may know), the entries
    that authorised and revoked it."""

    key: str
    alg: str
    holder: str | None
    entry: int
    revoked: int | None = None

    def live(self, index: int) -> bool:
        """Whether it may sign the entry at an index."""
        return self.entry < index and (self.revoked is None or self.revoked > index)


def actor(kind: str, fact: Any) -> str | None:
    """`supplier`, `entity`, or None where a fact is nobody's act: a tacit acceptance comes from the calendar."""
    if kind == "order.accepted" and fact.mode == TACIT:
        return None
    return ACTORS.get(kind)


def holder(party: Party) -> str | None:
    """How a party is known in the table of keys: its RUC, or its identifier where it has none."""
    return party.ruc or party.identifier


def step(known: Key | None, kind: str, notice: KeyNotice, index: int) -> Key:
    """A key after one more notice at an index. RuleError: a key has one party, and what is revoked stays so."""
    if kind == AUTHORISED:
        if known is not None:
            raise RuleError("this key is on record already", rule="key-once")
        return Key(notice.key, notice.alg, holder(notice.party), index)
    if known is None:
        raise RuleError("this key was never authorised", rule="key-authorised")
    if known.revoked is not None:
        raise RuleError("this key is revoked already", rule="key-revoked")
    return known._replace(revoked=index)


def check_act(
    act: Act | None, signer: Key | None, owned: Iterable[Key], whose: str | None, index: int
) -> None:
    """RuleError unless a party's fact at an index comes with the act that it needs, by a key of that party.

    `signer` is what is on record of the act's key, `owned` the party's keys, `whose` its RUC (None: not known here).
    """
    if act is None:
        if any(key.live(index) for key in owned):
            raise RuleError("this party signs what it does: its act is missing", rule="act-required")
        return
    check_live(signer, index)
    if whose is None or signer is None or signer.holder != whose:
        raise RuleError("the act is signed with another party's key", rule="act-of-party")


def check_live(signer: Key | None, index: int) -> None:
    """RuleError unless a key may sign the entry at an index."""
    if signer is None or signer.entry >= index:
        raise RuleError("the act's key is not on record", rule="key-authorised")
    if not signer.live(index):
        raise RuleError("the act's key is revoked", rule="key-revoked")


def proven(signer: Key | None, owned: Iterable[Key], ruc: str | None, index: int) -> bool:
    """Whether an offer's bidder is who it says, as far as keys on record tell: a party that has keys signs with one.

    A person is named by the key itself, so nobody takes its place; only an organisation's or a revoked key contradicts.
    """
    if ruc is None:
        return signer is None or (signer.live(index) and (signer.holder is None or signer.holder[:2] != "20"))
    live = [key for key in owned if key.live(index)]
    if not live:
        return signer is None or signer.entry > index
    return signer is not None and any(key.key == signer.key for key in live)


def asked_place(operation: Operation) -> tuple[int, str]:
    """Entry and pointer of the disclosure that an operator asks to erase. InputError where it asks for none."""
    found = _PLACE.match(operation.subject or "")
    if operation.action != ASKED or found is None:
        raise InputError("this operation asks for no erasure", field="/request")
    return int(found[1]), found[2]


def check_operator(signer: Key | None, index: int) -> None:
    """RuleError `two-operators` unless an act at an index is by a live key of one who operates the registry."""
    check_live(signer, index)
    if signer is None or not (signer.holder or "").startswith(OPERATOR):
        raise RuleError("an erasure is asked for and confirmed by operators", rule="two-operators")


def check_two(
    erasure: Erasure, asked: Operation, signers: tuple[Key | None, Key | None], at: tuple[int, int]
) -> None:
    """RuleError `two-operators` unless one operator asked for exactly this and another confirms it.

    `signers` and `at` are keys and entries of the request and of the erasure.
    """
    for signer, index in zip(signers, at, strict=True):
        check_operator(signer, index)
    first, second = signers
    if first is None or second is None or first.holder == second.holder:
        raise RuleError("who asked for an erasure does not confirm it", rule="two-operators")
    if asked_place(asked) != (erasure.index, erasure.pointer):
        raise RuleError("the request is for something else", rule="two-operators")
