"""Registrars: who may send for the registry. Each grant and revocation is on the chain, then on record.

on the contract (administrator) ─► operator.acted `registrar.granted` | `registrar.revoked`; run again, what is missing
of either is made good.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple

from huella.errors import InputError
from huella.flow import chain
from huella.flow.house import House
from huella.flow.seal import Sealed, seal
from huella.ledger import roles
from huella.ledger.port import Ledger
from huella.ledger.roles import Role
from huella.ledger.signer import Absent, Onlooker, asker
from huella.records import kinds
from huella.records.draft import Draft
from huella.records.model import Operation
from huella.records.record import parse

GRANTED, REVOKED = "registrar.granted", "registrar.revoked"


class Known(NamedTuple):
    """A registrar's account: what the record says of it last (None: nothing), whether the contract takes its batches
    now, and whether it is this registry's own."""

    account: str
    recorded: str | None
    active: bool
    own: bool


def listed(house: House) -> list[Known]:
    """This registry's own account, and every other that is on record; in the order of the records."""
    own = asker(chain.registrar(house.settings))
    told = recorded(house)
    accounts = [account for account in dict.fromkeys([own, *told]) if account != Onlooker().address]
    return [
        Known(account, told.get(account), roles.has(house.ledger, "registrar", account), account == own)
        for account in accounts
    ]


def recorded(house: House) -> dict[str, str]:
    """The last recorded act on each registrar's account, by account."""
    return {
        told.subject: told.action
        for told in _acted(house)
        if told.action in (GRANTED, REVOKED) and told.subject is not None
    }


def newest(house: House, action: str) -> str | None:
    """The subject of the last record of an action; None where there is none."""
    subjects = [told.subject for told in _acted(house) if told.action == action]
    return subjects[-1] if subjects else None


def _acted(house: House) -> Iterator[Operation]:
    for row in house.journal.of_kind(kinds.REGISTRY, "operator.acted"):
        content = parse(row.record)
        told: Operation = kinds.read(content.kind, content.data)
        yield told


def grant(house: House, text: str, reason: str = "") -> Sealed | None:
    """Let a further account send for the registry; None where it may already and that is on record.

    LedgerRefused where the administrator's key is not the contract's; InputError where `text` is no account.
    """
    account = roles.account(text)
    with _administrator(house) as ledger:
        _set(ledger, ("registrar", account), True)
    return _note(house, GRANTED, account, reason)


def revoke(house: House, text: str, reason: str = "") -> Sealed | None:
    """Take from an account that it sends for the registry: the contract refuses it from the next block on.

    None where that is so and on record already. Errors as `grant`; InputError also for the registry's own account.
    """
    account = roles.account(text)
    if account == asker(chain.registrar(house.settings)):
        message = "this is the registry's own account"
        raise InputError(message, field="account", advice="Change its key with `huella ledger rotate`.")
    with _administrator(house) as ledger:
        _set(ledger, ("registrar", account), False)
    return _note(house, REVOKED, account, reason)


def rotate(house: House, reason: str = "") -> tuple[str, str]:
    """Give the registry a new key, and take the role from the old one; old and new account.

    Where the old key is lost its account is not known here: it is empty, and stays what it is until `revoke`.
    Where the registrar's key is the administrator's, that role moves too. Stopped on the way and run again it goes on.
    A process that still holds the old key is refused by the contract until it is started anew.
    """
    settings = house.settings
    old, new = chain.registrar(settings), chain.next_registrar(settings, house.randomness)
    before = "" if isinstance(old, Absent) and settings.text("keys.administrator") else old.address
    moved: list[Role] = (
        ["registrar"] if settings.text("keys.administrator") else ["registrar", "administrator"]
    )
    with (
        _administrator(house) as granting,
        chain.open_chain(settings, house.now, house.trust, new) as succeeding,
    ):
        revoking = granting if settings.text("keys.administrator") else succeeding
        for role in moved:
            _set(granting, (role, new.address), True)
        for role in moved:  # the administrator's last: without it nothing could be taken
            if before:
                _set(revoking, (role, before), False)
    _note(house, GRANTED, new.address, reason)
    if before:
        _note(house, REVOKED, before, reason)
    chain.change_registrar(settings)
    return before, new.address


def _administrator(house: House) -> AbstractContextManager[Ledger]:
    signer = chain.administrator(house.settings)
    signer.address  # noqa: B018 - refused at once where its key is not here
    return chain.open_chain(house.settings, house.now, house.trust, signer)


def _set(ledger: Ledger, whose: tuple[Role, str], wanted: bool) -> None:
    """Bring a role to an account, or take it, where it is not so already."""
    if roles.has(ledger, *whose) != wanted:
        call = roles.grant_call if wanted else roles.revoke_call
        ledger.send(call(*whose), roles.GAS)


def _note(house: House, action: str, account: str, reason: str) -> Sealed | None:
    """Put it on record where the last record says something else."""
    if recorded(house).get(account) == action:
        return None
    return note(house, action, account, reason)


def note(house: House, action: str, subject: str, reason: str = "") -> Sealed:
    """One `operator.acted` on the chain's side of the registry; `reason` is sealed."""
    told = {"action": action, "role": "administrator", "subject": subject}
    if reason:
        told["reason"] = reason
    (outcome,) = seal(house, [Draft(kind="operator.acted", subject=kinds.REGISTRY, data=told)])
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome
