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
from msgspec.structs import replace

from huella.errors import HuellaError, InputError, RuleError
from huella.flow import stamped
from huella.flow.bulk import Sealer, sealing
from huella.flow.house import House
from huella.flow.paper import complete_data, gives_papers, seal_orders
from huella.flow.seal import FIRST, IMPORTED, KNOWN, Outcome, Sealed
from huella.flow.sign import replace_durably
from huella.records import kinds
from huella.records.draft import Draft, Refusal
from huella.records.intake import begin, compare
from huella.records.model import Order
from huella.store.journal import Entry

CHUNK = 4_000
TRIES = 20
"""How often an order is compared anew because others wrote its subject meanwhile. Each time somebody went on."""
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
            for chunk, following in _with_following(_chunks(rows)):
                drafts = [row for row in chunk if isinstance(row, Draft)]
                if 2 * brought.known <= brought.read and not gives_papers(house, papers or {}):
                    sealer.ahead([row for row in following if isinstance(row, Draft)])
                refused += [row for row in chunk if isinstance(row, Refusal)]
                brought.read += len(chunk)
                refused += _bring_chunk(house, drafts, brought, sealer, papers or {})
                progress(len(chunk))
    except OSError as error:
        raise InputError(f"{path.name}: {error.strerror}", field="FILE") from None
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


def _chunks(rows: Iterator[Draft | Refusal]) -> Iterator[Rows]:
    """Up to CHUNK rows at a time; a subject comes once in a chunk, so that each row meets its past."""
    chunk: Rows = []
    subjects: set[str] = set()
    for row in rows:
        subject = None
        if isinstance(row, Draft) and row.kind == IMPORTED:
            subject = row.subject
            row = row if row.act is not None else replace(row, prev=FIRST)  # noqa: PLW2901
        if len(chunk) >= CHUNK or subject in subjects:
            yield chunk
            chunk, subjects = [], set()
        chunk.append(row)
        if subject is not None:
            subjects.add(subject)
    if chunk:
        yield chunk


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
    """Seal what is new. What a comparison found is only worth something under the head if its order still has the past
    that it was compared with; one that has another by then comes again."""
    refused: list[Refusal] = []
    waiting = list(drafts)
    for again in range(TRIES):
        fresh = _fresh(house, waiting, brought, refused, first=not again)
        outcomes: Sequence[Outcome] = seal_orders(house, fresh, sealer, papers)
        waiting = []
        for draft, outcome in zip(fresh, outcomes, strict=True):
            if isinstance(outcome, Sealed):
                _count(brought, draft, outcome, papers)
            elif _moved(draft, outcome) and again + 1 < TRIES:
                waiting.append(draft)
            else:
                refused.append(_refusal(brought.file, draft, outcome))
        if not waiting:
            break
    return refused


def _moved(draft: Draft, error: HuellaError) -> bool:
    return draft.kind == IMPORTED and isinstance(error, RuleError) and error.rule == KNOWN


def _fresh(
    house: House, drafts: Sequence[Draft], brought: Brought, refused: list[Refusal], *, first: bool
) -> list[Draft]:
    """The drafts that tell something new, each with the record that it may follow; the others are counted."""
    fresh: list[Draft] = []
    imported = [draft.subject for draft in drafts if draft.kind == IMPORTED]
    latest = house.journal.latest(IMPORTED, imported) if first else {}
    for draft in drafts:
        try:
            entry = latest.get(draft.subject) if draft.kind == IMPORTED else None
            if entry is not None and not _is_newer(house, entry, draft):
                made = None
            elif entry is not None or (draft.kind == IMPORTED and not first):
                made = _behind(house, draft)
            else:
                made = draft
        except HuellaError as error:
            refused.append(_refusal(brought.file, draft, error))
            continue
        if made is None:
            brought.known += 1
        else:
            fresh.append(made)
    return fresh


def _behind(house: House, draft: Draft) -> Draft | None:
    """An imported order behind the newest record of its subject, None where it is not newer than what is known.

    Where the order did not come by an import, the rules say what they think of it.
    """
    past = house.journal.of_subject(draft.subject)
    told = [entry for entry in past if entry.kind == IMPORTED]
    if told and not _is_newer(house, told[-1], draft):
        return None
    return draft if draft.act is not None else replace(draft, prev=past[-1].leaf.hex() if told else None)


def _count(brought: Brought, draft: Draft, outcome: Sealed, papers: Mapping[str, bytes]) -> None:
    brought.sealed += 1
    if draft.subject in papers and draft.kind in stamped.KINDS:
        brought.taken.append(draft.subject)
    brought.warned += len(outcome.warnings)
    for warning in outcome.warnings[: max(0, SHOWN - len(brought.warnings))]:
        brought.warnings.append({"row": draft.row, "field": warning.field, "reason": warning.message})


def _is_newer(house: House, known: Entry, draft: Draft) -> bool:
    """Whether a draft adds a record: `same` and `older` change nothing. InputError for a contradiction."""
    before: Order = kinds.read(IMPORTED, complete_data(house, known))
    given: Order = kinds.read(IMPORTED, draft.data)
    verdict = compare.newer(before, given)
    if verdict == compare.CONTRADICTION:
        raise InputError(
            "this row and the registered one tell different things of the same state at the same time",
            field="/origin/extracted_at",
            advice="One of the two files was changed. `huella show` tells what is registered.",
        )
    return verdict == compare.NEWER


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
