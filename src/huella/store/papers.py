"""The outbox of signing: papers as rows, their states changed by compare-and-swap and a row count.

due ──► signed ──► signed, renewed
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from huella.store import database
from huella.store.tables import papers

DUE, SIGNED = "due", "signed"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper to issue: `name` is `kind/entry`; `body` and `until` (UTC) once it is signed."""

    name: str
    kind: str
    entry: int
    state: str = DUE
    body: bytes | None = None
    until: str | None = None


class Papers:
    """The papers of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, kind: str, entry: int) -> Paper:
        """Put a paper in the outbox, or find it there."""
        name = f"{kind}/{entry}"
        found = self.find(name)
        if found is not None:
            return found
        try:
            with database.writing(self._engine) as connection:
                connection.execute(insert(papers).values(name=name, kind=kind, entry=entry, state=DUE))
        except IntegrityError:
            return self.find(name) or Paper(name, kind, entry)
        return Paper(name, kind, entry)

    def find(self, name: str) -> Paper | None:
        """A paper by its name."""
        with database.reading(self._engine) as connection:
            row = connection.execute(select(papers).where(papers.c.name == name)).mappings().first()
        return None if row is None else Paper(**{str(column): value for column, value in row.items()})

    def due(self, below: int, limit: int) -> list[str]:
        """Names of papers that wait for a signature and whose entry lies before `below` (the anchored size)."""
        chosen = select(papers.c.name).where(papers.c.state == DUE, papers.c.entry < below)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen.order_by(papers.c.entry).limit(limit)).scalars())

    def ending(self, before: str, limit: int) -> list[str]:
        """Names of signed papers that hold no longer than `before` without renewal, the first to end first."""
        chosen = select(papers.c.name).where(papers.c.state == SIGNED, papers.c.until < before)
        with database.reading(self._engine) as connection:
            return list(connection.execute(chosen.order_by(papers.c.until).limit(limit)).scalars())

    def signed(self, paper: Paper, body: bytes, until: str) -> bool:
        """Keep the signed bytes, if the paper still is as it was read. False where another worker was first."""
        same = papers.c.until.is_(None) if paper.until is None else papers.c.until == paper.until
        with database.writing(self._engine) as connection:
            changed = connection.execute(
                update(papers)
                .where(papers.c.name == paper.name, papers.c.state == paper.state, same)
                .values(state=SIGNED, body=body, until=until)
            )
            return changed.rowcount == 1

    def counts(self) -> dict[str, int]:
        """How many papers there are by state."""
        with database.reading(self._engine) as connection:
            rows = connection.execute(select(papers.c.state, func.count()).group_by(papers.c.state))
            return {DUE: 0, SIGNED: 0} | {str(state): int(count) for state, count in rows}
