"""Whether a caller may hand in a fact: by its kind and, where he is bound to a party, by what it is of.

A caller who is bound speaks for his own party alone: what is of another one is not allowed, however well formed.
"""

from __future__ import annotations

from typing import Any

from huella.errors import HuellaError, NotAllowed
from huella.flow.access import ENTITY, REGISTRAR, SUPPLIER, WRITES, Caller
from huella.flow.house import House
from huella.flow.paper import complete_data
from huella.records import actors, disclosure, kinds
from huella.records.draft import Draft

_ROLE = {ENTITY: "entity", SUPPLIER: "supplier"}
TWO_PERSONS = frozenset({"order.annulled"})
_FIRST = frozenset({"order.published", "order.imported", "requirement.published"})


def check(house: House, caller: Caller, draft: Draft) -> None:
    """NotAllowed unless this caller may hand in this fact."""
    if REGISTRAR in caller.scopes and draft.kind in WRITES:
        return
    allowed = WRITES.get(draft.kind, frozenset()) & caller.scopes
    if not allowed:
        raise NotAllowed(f"this caller may not hand in {draft.kind[:40]}")
    roles = [_ROLE[scope] for scope in allowed if scope in _ROLE]
    if roles and not any(_ruc(house, draft, role) == caller.ruc for role in roles):
        raise NotAllowed("this is another party's: the caller is bound to one RUC")


def takes_two(draft: Draft) -> bool:
    """Whether one person proposes this and another one confirms it: what cannot be taken back, and a key with which an
    operator may act as the second one of two."""
    if draft.kind in TWO_PERSONS:
        return True
    if draft.kind != actors.AUTHORISED:
        return False
    try:
        party = disclosure.apply(draft.data, draft.sealed, draft.disclosures).get("party")
    except HuellaError:
        return True
    if not isinstance(party, dict):
        return True
    whose = party.get("identifier")
    return (
        whose.startswith(actors.OPERATOR) if isinstance(whose, str) else not isinstance(party.get("ruc"), str)
    )


def party_of(house: House, draft: Draft) -> str | None:
    """The entity (RUC) whose act a fact is, None where it is the registry's own."""
    return _ruc(house, draft, "entity")


def check_subject(house: House, caller: Caller, subject: str, scope: str) -> None:
    """NotAllowed unless the caller is a registrar, or has `scope` and is that party of the order or procedure."""
    if REGISTRAR in caller.scopes:
        return
    caller.check(scope)
    if _registered(house, subject, _ROLE[scope]) != caller.ruc:
        raise NotAllowed("this is another party's: the caller is bound to one RUC")


def may(house: House, caller: Caller, subject: str, scope: str) -> bool:
    """Whether `check_subject` lets the caller."""
    try:
        check_subject(house, caller, subject, scope)
    except NotAllowed:
        return False
    return True


def _ruc(house: House, draft: Draft, role: str) -> str | None:
    if draft.kind in _FIRST:
        try:
            data = disclosure.apply(draft.data, draft.sealed, draft.disclosures)
        except HuellaError:
            return None
        return _of(data, role)
    if draft.subject == kinds.REGISTRY:
        return None
    return _registered(house, draft.subject, role)


def _registered(house: House, subject: str, role: str) -> str | None:
    """The RUC of a subject's party by its newest record that names it; the vault tells it where it is sealed."""
    for entry in reversed(house.journal.of_subject(subject)):
        if entry.kind in _FIRST:
            return _of(complete_data(house, entry), role)
    return None


def _of(data: dict[str, Any], role: str) -> str | None:
    party = data.get(role)
    found = party.get("ruc") if isinstance(party, dict) else None
    return found if isinstance(found, str) else None
