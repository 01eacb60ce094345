"""Keys and calendars on record, and the outbox of assignments: rows that follow from records, and their reading.

An assignment's token moves once: due ─► sent ─► final, by compare-and-swap, the chain asked first (flow/assign).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, select, update

from huella.records.actors import Key
from huella.store import database
from huella.store.derive import Row
from huella.store.tables import assignments, calendars, keys

DUE, SENT, FINAL = "due", "sent", "final"


@dataclass(frozen=True, slots=True)
class Move:
    """A token to move by the `rights.assigned` record at `entry`. `holder` is the account that it should come from,
    None for the contract's custodian."""

    entry: int
    token: int
    holder: str | None
    account: str
    state: str = DUE
    transaction: str | None = None


def write_keys(connection: Connection, rows: Iterable[Key]) -> None:
    """Write keys; one that is known takes its new row."""
    database.upsert_rows(connection, keys, list(rows))


def key(connection: Connection, name: str) -> Key | None:
    """What is on record of one key."""
    row = connection.execute(select(keys).where(keys.c.key == name)).first()
    return None if row is None else Key(*row)


def keys_of(connection: Connection, holder: str) -> list[Key]:
    """A party's keys, by its RUC or identifier where that is public."""
    return [Key(*row) for row in connection.execute(select(keys).where(keys.c.holder == holder))]


def hidden_keys(connection: Connection) -> list[Key]:
    """The keys of natural persons: whose each is stands in the vault only."""
    return [Key(*row) for row in connection.execute(select(keys).where(keys.c.holder.is_(None)))]


def any_keys(connection: Connection) -> bool:
    """Whether any party has keys on record."""
    return connection.execute(select(keys.c.entry).limit(1)).first() is not None


def write_calendars(connection: Connection, rows: Sequence[Row]) -> None:
    """Note calendars: the entry that publishes each, and its digest (hex)."""
    database.insert_rows(connection, calendars, rows)


def calendar_entries(connection: Connection) -> list[int]:
    """The entries that publish calendars, in order."""
    return list(connection.execute(select(calendars.c.entry).order_by(calendars.c.entry)).scalars())


def write_moves(connection: Connection, moves: Sequence[Move]) -> None:
    """Put moves in the outbox."""
    rows = [(m.entry, m.token, m.holder, m.account, m.state, m.transaction) for m in moves]
    database.insert_rows(connection, assignments, rows)


def last_account(connection: Connection, token: int) -> str | None:
    """The account that a token goes to by the newest assignment on record, None where it never moved."""
    chosen = select(assignments.c.account).where(assignments.c.token == token)
    return connection.execute(chosen.order_by(assignments.c.entry.desc()).limit(1)).scalar_one_or_none()


class Rights:
    """Reads of one database's keys and calendars, and its outbox of assignments."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def moves(self, limit: int = 1) -> list[Move]:
        """The first moves that are not final, in the order of the log."""
        chosen = select(assignments).where(assignments.c.state != FINAL).order_by(assignments.c.entry)
        return self._many(chosen.limit(limit))

    def calendars(self) -> list[int]:
        """The entries that publish calendars, in order."""
        with database.reading(self._engine) as connection:
            return calendar_entries(connection)

    def key(self, name: str) -> Key | None:
        """What is on record of a key."""
        with database.reading(self._engine) as connection:
            return key(connection, name)

    def keys_of(self, holder: str) -> list[Key]:
        """A party's keys, where whose they are is public."""
        with database.reading(self._engine) as connection:
            return keys_of(connection, holder)

    def all_keys(self, limit: int = 1000) -> list[Key]:
        """The keys on record, in the order of the log."""
        with database.reading(self._engine) as connection:
            return [Key(*row) for row in connection.execute(select(keys).order_by(keys.c.entry).limit(limit))]

    def of_token(self, token: int) -> list[Move]:
        """A token's moves in the order of the log."""
        chosen = select(assignments).where(assignments.c.token == token)
        return self._many(chosen.order_by(assignments.c.entry))

    def shift(self, move: Move, to: str, transaction: str | None = None) -> bool:
        """Change a move's state if it is still the one read. False where another worker was first."""
        with database.writing(self._engine) as connection:
            changed = connection.execute(
                update(assignments)
                .where(assignments.c.entry == move.entry, assignments.c.state == move.state)
                .values(state=to, transaction=transaction or move.transaction)
            )
            return changed.rowcount == 1

    def _many(self, chosen: Select[Any]) -> list[Move]:
        with database.reading(self._engine) as connection:
            return [Move(*row) for row in connection.execute(chosen)]
