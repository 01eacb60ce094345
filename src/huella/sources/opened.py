"""A source, opened by its plan: its rows, its log where it is streamed, its moments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from huella.errors import InputError
from huella.sources import mysql, postgresql, sqlite
from huella.sources.feed import LogFeed
from huella.sources.mysql import MySQL
from huella.sources.plan import REPLICATION, Plan, address
from huella.sources.postgresql import PostgreSQL
from huella.sources.reader import Reader
from huella.sources.sqlite import SQLite


@dataclass(frozen=True, slots=True)
class Source:
    """One watched database. `feed` is None where it is polled."""

    plan: Plan
    rows: Reader
    feed: LogFeed | None

    def close(self) -> None:
        """Let all connections go; the next use opens them again."""
        self.rows.product.close()
        if self.feed is not None:
            self.feed.close()


def open_source(plan: Plan, folder: Path) -> Source:
    """The source of a plan; nothing is connected yet. InputError where the plan asks what the product does not have."""
    return open_at(address(plan, folder), plan)


def open_at(url: URL, plan: Plan) -> Source:
    """The same at an address."""
    backend = url.get_backend_name()
    if plan.capture == REPLICATION and backend != "postgresql":
        raise InputError("only PostgreSQL's log is read: capture is polling here", field="capture")
    if backend == "postgresql":
        product = PostgreSQL(url, plan)
        feed = LogFeed(url, plan, product) if plan.capture == REPLICATION else None
        return Source(plan, Reader(plan, product, postgresql.quote, postgresql.back), feed)
    if backend == "sqlite":
        return Source(plan, Reader(plan, SQLite(url, plan), sqlite.quote, sqlite.back), None)
    return Source(plan, Reader(plan, MySQL(url, plan), mysql.quote, mysql.back), None)
