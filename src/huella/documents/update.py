"""One update of a PDF that attaches a file, by pyHanko: `attach` loads this once somebody asks for a copy."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from huella.errors import InputError

MIME_TYPE = "application/json"


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


def updated(start: bytes, body: bytes, modified: datetime, called: tuple[str, str]) -> bytes:
    """The PDF with `body` attached: its own date (UTC, whole seconds), its name and what it is.

    InputError where it is none that can be added to, or has such a file already."""
    try:
        update = _Update(io.BytesIO(start))
        if update.prev.encrypted:
            raise InputError("an encrypted PDF cannot carry evidence", field="original")
        _embed(update, body, modified, called)
        copy = io.BytesIO()
        update.write(copy)  # type: ignore[no-untyped-call]
    except (PdfError, NotImplementedError) as error:
        raise InputError(f"evidence cannot be attached to this PDF: {error}", field="original") from None
    return copy.getvalue()


def _embed(update: _Update, body: bytes, modified: datetime, called: tuple[str, str]) -> None:
    """Name tree, file specification and /AF of the catalogue (ISO 32000-2, 7.7.4 and 14.13; PDF/UA-1, 7.11)."""
    name, description = called
    stream = embed.EmbeddedFileObject.from_file_data(
        update, body, mime_type=MIME_TYPE, params=embed.EmbeddedFileParams(modification_date=modified)
    )
    named = embed.FileSpec(
        file_spec_string=name, file_name=name, embedded_data=stream, description=description,
    )  # fmt: skip
    embed.embed_file(update, named)
    names = update.root["/Names"]["/EmbeddedFiles"]["/Names"]
    if name in [names[at] for at in range(0, len(names) - 2, 2)]:
        raise InputError(f"the PDF has an attachment {name} already", field="original")
    # pyHanko would raise the file's version to 2.0 for a related file, which PDF/A-3 takes from 1.7 on
    reference = names.raw_get(len(names) - 1)
    reference.get_object()["/AFRelationship"] = generic.NameObject("/Supplement")
    related = update.root["/AF"] if "/AF" in update.root else generic.ArrayObject()
    update.root["/AF"] = generic.ArrayObject([*related, reference])
    update.update_root()  # type: ignore[no-untyped-call]
