"""The outbox of anchoring: batches as rows, their states changed by compare-and-swap and a row count.

due ──► sent ──► final          several are sent at once; one that the chain lost or refused is due again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from huella.store import database
from huella.store.tables import batches

DUE, SENT, FINAL = "due", "sent", "final"


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries first … size-1 as one call. `root`, `checkpoint`: the log's at `size`; `proof`: the chain's, as JSON."""

    first: int
    size: int
    root: bytes
    checkpoint: str
    state: str = DUE
    transaction: str | None = None
    block_number: int | None = None
    block_hash: str | None = None
    block_time: int | None = None
    proof: bytes | None = None


class Anchors:
    """The batches of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(self, batch: Batch) -> bool:
        """Put a batch in the outbox. False where another worker has planned from the same entry."""
        try:
            with database.writing(self._engine) as connection:
                connection.execute(
                    insert(batches).values(
                        first=batch.first,
                        size=batch.size,
                        root=batch.root,
                        checkpoint=batch.checkpoint,
                        state=DUE,
                    )
                )
        except IntegrityError:
            return False
        return True

    def open(self) -> Batch | None:
        """The first batch that is not final."""
        return self._one(select(batches).where(batches.c.state != FINAL).order_by(batches.c.first).limit(1))

    def sent(self) -> list[Batch]:
        """The batches under way, in order."""
        chosen = select(batches).where(batches.c.state == SENT).order_by(batches.c.first)
        with database.reading(self._engine) as connection:
            return [_batch(row) for row in connection.execute(chosen).mappings()]

    def last(self) -> Batch | None:
        """The newest batch in any state."""
        return self._one(select(batches).order_by(batches.c.first.desc()).limit(1))

    def holding(self, index: int) -> Batch | None:
        """The final batch that holds an entry, None while it waits."""
        return self._one(
            select(batches).where(batches.c.first <= index, batches.c.size > index, batches.c.state == FINAL)
        )

    def at(self, first: int) -> Batch | None:
        """The batch that starts at an entry."""
        return self._one(select(batches).where(batches.c.first == first))

    def after(self, first: int, limit: int) -> list[Batch]:
        """Up to `limit` batches that start at `first` or later, in order."""
        chosen = select(batches).where(batches.c.first >= first).order_by(batches.c.first).limit(limit)
        with database.reading(self._engine) as connection:
            return [_batch(row) for row in connection.execute(chosen).mappings()]

    def beyond(self, size: int, limit: int) -> list[Batch]:
        """Up to `limit` batches that end behind `size`, in any state and in order."""
        chosen = select(batches).where(batches.c.size > size).order_by(batches.c.first).limit(limit)
        with database.reading(self._engine) as connection:
            return [_batch(row) for row in connection.execute(chosen).mappings()]

    def reaching(self, size: int) -> Batch | None:
        """The first final batch that ends at `size` or behind it."""
        final = select(batches).where(batches.c.size >= size, batches.c.state == FINAL)
        return self._one(final.order_by(batches.c.first).limit(1))

    def anchored(self) -> int:
        """The size of the log up to the last final batch."""
        with database.reading(self._engine) as connection:
            found = connection.execute(
                select(func.max(batches.c.size)).where(batches.c.state == FINAL)
            ).scalar_one()
        return int(found or 0)

    def move(self, batch: Batch, to: str, **values: Any) -> bool:
        """Change a batch's state if it is still the one read. False where another worker was first."""
        with database.writing(self._engine) as connection:
            changed = connection.execute(
                update(batches)
                .where(
                    batches.c.first == batch.first,
                    batches.c.size == batch.size,
                    batches.c.state == batch.state,
                )
                .values(state=to, **values)
            )
            return changed.rowcount == 1

    def _one(self, chosen: Any) -> Batch | None:
        with database.reading(self._engine) as connection:
            row = connection.execute(chosen).mappings().first()
        return None if row is None else _batch(row)


def _batch(row: RowMapping) -> Batch:
    return Batch(**{str(name): value for name, value in row.items()})
