"""Our own input form: one `Draft` a line as a JSON object, all kinds (docs/spec/record.md, Input form)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from huella.records.draft import Draft, Refusal
from huella.records.intake.source import Source

MAX_LINE = 16 * 1024 * 1024
_decoder = msgspec.json.Decoder(Draft)


def claims(head: bytes) -> bool:
    """Whether the first line is an object with the members of a draft, or begins one that is longer than the head."""
    first, end, _ = head.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    if not first.startswith(b"{"):
        return False
    return (b'"kind"' in first and b'"subject"' in first) or (not end and b'"data"' in first)


def read(source: Source) -> Iterator[Draft | Refusal]:
    """Each fact of the file. `row` is the line's number, from 1; empty lines are passed over."""
    for number, raw in source.lines(MAX_LINE):
        line = raw.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        field, reason = "", ""
        if len(raw) > MAX_LINE:
            reason, line = f"the line has more than {MAX_LINE} bytes", line[:1000]
        else:
            try:
                yield msgspec.structs.replace(_decoder.decode(line), row=number)
                continue
            except msgspec.ValidationError as error:
                reason, _, path = str(error).partition(" - at `$")
                path = path.partition("[...]")[0]  # within free members it does not tell which
                field = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                reason = f"not JSON: {error}"
        content = line.decode("utf-8", errors="replace")
        yield Refusal(file=source.name, row=number, field=field, reason=reason, content=content)
