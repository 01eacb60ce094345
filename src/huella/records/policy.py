"""What is sealed: one table. A field named here never stands in a record in clear.

Two classes: `personal` (stays in the vault) and `until_opening` (an offer's content, may enter `offers.opened`).
Sources: Ley 29733 (personal data), Ley 27806 art. 17.5, Ley 32069 Fourth Final Provision (docs/design/decisions.md, 7).
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple

PERSONAL = "personal"
UNTIL_OPENING = "until_opening"
NATURAL = "natural"
FOREIGN = "foreign"
PARTY = "party"
"""The row of a party by itself, inside an offer's sealed bidder: no kind of record."""

_PERSONAL_SCHEME = re.compile(r"PE-(DNI|CE|CPP|PTP|PAS)", re.IGNORECASE)
"""Identifiers of people in OCDS: national and foreigners' identity documents."""

_PLATFORM_FILE = re.compile(
    r"(https?://([a-z0-9-]+\.)*(perucompras\.gob\.pe|saeusceprod01\.blob\.core\.windows\.net)"
    r"/(/?OrdenCompra/|contentidad/uploads/)?)?"
    r"(obtenerPdfOrdenPublico\?ID_OrdenCompra=\d{1,12}(&ImprimirCompleto=\d)?"
    r"|OCAM-20\d\d-\d{1,6}-\d{1,9}(-\d{1,6})?(_\d\d-\d\d-\d\d( |%20)\d\d-\d\d-\d\d)?_FISICA\.pdf)\Z",
    re.ASCII | re.IGNORECASE,
)
"""Names that the platform itself makes. Any other file name or address may have been written by a person."""

NATURAL_PREFIXES = ("10", "15", "16", "17")
"""RUC prefixes of natural persons. 10 holds the DNI, the others hold other personal numbers."""


Place = tuple[str, Any, Any]
"""JSON pointer, the dict or list that holds the value, and the key in it."""


class Rule(NamedTuple):
    """`pattern` is a JSON pointer with `*` for any element; `when` is empty (always), `natural` (a person's)
    or `foreign` (a file name or address that the platform did not make itself)."""

    pattern: str
    secrecy: str
    when: str = ""


_PARTY = ("/ruc", "/identifier", "/name")
_CONTACT = ("/contact/name", "/contact/email", "/contact/telephone")


def _party(at: str) -> tuple[Rule, ...]:
    always = (Rule(at + p, PERSONAL) for p in ("/address", *_CONTACT))
    return (*(Rule(at + p, PERSONAL, NATURAL) for p in _PARTY), *always)


_AWAY = (Rule("/requirement", UNTIL_OPENING), Rule("/bidder", UNTIL_OPENING), Rule("/content", UNTIL_OPENING))
_TEXT = (Rule("/reason", PERSONAL), Rule("/observations", PERSONAL), Rule("/documents/*", PERSONAL))
_PLACE = tuple(Rule(p, PERSONAL) for p in ("/address", *_CONTACT))
_ORDER = (
    *_party("/entity"),
    *_party("/supplier"),
    *(Rule("/destinations/*" + rule.pattern, PERSONAL) for rule in _PLACE),
    Rule("/verification_code", PERSONAL),
    Rule("/documents/*", PERSONAL),
    Rule("/origin/assignment", PERSONAL),
    Rule("/origin/state_text", PERSONAL),
    *(Rule(f"/origin/{p}", PERSONAL, FOREIGN) for p in ("pdf_url", "physical_pdf_url", "state_document")),
)
_AMENDMENT = (*(Rule("/destination" + rule.pattern, PERSONAL) for rule in _PLACE), *_TEXT)
_FACT = _TEXT

SEALED: dict[str, tuple[Rule, ...]] = {
    "requirement.published": (
        *_party("/entity"),
        *(Rule("/destinations/*" + rule.pattern, PERSONAL) for rule in _PLACE),
        Rule("/documents/*", PERSONAL),
    ),
    "requirement.amended": (
        *(Rule("/destinations/*" + rule.pattern, PERSONAL) for rule in _PLACE),
        Rule("/reason", PERSONAL),
        Rule("/documents/*", PERSONAL),
    ),
    # nothing to seal: offers.opened holds only what may become public, an award names people by digests
    "offers.closed": (),
    "offers.opened": (),
    "award.decided": (),
    "offer.refused": (),
    "procedure.cancelled": (Rule("/reason", PERSONAL), Rule("/documents/*", PERSONAL)),
    "offer.received": _AWAY,
    "offer.replaced": _AWAY,
    "offer.withdrawn": _AWAY,
    "offer.declined": _AWAY,
    PARTY: _party(""),
    "order.published": _ORDER,
    "order.imported": _ORDER,
    "order.accepted": _FACT,
    "order.rejected": _FACT,
    "order.amended": _AMENDMENT,
    "order.annulled": _FACT,
    "order.terminated": _FACT,
    "rights.assigned": (*_party("/assignee"), *_TEXT),
    "delivery.made": _FACT,
    "delivery.conformed": _FACT,
    "delivery.paid": _FACT,
    "delivery.terminated": _FACT,
    "document.issued": (Rule("/verification_code", PERSONAL), Rule("/documents/*", PERSONAL)),
    "key.authorised": (*_party("/party"), *_TEXT),
    "key.revoked": (*_party("/party"), *_TEXT),
    "calendar.published": (),
    "operator.acted": (Rule("/reason", PERSONAL),),
    "disclosure.erased": (Rule("/reason", PERSONAL),),
    "log.recovered": (Rule("/reason", PERSONAL),),
    # which columns these are is the choice of who watches a source
    "row.sealed": (Rule("/sealed_values/*", PERSONAL),),
}


def pointers(kind: str, data: dict[str, Any]) -> list[str]:
    """The JSON pointers of `data` that must be sealed for this kind.

    A kind without a row in the table seals nothing; kinds are checked elsewhere.
    """
    return [pointer for pointer, _, _ in places(kind, data)]


def places(kind: str, data: dict[str, Any]) -> list[Place]:
    """The same with the parent of each place in `data` and the key in it."""
    found: list[Place] = []
    _members(data, _tree(kind), "", found)
    return found


def party_pointers(party: dict[str, Any]) -> list[str]:
    """The pointers of a party's own members that are personal, and sealed inside an offer's bidder."""
    return pointers(PARTY, party)


def shows_personal(kind: str, data: dict[str, Any]) -> bool:
    """Whether a document that shows this data shows personal data, so that its digest must be sealed too."""
    return any(not p.startswith(("/documents/", "/verification_code")) for p in pointers(kind, data))


def is_natural(ruc: str) -> bool:
    """Whether the RUC is a natural person's."""
    return ruc.startswith(NATURAL_PREFIXES)


_Below = tuple[tuple[str, Any], ...]
"""Member names, each with what applies to it: a rule's `when`, or what is below it."""


@functools.cache
def _tree(kind: str) -> _Below:
    """A kind's rules as one tree of member names: one walk finds all its pointers."""
    root: dict[str, Any] = {}
    for rule in SEALED.get(kind, ()):
        here = root
        *steps, last = rule.pattern[1:].split("/")
        for step in steps:
            here = here.setdefault(step, {})
        here[last] = rule.when
    return _listed(root)


def _listed(rules: dict[str, Any]) -> _Below:
    return tuple((name, below if type(below) is str else _listed(below)) for name, below in rules.items())


def _members(here: Any, rules: _Below, pointer: str, found: list[Place]) -> None:
    if type(here) is not dict:
        return
    for name, below in rules:
        value = here.get(name)
        if value is None:
            continue
        if type(below) is str:
            if not below or _applies(below, value, here):
                found.append((f"{pointer}/{name}", here, name))
        elif below[0][0] == "*":
            _elements(value, below[0][1], f"{pointer}/{name}", found)
        else:
            _members(value, below, f"{pointer}/{name}", found)


def _elements(here: Any, below: Any, pointer: str, found: list[Place]) -> None:
    if type(here) is not list:
        return
    for position, value in enumerate(here):
        if type(below) is not str:
            _members(value, below, f"{pointer}/{position}", found)
        elif value is not None and _applies(below, value, here):
            found.append((f"{pointer}/{position}", here, position))


def _applies(when: str, value: Any, parent: Any) -> bool:
    if when == NATURAL:
        return _natural(parent)
    return when != FOREIGN or not _PLATFORM_FILE.match(value)


def _natural(party: dict[str, Any]) -> bool:
    """A party is taken for a person unless it has an organisation's number: hiding too much can be mended."""
    ruc = party.get("ruc")
    if ruc:
        return is_natural(ruc)
    identifier = party.get("identifier")
    return bool(_PERSONAL_SCHEME.match(identifier)) if identifier else "code" not in party
