"""The development authority of an open registry: it signs, and answers who checks its certificates."""

from __future__ import annotations

from huella.documents.authority import Authority
from huella.errors import NotFound
from huella.flow.house import House


def development(house: House) -> Authority:
    """The registry's development authority. NotFound where it signs with something else, or is a mirror."""
    if house.mirror or house.settings.text("signatures.key") != "development":
        raise NotFound("this registry has no development authority")
    return Authority(house.settings.path("signatures.folder"), house.now, house.randomness)
