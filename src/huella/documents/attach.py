"""The copy that the portal hands out: the original's bytes, then one incremental update that attaches the evidence.

Nothing that the document shows changes, so check 4 holds for the copy as for the original (docs/spec/paper.md,
The copy).
"""

from __future__ import annotations

from datetime import UTC, datetime

from huella.errors import InputError

EVIDENCE_NAME = "evidencia.huella.json"
PAGE_NAME = "constancia.huella.json"
"""The same on a page that is no document on record, but tells of one: a receipt, a constancia, a public version."""
DESCRIPTION = "Evidencia de que esta orden está registrada"


def attach_evidence(
    original: bytes,
    evidence: bytes,
    modified: datetime,
    name: str = EVIDENCE_NAME,
    description: str = DESCRIPTION,
) -> bytes:
    """The original's bytes, unchanged, and one update that attaches `evidence` as an associated file (PDF/A-3, 6.8).

    `modified` is the evidence's own date (aware; PDF/A-3 wants one), never the clock's; `name` is ASCII and ends in
    `.huella.json`, `description` tells a reader what it is.
    Raises InputError where the original is no PDF that can be added to, or has such a file already.
    """
    if not name.isascii() or not name.endswith(".huella.json"):
        raise InputError("an evidence file's name is ASCII and ends in .huella.json", field="name")
    if modified.tzinfo is None:
        raise ValueError("the evidence's date must know its zone")
    start = original if original.endswith((b"\n", b"\r")) else original + b"\n"
    # pyHanko takes half a second to load, which a registry that is opened should not wait for
    from huella.documents.update import updated  # noqa: PLC0415

    return updated(start, evidence, modified.astimezone(UTC).replace(microsecond=0), (name, description))
