"""What a handler is given: the house, and the public address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from huella.errors import NotAllowed
from huella.flow.house import House
from huella.web.pages import Pages


def house_of(request: Request) -> House:
    """The registry that this application answers for."""
    found: House = request.app.state.house
    return found


def owner_of(request: Request) -> House:
    """The same for a handler that writes. NotAllowed in a mirror, which has no keys."""
    found = house_of(request)
    if found.mirror:
        raise NotAllowed(
            "this is a mirror: it has no keys, and writes nothing",
            advice="Write in the registry that it follows.",
        )
    return found


def pages_of(request: Request) -> Pages:
    """What renders the portal's pages."""
    found: Pages = request.app.state.pages
    return found


HouseDep = Annotated[House, Depends(house_of)]
OwnerDep = Annotated[House, Depends(owner_of)]
PagesDep = Annotated[Pages, Depends(pages_of)]
