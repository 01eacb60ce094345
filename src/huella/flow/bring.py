"""Bringing in files: foreign forms and our own, row by row. A refused row never stops the others.

Importing twice changes nothing: an order that is known is compared, and only a newer state adds a record to its chain.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from huella.errors import HuellaError, InputError
from huella.flow import stamped
from huella.flow.bulk import Sealer, sealing
from huella.flow.compared import Known, apart, seal_compared
from huella.flow.house import House
from huella.flow.paper import gives_papers, seal_orders
from huella.flow.seal import Sealed
from huella.flow.sign import replace_durably
from huella.records.draft import Draft, Refusal
from huella.records.intake import begin

CHUNK = 4_000
WITH_PAPERS = 100
"""Rows at a time where orders get a paper first: some hundredths of a second each, and held until they are sealed."""
SHOWN = 20
"""Refusals and warnings that a result carries in full."""

_QUOTED = re.compile(r"""(?<!\w)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)""")
"""What a reason quotes of the row (`repr` of a value): a name may stand in any column of a row that is out of order."""

Progress = Callable[[int], None]
Rows = list[Draft | Refusal]


@dataclass(slots=True)
class Brought:
    """What came of one file: counts, the first refusals and warnings, and where the refused rows went."""

    file: str
    form: str = ""
    read: int = 0
    sealed: int = 0
    known: int = 0
    refused: int = 0
    warned: int = 0
    refusals: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    refused_file: str | None = None
    taken: list[str] = field(default_factory=list)


def bring(
    house: House,
    path: Path,
    form: str,
    progress: Progress = lambda _: None,
    papers: Mapping[str, bytes] | None = None,
) -> Brought:
    """Import one file. Refused rows go to `NAME.refused.jsonl` beside it, their content encrypted.
    `papers` are stamped PDFs by the numbers of their orders; `taken` tells whose were kept.

    Raises InputError where the file cannot be read or is of no known form; nothing was sealed then.
    """
    house.check_owner()
    brought = Brought(path.name)
    refused: list[Refusal] = []
    try:
        with path.open("rb") as file, sealing(house, path.stat().st_size) as sealer:
            brought.form, rows = begin(file, path.name, form)
            given = gives_papers(house, papers or {})
            for chunk, following in _with_following(apart(rows, _draft, WITH_PAPERS if given else CHUNK)):
                drafts = [row for row in chunk if isinstance(row, Draft)]
                if 2 * brought.known <= brought.read and not given:
                    sealer.ahead([row for row in following if isinstance(row, Draft)])
                refused += [row for row in chunk if isinstance(row, Refusal)]
                brought.read += len(chunk)
                refused += _bring_chunk(house, drafts, brought, sealer, papers or {})
                progress(len(chunk))
    except OSError as error:
        raise InputError(f"{path.name}: {error.strerror}", field="FILE") from None
    except InputError as error:
        if error.field or path.name in str(error):
            raise
        raise InputError(f"{path.name}: {error}", field="FILE", advice=error.advice) from None
    brought.refused = len(refused)
    refused.sort(key=lambda refusal: refusal.row)
    brought.refusals = [{"row": r.row, "field": r.field, "reason": r.reason} for r in refused[:SHOWN]]
    brought.refused_file = _write_refused(house, path, refused)
    return brought


def check_files(paths: Sequence[Path]) -> None:
    """InputError for the first of several files that cannot be read, before anything of the others is sealed."""
    for path in paths:
        fault = 0
        if not path.exists():
            fault = errno.ENOENT
        elif path.is_dir():
            fault = errno.EISDIR
        elif not os.access(path, os.R_OK):
            fault = errno.EACCES
        if fault:
            raise InputError(f"{path.name or path}: {os.strerror(fault)}", field="FILE")


def refused_rows(house: House, path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of refused rows, opened with the vault's key."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path.name}: {error.strerror}", field="FILE") from None
    for number, line in enumerate(lines, 1):
        try:
            row = orjson.loads(line)
            for name in ("reason", "content"):
                if f"sealed_{name}" in row:
                    row[name] = house.vault.unwrap(row.pop(f"sealed_{name}")).decode()
        except (orjson.JSONDecodeError, HuellaError, TypeError) as error:
            raise InputError(
                f"line {number} is no refused row of this registry: {error}", field="FILE"
            ) from None
        yield row


def _draft(row: Draft | Refusal) -> Draft | None:
    return row if isinstance(row, Draft) else None


def _with_following(chunks: Iterator[Rows]) -> Iterator[tuple[Rows, Rows]]:
    """Each chunk with the one behind it, which is read before. Where that fails, the chunk still comes first."""
    chunk: Rows | None = None
    try:
        for following in chunks:
            if chunk is not None:
                yield chunk, following
            chunk = following
    except (HuellaError, OSError):
        if chunk is not None:
            yield chunk, []
        raise
    if chunk is not None:
        yield chunk, []


def _bring_chunk(
    house: House, drafts: Sequence[Draft], brought: Brought, sealer: Sealer, papers: Mapping[str, bytes]
) -> list[Refusal]:
    """Seal what is new, count what is known; what is refused."""
    refused: list[Refusal] = []
    answers = seal_compared(house, drafts, lambda fresh: seal_orders(house, fresh, sealer, papers))
    for draft, answer in zip(drafts, answers, strict=True):
        if isinstance(answer, Sealed):
            _count(brought, draft, answer, papers)
        elif isinstance(answer, Known):
            brought.known += 1
        else:
            refused.append(_refusal(brought.file, draft, answer))
    return refused


def _count(brought: Brought, draft: Draft, outcome: Sealed, papers: Mapping[str, bytes]) -> None:
    brought.sealed += 1
    if draft.subject in papers and draft.kind in stamped.KINDS:
        brought.taken.append(draft.subject)
    brought.warned += len(outcome.warnings)
    for warning in outcome.warnings[: max(0, SHOWN - len(brought.warnings))]:
        brought.warnings.append({"row": draft.row, "field": warning.field, "reason": warning.message})


def _refusal(file: str, draft: Draft, error: HuellaError) -> Refusal:
    place = error.field if isinstance(error, InputError) else "kind"
    content = orjson.dumps({"kind": draft.kind, "subject": draft.subject, "data": draft.data}).decode()
    return Refusal(file=file, row=draft.row, field=place, reason=str(error), content=content)


def _write_refused(house: House, path: Path, refused: Sequence[Refusal]) -> str | None:
    """One JSON object a row. Without refusals a file of an earlier run goes: it would tell of rows that are in.

    A refused row may hold a person's name or number in any spelling and column, that may be why it was refused: its
    content is encrypted whatever it looks like, and its reason too where that quotes the row.
    """
    target = path.with_name(path.name + ".refused.jsonl")
    if not refused:
        target.unlink(missing_ok=True)
        return None
    try:
        replace_durably(target, b"".join(_refused_line(house, refusal) for refusal in refused))
    except OSError as error:
        raise InputError(
            f"{target.name}: {error.strerror}",
            field="FILE",
            advice="Everything but the refused rows is sealed. Import the file again where its folder can be written.",
        ) from None
    return target.name


def _refused_line(house: House, refusal: Refusal) -> bytes:
    row: dict[str, Any] = {"file": refusal.file, "row": refusal.row, "field": refusal.field}
    row["reason"] = _QUOTED.sub("…", refusal.reason)
    if row["reason"] != refusal.reason:
        row["sealed_reason"] = house.vault.wrap(refusal.reason.encode(errors="replace"))
    row["sealed_content"] = house.vault.wrap(refusal.content.encode(errors="replace"))
    return orjson.dumps(row) + b"\n"
