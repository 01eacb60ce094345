"""What signs papers, loaded once somebody asks for a signature."""

from __future__ import annotations

from types import ModuleType


def signing() -> ModuleType:
    """`flow.signing`: its certificates, time stamps and checks take half a second to load, for a paper now and then."""
    from huella.flow import signing as found  # noqa: PLC0415

    return found
