"""What is sealed: one table. A field named here never stands in a record in clear.

Two classes: `personal` (stays in the vault) and `until_opening` (an offer's content, may enter `offers.opened`).
Sources: Ley 29733 (personal data), Ley 27806 art. 17.5, Ley 32069 Fourth Final Provision (docs/design/decisions.md, 7).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

PERSONAL = "personal"
UNTIL_OPENING = "until_opening"

NATURAL_PREFIXES = ("10", "15", "17")
"""RUC prefixes of natural persons. 10 holds the DNI; 15 and 17 hold other personal documents."""


class Rule(NamedTuple):
    """`pattern` is a JSON pointer with `*` for any element; `when` names the condition, empty for always."""

    pattern: str
    secrecy: str
    when: str = ""


_PARTY = ("/ruc", "/name")
_CONTACT = ("/contact/name", "/contact/email", "/contact/telephone")


def _party(at: str) -> tuple[Rule, ...]:
    always = (Rule(at + p, PERSONAL) for p in ("/address", *_CONTACT))
    return (*(Rule(at + p, PERSONAL, f"natural:{at}") for p in _PARTY), *always)


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
)
_AMENDMENT = (*(Rule("/destination" + rule.pattern, PERSONAL) for rule in _PLACE), *_TEXT)
_FACT = _TEXT

SEALED: dict[str, tuple[Rule, ...]] = {
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
    "operator.acted": (Rule("/reason", PERSONAL),),
    "disclosure.erased": (Rule("/reason", PERSONAL),),
}


def pointers(kind: str, data: dict[str, Any]) -> list[str]:
    """The JSON pointers of `data` that must be sealed for this kind, in the table's order.

    A kind without a row in the table seals nothing; kinds are checked elsewhere.
    """
    found: list[str] = []
    for rule in SEALED.get(kind, ()):
        if rule.when and not _natural(data, rule.when.partition(":")[2]):
            continue
        found.extend(_expand(data, rule.pattern))
    return found


def shows_personal(kind: str, data: dict[str, Any]) -> bool:
    """Whether a document that shows this data shows personal data, so that its digest must be sealed too."""
    return any(not p.startswith(("/documents/", "/verification_code")) for p in pointers(kind, data))


def is_natural(ruc: str) -> bool:
    """Whether the RUC is a natural person's."""
    return ruc.startswith(NATURAL_PREFIXES)


def _natural(data: dict[str, Any], at: str) -> bool:
    """A party without a RUC is taken for a person unless it has an organisation's number: hiding too much can be mended."""
    party = next((value for _, value in _walk(data, at[1:].split("/"), "")), {})
    ruc = party.get("ruc")
    return is_natural(ruc) if ruc else "code" not in party and "identifier" not in party


def _expand(data: dict[str, Any], pattern: str) -> Iterator[str]:
    for pointer, value in _walk(data, pattern[1:].split("/"), ""):
        if value is not None:
            yield pointer


def _walk(here: Any, steps: list[str], pointer: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield pointer, here
    elif isinstance(here, dict):
        if steps[0] in here:
            yield from _walk(here[steps[0]], steps[1:], f"{pointer}/{steps[0]}")
    elif isinstance(here, list) and steps[0] == "*":
        for position, element in enumerate(here):
            yield from _walk(element, steps[1:], f"{pointer}/{position}")
