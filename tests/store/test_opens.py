"""Much that the vault holds, looked at once: right only where every single disclosure opens to its digest."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from huella.records import disclosure
from huella.store.vault import ERASED, KEY, Boxer, opens, unbox

Given = tuple[dict[str, str], bytes, bytes]
NONCE = bytes(12)


def given(count: int) -> Given:
    """A record's digests by pointer, keys and boxes."""
    boxer = Boxer(AESGCM(bytes(KEY)), os.urandom)
    texts = [disclosure.make(os.urandom(16), f"/p{n}", f"value {n}") for n in range(count)]
    boxed = boxer.box([texts])[0]
    keys = boxer.master.decrypt(boxed.wrapped[:12], boxed.wrapped[12:], None)
    return {f"/p{n}": disclosure.digest(text) for n, text in enumerate(texts)}, keys, boxed.boxes


def boxed(key: bytes, plain: bytes) -> bytes:
    body = AESGCM(key).encrypt(NONCE, plain, None)
    return len(body).to_bytes(4, "big") + body


def under_no_key(_: Given) -> Given:
    text = disclosure.make(bytes(16), "/p0", "x")
    return {"/p0": disclosure.digest(text)}, ERASED, boxed(ERASED, text.encode())


def of_another_text(one: Given) -> Given:
    key = one[1][:KEY]
    return {"/p0": one[0]["/p0"]}, key, boxed(key, disclosure.make(bytes(16), "/p0", "other").encode())


def of_no_text(one: Given) -> Given:
    key = one[1][:KEY]
    return {"/p0": one[0]["/p0"]}, key, boxed(key, b"\xff\xfe")


FAULTS: dict[str, Callable[[Given], Given]] = {
    "another digest": lambda one: ({**one[0], "/p1": one[0]["/p0"]}, *one[1:]),
    "another key": lambda one: (one[0], bytes([one[1][0] ^ 1]) + one[1][1:], one[2]),
    "no keys": lambda one: (one[0], b"", one[2]),
    "too few keys": lambda one: (one[0], one[1][:-1], one[2]),
    "a changed box": lambda one: (one[0], one[1], one[2][:-1] + bytes([one[2][-1] ^ 1])),
    "a cut box": lambda one: (one[0], one[1], one[2][:-1]),
    "no box": lambda one: (one[0], one[1], b""),
    "an erased key": lambda one: (one[0], ERASED + one[1][KEY:], one[2]),
    "a box under no key": under_no_key,
    "a box of another text": of_another_text,
    "a box of no text": of_no_text,
}


def test_what_is_as_it_should_be_opens_at_once() -> None:
    assert opens([given(3), given(1), ({}, b"", b"")])
    assert opens([])


@pytest.mark.parametrize("fault", FAULTS)
def test_one_that_does_not_open_is_enough_to_look_at_each(fault: str) -> None:
    bad = FAULTS[fault](given(2))
    assert not opens([given(2), bad, given(2)])
    assert None in unbox(*bad).values()
