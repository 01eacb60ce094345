"""What is watched of a source, and how: one TOML file (docs/guide/watch.md), read strictly."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from huella.errors import InputError

FORMAT = "huella/source/1"
POLLING, REPLICATION = "polling", "replication"
APPEND_ONLY, VERSIONED = "append-only", "versioned"
DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql", "sqlite": "pysqlite"}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,19}\Z", re.ASCII)

Above = Annotated[int, msgspec.Meta(ge=1)]


class Orders(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which columns of a table say what of an order: each row is registered as `order.imported` besides.

    `pdf` is a column with the order's PDF itself (binary), whose digest is sealed; with `stamp` QR and code are put
    on a copy of it, which the registry keeps and the order's record names.
    """

    number: str
    entity_ruc: str
    supplier_ruc: str
    total: str
    sub_total: str = ""
    vat: str = ""
    entity_name: str = ""
    supplier_name: str = ""
    currency: str = ""
    published_at: str = ""
    accepted_at: str = ""
    state: str = ""
    pdf: str = ""
    stamp: bool = False


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One watched table. `order` is the column by which rows appear, `order_by` what it counts; `dated` a column with
    the moment that a row is given; `announce` one that an honest change of a row moves."""

    key: tuple[str, ...]
    mode: Literal["append-only", "versioned"]
    clear: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    order: str = ""
    order_by: Literal["sequence", "timestamp", "log"] = "log"
    dated: str = ""
    announce: str = ""
    tolerance: Above = 3_600
    """Seconds that a moment may lie before another that was sealed long ago."""
    deletions: bool = False
    orders: Orders | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read, in the order in which it is sealed."""
        return (*self.clear, *self.digest)

    @property
    def secret(self) -> bool:
        """Whether the key is personal, so that it may not stand in a subject."""
        return bool(set(self.key) & set(self.digest))


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. Times are in seconds; `rows_per_second` 0 is without limit."""

    format: str
    name: str
    tables: dict[str, Table] = msgspec.field(name="table")
    url: str = ""
    url_file: str = ""
    capture: Literal["polling", "replication"] = "polling"
    slot: str = "huella"
    publication: str = "huella"
    interval: float = 0.2
    safety: float = 10.0
    rows_per_second: Annotated[int, msgspec.Meta(ge=0)] = 0
    chunk: Annotated[int, msgspec.Meta(ge=1, le=50_000)] = 4_000
    statement_timeout: Above = 30
    lap_hours: float = 24.0
    """Hours in which the rolling pass compares every row once."""


def read(path: Path) -> Plan:
    """The plan in a file. InputError names the place of what does not fit."""
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read: {error}", field="FILE") from None


def parse(text: str) -> Plan:
    """The plan in a text."""
    try:
        plan = msgspec.convert(tomllib.loads(text), Plan)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"no TOML: {error}", field="FILE") from None
    except msgspec.ValidationError as error:
        raise InputError(f"the source's file does not fit: {error}", field="FILE") from None
    if plan.format != FORMAT:
        raise InputError(f"unknown format {plan.format!r}", field="format")
    if not _NAME.match(plan.name):
        raise InputError("a source's name has up to 20 small letters, digits and hyphens", field="name")
    for name, table in plan.tables.items():
        _check(name, table)
    return plan


def _check(name: str, table: Table) -> None:
    at = f"table.{name}"
    known = table.columns
    if not table.key or not set(table.key) <= set(known):
        raise InputError("the key's columns are among those in clear or by digest", field=f"{at}.key")
    if len(set(known) | set(table.ignore)) != len(known) + len(table.ignore):
        raise InputError("a column is sealed in clear, by digest or ignored, and named once", field=at)
    for part in ("order", "dated", "announce"):
        column = getattr(table, part)
        if column and column not in known:
            raise InputError(f"{column} is not among the columns that are sealed", field=f"{at}.{part}")
    if table.orders is not None:
        _check_orders(table.orders, known, f"{at}.orders")
    if bool(table.order) == (table.order_by == "log"):
        raise InputError("`order` names a column, or `order_by` is `log`", field=f"{at}.order")


def _check_orders(orders: Orders, known: tuple[str, ...], at: str) -> None:
    given = {
        part: column for part, column in msgspec.structs.asdict(orders).items() if isinstance(column, str)
    }
    for part, column in given.items():
        if column and column not in known:
            raise InputError(f"{column} is not among the columns that are sealed", field=f"{at}.{part}")
    if orders.stamp and not orders.pdf:
        raise InputError("only a PDF is stamped: `pdf` names its column", field=f"{at}.stamp")


def address(plan: Plan, folder: Path, environment: Mapping[str, str] = os.environ) -> URL:
    """The source's address: HUELLA_WATCH_<NAME>_URL, else `url_file` beside the plan, else `url`."""
    variable = f"HUELLA_WATCH_{plan.name.upper().replace('-', '_')}_URL"
    text = environment.get(variable, "") or plan.url
    if plan.url_file and variable not in environment:
        try:
            text = (folder / plan.url_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise InputError(f"{plan.url_file} cannot be read: {error.strerror}", field="url_file") from None
    return parse_address(text)


def parse_address(text: str) -> URL:
    """A database's address with the driver that is used here."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise InputError(
            "the source's address is postgresql://…, mysql://… or sqlite:///…", field="url"
        ) from None
    backend = url.get_backend_name()
    if backend not in DRIVERS:
        raise InputError(f"{backend} is not watched: PostgreSQL, MySQL, MariaDB or SQLite", field="url")
    return url.set(drivername=f"{backend}+{DRIVERS[backend]}")


def write(plan: Plan) -> str:
    """The file's text, with what each part is for."""
    lines = [
        "# What `huella watch` reads of this database (docs/guide/watch.md). Its user needs to read only.",
        f'format = "{FORMAT}"',
        f"name = {_quoted(plan.name)}",
        f"url = {_quoted(plan.url)}  # or url_file = a file beside this one, or HUELLA_WATCH_{_upper(plan.name)}_URL",
        f"capture = {_quoted(plan.capture)}  # polling, or replication (PostgreSQL only)",
    ]
    if plan.capture == REPLICATION:
        lines += [f"slot = {_quoted(plan.slot)}", f"publication = {_quoted(plan.publication)}"]
    lines += [
        f"interval = {plan.interval}  # seconds between two looks at what is new",
        f"rows_per_second = {plan.rows_per_second}  # most rows read in a second by passes; 0: no limit",
        f"statement_timeout = {plan.statement_timeout}  # seconds",
        f"safety = {plan.safety}  # seconds that a number or moment may lie behind before it is committed",
    ]
    for name, table in plan.tables.items():
        lines += ["", f"[table.{_quoted(name)}]", *_table(table)]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> list[str]:
    lines = [
        f"key = {_list(table.key)}",
        f"mode = {_quoted(table.mode)}  # append-only: any later change is a finding; versioned: each is sealed",
        f"clear = {_list(table.clear)}",
        f"digest = {_list(table.digest)}  # personal: sealed by salted digest, the values in the vault",
        f"ignore = {_list(table.ignore)}",
    ]
    if table.order:
        lines += [f"order = {_quoted(table.order)}", f"order_by = {_quoted(table.order_by)}"]
    else:
        lines.append('order_by = "log"')
    lines += [
        f"{part} = {_quoted(getattr(table, part))}" for part in ("dated", "announce") if getattr(table, part)
    ]
    return lines


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")


def _list(names: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_quoted, names)) + "]"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
