"""The identity provider (OpenID Connect) where people may sign in, as the settings name it; `oidc` asks it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from huella.errors import InputError, SettingsError
from huella.flow.house import House

LONGEST = 255
"""Characters of a subject (OpenID Connect Core, 2)."""
BACK = "/login/oidc/return"
"""Where the provider sends people back to, below the registry's address."""
_HERE = ("localhost", "127.0.0.1", "::1")


class Provider(NamedTuple):
    """An identity provider, and what it knows this registry by. `acr` and `amr` are what an ID token may tell as proof
    of a second factor; empty: it proves none."""

    issuer: str
    client: str
    secret: str
    name: str
    acr: frozenset[str]
    amr: frozenset[str]


def of(house: House) -> Provider | None:
    """The provider of a registry; None where people sign in here alone. SettingsError where it is named by half."""
    text = house.settings.text
    issuer = text("oidc.issuer")
    if not issuer or house.mirror:
        return None
    if not is_safe(issuer) or not text("oidc.client"):
        raise SettingsError("oidc.issuer is an https address without query, and oidc.client is set with it")
    acr, amr = (frozenset(text(name).split()) for name in ("oidc.acr", "oidc.amr"))
    name = text("oidc.name") or str(urlsplit(issuer).hostname)
    return Provider(issuer, text("oidc.client"), text("oidc.secret"), name, acr, amr)


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read or change what is asked there: https, or this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    plain = parts.username is None and not parts.query and not parts.fragment
    return bool(host) and plain and (parts.scheme == "https" or (parts.scheme == "http" and host in _HERE))


def subject_of(house: House, sub: str) -> str:
    """What a person is tied to: the provider and its name for somebody, which no other provider can give.

    SettingsError where there is no provider, InputError for what cannot be a provider's name for somebody.
    """
    found = of(house)
    if found is None:
        raise SettingsError(
            "this registry has no identity provider", advice="Set oidc.issuer and oidc.client."
        )
    if not (0 < len(sub) <= LONGEST and sub.isascii() and sub.isprintable() and sub == sub.strip()):
        raise InputError(f"a subject has 1 to {LONGEST} printable ASCII characters", field="subject")
    return f"{found.issuer}|{sub}"
