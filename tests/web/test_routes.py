"""Routes that are loaded when somebody asks for one: nobody can tell the difference, but for the time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute

from huella.web import routes
from huella.web.app import description


def _answer() -> dict[str, str]:
    return {"said": "here"}


@pytest.fixture
def loads() -> list[str]:
    return []


@pytest.fixture
def client(loads: list[str]) -> TestClient:
    def loading() -> list[BaseRoute]:
        loads.append("loaded")
        return [APIRoute("/later", _answer, methods=["GET"])]

    app = FastAPI()
    app.add_api_route("/first", _answer)
    app.router.routes.append(routes.Rest(app, loading))
    return TestClient(app)


def test_what_is_there_at_once_loads_nothing(client: TestClient, loads: list[str]) -> None:
    assert client.get("/first").json() == {"said": "here"}
    assert not loads


def test_the_first_request_for_another_route_is_answered_by_it(client: TestClient, loads: list[str]) -> None:
    assert client.get("/later").json() == {"said": "here"}
    assert client.get("/later").status_code == 200
    assert loads == ["loaded"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nowhere", 404), ("POST", "/first", 405), ("POST", "/later", 405)]
)
def test_what_no_route_answers_is_refused_as_ever(
    client: TestClient, method: str, path: str, status: int
) -> None:
    assert client.request(method, path).status_code == status


def test_many_first_requests_at_once_load_them_once(client: TestClient, loads: list[str]) -> None:
    with client, ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(lambda _: client.get("/later").status_code, range(40)))
    assert answers == [200] * 40
    assert loads == ["loaded"]


def test_a_route_that_cannot_be_loaded_is_tried_again() -> None:
    app, tries = FastAPI(), [[APIRoute("/later", _answer)]]

    def loading() -> list[BaseRoute]:
        tries.append([])
        if len(tries) == 2:
            raise OSError("the disk hiccups")
        return list(tries[0])

    app.router.routes.append(routes.Rest(app, loading))
    client = TestClient(app, raise_server_exceptions=False)
    assert [client.get("/later").status_code for _ in range(2)] == [500, 200]


def test_the_description_has_the_routes_of_all_families_and_no_page() -> None:
    described = set(description()["paths"])
    assert {"/api/v1/health", "/api/v1/orders", "/api/v1/webhooks", "/checkpoint"} <= described
    assert not {"/", "/buscar", "/login"} & described
