"""The application: one house, shared by the threads that answer; every family of routes is added here.

request ─► headers and language ─► router (api | portal | tiles | static) ─► flow ─► answer or problem document

The house may be used by any thread: its engine gives each one a connection, the journal lets one write at a time, the
signer and the ledgers hold locks of their own. A handler that reads more than once does so inside `house.moment()`.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from huella.flow.house import House
from huella.later import later
from huella.web import auth, forms, problems, routes
from huella.web.api import API
from huella.web.headers import Headers
from huella.web.limits import Limits
from huella.web.pages import Pages
from huella.web.static import mount_static
from huella.web.views.chain import Remembered
from huella.web.views.figures import Kept
from huella.web.watching import Watching, registry_of

if TYPE_CHECKING:
    from huella.web.api import bodies
else:  # for who reads the description
    bodies = later("huella.web.api.bodies")


class Described(FastAPI):
    """The application, whose OpenAPI document has the schemas that its routes name without being checked by them."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once. A model for each status of each route would take longer than all else at start."""
        if self.openapi_schema is None:
            self.state.rest.add()
            made = super().openapi()
            problem = problems.Problem.model_json_schema()
            shapes = made.setdefault("components", {}).setdefault("schemas", {})
            shapes |= {"Problem": problem, **bodies.schemas()}
        return super().openapi()


def bare() -> FastAPI:
    """The application without a registry, with the routes that are there at once."""
    app = Described(
        title="Huella",
        summary="A register of public purchase orders and offers that nobody can change without leaving a trace",
        version=version("huella"),
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.router.routes.extend(routes.at_once())
    app.state.rest = routes.Rest(app)
    return app


def description() -> dict[str, Any]:
    """The API's OpenAPI document, for which no registry is needed."""
    app = bare()
    app.router.routes.append(app.state.rest)
    return app.openapi()


def create_app(house: House) -> FastAPI:
    """The whole application over an open registry (or a mirror, which has the reading half alone)."""
    app = bare()
    app.state.house = house
    app.state.pages = Pages(house)
    app.state.statistics = Kept()
    app.state.chain = Remembered()
    problems.install(app, API)
    app.add_exception_handler(forms.Stale, forms.hold)
    app.add_exception_handler(auth.SignInFirst, auth.lead_in)
    settings = house.settings
    app.state.figures = registry_of(house)
    app.add_middleware(
        Limits, rate=settings.number("web.rate"), guesses=settings.number("web.guesses"), api=API
    )
    app.add_middleware(Watching, registry=app.state.figures)
    app.add_middleware(Headers, secure=house.settings.text("registry.address").startswith("https://"))
    mount_static(app)
    app.router.routes.append(app.state.rest)
    return app


def prepare(app: FastAPI) -> None:
    """Load what the first readers would wait for: all routes, and every page's template. Nearly a second of CPU."""
    app.state.rest.load()
    app.state.pages.load()
