"""No page is forgotten: what axe and the camera visit is what the application's routes have."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi.routing import APIRoute
from starlette.routing import Match

from huella.web import families
from huella.web.portal import admin
from web.every_page import NOT_PAGES, VISITS


def routes() -> Iterator[APIRoute]:
    """The portal's routes that answer a GET, in the order in which they are asked."""
    for router in families.PAGES:
        yield from (
            each for each in router.routes if isinstance(each, APIRoute) and "GET" in (each.methods or ())
        )


def route_of(path: str) -> str | None:
    """The route that answers for a path."""
    asked = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return next((each.path for each in routes() if each.matches(asked)[0] is Match.FULL), None)


def visited() -> set[str]:
    """All paths at which a visit looks, without what is asked there."""
    paths = [visit.ends or visit.path for visit in VISITS.values()] + [
        visit.path for visit in VISITS.values()
    ]
    return {
        each.partition("?")[0].removeprefix("{mirror}").replace("{", "").replace("}", "") for each in paths
    }


def test_every_page_is_visited() -> None:
    answered = {route_of(path) for path in visited()}
    assert {each.path for each in routes()} - answered == set(NOT_PAGES)


def test_every_section_of_the_administration_is_visited() -> None:
    assert {f"/admin/{section}" for section in admin.MAY} <= visited()


def test_a_visit_that_no_page_answers_is_one_of_a_problem() -> None:
    names = {name for name, visit in VISITS.items() if route_of(visit.path.partition("?")[0]) is None}
    assert all(name.startswith(("problem-", "mirror")) for name in names), names
