"""The fixed cast of the tests: a clock that moves when told, repeatable randomness, small orders, a registry."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from huella.flow.anchor import anchor
from huella.flow.house import House, open_house
from huella.flow.make import init
from huella.flow.seal import Sealed, seal
from huella.records.draft import Draft

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


class Clock:
    """Tells the time it was given; `forward` moves it."""

    def __init__(self, start: datetime = NOON) -> None:
        self.time = start

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **spans: int) -> None:
        """Move on (or back, with negative spans)."""
        self.time += timedelta(**spans)


def randomness(seed: str = "huella") -> Callable[[int], bytes]:
    """Bytes that look random and are the same in every run."""
    numbers = itertools.count()
    return lambda size: hashlib.shake_256(f"{seed} {next(numbers)}".encode()).digest(size)


@contextmanager
def registry(
    folder: Path, url: str | None = None, clock: Clock | None = None, **settings: str | int
) -> Iterator[House]:
    """A registry in a folder, made at the first call and opened again by later ones. PDFs only on request."""
    answers: dict[str, str | int] = {"documents.order_pdf": "request", "registry.origin": "example.pe/huella"}
    answers |= {name.replace("__", "."): value for name, value in settings.items()}
    if url is not None:
        answers["database.url"] = url
    clock = clock or Clock()
    made_by = randomness(f"init {folder}")
    init(folder, answers, clock, made_by)
    with open_house(folder, clock, randomness(f"run {folder} {id(clock)}")) as house:
        yield house


def order(number: int = 1, **changes: Any) -> Draft:
    """A published order of one product to one place, with a contact and an address to seal."""
    data: dict[str, Any] = {
        "entity": {"ruc": "20131257750", "name": "SEGURO SOCIAL DE SALUD", "code": 1335},
        "supplier": {"ruc": "20100186170", "name": "CONSORCIO DE REPRESENTACIONES SA"},
        "agreement": {"code": "EXT-CE-2022-5", "name": "LLANTAS, NEUMÁTICOS Y ACCESORIOS"},
        "contracting_type": "individual",
        "procedure": "ordinary",
        "delivery_type": "classic",
        "currency": "PEN",
        "published_at": "2026-11-20T15:00:00.000Z",
        "items": [
            {"number": 1, "description": "LLANTA 185/65 R15", "unit": "UNIDAD", "quantity": "10",
             "unit_price": "250.00", "amount": "2500.00"},
        ],
        "destinations": [
            {"number": 1, "ubigeo": "150101", "department": "LIMA", "province": "LIMA", "district": "LIMA",
             "address": "Jr. Ejemplo 123", "contact": {"name": "Ana Ejemplo", "email": "ana@example.pe"}},
        ],
        "deliveries": [
            {"number": 1, "destination": 1, "start": "2026-12-01", "max_days": 10,
             "lines": [{"item": 1, "quantity": "10"}],
             "sub_total": "2500.00", "vat": "450.00", "total": "2950.00"},
        ],
        "sub_total": "2500.00",
        "vat": "450.00",
        "total": "2950.00",
    }  # fmt: skip
    return Draft(kind="order.published", subject=f"OCAM-2026-1335-{number}-0", data=data | changes)


def natural_order(number: int = 1) -> Draft:
    """An order whose supplier is a natural person (a made-up RUC that holds the DNI 00000000)."""
    return order(number, supplier={"ruc": "10000000006", "name": "PERSONA DE EJEMPLO"})


def fact(kind: str, number: int = 1, **data: Any) -> Draft:
    """A later record of an order."""
    return Draft(
        kind=kind,
        subject=f"OCAM-2026-1335-{number}-0",
        data={"effective_at": "2026-11-22T15:00:00.000Z", **data},
    )


def sealed(house: House, *drafts: Draft) -> list[Sealed]:
    """Seal drafts of which none may be refused."""
    outcomes = seal(house, drafts)
    assert all(isinstance(outcome, Sealed) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Sealed)]


def anchored(house: House) -> int:
    """Anchor everything; returns how many batches it took."""
    return sum(1 for _ in anchor(house))
