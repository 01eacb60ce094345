"""The copy that the portal hands out: the original's bytes, then one incremental update that attaches the evidence.

Nothing that the document shows changes, so check 4 holds for the copy as for the original (docs/spec/paper.md,
The copy).
"""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from huella.errors import InputError

EVIDENCE_NAME = "evidencia.huella.json"
PAGE_NAME = "constancia.huella.json"
"""The same on a page that is no document on record, but tells of one: a receipt, a constancia, a public version."""
MIME_TYPE = "application/json"
DESCRIPTION = "Evidencia de que esta orden está registrada"


class _Update(IncrementalPdfFileWriter):
    """An update that touches nothing but what it adds: the same input gives the same bytes.

    pyHanko itself would stamp the present time into the metadata and draw a random second half of the file identifier.
    """

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        prev.stream.seek(0)
        changed = generic.ByteStringObject(hashlib.sha256(prev.stream.read()).digest()[:16])
        first = prev.trailer["/ID"][0] if "/ID" in prev.trailer else changed
        return generic.ArrayObject(
            [generic.ByteStringObject(getattr(first, "original_bytes", first)), changed]
        )

    def _update_meta(self) -> None:
        """The document's own metadata stay as they are."""


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
    try:
        update = _Update(io.BytesIO(start))
        if update.prev.encrypted:
            raise InputError("an encrypted PDF cannot carry evidence", field="original")
        _embed(update, evidence, modified.astimezone(UTC).replace(microsecond=0), (name, description))
        copy = io.BytesIO()
        update.write(copy)  # type: ignore[no-untyped-call]
    except (PdfError, NotImplementedError) as error:
        raise InputError(f"evidence cannot be attached to this PDF: {error}", field="original") from None
    return copy.getvalue()


def _embed(update: _Update, evidence: bytes, modified: datetime, called: tuple[str, str]) -> None:
    """Name tree, file specification and /AF of the catalogue (ISO 32000-2, 7.7.4 and 14.13; PDF/UA-1, 7.11)."""
    name, description = called
    stream = embed.EmbeddedFileObject.from_file_data(
        update, evidence, mime_type=MIME_TYPE, params=embed.EmbeddedFileParams(modification_date=modified)
    )
    file = embed.FileSpec(
        file_spec_string=name, file_name=name, embedded_data=stream, description=description,
    )  # fmt: skip
    embed.embed_file(update, file)
    names = update.root["/Names"]["/EmbeddedFiles"]["/Names"]
    if name in [names[at] for at in range(0, len(names) - 2, 2)]:
        raise InputError(f"the PDF has an attachment {name} already", field="original")
    # pyHanko would raise the file's version to 2.0 for a related file, which PDF/A-3 takes from 1.7 on
    reference = names.raw_get(len(names) - 1)
    reference.get_object()["/AFRelationship"] = generic.NameObject("/Supplement")
    related = update.root["/AF"] if "/AF" in update.root else generic.ArrayObject()
    update.root["/AF"] = generic.ArrayObject([*related, reference])
    update.update_root()  # type: ignore[no-untyped-call]
