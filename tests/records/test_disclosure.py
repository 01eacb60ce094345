"""Sealed fields: what stands in the record, what opens it, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import InputError
from huella.records import canonical, disclosure

Salt = Callable[[], bytes]


def test_the_digest_is_of_the_text_as_it_stands() -> None:
    text = disclosure.make(b"0123456789abcdef", "/supplier/name", "ROSA")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert json.loads(raw) == ["MDEyMzQ1Njc4OWFiY2RlZg", "/supplier/name", "ROSA"]
    expected = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    assert disclosure.digest(text) == expected


@given(st.lists(st.text(st.characters(codec="ascii")), max_size=9))
def test_digests_of_many_are_each_ones_digest(texts: list[str]) -> None:
    assert disclosure.digests([text.encode() for text in texts]) == [disclosure.digest(t) for t in texts]


def test_no_digest_is_made_of_what_is_not_ascii() -> None:
    with pytest.raises(InputError):
        disclosure.digests([b"ok", "ñ".encode()])


def test_a_sealed_member_goes_and_its_parent_stays(salt: Salt) -> None:
    data = {"contact": {"email": "a@b.example"}, "list": ["x", "y"]}
    public, sealed, texts = disclosure.seal(data, ["/contact/email", "/list/1"], salt)
    assert public == {"contact": {}, "list": ["x", None]}
    assert list(sealed) == ["/contact/email", "/list/1"]
    assert disclosure.apply(public, sealed, texts) == data


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 9) | st.text(max_size=5), min_size=1), st.data()
)
def test_any_choice_of_fields_comes_back(data: dict[str, Any], chosen: st.DataObject) -> None:
    pointers = chosen.draw(st.lists(st.sampled_from(sorted(f"/{k}" for k in data)), unique=True))
    public, sealed, texts = disclosure.seal(data, pointers, lambda: bytes(16))
    shown = chosen.draw(st.sets(st.sampled_from(texts))) if texts else set()
    opened = disclosure.apply(public, sealed, shown)
    kept = {disclosure.parse(text).pointer for text in shown}
    assert opened == {k: v for k, v in data.items() if f"/{k}" not in sealed or f"/{k}" in kept}


def test_the_same_value_never_has_the_same_digest(salt: Salt) -> None:
    _, sealed, _ = disclosure.seal({"a": "10", "b": "10"}, ["/a", "/b"], salt)
    assert len(set(sealed.values())) == 2


def test_pointers_with_slash_and_tilde_are_escaped(salt: Salt) -> None:
    public, sealed, texts = disclosure.seal({"a/b~c": 1}, ["/a~1b~0c"], salt)
    assert public == {}
    assert disclosure.apply(public, sealed, texts) == {"a/b~c": 1}


def test_a_value_may_hold_sealed_fields_of_its_own(salt: Salt) -> None:
    content = {"price": "10.00", "brand": "ANDINA"}
    inner, inner_sealed, inner_texts = disclosure.seal(content, ["/price"], salt)
    data = {"closes": "2026-11-23", "content": {**inner, "sealed": inner_sealed}}
    public, sealed, texts = disclosure.seal(data, ["/content"], salt)
    outer = disclosure.apply(public, sealed, texts)
    assert outer["content"] == {"brand": "ANDINA", "sealed": inner_sealed}
    assert disclosure.apply(public, sealed, [*texts, *inner_texts])["content"]["price"] == "10.00"
    with pytest.raises(InputError, match="matches no sealed field"):
        disclosure.apply(public, sealed, inner_texts)


def test_a_disclosure_of_another_place_is_refused(salt: Salt) -> None:
    text = disclosure.make(salt(), "/b", 1)
    with pytest.raises(InputError, match="belongs to /b"):
        disclosure.apply({}, {"/a": disclosure.digest(text)}, [text])


def test_a_place_that_is_taken_is_not_overwritten(salt: Salt) -> None:
    text = disclosure.make(salt(), "/a", 1)
    with pytest.raises(InputError, match="taken"):
        disclosure.apply({"a": 2}, {"/a": disclosure.digest(text)}, [text])


def test_a_disclosure_that_nothing_asks_for_is_refused(salt: Salt) -> None:
    with pytest.raises(InputError, match="matches no sealed field"):
        disclosure.apply({}, {}, [disclosure.make(salt(), "/a", 1)])


@pytest.mark.parametrize(
    "parts",
    [
        ["c2FsdA", "/a", 1],  # a short salt
        ["MDEyMzQ1Njc4OWFiY2RlZg", "/a"],  # no value
        ["MDEyMzQ1Njc4OWFiY2RlZg", 1, 1],  # no pointer
        ["MDEyMzQ1Njc4OWFiY2RlZg", "/a", 1.5],  # a float
        {"salt": 1},
    ],
)
def test_a_malformed_disclosure_is_refused(parts: Any) -> None:
    with pytest.raises(InputError):
        disclosure.parse(disclosure.b64(json.dumps(parts, separators=(",", ":")).encode()))


@pytest.mark.parametrize("change", ["=", "!", "\n", " "])
def test_base64url_has_one_spelling(change: str, salt: Salt) -> None:
    with pytest.raises(InputError):
        disclosure.parse(disclosure.make(salt(), "/a", 1) + change)


def test_json_that_is_not_canonical_is_refused() -> None:
    spaced = b'["MDEyMzQ1Njc4OWFiY2RlZg", "/a", 1]'
    with pytest.raises(InputError, match="canonical"):
        disclosure.parse(disclosure.b64(spaced))
    assert disclosure.parse(disclosure.b64(canonical.encode(json.loads(spaced)))).value == 1


@pytest.mark.parametrize("pointer", ["a", "/missing", "/list/9", "/list/01", "/list/-", "/text/x"])
def test_a_pointer_to_no_place_is_refused(pointer: str, salt: Salt) -> None:
    with pytest.raises(InputError):
        disclosure.seal({"list": [1], "text": "x"}, [pointer], salt)


@pytest.mark.parametrize("extra", ["the same again", "é"])
def test_a_disclosure_comes_once_and_is_ascii(extra: str) -> None:
    text = disclosure.make(b"s" * 16, "/a", "value")
    with pytest.raises(InputError, match="comes once"):
        disclosure.apply(
            {}, {"/a": disclosure.digest(text)}, [text, text if extra == "the same again" else extra]
        )


def test_an_inner_digest_that_is_no_text_opens_nothing() -> None:
    text = disclosure.make(b"s" * 16, "/a", {"sealed": {"/b": ["no digest"]}})
    opened = disclosure.apply({}, {"/a": disclosure.digest(text)}, [text])
    assert opened == {"a": {"sealed": {"/b": ["no digest"]}}}
