"""PostgreSQL's own log, streamed: a logical replication slot with pgoutput (port.Feed).

psycopg has no interface for replication, but its `pq` is libpq itself, which has: START_REPLICATION, then copies both
ways. The server decodes each change once, and keeps what is not confirmed, whatever happens on this side.
"""

from __future__ import annotations

import select
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import make_conninfo
from psycopg.pq.abc import PGconn
from sqlalchemy.engine import URL

from huella.errors import SourceError, SourceRefused, SourceUnreachable
from huella.sources.pgoutput import UNCHANGED, Begin, Cells, Change, Commit, Relation, Truncated, decode
from huella.sources.plan import Plan
from huella.sources.port import Event
from huella.sources.postgresql import (
    PATIENCE,
    PostgreSQL,
    is_refusal,
    options,
    parameters,
    quote,
    quoted,
)
from huella.sources.values import of_postgresql

_EPOCH = 946_684_800
_TYPES = """SELECT t.oid::text, coalesce(b.typname, t.typname) FROM pg_type t LEFT JOIN pg_type b
ON b.oid = t.typbasetype WHERE t.oid = %s::oid"""
_SLOT = "SELECT wal_status, database FROM pg_replication_slots WHERE slot_name = %s"
_GOING = (b"08", b"53", b"57")
"""Classes of SQLSTATE of a server that stops, is asked to end a connection, or lacks memory or places."""
_ADD = "ALTER PUBLICATION {} ADD TABLE {}"
_MAKE = "CREATE PUBLICATION {} FOR TABLE {} WITH (publish_via_partition_root = true)"
_TOLD = "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = %s"
_PAGE, _HEADER = 8_192, 40
"""Bytes of a page of the log and of its longest header."""
_ALIVE = 5.0
"""Seconds after which the server hears that this side is there."""


class LogFeed:
    """The changes of a plan's tables. `product` is asked for positions and types, over a connection of its own."""

    def __init__(self, url: URL, plan: Plan, product: PostgreSQL) -> None:
        self._url = url
        self._plan = plan
        self._product = product
        self._connection: PGconn | None = None
        self._relations: dict[int, Relation] = {}
        self._converts: dict[int, Callable[[Any], str]] = {}
        self._begun: Begin | None = None
        self._count = 0
        self._ended = 0
        self._sent = 0
        self._confirmed = 0
        self._told = 0.0
        self._stuck = False

    def check(self) -> None:
        """SourceError with the statement that its administrator runs, where the publication lacks a table."""
        told = {f"{schema}.{table}" for schema, table in self._product.fetch(_TOLD, [self._plan.publication])}
        missing = ", ".join(quoted(name) for name in self._plan.tables if name not in told)
        if missing:
            statement = (_ADD if told else _MAKE).format(quote(self._plan.publication), missing)
            raise SourceError(
                f"the publication {self._plan.publication} does not name {missing}",
                advice=f"Its administrator runs: {statement};",
            )

    def begin(self) -> bool:
        """Make the slot where there is none, or it cannot tell what it kept: whether it was made. From here on the
        server keeps every change."""
        rows = self._product.fetch(_SLOT, [self._plan.slot])
        if rows and rows[0][0] != "lost" and not self._stuck:
            return False
        if self._stuck:
            self.check()  # before it is complete again the next slot would not tell more than this one
        slot = quote(self._plan.slot)
        connection = self._connect()
        try:
            if rows:
                self._run(connection, f"DROP_REPLICATION_SLOT {slot}", pq.ExecStatus.COMMAND_OK)
            self._run(connection, f"CREATE_REPLICATION_SLOT {slot} LOGICAL pgoutput NOEXPORT_SNAPSHOT")
        finally:
            connection.finish()
        self._stuck = False
        return True

    def reached(self) -> int:
        """The position that everything committed until now lies before."""
        ((text,),) = self._product.fetch("SELECT pg_current_wal_insert_lsn()::text")
        high, _, low = text.partition("/")
        position = int(high, 16) << 32 | int(low, 16)
        # at the begin of a page the next record's place is behind the page's header, which nobody ever sends
        return position - position % _PAGE if position % _PAGE <= _HEADER else position

    def events(self, upto: int | None = None) -> Iterator[Event]:
        """See port.Feed."""
        limit = time.monotonic() + 6 * PATIENCE
        asked = False
        while True:
            raw = self._receive(0.05 if asked else 0.0)
            if raw is not None:
                if raw[:1] == b"w":
                    yield from self._message(raw[25:])
                else:
                    self._sent = max(self._sent, int.from_bytes(raw[1:9]))
                    if raw[17:18] == b"\x01":
                        self._tell()
                    asked = False
                continue
            if upto is None or (self._sent >= upto and self._begun is None):
                return
            if time.monotonic() > limit:
                raise SourceUnreachable("the source's log does not come as far as its tables")
            if not asked:
                self._tell(ask=True)
                asked = True

    def confirm(self) -> None:
        """See port.Feed."""
        if self._ended > self._confirmed:
            self._confirmed = self._ended
            self._tell()
        elif time.monotonic() - self._told > _ALIVE:
            if self._begun is None and self._sent > self._confirmed:
                self._confirmed = self._sent  # nothing of ours lies between: the server may forget its log
            self._tell()

    def close(self) -> None:
        """Let the connection go; what was not confirmed comes again."""
        if self._connection is not None:
            self._connection.finish()
        self._connection, self._begun = None, None
        self._relations.clear()
        self._ended = self._sent = 0

    def _receive(self, seconds: float) -> bytes | None:
        """The next message, None where there is none within so many seconds."""
        if self._connection is None:
            self._start()
        connection = self._connection
        assert connection is not None  # noqa: S101  (just made)
        try:
            for last in (False, True):
                size, raw = connection.get_copy_data(1)
                if size > 0:
                    return bytes(raw)
                if size < 0:
                    raise self._end(connection)
                if not last and select.select([connection.socket], [], [], seconds)[0]:
                    connection.consume_input()
        except (OSError, ValueError, psycopg.Error) as error:
            self.close()
            raise SourceUnreachable(f"the source's log broke off: {_short(error)}") from None
        except SourceError:
            self.close()
            raise
        return None

    def _end(self, connection: PGconn) -> SourceError:
        """Why the server ended the stream: it goes away, or cannot tell its log, as where the publication was dropped
        for a moment (it looks for it as of that moment, whatever was made since)."""
        result = connection.get_result()
        said = _short("" if result is None else result.error_message.decode("utf-8", "replace"))
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) if result is not None else None) or b""
        if not state or state[:2] in _GOING:
            return SourceUnreachable(f"the source ended its log's stream: {said}")
        self._stuck = True
        return SourceError(
            f"the source cannot tell its log any more: {said}",
            advice="Somebody changed its publication or slot; watching begins its log anew as soon as it can.",
        )

    def _message(self, body: bytes) -> Iterator[Event]:
        found = decode(body)
        if isinstance(found, Relation):
            self._relations[found.oid] = found
        elif isinstance(found, Begin):
            self._begun, self._count = found, 0
        elif isinstance(found, Commit):
            self._ended, self._begun = found.end, None
            self._sent = max(self._sent, found.end)
        elif isinstance(found, Change | Truncated):
            if self._begun is None:
                raise SourceError("a replication message outside of a transaction")
            for name, old, new in self._named(found):
                self._count += 1
                position = f"{self._begun.lsn:016X}-{self._count:08d}"
                seen = found.seen if isinstance(found, Change) else "truncate"
                yield Event(seen, name, position, self._begun.at, self._begun.xid, old, new)

    def _named(self, found: Change | Truncated) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
        for oid in (found.relation,) if isinstance(found, Change) else found.relations:
            relation = self._relations.get(oid)
            if relation is None:
                raise SourceError("a replication message of a table that was not told")
            name = f"{relation.schema}.{relation.name}"
            if isinstance(found, Truncated):
                yield name, {}, {}
            else:
                # of a deletion by key alone the other columns are NULL without saying anything
                whole = relation.identity == "f"
                yield (
                    name,
                    self._values(relation, found.old, only_keys=not whole),
                    self._values(relation, found.new),
                )

    def _values(self, relation: Relation, cells: Cells | None, only_keys: bool = False) -> dict[str, str]:
        if cells is None:
            return {}
        if len(cells) != len(relation.columns):
            raise SourceError("a replication message has another number of columns than its table")
        return {
            name: self._convert(oid)(cell)
            for name, oid, key, cell in zip(
                relation.columns, relation.types, relation.keys, cells, strict=True
            )
            if cell is not UNCHANGED and (key or not only_keys)
        }

    def _convert(self, oid: int) -> Callable[[Any], str]:
        if oid not in self._converts:
            rows = self._product.fetch(_TYPES, [str(oid)])
            self._converts[oid] = of_postgresql(rows[0][1] if rows else "")
        return self._converts[oid]

    def _start(self) -> None:
        connection = self._connect()
        name = self._plan.publication.replace('"', '""').replace("'", "''")
        command = (
            f"START_REPLICATION SLOT {quote(self._plan.slot)} LOGICAL 0/0 "
            f"(proto_version '1', publication_names '\"{name}\"')"
        )
        try:
            self._run(connection, command, pq.ExecStatus.COPY_BOTH)
        except SourceError:
            connection.finish()
            raise
        self._connection = connection
        self._told = time.monotonic()

    def _connect(self) -> PGconn:
        given = parameters(self._url) | {"replication": "database", "options": options()}
        connection = pq.PGconn.connect_start(make_conninfo("", **given).encode())
        limit = time.monotonic() + PATIENCE
        # step by step: libpq's own wait would hold up all threads of this process
        while (state := connection.connect_poll()) in (pq.PollingStatus.READING, pq.PollingStatus.WRITING):
            reading = [connection.socket] if state == pq.PollingStatus.READING else []
            writing = [connection.socket] if not reading else []
            if time.monotonic() > limit:
                break
            select.select(reading, writing, [], 1.0)
        if connection.status != pq.ConnStatus.OK:
            message = connection.error_message.decode("utf-8", "replace")
            refused = is_refusal(connection, message)
            connection.finish()
            if refused:
                raise SourceRefused(f"the source refuses: {_short(message)}")
            raise SourceUnreachable(f"the source gave no answer: {_short(message)}")
        return connection

    def _run(self, connection: PGconn, command: str, wanted: pq.ExecStatus = pq.ExecStatus.TUPLES_OK) -> None:
        result = connection.exec_(command.encode())
        if result.status != wanted:
            message = result.error_message.decode("utf-8", "replace")
            if "is active" in message:
                raise SourceUnreachable("another process watches this source: its slot is taken")
            if connection.status != pq.ConnStatus.OK:
                raise SourceUnreachable(f"the source gave no answer: {_short(message)}")
            raise SourceError(f"the source refuses: {_short(message)}")

    def _tell(self, ask: bool = False) -> None:
        """How far everything is sealed; with `ask` the server answers how far it has read."""
        if self._connection is None:
            return
        at, moment = self._confirmed, int((time.time() - _EPOCH) * 1_000_000)
        try:
            self._connection.put_copy_data(b"r" + struct.pack(">QQQqB", at, at, at, moment, ask))
            self._connection.flush()
        except psycopg.Error as error:
            self.close()
            raise SourceUnreachable(f"the source's log broke off: {_short(error)}") from None
        self._told = time.monotonic()


def _short(error: object) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0][:200]
