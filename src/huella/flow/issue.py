"""Papers that the registry issues: what makes each kind of them, and how one that somebody asks for is handed out."""

from __future__ import annotations

from collections.abc import Callable

from huella.errors import SigningUnavailable
from huella.flow import book, constancia, receipt
from huella.flow.house import House
from huella.flow.pen import signing
from huella.store.papers import Papers

Render = Callable[[House, int], bytes]
"""Makes the unsigned paper of an entry, with its evidence attached."""
RENDERS: dict[str, Render] = {**receipt.RENDERS, book.KIND: book.to_sign}
RENDERS |= {kind: constancia.renders(language) for language, kind in constancia.KINDS.items()}
"""What makes each kind of paper that is signed, with its evidence attached."""
UNSIGNED: dict[str, Render] = {book.KIND: book.book_paper}
UNSIGNED |= {kind: constancia.unsigned(language) for language, kind in constancia.KINDS.items()}
"""The same of those that are handed out where nothing signs (`signatures.key` is none)."""


def issued(house: House, kind: str, index: int) -> bytes:
    """A paper of an entry, signed: now, or as it was signed before. It is in the outbox from here on, so that the
    worker signs it once what is missing is there.

    SigningUnavailable where the entry is not anchored yet, or nothing can sign now.
    """
    house.check_owner()
    waits = index >= house.anchors.anchored()
    if house.settings.text("signatures.key") == "none" and not waits:
        return UNSIGNED[kind](house, index)
    asked = Papers(house.engine).ask(kind, index)
    if asked.body is not None:
        return asked.body
    if waits:
        raise SigningUnavailable(
            "the paper is issued and signed once its entry is anchored",
            advice="`huella anchor --wait` puts on the chain what is sealed; then ask again.",
        )
    pen = signing()
    with pen.signing(house) as how:
        body: bytes | None = pen.sign_paper(house, asked.name, how, RENDERS).body
    return body or b""
