"""Acts that take two persons: one proposes, another one confirms. Compared are the persons, never keys or sessions.

an annulment, an operator's key ─► a record          somebody who may be one of two ─► a person, or a new way in for him

What a person is made with is known to nobody alone: the first password is what who proposed it gave, a hyphen, and the
code that who confirmed it is shown. So neither of the two can sign in as the third.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from huella.errors import HuellaError, NotAllowed, NotFound, RuleError
from huella.flow import pages, people, permit, read
from huella.flow.access import ADMINISTRATOR, AUDITOR, ENTITY, REGISTRAR, Caller, person_behind
from huella.flow.hand_in import seal_one
from huella.flow.house import House
from huella.flow.seal import Sealed, ready
from huella.records import actors, kinds
from huella.records.draft import Draft
from huella.records.identifiers import moment
from huella.records.life import advance
from huella.store.desk import Desk
from huella.store.tables_access import proposals

WAITING, CONFIRMED, WITHDRAWN = "waiting", "confirmed", "withdrawn"
PERSON, PASSWORD, SUBJECT = "person.made", "person.password", "person.subject"
ACTING = frozenset({REGISTRAR, ADMINISTRATOR, ENTITY})
"""The rights with which somebody may be one of two persons: who has one is made by two."""


_ROOM = "-" + 16 * "A"
"""As long as what a confirmed password has behind it."""


class Somebody(msgspec.Struct, frozen=True):
    """A person to be made; or whose password is to be set, or who is to be tied to a subject (then without rights)."""

    login: str
    password: str = ""
    scopes: tuple[str, ...] = ()
    ruc: str | None = None
    subject: str | None = None


class Admitted(NamedTuple):
    """A person who was made or has a new password: that is what was proposed, a hyphen, and this code. Without a code:
    who was tied to a subject."""

    login: str
    code: str


@dataclass(frozen=True, slots=True)
class _What:
    """What waits: its kind, what it is about, the entity whose act it would be, and its content."""

    kind: str
    subject: str
    party: str | None
    content: bytes


def propose(house: House, caller: Caller, draft: Draft) -> dict[str, Any]:
    """Put an act before another person. Nothing is sealed yet. RuleError where one person may do it alone, where nobody
    else is there to confirm an operator's key, or where the order's state does not allow it; NotFound without order."""
    permit.check(house, caller, draft)
    if not permit.takes_two(draft):
        raise RuleError("this takes one person: hand it in", rule="two-persons")
    if draft.kind == actors.AUTHORISED:
        _check_another(house, caller, (ADMINISTRATOR, REGISTRAR))
    (checked,) = ready([draft], house.vault.boxer)
    if isinstance(checked, HuellaError):
        raise checked
    if draft.kind in permit.TWO_PERSONS:
        advance(read.order_now(house, draft.subject).life, draft.kind, kinds.read(draft.kind, draft.data))
    party = permit.party_of(house, draft)
    return _put(house, caller, _What(draft.kind, draft.subject, party, msgspec.json.encode(draft)))


def make_person(house: House, caller: Caller, given: Somebody) -> dict[str, Any] | None:
    """Make a person; one who may be one of two persons is proposed (the proposal is returned) and made by another
    administrator. Errors as `people.make_person`; RuleError where there is no other administrator."""
    caller.check(ADMINISTRATOR)
    people.check_person(house, given.login, given.password, given.scopes, given.ruc)
    people.check_password(given.password + _ROOM)
    if not ACTING & set(given.scopes):
        people.make_person(house, given.login, given.password, given.scopes, given.ruc)
        return None
    return _somebody(house, caller, PERSON, given)


def set_password(house: House, caller: Caller, login: str, password: str) -> dict[str, Any] | None:
    """Set somebody's password, as `make_person` makes him: of who may be one of two persons another administrator
    confirms it, for whoever knows it and sets up the second factor is that person from then on."""
    caller.check(ADMINISTRATOR)
    people.check_password(password)
    people.check_password(password + _ROOM)
    row = people.person_of(house, login)
    if not ACTING & set(row["scopes"].split()):
        people.set_password(house, login, password)
        return None
    return _somebody(house, caller, PASSWORD, Somebody(row["login"], password))


def link_subject(house: House, caller: Caller, login: str, subject: str | None) -> dict[str, Any] | None:
    """Tie somebody to a subject at the identity provider: whoever signs in there as that is him from then on, so of who
    may be one of two persons another administrator confirms it. To untie (None) takes one."""
    caller.check(ADMINISTRATOR)
    row = people.person_of(house, login)
    people.check_subject(house, row["login"], subject)
    if subject is None or not ACTING & set(row["scopes"].split()):
        people.link_subject(house, login, subject)
        return None
    return _somebody(house, caller, SUBJECT, Somebody(row["login"], subject=subject))


def confirm(house: House, caller: Caller, proposal: str) -> Sealed | Admitted:
    """Do what another person proposed. NotAllowed for who proposed it, by whichever key or session, and for who may not
    do it; RuleError where it is decided already."""
    row = _proposal(house, proposal)
    work = _work(house, caller, row)
    if person_behind(house, row["proposed_by"]) == caller.person:
        raise NotAllowed("who proposed it cannot confirm it: it takes two persons")
    _decide(house, caller, proposal, CONFIRMED)
    try:
        done = work()
    except HuellaError:
        Desk(house.engine).change(proposals, {"id": proposal}, {"state": WAITING, "decided_by": None})
        raise
    entry = done.index if isinstance(done, Sealed) else None
    Desk(house.engine).change(proposals, {"id": proposal}, {"entry": entry, "draft": ""})
    return done


def withdraw(house: House, caller: Caller, proposal: str) -> None:
    """Take a proposal back; who may confirm it may do that too."""
    row = _proposal(house, proposal)
    _work(house, caller, row)
    _decide(house, caller, proposal, WITHDRAWN)
    Desk(house.engine).change(proposals, {"id": proposal}, {"draft": ""})


def page_of_proposals(house: House, caller: Caller, asked: pages.Asked = pages.FIRST) -> pages.Page:
    """The proposals that wait and that the caller has to do with, the newest first, without what they hold: an entity's
    own; all for who runs or audits the registry. `own` where the caller's person proposed it; `about` is what has to be
    known of it to confirm it."""
    caller.check(REGISTRAR, ENTITY, AUDITOR, ADMINISTRATOR)
    where: dict[str, Any] = {"state": WAITING}
    if not caller.scopes & {REGISTRAR, AUDITOR, ADMINISTRATOR}:
        where["party"] = caller.ruc or ""
    rows, following = pages.page(house, proposals, where, asked, ("proposed_at", "id"))
    return pages.Page([_shown(house, caller, row) for row in rows], following)


def _shown(house: House, caller: Caller, row: Any) -> dict[str, Any]:
    told = {name: value for name, value in row.items() if name != "draft"}
    own = person_behind(house, row["proposed_by"]) == caller.person
    return {**told, "own": own, "about": _about(house, row)}


def _about(house: House, row: Any) -> dict[str, str]:
    """What whoever confirms must know, of what is nobody's secret: rights and party of a person, key and operator."""
    if row["kind"] == PERSON:
        given = msgspec.json.decode(house.vault.unwrap(row["draft"]), type=Somebody)
        return {"scopes": ", ".join(given.scopes)} | ({"ruc": given.ruc} if given.ruc else {})
    if row["kind"] == SUBJECT:
        given = msgspec.json.decode(house.vault.unwrap(row["draft"]), type=Somebody)
        return {"subject": str(given.subject)}
    if row["kind"] == actors.AUTHORISED:
        data = msgspec.json.decode(house.vault.unwrap(row["draft"]), type=Draft).data
        return {"operator": str(data["party"]["identifier"]), "key": str(data["key"])}
    return {}


def _somebody(house: House, caller: Caller, kind: str, given: Somebody) -> dict[str, Any]:
    _check_another(house, caller, (ADMINISTRATOR,))
    return _put(house, caller, _What(kind, given.login.lower(), None, msgspec.json.encode(given)))


def _check_another(house: House, caller: Caller, scopes: tuple[str, ...]) -> None:
    if not people.others(house, scopes, caller.person):
        raise RuleError(
            "nobody else is there to confirm this",
            rule="two-persons",
            advice="The first two administrators are made on the registry's host, by `huella access person`.",
        )


def _work(house: House, caller: Caller, row: Any) -> Callable[[], Sealed | Admitted]:
    """What a proposal comes to. NotAllowed for who may not do it; RuleError where it is decided."""
    if row["state"] != WAITING:
        raise RuleError("this proposal is decided already", rule="proposal-open")
    content = house.vault.unwrap(row["draft"])
    if row["kind"] in (PERSON, PASSWORD, SUBJECT):
        caller.check(ADMINISTRATOR)
        given = msgspec.json.decode(content, type=Somebody)
        return lambda: _admit(house, row["kind"], given)
    draft = msgspec.json.decode(content, type=Draft)
    permit.check(house, caller, draft)
    return lambda: seal_one(house, draft)


def _admit(house: House, kind: str, given: Somebody) -> Admitted:
    if kind == SUBJECT:
        people.link_subject(house, given.login, given.subject)
        return Admitted(given.login, "")
    code = base64.b32encode(house.randomness(10)).decode()
    password = f"{given.password}-{code}"
    if kind == PERSON:
        people.make_person(house, given.login, password, given.scopes, given.ruc)
    else:
        people.set_password(house, given.login, password)
    return Admitted(given.login, code)


def _put(house: House, caller: Caller, what: _What) -> dict[str, Any]:
    made = {
        "id": house.randomness(12).hex(), "kind": what.kind, "subject": what.subject, "party": what.party,
        "proposed_by": caller.id, "proposed_at": moment(house.now()), "state": WAITING,
    }  # fmt: skip
    Desk(house.engine).put(proposals, {**made, "draft": house.vault.wrap(what.content)})
    return made


def _decide(house: House, caller: Caller, proposal: str, state: str) -> None:
    told = {"state": state, "decided_by": caller.id, "decided_at": moment(house.now())}
    if not Desk(house.engine).change(proposals, {"id": proposal, "state": WAITING}, told):
        raise RuleError("this proposal is decided already", rule="proposal-open")


def _proposal(house: House, proposal: str) -> Any:
    row = Desk(house.engine).one(proposals, {"id": proposal})
    if row is None:
        raise NotFound("there is no such proposal", field="proposal")
    return row
