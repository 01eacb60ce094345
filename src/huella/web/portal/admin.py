"""Administration: keys, people, keys of parties, acts of two persons, webhooks, and how the work stands.

Each page's forms go to one address, which does what `act` names; secrets are on the answer's page and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from huella.errors import HuellaError, InputError, NotFound
from huella.flow import access, duties, erase, hand_in, hooks, keys, people, permit, proposals, provider
from huella.flow import pages as paging
from huella.flow.access import ADMINISTRATOR, AUDITOR, ENTITY, REGISTRAR, SCOPES, Caller
from huella.flow.house import House
from huella.records import kinds, record
from huella.records.actors import OPERATOR
from huella.web.api.shapes import BIGGEST
from huella.web.auth import PersonDep
from huella.web.forms import Form, SessionFormDep, shown
from huella.web.house import OwnerDep, PagesDep
from huella.web.pages import Pages
from huella.web.portal.desk import private

router = APIRouter(prefix="/admin")
ROWS = 50
"""Rows of a list's page."""
MAY: dict[str, tuple[str, ...]] = {
    "status": (ADMINISTRATOR, REGISTRAR, AUDITOR), "keys": (ADMINISTRATOR,), "people": (ADMINISTRATOR,),
    "parties": (ADMINISTRATOR, REGISTRAR), "two": (REGISTRAR, ENTITY, ADMINISTRATOR, AUDITOR),
    "webhooks": (ADMINISTRATOR, AUDITOR),
}  # fmt: skip
"""Who may see each page; what a form does asks for its own right."""
Done = dict[str, Any] | None


class Wanted(NamedTuple):
    """What of a section is looked at: an entry, and the page of its list behind a mark."""

    entry: int | None = None
    before: str | None = None

    @property
    def page(self) -> paging.Asked:
        """The page of its list."""
        return paging.Asked(self.before, ROWS)


def _wanted(
    entry: Annotated[int | None, Query(ge=0, le=BIGGEST)] = None,
    before: Annotated[str | None, Query(max_length=200)] = None,
) -> Wanted:
    return Wanted(entry, before)


@router.get("", response_class=HTMLResponse)
def begin(caller: PersonDep) -> Response:
    """The first page that the caller may see."""
    mine = [name for name, scopes in MAY.items() if caller.scopes & set(scopes)]
    return RedirectResponse(f"/admin/{mine[0]}" if mine else "/desk", 303)


@router.get("/{section}", response_class=HTMLResponse)
def section(
    request: Request, house: OwnerDep, pages: PagesDep, caller: PersonDep, section: str,
    wanted: Annotated[Wanted, Depends(_wanted)],
) -> Response:  # fmt: skip
    """One page of the administration."""
    return _page(request, house, pages, caller, section, {"wanted": wanted})


@router.post("/{section}", response_class=HTMLResponse)
def act(
    request: Request, house: OwnerDep, pages: PagesDep, form: SessionFormDep, caller: PersonDep, section: str
) -> Response:  # fmt: skip
    """Do what a form asks. A new secret is shown on the answer; everything else leads back to the page."""
    work = ACTS.get((section, form.get("act")))
    if work is None:
        raise NotFound("the administration has no such act", field="act")
    try:
        done = work(house, caller, form)
    except HuellaError as error:
        return _page(
            request, house, pages, caller, section, {"error": error, "typed": shown(form, "csrf", "password")}
        )
    if done:
        return _page(request, house, pages, caller, section, {"secret": done})
    return RedirectResponse(f"/admin/{section}?done=1", 303)


def _page(
    request: Request, house: House, pages: Pages, caller: Caller, section: str, more: dict[str, Any]
) -> HTMLResponse:
    if section not in MAY:
        raise NotFound("the administration has no such page", field="section")
    caller.check(*MAY[section])
    wanted: Wanted = more.pop("wanted", Wanted())
    given = {
        "typed": {},
        "secret": None,
        "error": None,
        "entry": wanted.entry,
        "before": wanted.before,
        **more,
    }
    told = _SHOWN[section](house, caller, wanted)
    return private(
        pages, request, "admin.html", house, caller=caller, section=section, told=told, scopes=SCOPES,
        may=[name for name, scopes in MAY.items() if caller.scopes & set(scopes)],
        done=request.query_params.get("done") == "1", sealed=_digits(request.query_params.get("sealed")), **given,
    )  # fmt: skip


def _digits(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() else ""


def _two(house: House, caller: Caller, wanted: Wanted) -> dict[str, Any]:
    """What waits for a second person; and of one entry what it seals, to ask for an erasure."""
    entry = wanted.entry
    found = None if entry is None else house.journal.entry(entry)
    pointers = [] if found is None else sorted(record.sealed(record.parse(found.record)))
    return {
        "proposals": proposals.page_of_proposals(house, caller, wanted.page),
        "asked": erase.requests(house), "erased": erase.on_record(house),
        "pointers": pointers, "found": found, "prev": keys.tail(house, kinds.REGISTRY),
    }  # fmt: skip


_SHOWN: dict[str, Callable[[House, Caller, Wanted], Any]] = {
    "status": lambda house, _, __: duties.of(house),
    "keys": lambda house, _, wanted: access.page_of_keys(house, wanted.page),
    "people": lambda house, _, wanted: {
        "page": people.page_of_people(house, wanted.page),
        "provider": provider.of(house),
    },
    "parties": lambda house, _, __: keys.listed(house)[::-1],
    "two": _two,
    "webhooks": lambda house, _, wanted: {"all": hooks.listed(house, wanted.page), "dead": hooks.dead(house)},
}


def _whole(form: Form, name: str) -> int | None:
    text = form.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InputError("a whole number is asked for here", field=name)
    return int(text)


def _make_key(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    scopes = form.get("scopes").split()
    made = access.make_key(
        house, form.get("name"), scopes, form.get("ruc") or None, _whole(form, "days"), owner=caller.person
    )
    return {"what": "key", "text": made.text}


def _rotate_key(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    made = access.rotate_key(house, form.get("key"), _whole(form, "hours") or 0, owner=caller.person)
    return {"what": "key", "text": made.text}


def _revoke_key(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    access.revoke_key(house, form.get("key"))
    return None


def _make_person(house: House, caller: Caller, form: Form) -> Done:
    scopes, password = form.get("scopes").split(), form.values.get("password", "")
    given = proposals.Somebody(form.get("login"), password, tuple(scopes), form.get("ruc") or None)
    return _waits(proposals.make_person(house, caller, given))


def _set_password(house: House, caller: Caller, form: Form) -> Done:
    password = form.values.get("password", "")
    return _waits(proposals.set_password(house, caller, form.get("login"), password))


def _link(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    name = form.get("subject")
    tied = provider.subject_of(house, name) if name else None
    return _waits(proposals.link_subject(house, caller, form.get("login"), tied))


def _waits(proposal: dict[str, Any] | None) -> Done:
    return None if proposal is None else {"what": "waiting"}


def _disable(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    if form.get("login") == caller.name:
        raise InputError("nobody ends his own rights: another administrator does", field="login")
    people.disable(house, form.get("login"))
    return None


def _party(form: Form) -> dict[str, Any]:
    """A party by its RUC, or one who operates the register by his role, such as operator/1."""
    whose = form.get("ruc")
    if whose.startswith(OPERATOR):
        return {"identifier": whose}
    return {name: form.get(name) for name in ("ruc", "name") if form.get(name)}


def _authorise(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR, REGISTRAR)
    parts = form.get("key").split()
    alg, key = parts if len(parts) == 2 else ("ed25519", form.get("key"))
    draft = keys.authorisation(house, _party(form), key, alg)
    if permit.takes_two(draft):
        return _waits(proposals.propose(house, caller, draft))
    hand_in.hand_in(house, caller, draft)
    return None


def _revoke_party(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR, REGISTRAR)
    known = keys.known(house, form.get("key"))
    keys.revoke(house, _party(form), form.get("key"), known["alg"])
    return None


def _propose(house: House, caller: Caller, form: Form) -> Done:
    data = {"reason": form.get("reason").replace("\r\n", "\n")} if form.get("reason") else {}
    draft = hand_in.read_draft({"data": data}, kind="order.annulled", subject=form.get("number").upper())
    proposals.propose(house, caller, hand_in.completed(house, draft, {}))
    return None


def _confirm(house: House, caller: Caller, form: Form) -> Done:
    done = proposals.confirm(house, caller, form.get("proposal"))
    if isinstance(done, proposals.Admitted) and done.code:
        return {"what": "code", **done._asdict()}
    return None


def _withdraw(house: House, caller: Caller, form: Form) -> Done:
    proposals.withdraw(house, caller, form.get("proposal"))
    return None


def _make_hook(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    _, secret = hooks.make(house, caller, form.get("url"), form.get("kinds").replace(",", " ").split())
    return {"what": "webhook", "text": secret}


def _disable_hook(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    hooks.disable(house, form.get("webhook"))
    return None


def _again(house: House, caller: Caller, form: Form) -> Done:
    caller.check(ADMINISTRATOR)
    hooks.again(house, form.get("webhook"), _whole(form, "entry") or 0)
    return None


ACTS: dict[tuple[str, str], Callable[[House, Caller, Form], Done]] = {
    ("keys", "make"): _make_key, ("keys", "rotate"): _rotate_key, ("keys", "revoke"): _revoke_key,
    ("people", "make"): _make_person, ("people", "password"): _set_password, ("people", "disable"): _disable,
    ("people", "subject"): _link,
    ("parties", "authorise"): _authorise, ("parties", "revoke"): _revoke_party,
    ("two", "propose"): _propose, ("two", "confirm"): _confirm, ("two", "withdraw"): _withdraw,
    ("webhooks", "make"): _make_hook, ("webhooks", "disable"): _disable_hook, ("webhooks", "again"): _again,
}  # fmt: skip
