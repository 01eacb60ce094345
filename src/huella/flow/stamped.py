"""PDFs that agencies made themselves: stamped before they are registered, then kept as they are.

agency's PDF ─► huella stamp ─► (signed by the agency, if it wants) ─► seal or import with --paper ─► the record's file
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from huella.errors import InputError
from huella.flow.house import House
from huella.later import later
from huella.records.draft import Draft, file_digest
from huella.records.record import FileRef

if TYPE_CHECKING:
    from huella.documents import attach
    from huella.documents import marks as reading
else:  # readers of PDFs, for those who bring one
    attach, reading = later("huella.documents.attach"), later("huella.documents.marks")

KINDS = frozenset({"order.published", "order.imported"})


def numbered(given: Sequence[tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
    """Stamped PDFs (file name and bytes) by the number of the order that each is stamped for.

    InputError where one has no stamp, two are of one order, or one could not carry its evidence.
    """
    found: dict[str, tuple[str, bytes]] = {}
    for name, body in given:
        marks = reading.marks(body)
        if marks is None:
            raise InputError(f"{name} has no stamp", field="--paper", advice="`huella stamp` puts one on it.")
        if marks.number in found:
            raise InputError(f"two papers are stamped for {marks.number}", field="--paper")
        found[marks.number] = name, body
    return found


def with_paper(house: House, draft: Draft, body: bytes) -> Draft:
    """The draft of an order that names a stamped PDF and its code. What such a PDF shows is not known here, so its
    digest is sealed. InputError where the draft names another document or comes sealed."""
    if (
        draft.files
        or draft.data.get("documents")
        or draft.data.get("verification_code")
        or draft.act
        or draft.sealed
    ):
        raise InputError("the order names a document already", field="/documents")
    marks = reading.marks(body)
    if marks is None or marks.number != draft.subject:
        raise InputError("the paper is stamped for another order", field="/documents")
    attach.attach_evidence(body, b"{}", house.now())  # it must be able to carry its evidence later
    named = msgspec.to_builtins(FileRef("application/pdf", "orden.pdf", file_digest(body), len(body)))
    data = {**draft.data, "verification_code": marks.code, "documents": [named]}
    return msgspec.structs.replace(draft, data=data)


def left_over(papers: Mapping[str, tuple[str, bytes]], kept: set[str]) -> list[str]:
    """Names of papers that no order took."""
    return [name for number, (name, _) in papers.items() if number not in kept]
