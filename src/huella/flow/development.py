"""The development authority of an open registry: it signs, and answers who checks its certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huella.errors import NotFound
from huella.flow.house import House
from huella.later import later

if TYPE_CHECKING:
    from huella.documents import authority
else:
    authority = later("huella.documents.authority")


def development(house: House) -> authority.Authority:
    """The registry's development authority. NotFound where it signs with something else, or is a mirror."""
    if house.mirror or house.settings.text("signatures.key") != "development":
        raise NotFound("this registry has no development authority")
    return authority.Authority(house.settings.path("signatures.folder"), house.now, house.randomness)
