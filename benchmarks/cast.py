"""What the benchmarks measure on: registries in temporary folders, orders with and without people, input files."""

from __future__ import annotations

import itertools
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from huella.flow.bulk import sealing
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.flow.seal import Sealed
from huella.records.draft import Draft
from huella.records.generator import orders

SEED = 7
CHUNK = 4_000
MUCH = 10**9
"""A size of input at which the workers are used, whatever the threshold."""


class Figure(NamedTuple):
    """One result: the benchmark's name, what was measured, its value and unit, and how many orders it took."""

    name: str
    what: str
    value: float
    unit: str
    orders: int


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def registry(url: str | None = None, within: str | None = None) -> Iterator[House]:
    """A fresh registry on SQLite with full durability, or in the empty database of `url`.

    PDFs are made on request, so that they are measured apart.
    """
    answers = {"documents.order_pdf": "request"} | ({} if url is None else {"database.url": url})
    with tempfile.TemporaryDirectory(prefix="huella-bench-", dir=within) as name:
        folder = Path(name) / "registry"
        init(folder, answers, now, os.urandom)
        with open_house(folder, now, os.urandom) as house:
            yield house


def plain(draft: Draft) -> Draft:
    """The same order without anything personal: no contacts, no addresses, suppliers that are organisations."""
    data = json.loads(json.dumps(draft.data))
    for party in (data["entity"], data["supplier"], *data["destinations"]):
        party.pop("contact", None)
        party.pop("address", None)
    if data["supplier"]["ruc"].startswith("10"):
        data["supplier"] = {"name": "EMPRESA DE EJEMPLO S.A.C.", "ruc": "20100186170"}
    return msgspec.structs.replace(draft, data=data)


def chunks(count: int, change: Callable[[Draft], Draft] = lambda d: d) -> Iterator[list[Draft]]:
    """Generated orders, some thousands at a time, so that memory shows what the product needs."""
    given = (change(draft) for draft in orders(count, SEED))
    while chunk := list(itertools.islice(given, CHUNK)):
        yield chunk


def seal_all(house: House, given: Iterable[list[Draft]], size: int = MUCH) -> float:
    """Seal every chunk; the seconds that sealing took, without generating and without starting workers."""
    chunks = [*given, []]
    with sealing(house, size) as seal:
        if size:
            seal(list(orders(2, SEED, year=2025)), {})  # wakes both workers
        begun = time.perf_counter()
        seal.ahead(chunks[0])
        for chunk, following in itertools.pairwise(chunks):
            seal.ahead(following)
            outcomes = seal(chunk, {})
            if not all(isinstance(outcome, Sealed) for outcome in outcomes):
                raise SystemExit(f"refused: {next(o for o in outcomes if not isinstance(o, Sealed))}")
        return time.perf_counter() - begun


def json_lines(path: Path, count: int) -> Path:
    """A file in our own input form."""
    with path.open("wb") as file:
        for draft in orders(count, SEED):
            row = {"kind": draft.kind, "subject": draft.subject, "data": draft.data}
            file.write(msgspec.json.encode(row) + b"\n")
    return path


HEADING = (
    "FECHA_PROCESO;RUC_PROVEEDOR;PROVEEDOR;RUC_ENTIDAD;ENTIDAD;TIPO_PROCEDIMIENTO;ORDEN_ELECTRÓNICA;"
    "ORDEN_ELECTRÓNICA_GENERADA;ESTADO_ORDEN_ELECTRÓNICA;DOCUMENTO_ESTADO_OCAM;FECHA_FORMALIZACIÓN;"
    "FECHA_ÚLTIMO_ESTADO;SUB_TOTAL;IGV;TOTAL;ORDEN_DIGITALIZADA;DESCRIPCIÓN_ESTADO;DESCRIPCIÓN_CESIÓN_DERECHOS;"
    "ACUERDO_MARCO"
)


def open_data(path: Path, count: int) -> Path:
    """A file in the form of the official open data, in Windows-1252 as the real ones are."""
    with path.open("w", encoding="cp1252", newline="\r\n") as file:
        file.write(HEADING + "\n")
        for place, draft in enumerate(orders(count, SEED)):
            data = draft.data
            short = draft.subject[:-2]
            file.write(
                f"2027-02-01 08:00:11;{data['supplier']['ruc']};{data['supplier']['name']};{data['entity']['ruc']};"
                f"{data['entity']['name']};Compra ordinaria;{draft.subject};"
                "https://apps1.perucompras.gob.pe//OrdenCompra/obtenerPdfOrdenPublico"
                f"?ID_OrdenCompra={1_000_000 + place}&ImprimirCompleto=1;ACEPTADA;;2027-01-31 18:58:56;"
                f"2027-01-31 18:58:56;{data['sub_total']};{data['vat']};{data['total']};"
                f"https://saeusceprod01.blob.core.windows.net/contentidad/uploads/{short}_FISICA.pdf;;;"
                f"{data['agreement']['code']} {data['agreement']['name']}\n"
            )
    return path
