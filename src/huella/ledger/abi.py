"""Values of contracts as bytes and back: the `eth_abi` package, loaded by the first call that needs it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any


class Unreadable(ValueError):
    """Bytes that are not of the types asked for."""


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """The ABI encoding of values of these types."""
    return bytes(_codec().encode(types, values))


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """The values of these types. Unreadable where the bytes do not hold them."""
    codec = _codec()
    try:
        found: tuple[Any, ...] = codec.decode(types, data)
    except codec.exceptions.DecodingError as error:
        raise Unreadable(str(error)) from error
    return found


@cache
def _codec() -> ModuleType:
    # The package brings a grammar and a validation framework along: a third of a second of CPU, which nobody who
    # asks no contract should wait for when a registry is opened.
    return importlib.import_module("eth_abi")
