"""The log at the root, as every C2SP client asks for it: `/checkpoint`, and `/tile/…` (tlog-tiles).

A tile never changes, nor does a partial one under its width: both may be kept for ever.
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import PlainTextResponse, Response

from huella.errors import NotFound
from huella.flow import tiles
from huella.flow.tiles import LEVELS, WIDTH, Place
from huella.web.answers import fixed
from huella.web.api.shapes import problems
from huella.web.house import HouseDep

router = APIRouter(tags=["log"])
OCTETS = "application/octet-stream"
_NUMBER = re.compile(r"((?:x[0-9]{3}/){0,5})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?\Z", re.ASCII)
Rest = Annotated[str, Path(max_length=60, examples=["000.p/5"])]


@router.get("/checkpoint", response_class=PlainTextResponse, responses=problems(404))
def checkpoint(house: HouseDep) -> PlainTextResponse:
    """The newest signed checkpoint (C2SP tlog-checkpoint)."""
    return PlainTextResponse(tiles.checkpoint(house), headers={"access-control-allow-origin": "*"})


@router.get("/tile/{level}/{rest:path}", response_class=Response, responses=problems(404))
def tile(request: Request, house: HouseDep, level: str, rest: Rest) -> Response:
    """A tile of hashes, or the bundle of its entries (`level` = `entries`), in the addresses of tlog-tiles: the number
    in groups of three digits, all but the last behind an `x`; `.p/W` for a partial one."""
    return fixed(request, tiles.tile(house, place(level, rest)), OCTETS)


def place(level: str, rest: str) -> Place:
    """The tile that an address means. NotFound for an address in any other form: each tile has one."""
    found = _NUMBER.match(rest)
    known = level == "entries" or (level.isascii() and level.isdigit() and str(int(level)) == level)
    if found is None or not known or len(level) > 7:
        raise NotFound("the log has no such tile", field="tile")
    groups = [group.strip("x") for group in found[1].split("/")[:-1]]
    width = int(found[3]) if found[3] else WIDTH
    if (groups and groups[0] == "000") or (found[3] and width >= WIDTH):
        raise NotFound("the log has no such tile", field="tile")
    if level != "entries" and int(level) >= LEVELS:
        raise NotFound("the log has no such tile", field="tile")
    return Place(None if level == "entries" else int(level), int("".join((*groups, found[2]))), width)
