"""Forms are found out by content; our own JSON Lines; an empty or foreign file."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import BinaryIO, cast

import msgspec
import pytest

from huella.errors import InputError
from huella.records import generator, intake
from huella.records.draft import Draft, Refusal

ORDERS = list(generator.orders(5, seed=1))
LIVES = [fact for order in ORDERS for fact in generator.life(order, seed=1)]


def lines(drafts: list[Draft]) -> bytes:
    return b"\n".join(msgspec.json.encode(made) for made in drafts) + b"\n"


def read(raw: bytes, form: str = "auto") -> list[Draft | Refusal]:
    return list(intake.read(io.BytesIO(raw), "hechos.jsonl", form))


def test_our_own_lines_come_back_with_their_numbers() -> None:
    found = read(lines([*ORDERS, *LIVES]))
    expected = [msgspec.structs.replace(made, row=n) for n, made in enumerate([*ORDERS, *LIVES], 1)]
    assert found == expected


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b'{"kind":"order.accepted","subject":1,"data":{}}', "/subject"),
        (b'{"kind":"order.accepted","subject":"x"}', ""),
        (b'{"kind":"order.accepted","subject":"x","data":{},"prevv":1}', ""),
        (b'{"kind":"order.accepted","subject":"x","data":[]}', "/data"),
        (b'{"kind":"order.accepted","subject":"x","data":{},"act":{"alg":5}}', "/act/alg"),
        (b'{"kind":"k","subject":"x","data":{"a":{"b":1' + b"0" * 5000 + b"}}}", "/data"),
        (b'{"kind":"x', ""),
        (b"nonsense", ""),
        (b"\xff\xfe", ""),
        (b'{"kind":"k","subject":"\\ud800","data":{}}', ""),
        (b"[" * 5000, ""),
    ],
)
def test_a_line_that_is_no_draft_is_refused_and_stops_no_other(line: bytes, field: str) -> None:
    first, second, third = read(lines(ORDERS[:1]) + line + b"\n\r\n" + lines(ORDERS[1:2]))
    assert isinstance(first, Draft)
    assert isinstance(second, Refusal)
    assert (second.row, second.field) == (2, field)
    assert (type(third), third.row) == (Draft, 4)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("perucompras/ReportePCBienes202301.excerpt.latin1.csv", "perucompras"),
        ("perucompras/portal_consultaOrdenes_2026.excerpt-A.txt", "portal"),
        ("ocds/examples/fictional-1.1-release-package-list.json", "ocds"),
        ("ocds/examples/fictional-1.1-record-package.json", "ocds"),
    ],
)
def test_the_form_is_found_out_by_content(path: str, form: str, shared_data: Path) -> None:
    raw = (shared_data / path).read_bytes()
    assert intake.recognise(raw[:65_536], path) == form
    assert read(raw) == read(raw, form)


def test_our_own_lines_are_known_from_ocds() -> None:
    assert intake.recognise(lines(ORDERS), "x") == "jsonl"
    assert intake.recognise(b'{"ocid":"ocds-1"}', "x") == "ocds"


def test_forms_are_known_where_their_first_members_are_long() -> None:
    addresses = [f"https://x.example/{n}.json" for n in range(5_000)]
    package = json.dumps({"packages": addresses, "records": []}).encode()
    assert intake.recognise(package[:65_536], "x") == "ocds"
    draft = {"data": {"text": "x" * 70_000}, "kind": "order.accepted", "subject": "x"}
    assert intake.recognise(json.dumps(draft).encode()[:65_536], "x") == "jsonl"


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n\t"])
@pytest.mark.parametrize("form", intake.READERS)
def test_an_empty_file_has_no_facts_and_is_said_to_be_empty_where_no_form_was_named(
    raw: bytes, form: str
) -> None:
    assert read(raw, form) == []
    with pytest.raises(InputError, match="is empty"):
        read(raw)


@pytest.mark.parametrize(
    "raw", [b"%PDF-1.7", b"PK\x03\x04", b"{}", b"[]", b"a;b;c\n1;2;3", b"<html>", b"\x00" * 100]
)
def test_a_foreign_file_is_refused_as_a_whole(raw: bytes) -> None:
    with pytest.raises(InputError, match="none of the known forms"):
        read(raw)


def test_utf_16_is_said_so() -> None:
    with pytest.raises(InputError, match="UTF-16"):
        read(json.dumps({"ocid": "x"}).encode("utf-16"))


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InputError, match="unknown form"):
        read(b"", "xlsx")


class Repeated:
    """A file of 40 MB that exists only as it is read."""

    def __init__(self, line: bytes, times: int) -> None:
        self.line, self.left = line, times

    def readline(self, limit: int) -> bytes:
        self.left -= 1
        return self.line if self.left >= 0 else b""

    def read(self, size: int) -> bytes:
        return self.readline(size)


def test_lines_are_read_in_flat_memory() -> None:
    file = cast(BinaryIO, Repeated(lines(ORDERS[:1]), 5_000))
    tracemalloc.start()
    count = sum(1 for _ in intake.read(file, "x"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 4_000_000
