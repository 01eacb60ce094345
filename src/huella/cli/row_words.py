"""What verify says of a watched database's row: what its record holds, and in what two versions of one row differ.

Whoever reads a finding's page compares it with this, which comes out of the checked records alone.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from huella.cli import console
from huella.errors import InputError, ProofError
from huella.proof import evidence as evidence_files
from huella.records import kinds, record
from huella.records.rows import ENGLISH, SPANISH, Plain, RowVersion, readable, readable_pair

KIND = "row.sealed"
ARCHIVE = b"PK\x03\x04"
MOST = 64 * 1024 * 1024
"""Bytes that a member of an archive may have."""


class Row(NamedTuple):
    """One version out of its evidence: where it stands in the log, and what it says."""

    subject: str
    entry: int
    recorded_at: str
    fact: RowVersion

    @property
    def values(self) -> dict[str, str]:
        """What stands in clear, by column."""
        return dict(zip(self.fact.columns, self.fact.values, strict=True))


def row_of(evidence: bytes | None) -> Row | None:
    """The version of a row that an evidence file is about; None for anything else."""
    try:
        read = evidence_files.parse(evidence or b"")
        found = record.parse(read.record)
        if found.kind != KIND:
            return None
        data = record.effective_data(found, read.annexes) if record.annexes(found) else found.data
        fact: RowVersion = kinds.read(KIND, data)
    except (ProofError, InputError):
        return None
    return Row(found.subject, read.proof.index, found.recorded_at, fact)


def is_row(evidence: bytes) -> bool:
    """Whether an evidence file is of a row: no document is named by such a record, only pages tell of it."""
    return row_of(evidence) is not None


def tell_row(evidence: bytes | None) -> None:
    """What the record of a row says."""
    row = row_of(evidence)
    if row is None:
        return
    seen = console.word(f"seen-{row.fact.seen}")
    told = {"subject": row.subject, "index": row.entry, "at": row.recorded_at, "seen": seen}
    console.show("  " + console.say("row-of", **told))
    for column, value in row.values.items():
        console.show(f"      {column}: {readable(value, _plain())}")
    if row.fact.sealed_columns:
        console.show("      " + console.say("row-personal", columns=", ".join(row.fact.sealed_columns)))


def compared(evidences: Sequence[bytes | None]) -> dict[str, Any] | None:
    """Two versions of one row beside each other, the earlier first; None where that is not what was given."""
    rows = sorted(filter(None, map(row_of, evidences)), key=lambda row: row.entry)
    if len(rows) != 2 or len(evidences) != 2 or rows[0].subject != rows[1].subject:
        return None
    sealed, seen = (row.values for row in rows)
    if rows[1].fact.seen in ("delete", "truncate"):
        return {"subject": rows[0].subject, "gone": True, "columns": []}
    changed = [
        {"column": name, "sealed": sealed.get(name), "present": seen.get(name)}
        for name in dict.fromkeys((*sealed, *seen))
        if sealed.get(name) != seen.get(name)
    ]
    return {"subject": rows[0].subject, "gone": False, "columns": changed}


def tell_compared(found: dict[str, Any] | None) -> None:
    """The same for people."""
    if found is None:
        return
    key = "row-gone" if found["gone"] else "row-differs" if found["columns"] else "row-same"
    console.show(console.say(key, subject=found["subject"]), style="bold")
    for each in found["columns"]:
        values = readable_pair(each["sealed"], each["present"], _plain())
        console.show(f"  » {each['column']}: {' → '.join(values)}")


def _plain() -> Plain:
    return SPANISH if console.language() == "es" else ENGLISH


def members(name: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """The evidence files in an archive, by its name and theirs. InputError where there are none."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            found = [info for info in archive.infolist() if info.filename.endswith(".huella.json")]
            if any(info.file_size > MOST for info in found):
                raise InputError(f"{name} is larger than {MOST} bytes", field="FILE")
            read = [(f"{name}: {info.filename}", archive.read(info)) for info in found]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise InputError(f"{name} cannot be read: {error}", field="FILE") from None
    if not read:
        raise InputError(f"{name}: no evidence is in it", field="FILE")
    yield from read
