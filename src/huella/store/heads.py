"""Cosigned heads of the log: notes with witnesses' lines, changed by compare-and-swap; and what each witness holds."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from huella.store import database
from huella.store.tables import cosigned, witnesses


class Heads:
    """The cosigned heads of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def at(self, size: int) -> str | None:
        """The note that is kept for a size."""
        with database.reading(self._engine) as connection:
            return connection.execute(
                select(cosigned.c.note).where(cosigned.c.size == size)
            ).scalar_one_or_none()

    def covering(self, index: int, limit: int | None, count: int) -> str | None:
        """The smallest head with entry `index`, of `limit` entries at most, that so many witnesses cosigned."""
        chosen = select(cosigned.c.note).where(cosigned.c.size > index, cosigned.c.witnesses >= count)
        if limit is not None:
            chosen = chosen.where(cosigned.c.size <= limit)
        with database.reading(self._engine) as connection:
            note = connection.execute(chosen.order_by(cosigned.c.size).limit(1)).scalar_one_or_none()
        return note if isinstance(note, str) else None

    def swap(self, size: int, before: str | None, note: str, count: int) -> bool:
        """Keep a note in the place of the one that was read (None: there was none). False where another was first."""
        try:
            with database.writing(self._engine) as connection:
                if before is None:
                    connection.execute(insert(cosigned).values(size=size, note=note, witnesses=count))
                    return True
                same = (cosigned.c.size == size) & (cosigned.c.note == before)
                done = connection.execute(update(cosigned).where(same).values(note=note, witnesses=count))
                return done.rowcount == 1
        except IntegrityError:
            return False

    def held_by(self, url: str) -> int:
        """The size of the last head that a witness is known to hold; 0 where none is."""
        with database.reading(self._engine) as connection:
            found = connection.execute(select(witnesses.c.size).where(witnesses.c.url == url))
            return found.scalar_one_or_none() or 0

    def note_held(self, url: str, size: int) -> None:
        """Note what a witness holds."""
        with database.writing(self._engine) as connection:
            database.upsert_rows(connection, witnesses, [(url, size)])

    def after(self, size: int | None, limit: int) -> Iterator[tuple[int, str, int]]:
        """Size, note and count of witnesses of up to `limit` heads behind a size (None: all), in order."""
        chosen = select(cosigned).order_by(cosigned.c.size).limit(limit)
        if size is not None:
            chosen = chosen.where(cosigned.c.size > size)
        with database.reading(self._engine) as connection:
            rows = connection.execute(chosen).all()
        for row in rows:
            yield row.size, row.note, row.witnesses
