"""The portal's raw answer (`ConsultaOrdenesPub/consultaOrdenes`): one delivery a row, grouped into orders here.

    titles¬numeric columns¬order column¬state column¬document column¯row¬row¬…      fields within each are split by `^`

The four parts after the titles are positions of columns, from 0. They are held against the titles, so that an answer
whose columns moved without their titles is refused as a whole (docs/spec/kinds.md, Imported orders).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from huella.errors import InputError
from huella.records import life, places, shapes
from huella.records.draft import Draft, Refusal
from huella.records.intake import cells
from huella.records.intake.source import Source
from huella.records.model import Delivery, Destination, Order, Origin, Party
from huella.records.names import fold

SOURCE = "portal"
MAX_ANSWER = 256 * 1024 * 1024
HEAD_END, ROW_END, FIELD_END = "¯", "¬", "^"

TITLES = (
    "Nro", "Ruc Proveedor", "Proveedor", "Ruc Entidad", "Entidad", "Orden Entidad", "Tipo de Contratación",
    "Tipo de Entrega", "Procedimiento", "Orden de Compra/Servicio", "Fecha de Aceptación",
    "Monto Total de la Orden", "Número de Entrega", "Estado de Entrega", "Lugar de entrega",
    "Fecha inicio entrega", "Plazo de entrega Máximo", "Sub Total", "IGV", "Monto Total", "Cesión de derechos",
)  # fmt: skip
_OF_ORDER = (
    "Ruc Proveedor", "Proveedor", "Ruc Entidad", "Entidad", "Orden Entidad", "Tipo de Contratación",
    "Tipo de Entrega", "Procedimiento", "Fecha de Aceptación", "Monto Total de la Orden", "Cesión de derechos",
)  # fmt: skip
_ROLES = (
    ("Monto Total de la Orden", "Plazo de entrega Máximo", "Sub Total", "IGV", "Monto Total"),
    ("Orden de Compra/Servicio",),
    ("Estado de Entrega",),
    ("Orden Entidad",),
)
_ONE_PLACE_EACH = frozenset({shapes.MULTI_DESTINATION})


class Row(NamedTuple):
    """One delivery's row: its number in the answer (from 1), its text and its fields by title."""

    number: int
    text: str
    fields: dict[str, str]


def claims(head: str) -> bool:
    """Whether the text begins like an answer: the titles, split by `^`, the first of them `Nro`."""
    return fold(head.lstrip("\ufeff").partition(FIELD_END)[0]) == "NRO" and ROW_END in head


def read(source: Source) -> Iterator[Draft | Refusal]:
    """Each order of the answer, in the order of first deliveries. `row` counts deliveries from 1.

    A delivery that cannot be read is refused, and its order with it: the others of the order would not add up. Raises
    InputError where the titles are not those of this form.
    """
    head, found, body = _decode(source.all(MAX_ANSWER)).partition(HEAD_END)
    if not found:
        raise InputError("the answer lacks the sign ¯ between titles and rows", field="heading")
    titles = _titles(head)
    groups: dict[str, list[Row]] = {}
    for number, text in enumerate(body.strip("\r\n").split(ROW_END), 1):
        if not text.strip():
            continue
        values = text.split(FIELD_END)
        if len(values) != len(titles):
            reason = f"the row has {len(values)} fields, not {len(titles)}"
            yield Refusal(file=source.name, row=number, field="", reason=reason, content=text)
            continue
        row = Row(number, text, dict(zip(titles, values, strict=True)))
        groups.setdefault(row.fields["Orden de Compra/Servicio"].strip(), []).append(row)
    for rows in groups.values():
        yield from _group(source.name, rows)


def _group(file: str, rows: list[Row]) -> Iterator[Draft | Refusal]:
    """One order from its deliveries, or a refusal of each row: first those at fault, then those beside them."""
    deliveries: list[Delivery] = []
    refused: dict[int, tuple[str, str]] = {}
    for row in rows:
        try:
            deliveries.append(_delivery(row.fields))
        except InputError as error:
            refused[row.number] = error.field, str(error)
    if not refused:
        try:
            yield _order(rows, deliveries)
            return
        except InputError as error:
            refused = {row.number: (error.field, str(error)) for row in rows}
    for row in rows:
        field, reason = refused.get(row.number, ("", "another delivery of this order was refused"))
        yield Refusal(file=file, row=row.number, field=field, reason=reason, content=row.text)


def _order(rows: list[Row], deliveries: list[Delivery]) -> Draft:
    first = rows[0].fields
    for row in rows:
        for title in _OF_ORDER:
            if row.fields[title].strip() != first[title].strip():
                raise InputError("the deliveries of one order differ here", field=title)
    subject, number = cells.number(first["Orden de Compra/Servicio"], "Orden de Compra/Servicio")
    numbered = sorted(zip(deliveries, rows, strict=True), key=lambda pair: pair[0].number)
    deliveries, destinations = _destinations(first["Tipo de Entrega"], numbered)
    accepted_at = cells.moment(first["Fecha de Aceptación"], "Fecha de Aceptación")
    physical = cells.text(first["Orden Entidad"], "Orden Entidad")
    order = Order(
        entity=_party(first, "Entidad", number.entity_code),
        supplier=_party(first, "Proveedor", None),
        procedure=cells.choice(first["Procedimiento"], cells.PROCEDURES, "Procedimiento"),
        contracting_type=cells.choice(
            first["Tipo de Contratación"], cells.CONTRACTING, "Tipo de Contratación"
        ),
        delivery_type=cells.text(first["Tipo de Entrega"], "Tipo de Entrega"),
        published_at=cells.uploaded_at(physical, subject, accepted_at),
        accepted_at=accepted_at,
        currency="PEN",
        destinations=tuple(destinations),
        deliveries=tuple(deliveries),
        sub_total=sum((d.sub_total for d in deliveries[1:]), deliveries[0].sub_total),
        vat=sum((d.vat for d in deliveries[1:]), deliveries[0].vat),
        total=cells.amount(first["Monto Total de la Orden"], "Monto Total de la Orden"),
        origin=Origin(
            source=SOURCE,
            state=min((d.state or "" for d in deliveries), key=_progress),
            reference=_order_id(first["Nro"]),
            physical_pdf_url=physical,
            assignment=cells.text(first["Cesión de derechos"], "Cesión de derechos"),
        ),
    )
    _check(order, subject)
    return Draft(kind="order.imported", subject=subject, data=cells.data(order), row=rows[0].number)


def _check(order: Order, subject: str) -> None:
    """What the reader itself must know before it may call rows an order: every delivery is there, and they add up."""
    for position, delivery in enumerate(order.deliveries, 1):
        if delivery.number != position:
            raise InputError(
                f"delivery {subject[:-1]}{position} is missing or comes twice", field="Número de Entrega"
            )
    found = sum((d.total for d in order.deliveries[1:]), order.deliveries[0].total)
    if found != order.total:
        raise InputError(
            f"the deliveries add up to {found}, the order states {order.total}",
            field="Monto Total de la Orden",
        )


def _delivery(fields: dict[str, str]) -> Delivery:
    order, _ = cells.number(fields["Orden de Compra/Servicio"], "Orden de Compra/Servicio")
    number, parts = cells.number(fields["Número de Entrega"], "Número de Entrega")
    if parts.delivery == 0:
        raise InputError("the row is the order's summary, not a delivery", field="Número de Entrega")
    if number.rpartition("-")[0] != order.rpartition("-")[0] or not order.endswith("-0"):
        raise InputError(f"delivery {number} is not of order {order}", field="Número de Entrega")
    _order_id(fields["Nro"])
    _place(fields["Lugar de entrega"], 0)
    days = fields["Plazo de entrega Máximo"].strip()
    if days and not (days.isascii() and days.isdigit() and len(days) <= 4):
        raise InputError(f"{days[:40]!r} is no number of days", field="Plazo de entrega Máximo")
    return Delivery(
        number=parts.delivery,
        destination=0,
        start=cells.date(fields["Fecha inicio entrega"], "Fecha inicio entrega"),
        max_days=int(days) if days else None,
        sub_total=cells.amount(fields["Sub Total"], "Sub Total"),
        vat=cells.amount(fields["IGV"], "IGV"),
        total=cells.amount(fields["Monto Total"], "Monto Total"),
        state=cells.state(fields["Estado de Entrega"], "Estado de Entrega"),
    )


def _destinations(
    declared: str, numbered: list[tuple[Delivery, Row]]
) -> tuple[list[Delivery], list[Destination]]:
    """Destinations of the deliveries. The answer tells districts and no addresses, so the declared type decides:

    several destinations with one delivery each make one destination a delivery; else one destination a district.
    """
    shape = shapes.ALIASES.get(fold(declared.replace("_", " ")))
    each = shape == _ONE_PLACE_EACH
    found: dict[str, Destination] = {}
    deliveries: list[Delivery] = []
    for delivery, row in numbered:
        place = row.fields["Lugar de entrega"]
        key = f"{delivery.number}" if each else fold(place)
        if key not in found:
            found[key] = _place(place, len(found) + 1)
        deliveries.append(replace(delivery, destination=found[key].number))
    return deliveries, list(found.values())


def _place(raw: str, number: int) -> Destination:
    """`DEPARTAMENTO / PROVINCIA / DISTRITO`; the district's code where the names resolve."""
    names = [name.strip() for name in cells.needed(raw, "Lugar de entrega").split("/")]
    if len(names) != 3 or not all(names):
        raise InputError("a delivery place is DEPARTAMENTO / PROVINCIA / DISTRITO", field="Lugar de entrega")
    department, province, district = names
    return Destination(
        number=number,
        ubigeo=places.resolve(department, province, district),
        department=department,
        province=province,
        district=district,
    )


def _party(fields: dict[str, str], role: str, code: int | None) -> Party:
    number = f"Ruc {role}"
    return Party(ruc=cells.ruc(fields[number], number), name=cells.needed(fields[role], role), code=code)


def _order_id(nro: str) -> str:
    """The order's number inside the platform, from `deliveryId-orderId`."""
    delivery, _, order = nro.strip().partition("-")
    if not (delivery.isascii() and delivery.isdigit() and order.isascii() and order.isdigit()):
        raise InputError(f"{nro[:40]!r} is no pair deliveryId-orderId", field="Nro")
    return order


def _progress(state: str) -> int:
    return life.RANK[cells.STATES[fold(state)]]


def _titles(head: str) -> list[str]:
    """The titles in the answer's order, in our spelling. Raises InputError where they or the columns' roles differ."""
    first, *roles = head.strip("\r\n").split(ROW_END)
    ours = {fold(title): title for title in TITLES}
    given = [fold(cells.entities(title)) for title in first.split(FIELD_END)]
    if sorted(given) != sorted(ours):
        odd = sorted(set(given) ^ set(ours)) or ["a title that comes twice"]
        raise InputError(f"the titles are not the 21 known ones: {', '.join(odd)[:200]}", field="heading")
    titles = [ours[title] for title in given]
    for named, expected in zip(roles, _ROLES, strict=False):
        positions = {int(part) for part in named.split(FIELD_END) if part.isdecimal()}
        if positions and positions != {titles.index(title) for title in expected}:
            raise InputError(f"the heading says that {', '.join(expected)} stand elsewhere", field="heading")
    return titles


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        raise InputError("the answer is neither UTF-8 nor Windows-1252", field="encoding") from None
