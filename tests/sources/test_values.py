"""Canonical values: the same text whatever driver reads it."""

from __future__ import annotations

import pytest

from huella.sources import values

POSTGRESQL = [
    ("int8", "42", "int:42"), ("numeric", "1475.00", "dec:1475.00"), ("numeric", "1475.0", "dec:1475.0"),
    ("numeric", "NaN", "dec:NaN"), ("float4", "1.1", "float:1.1"), ("float8", "0.1", "float:0.1"),
    ("float8", "1e+22", "float:1e+22"), ("bool", "t", "bool:true"), ("bool", "f", "bool:false"),
    ("text", "", "text:"), ("text", "ARTI\u0301CULO ", "text:ARTI\u0301CULO "), ("bpchar", "AB  ", "text:AB  "),
    ("date", "2026-11-25", "date:2026-11-25"), ("date", "infinity", "date:infinity"),
    ("time", "10:00:00", "time:10:00:00.000000"), ("timetz", "10:00:00.5-05", "time:10:00:00.500000-05"),
    ("timestamp", "2026-11-25 10:00:00", "datetime:2026-11-25T10:00:00.000000"),
    ("timestamptz", "2026-11-25 10:00:00.123+00", "instant:2026-11-25T10:00:00.123000Z"),
    ("timestamptz", "infinity", "instant:infinity"), ("interval", "P1Y", "interval:P1Y"),
    ("jsonb", '{"a": 1}', 'json:{"a": 1}'), ("inet", "10.0.0.1", "other:10.0.0.1"),
    ("_text", '{a,"b \\"c",NULL,"NULL",{}}', 'list:["text:a","text:b \\"c","null","text:NULL",[]]'),
    ("_int4", "[0:1]={1,2}", 'list:["int:1","int:2"]'),
    ("bytea", "\\x", "bin:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:0"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "expected"), POSTGRESQL)
def test_what_postgresql_writes_has_one_canonical_form(kind: str, given: str, expected: str) -> None:
    assert values.of_postgresql(kind)(given) == expected


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("bigint", "-7", "int:-7"), ("decimal", "10.500", "dec:10.500"), ("float", "16777216", "float:16777216.0"),
        ("double", "0.1", "float:0.1"), ("varchar", "AÑO", "text:AÑO"), ("bit", b"\x01\x00", "int:256"),
        ("datetime", "0000-00-00 00:00:00", "datetime:0000-00-00T00:00:00.000000"),
        ("timestamp", "2026-11-25 10:00:00.000001", "instant:2026-11-25T10:00:00.000001Z"),
        ("time", "-838:59:59", "time:-838:59:59.000000"),
        ("blob", b"", "bin:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855:0"),
    ],
)  # fmt: skip
def test_what_mysql_writes_has_one_canonical_form(kind: str, given: object, expected: str) -> None:
    assert values.of_mysql(kind)(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"), [(1, "int:1"), (1.0, "float:1.0"), ("1", "text:1"), (None, "null"), (b"1", None)]
)
def test_sqlite_has_five_classes_that_are_kept_apart(given: object, expected: str | None) -> None:
    made = values.of_sqlite(given)
    assert made == expected or (expected is None and made.startswith("bin:"))


def test_null_is_neither_an_empty_text_nor_the_word() -> None:
    convert = values.of_postgresql("text")
    assert (convert(None), convert(""), convert("null")) == ("null", "text:", "text:null")


def test_a_long_text_is_sealed_by_digest_and_size() -> None:
    made = values.of_postgresql("text")("Ñ" * 5_000)
    assert made.startswith("text#:")
    assert made.endswith(":10000")


def test_what_json_cannot_hold_is_kept_whole() -> None:
    assert values.of_mysql("varchar")("a\0b") == "raw:YQBi"
    assert values.of_sqlite(b"\xff".decode("utf-8", "surrogateescape")) == "raw:_w"


@pytest.mark.parametrize("value", ["int:42", "float:1.5", "text:a:b"])
def test_a_key_goes_back_to_sqlite_as_it_came(value: str) -> None:
    assert values.of_sqlite(values.to_sqlite(value)) == value
