"""A registry with something of everything, and a client of its application: no socket between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

import cast
import offer_cases as people
import tenders
from cast import Clock, fact
from huella.flow import source_watch
from huella.flow.house import House, open_house
from huella.flow.paper import seal_orders
from huella.flow.seal import Sealed
from huella.records.draft import Draft
from huella.web.app import create_app

HOSTILE = "<script>alert(1)</script>&\"'"
FIRST, NATURAL, HOSTILE_ORDER = (f"OCAM-2026-1335-{n}-0" for n in (1, 2, 3))
REQUIREMENT = tenders.NUMBER


@dataclass
class Site:
    """A registry, its application, and who asks it."""

    house: House
    app: FastAPI
    client: TestClient
    clock: Clock
    folder: Path


def make(folder: Path, url: str | None) -> None:
    """A new registry, closed again: a decided procedure, three orders (1 delivered, 2 of a natural person, 3 with a
    hostile name), anchored."""
    clock = Clock(tenders.START)
    with cast.registry(folder, url, clock, documents__order_pdf="sealing") as house:
        fill(house, clock)


@contextmanager
def opened(folder: Path, url: str | None, limits: dict[str, str | int] | None = None) -> Iterator[Site]:
    """The application over a registry in a folder, or over a copy of it with its database at `url`."""
    clock = Clock(tenders.START)
    clock.forward(days=2, hours=8)
    if url is not None:
        (line,) = [
            each
            for each in (folder / "huella.toml").read_text().splitlines()
            if "postgresql+psycopg://h" in each
        ]
        text = (folder / "huella.toml").read_text().replace(line, f'url = "{url}"')
        (folder / "huella.toml").write_text(text)
    with open_house(folder, clock, cast.randomness(f"site {folder}")) as whole:
        # tests ask from one address as fast as they can
        values = {"web.rate": 100_000, "web.guesses": 100_000, **(limits or {})}
        house = replace(whole, settings=replace(whole.settings, values={**whole.settings.values, **values}))
        app = create_app(house)
        with TestClient(app, base_url="http://localhost:8000", raise_server_exceptions=False) as client:
            yield Site(house, app, client, clock, folder)


def fill(house: House, clock: Clock) -> None:
    """Everything that the site's registry holds."""
    data = dict(people.REQUIREMENT)
    cast.sealed(house, Draft(kind="requirement.published", subject=REQUIREMENT, data=data))
    fair = tenders.Fair(house, clock, tenders.request_of(house))
    for n, supplier in enumerate((people.andina(), people.rosa())):
        fair.send(tenders.quote(fair.request, supplier, f"{2150 + n}.5"))
    fair.decide()
    hostile = cast.order(3, supplier={"ruc": "20100047641", "name": HOSTILE})
    for outcome in seal_orders(house, [cast.order(1), cast.natural_order(2), hostile]):
        assert isinstance(outcome, Sealed), outcome
    cast.sealed(
        house,
        fact("order.accepted", 1, mode="explicit"),
        fact("delivery.made", 1, delivery=1, effective_at="2026-11-24T15:00:00.000Z"),
    )
    cast.anchored(house)


def forged_source(site: Site) -> None:
    """The site watches the source `siga`, in which a total was changed from 1475.5 to 0.01 after it was sealed."""
    address = site.folder.parent / "siga.db"
    with closing(sqlite3.connect(address, isolation_level=None)) as system:
        system.execute("CREATE TABLE orden (id INTEGER PRIMARY KEY, numero TEXT, total NUMERIC)")
        system.execute("INSERT INTO orden VALUES (1, 'OCAM-2026-1335-9-0', 1475.5)")
        plan = source_watch.propose_plan(f"sqlite:///{address}", "siga", "polling").text
        source_watch.keep_plan(site.house, "siga", plan.replace("safety = 10.0", "safety = 0.01"))
        for total in ("1475.5", "0.01"):
            system.execute("UPDATE orden SET total = ?", (total,))
            with source_watch.watching(site.house, "siga") as watched:
                watched.audit()
            cast.anchored(site.house)
