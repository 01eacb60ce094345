"""A small procurement system as agencies keep them: requirement, offer, item, award, order, on any of the products."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
from sqlalchemy import make_url

POSTGRESQL = """
CREATE TABLE requerimiento (id bigserial PRIMARY KEY, codigo varchar(30) NOT NULL UNIQUE, entidad text NOT NULL,
  ruc_entidad char(11) NOT NULL, creado_en timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE oferta (id bigserial PRIMARY KEY, requerimiento_id bigint NOT NULL REFERENCES requerimiento,
  ruc char(11) NOT NULL, proveedor text NOT NULL, correo text, precio numeric(12,2) NOT NULL,
  presentada_en timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE item (oferta_id bigint NOT NULL REFERENCES oferta, numero int NOT NULL, descripcion text NOT NULL,
  cantidad numeric(10,3) NOT NULL, precio_unitario numeric(12,4) NOT NULL, ficha bytea, PRIMARY KEY (oferta_id,
  numero));
CREATE TABLE adjudicacion (id bigserial PRIMARY KEY, requerimiento_id bigint NOT NULL REFERENCES requerimiento,
  oferta_id bigint NOT NULL REFERENCES oferta, monto numeric(12,2) NOT NULL,
  resuelta_en timestamp NOT NULL DEFAULT now());
CREATE TABLE orden (id bigserial PRIMARY KEY, numero varchar(40) NOT NULL,
  adjudicacion_id bigint REFERENCES adjudicacion,
  ruc_entidad char(11) NOT NULL, ruc_proveedor char(11) NOT NULL, total numeric(12,2) NOT NULL, estado text NOT NULL,
  creada_en timestamptz NOT NULL DEFAULT clock_timestamp(), version int NOT NULL DEFAULT 1, pdf bytea);
CREATE FUNCTION sube() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.version := OLD.version + 1; RETURN NEW; END $$;
CREATE TRIGGER orden_version BEFORE UPDATE ON orden FOR EACH ROW EXECUTE FUNCTION sube();
"""
PUBLICATION = """
CREATE PUBLICATION huella FOR TABLE requerimiento, oferta, item, adjudicacion, orden
  WITH (publish_via_partition_root = true)"""
MYSQL = """
CREATE TABLE requerimiento (id bigint AUTO_INCREMENT PRIMARY KEY, codigo varchar(30) NOT NULL UNIQUE,
  entidad text NOT NULL,
  ruc_entidad char(11) NOT NULL, creado_en timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)) ENGINE=InnoDB;
CREATE TABLE oferta (id bigint AUTO_INCREMENT PRIMARY KEY, requerimiento_id bigint NOT NULL, ruc char(11) NOT NULL,
  proveedor varchar(200) NOT NULL, correo varchar(100), precio decimal(12,2) NOT NULL,
  presentada_en timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  FOREIGN KEY (requerimiento_id) REFERENCES requerimiento(id)) ENGINE=InnoDB;
CREATE TABLE item (oferta_id bigint NOT NULL, numero int NOT NULL, descripcion varchar(200) NOT NULL,
  cantidad decimal(10,3) NOT NULL, precio_unitario decimal(12,4) NOT NULL, ficha blob, PRIMARY KEY (oferta_id,
  numero),
  FOREIGN KEY (oferta_id) REFERENCES oferta(id)) ENGINE=InnoDB;
CREATE TABLE adjudicacion (id bigint AUTO_INCREMENT PRIMARY KEY, requerimiento_id bigint NOT NULL,
  oferta_id bigint NOT NULL,
  monto decimal(12,2) NOT NULL, resuelta_en datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  FOREIGN KEY (requerimiento_id) REFERENCES requerimiento(id),
  FOREIGN KEY (oferta_id) REFERENCES oferta(id)) ENGINE=InnoDB;
CREATE TABLE orden (id bigint AUTO_INCREMENT PRIMARY KEY, numero varchar(40) NOT NULL, adjudicacion_id bigint,
  ruc_entidad char(11) NOT NULL, ruc_proveedor char(11) NOT NULL, total decimal(12,2) NOT NULL,
  estado varchar(30) NOT NULL,
  creada_en timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), version int NOT NULL DEFAULT 1, pdf longblob,
  FOREIGN KEY (adjudicacion_id) REFERENCES adjudicacion(id)) ENGINE=InnoDB;
CREATE TRIGGER orden_version BEFORE UPDATE ON orden FOR EACH ROW SET NEW.version = OLD.version + 1;
"""
SQLITE = """
CREATE TABLE requerimiento (id INTEGER PRIMARY KEY AUTOINCREMENT, codigo TEXT NOT NULL UNIQUE, entidad TEXT NOT NULL,
  ruc_entidad TEXT NOT NULL, creado_en TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')));
CREATE TABLE oferta (id INTEGER PRIMARY KEY AUTOINCREMENT, requerimiento_id INTEGER NOT NULL, ruc TEXT NOT NULL,
  proveedor TEXT NOT NULL, correo TEXT, precio NUMERIC NOT NULL,
  presentada_en TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')));
CREATE TABLE item (oferta_id INTEGER NOT NULL, numero INTEGER NOT NULL, descripcion TEXT NOT NULL,
  cantidad NUMERIC NOT NULL, precio_unitario NUMERIC NOT NULL, ficha BLOB, PRIMARY KEY (oferta_id, numero));
CREATE TABLE adjudicacion (id INTEGER PRIMARY KEY AUTOINCREMENT, requerimiento_id INTEGER NOT NULL,
  oferta_id INTEGER NOT NULL, monto NUMERIC NOT NULL,
  resuelta_en TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')));
CREATE TABLE orden (id INTEGER PRIMARY KEY AUTOINCREMENT, numero TEXT NOT NULL, adjudicacion_id INTEGER,
  ruc_entidad TEXT NOT NULL, ruc_proveedor TEXT NOT NULL, total NUMERIC NOT NULL, estado TEXT NOT NULL,
  creada_en TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')), version INTEGER NOT NULL DEFAULT 1, pdf BLOB);
"""
SQLITE_TRIGGER = """CREATE TRIGGER orden_version AFTER UPDATE ON orden WHEN NEW.version = OLD.version
BEGIN UPDATE orden SET version = OLD.version + 1 WHERE id = OLD.id; END"""
PLAN = """
format = "huella/source/1"
name = "siga"
capture = "{capture}"
safety = 1
chunk = 200

[table."{at}requerimiento"]
key = ["id"]
mode = "append-only"
clear = ["id", "codigo", "entidad", "ruc_entidad", "creado_en"]
order = "id"
order_by = "sequence"
dated = "creado_en"

[table."{at}oferta"]
key = ["id"]
mode = "append-only"
clear = ["id", "requerimiento_id", "ruc", "precio", "presentada_en"]
digest = ["proveedor", "correo"]
order = "id"
order_by = "sequence"
dated = "presentada_en"

[table."{at}item"]
key = ["oferta_id", "numero"]
mode = "append-only"
clear = ["oferta_id", "numero", "descripcion", "cantidad", "precio_unitario", "ficha"]
order_by = "log"

[table."{at}adjudicacion"]
key = ["id"]
mode = "append-only"
clear = ["id", "requerimiento_id", "oferta_id", "monto", "resuelta_en"]
order = "id"
order_by = "sequence"

[table."{at}orden"]
key = ["id"]
mode = "versioned"
clear = ["id", "numero", "adjudicacion_id", "ruc_entidad", "ruc_proveedor", "total", "estado", "creada_en",
  "version", "pdf"]
order = "id"
order_by = "sequence"
announce = "version"
"""


@dataclass
class System:
    """One system in one database, with the connection of who administers it."""

    url: str
    plan: str
    administrator: Any

    @property
    def at(self) -> str:
        """What stands before a table's name in the plan."""
        return "public." if "postgresql" in self.url else ""

    @property
    def product(self) -> str:
        """`postgresql`, `mysql` or `sqlite`."""
        return make_url(self.url).get_backend_name()

    def run(self, statement: str, *values: Any) -> None:
        """One statement, committed."""
        with self.administrator.cursor() as cursor:
            cursor.execute(statement, values or None)

    def ask(self, statement: str) -> Any:
        """The first value of a question."""
        with self.administrator.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def fill(self, count: int, first: int = 1) -> None:
        """So many procedures, each with two offers of two items, an award and an order."""
        for n in range(first, first + count):
            procedure(self, n)


def procedure(system: System, number: int) -> None:
    """One procedure from its requirement to its order."""
    with system.administrator.cursor() as cursor:

        def insert(table: str, **values: Any) -> int:
            names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
            end = " RETURNING id" if table != "item" else ""
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}){end}", tuple(values.values()))
            return int(cursor.fetchone()[0]) if end else 0

        requirement = insert(
            "requerimiento", codigo=f"REQ-2026-{number:06d}", entidad="MUNICIPALIDAD DE AÑO NUEVO",
            ruc_entidad="20131257750",
        )  # fmt: skip
        offers = []
        for supplier in (1, 2):
            price = 100 + number + supplier
            offers.append(insert(
                "oferta", requerimiento_id=requirement, ruc="20100186170", proveedor=f"PROVEEDOR Nº {supplier}",
                correo=f"ventas{supplier}@ejemplo.pe", precio=price,
            ))  # fmt: skip
            for item in (1, 2):
                insert(
                    "item", oferta_id=offers[-1], numero=item, descripcion=f"ARTÍCULO {item}", cantidad=item,
                    precio_unitario="10.5000", ficha=b"ficha %d" % item,
                )  # fmt: skip
        award = insert("adjudicacion", requerimiento_id=requirement, oferta_id=offers[0], monto=101 + number)
        insert(
            "orden", numero=f"OCAM-2026-1335-{number}-0", adjudicacion_id=award, ruc_entidad="20131257750",
            ruc_proveedor="20100186170", total=101 + number, estado="PUBLICADA", pdf=b"%%PDF-1.7 %d" % number,
        )  # fmt: skip


@contextmanager
def on_postgresql(url: str, capture: str = "replication") -> Iterator[System]:
    """The system in an empty PostgreSQL database; afterwards its slot is gone."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(POSTGRESQL)
        connection.execute(PUBLICATION)
        yield System(url, PLAN.format(capture=capture, at="public."), connection)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()"
        )


@contextmanager
def on_mysql(url: str) -> Iterator[System]:
    """The system in an empty MySQL or MariaDB database."""
    at = make_url(url)
    connection = pymysql.connect(
        host=at.host, port=at.port or 3306, user=at.username, password=at.password or "", database=at.database,
        autocommit=True, charset="utf8mb4",
    )  # fmt: skip
    try:
        with connection.cursor() as cursor:
            for statement in filter(None, map(str.strip, MYSQL.split(";\n"))):
                cursor.execute(statement)
        reader = url.replace("huella:", "lector:")
        yield System(reader, PLAN.format(capture="polling", at=""), connection)
    finally:
        connection.close()


class Lite:
    """An SQLite connection with the other drivers' form of cursors and parameters."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @contextmanager
    def cursor(self) -> Iterator[Lite]:
        """Itself: there is one cursor for each statement."""
        yield self

    def execute(self, statement: str, values: Sequence[Any] | None = None) -> None:
        """One statement."""
        self._told = self._connection.execute(
            statement.replace("%s", "?") if values else statement, values or ()
        )

    def fetchone(self) -> Any:
        """The next row that the last statement gave."""
        return self._told.fetchone()


@contextmanager
def on_sqlite(path: Path) -> Iterator[System]:
    """The system in a new SQLite file."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(SQLITE)
        connection.execute(SQLITE_TRIGGER)
        yield System(f"sqlite:///{path}", PLAN.format(capture="polling", at=""), Lite(connection))
    finally:
        connection.close()


def write_plan(system: System, folder: Path) -> Path:
    """The plan as a file in a registry's folder."""
    path = folder / "sources" / "siga.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(system.plan.replace("safety", f'url = "{system.url}"\nsafety', 1), encoding="utf-8")
    return path
