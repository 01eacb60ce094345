"""Demonstration orders and their lives: realistic, exact to the cent, and made up.

The same seed gives the same drafts everywhere. RUCs begin with 2099 (no company has one) or hold a DNI of 0000…, mail
addresses end in `.example`. Amounts follow the published ones: median about S/ 2,700, a tail to tens of millions.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from huella.records import identifiers as ids
from huella.records import places, shapes
from huella.records.draft import Draft

T = TypeVar("T")
MEDIAN_CENTS, SPREAD = 250_000, 1.95
"""Sub-total's median in cents and the standard deviation of its logarithm."""

_SHAPES = (shapes.CLASSIC,) * 11 + (shapes.PACKAGE,) * 3 + (shapes.PARTIAL,) * 3 + (
    shapes.MULTI_DESTINATION, shapes.MULTI_DESTINATION, shapes.COMBINED,
)  # fmt: skip
_WORDS = {
    shapes.CLASSIC: "Un solo destino una sola entrega",
    shapes.PACKAGE: "Un solo destino una sola entrega",
    shapes.PARTIAL: "Un solo destino con entregas parciales",
    shapes.MULTI_DESTINATION: "Varios destinos una sola entrega",
    shapes.COMBINED: "Varios destinos con entregas parciales",
}
_DISTRICTS = (
    "150101", "150110", "150105", "060101", "060108", "230101", "250101", "250201", "180101", "180104", "090201",
    "120601", "100102", "160113", "210101", "080105", "080907", "030103", "040208", "050201", "130109", "070101",
    "020101", "140101", "200101", "110101", "220101", "240101", "170101", "190101",
)  # fmt: skip
_ENTITIES = (
    "MUNICIPALIDAD DISTRITAL DE {}", "MUNICIPALIDAD PROVINCIAL DE {}", "RED DE SALUD {}", "HOSPITAL REGIONAL {}",
    "UNIDAD DE GESTIÓN EDUCATIVA LOCAL {}", "UNIVERSIDAD NACIONAL DE {}", "DIRECCIÓN REGIONAL AGRARIA {}",
    "GOBIERNO REGIONAL {}",
)  # fmt: skip
_FIRMS = (
    "COMERCIAL", "INVERSIONES", "DISTRIBUIDORA", "SUMINISTROS", "CORPORACIÓN", "IMPORTACIONES", "PAPELERA",
    "TECNOLOGÍA", "REPUESTOS", "SERVICIOS GENERALES",
)  # fmt: skip
_OF = (
    "EL SOL", "LOS ANDES", "DEL SUR", "VILCANOTA", "ÑUSTA", "CORDILLERA BLANCA", "SAN MARTÍN", "AMAZONAS",
    "HUASCARÁN", "PACHAMAMA", "TRES REGIONES", "LA BREÑA",
)  # fmt: skip
_FORMS = ("S.A.C.", "E.I.R.L.", "S.R.L.", "S.A.")
_NAMES = ("ROSA", "JOSÉ", "MARÍA", "LUIS", "CARMEN", "JULIO", "ELENA", "IVÁN", "NÉLIDA", "TOMÁS")
_SURNAMES = (
    "QUISPE",
    "MAMANI",
    "FLORES",
    "HUAMÁN",
    "ÑAHUI",
    "ROJAS",
    "TORRES",
    "CCORI",
    "SALAZAR",
    "PAREDES",
)
_STREETS = ("Av. Grau", "Jr. Puno", "Calle Real", "Av. Los Próceres", "Jr. Ayacucho", "Psje. San Blas")
_AGREEMENTS = (
    ("EXT-CE-2022-5", "COMPUTADORAS DE ESCRITORIO, COMPUTADORAS PORTÁTILES Y ESCÁNERES", "CÓMPUTO"),
    ("EXT-CE-2021-7", "ÚTILES DE ESCRITORIO, PAPELES Y CARTONES", "PAPEL"),
    ("EXT-CE-2021-6", "IMPRESORAS, CONSUMIBLES, REPUESTOS Y ACCESORIOS DE OFICINA", "OFICINA"),
    ("EXT-CE-2024-3", "LLANTAS, NEUMÁTICOS Y ACCESORIOS", "LLANTAS"),
)
_PRODUCTS: dict[str, tuple[tuple[str, str, str, int], ...]] = {
    # description, unit, brand, price in cents
    "CÓMPUTO": (
        ("COMPUTADORA PORTÁTIL 14 IN, 16 GB RAM, 512 GB SSD", "UNIDAD", "ANDINA", 289_000),
        ("ESCÁNER DOCUMENTAL A4, 40 PPM", "UNIDAD", "SOLARIS", 164_550),
        ("TECLADO USB EN ESPAÑOL", "UNIDAD", "ANDINA", 3_890),
        ("MOUSE ÓPTICO USB", "UNIDAD", "ANDINA", 1_990),
    ),
    "PAPEL": (
        ("PAPEL BOND A4 DE 75 G, 500 HOJAS", "EMPAQUE", "VICUÑA", 1_245),
        ("ARCHIVADOR DE PALANCA LOMO ANCHO", "UNIDAD", "VICUÑA", 685),
        ("BOLÍGRAFO TINTA SECA AZUL", "CAJA", "KANTU", 1_850),
        ("CARTULINA DUPLEX 50 X 65 CM", "EMPAQUE", "KANTU", 4_320),
    ),
    "OFICINA": (
        ("TÓNER NEGRO DE 2,600 PÁGINAS", "UNIDAD", "SOLARIS", 21_475),
        ("IMPRESORA LÁSER MONOCROMÁTICA A4", "UNIDAD", "SOLARIS", 98_900),
        ("CINTA MATRICIAL NEGRA", "UNIDAD", "QORI", 2_730),
        ("KIT DE MANTENIMIENTO DE IMPRESORA", "KIT", "SOLARIS", 45_060),
    ),
    "LLANTAS": (
        ("LLANTA 265/65 R17 PARA CAMIONETA", "UNIDAD", "CÓNDOR", 52_830),
        ("LLANTA 11R22.5 PARA CAMIÓN", "UNIDAD", "CÓNDOR", 118_415),
        ("CÁMARA PARA LLANTA 7.50-16", "UNIDAD", "CÓNDOR", 6_240),
        ("VÁLVULA PARA LLANTA SIN CÁMARA", "UNIDAD", "QORI", 520),
    ),
}


class Dice:
    """A small deterministic generator (PCG, 64 bits of state, 32 of output): no dependence on a Python version."""

    def __init__(self, seed: int) -> None:
        self._state = (seed * 0x9E3779B97F4A7C15 + 0xDA3E39CB94B95BDB) % 2**64
        for _ in range(3):
            self.below(2)

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1; limits are small against 2^32, so that the bias does not matter here."""
        state = self._state
        self._state = (state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        mixed = ((state >> 18 ^ state) >> 27) & 0xFFFFFFFF
        turn = state >> 59
        return ((mixed >> turn | mixed << (32 - turn)) & 0xFFFFFFFF) * limit >> 32

    def pick(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.below(len(among))]

    def amount(self) -> int:
        """A sub-total to aim at, in cents: log-normal (Box-Muller)."""
        radius = math.sqrt(-2 * math.log((self.below(2**32) + 1) / 2**32))
        normal = radius * math.cos(2 * math.pi * self.below(2**32) / 2**32)
        return int(MEDIAN_CENTS * math.exp(SPREAD * normal)) + 1


def orders(count: int, seed: int, year: int = 2026) -> Iterator[Draft]:
    """`count` orders of kind order.published through the year, in the order of their publication, numbers unique."""
    dice = Dice(seed * 1_000_003 + year)
    sequences: dict[int, int] = {}
    start = datetime(year, 1, 2, 13, tzinfo=UTC)
    step = timedelta(days=360) / max(count, 1)
    for position in range(count):
        entity = 100 + dice.below(400)
        sequences[entity] = sequences.get(entity, 0) + 1
        published = start + step * position + timedelta(milliseconds=dice.below(1000))
        shape = dice.pick(_SHAPES)
        yield order(dice, (entity, sequences[entity]), published, shape)


def order(dice: Dice, number: tuple[int, int], published: datetime, shape: str) -> Draft:
    """One order of a shape; `number` is the entity's code and its sequence in the year, `published` an aware moment."""
    return _order(dice, number, published, shape, _counts(dice, shape))


def combined(items: int = 60, deliveries: int = 24, seed: int = 1, year: int = 2026) -> Draft:
    """One combined order of many products and deliveries, two a destination: larger than a record without annexes."""
    dice = Dice(seed)
    published = datetime(year, 6, 1, 15, tzinfo=UTC)
    return _order(dice, (99, seed), published, shapes.COMBINED, (items, max(2, deliveries // 2), deliveries))


def _counts(dice: Dice, shape: str) -> tuple[int, int, int]:
    """Items, destinations, deliveries of a shape."""
    items = (
        1 if shape == shapes.CLASSIC else 2 + dice.below(5) if shape == shapes.PACKAGE else 1 + dice.below(3)
    )
    destinations = 2 + dice.below(3) if shape in (shapes.MULTI_DESTINATION, shapes.COMBINED) else 1
    deliveries = destinations
    if shape in (shapes.PARTIAL, shapes.COMBINED):
        deliveries = destinations + 1 + dice.below(3)
    return items, destinations, deliveries


class _Goods(NamedTuple):
    """A chosen product: price in cents, quantity in whole units, its item as data."""

    price: int
    quantity: int
    data: dict[str, Any]


def _order(
    dice: Dice, number: tuple[int, int], published: datetime, shape: str, counts: tuple[int, int, int]
) -> Draft:
    code, sequence = number
    of_items, of_destinations, of_deliveries = counts
    agreement, catalogue, category = dice.pick(_AGREEMENTS)
    aim = dice.amount() // of_items
    goods = [_goods(dice, n + 1, category, aim, of_deliveries) for n in range(of_items)]
    rate = 18 if dice.below(100) >= 4 else 0
    made = [_delivery(dice, n, counts, goods, rate, published.date()) for n in range(of_deliveries)]
    sub_total, vat = sum(cents for cents, _, _ in made), sum(cents for _, cents, _ in made)
    home = dice.pick(_DISTRICTS)
    data: dict[str, Any] = {
        "agreement": {"code": agreement, "name": catalogue},
        "contracting_type": "package" if of_items > 1 else "individual",
        "currency": "PEN",
        "deliveries": [delivery for _, _, delivery in made],
        "delivery_type": _WORDS[shape],
        "destinations": [_destination(dice, n + 1, home) for n in range(of_destinations)],
        "entity": _entity(code),
        "items": [each.data for each in goods],
        "procedure": "large_purchase" if sub_total >= 10_000_000 else "ordinary",
        "published_at": ids.moment(published),
        "sub_total": _soles(sub_total),
        "supplier": supplier(dice.below(250)),
        "total": _soles(sub_total + vat),
        "vat": _soles(vat),
    }
    subject = f"OCAM-{published.year}-{code}-{sequence}-0"
    return Draft(kind="order.published", subject=subject, data=data)


def _goods(dice: Dice, number: int, category: str, aim: int, least: int) -> _Goods:
    """A product that fits the amount to spend, at least one unit a delivery."""
    products = _PRODUCTS[category]
    fitting = [product for product in products if product[3] * least <= aim] or [
        min(products, key=lambda p: p[3])
    ]
    description, unit, brand, price = dice.pick(fitting)
    price += dice.below(price // 10 + 1)
    quantity = max(least, aim // price)
    data = {
        "amount": _soles(price * quantity), "brand": brand, "category": category, "description": description,
        "number": number, "part_number": f"{brand[:3]}-{price % 9973:04d}", "product": f"FP-{price + 10_000}",
        "quantity": str(quantity), "unit": unit, "unit_price": _soles(price),
    }  # fmt: skip
    return _Goods(price, quantity, data)


def _delivery(
    dice: Dice,
    position: int,
    counts: tuple[int, int, int],
    goods: list[_Goods],
    rate: int,
    day: date,
) -> tuple[int, int, dict[str, Any]]:
    """Sub-total and IGV in cents and the delivery as data. Quantities are shared evenly, the first take the rest."""
    _, of_destinations, of_deliveries = counts
    shares = [each.quantity // of_deliveries + (position < each.quantity % of_deliveries) for each in goods]
    shipping = dice.below(40) * 50 if dice.below(4) == 0 else 0
    sub_total = sum(share * each.price for share, each in zip(shares, goods, strict=True))
    # freight is part of the sub-total and of nothing else
    sub_total += shipping
    vat = (sub_total * rate + 50) // 100
    start = _business_day(day + timedelta(days=4 + 10 * (position // of_destinations)))
    data = {
        "destination": position % of_destinations + 1,
        "lines": [{"item": n + 1, "quantity": str(share)} for n, share in enumerate(shares)],
        "max_days": 5 + 5 * dice.below(6),
        "number": position + 1,
        "start": start.isoformat(),
        "sub_total": _soles(sub_total),
        "total": _soles(sub_total + vat),
        "vat": _soles(vat),
    }
    if shipping:
        data["shipping"] = _soles(shipping)
    return sub_total, vat, data


def _business_day(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() > 4 else day


@functools.cache
def _entity(code: int) -> dict[str, Any]:
    """The entity of a code: one code is one entity. Shared between drafts, which nobody changes."""
    own = Dice(code)
    name = own.pick(_ENTITIES).format(own.pick(_named())[2])
    return {"code": code, "name": name, "ruc": _ruc(f"2099{code:06d}")}


@functools.cache
def supplier(number: int) -> dict[str, Any]:
    """One of some 250 suppliers; every twelfth is a natural person, every third tells whom to call.

    The platform's detailed export tells the supplier's address and those of delivery, and of people hardly anything.
    """
    own = Dice(7_000 + number)
    firm = f"{own.pick(_FIRMS)} {own.pick(_OF)} {own.pick(_FORMS)}"
    person = f"{own.pick(_SURNAMES)} {own.pick(_SURNAMES)} {own.pick(_NAMES)}"
    natural = number % 12 == 0
    contact = _contact("proveedor", own.below(1000))
    return {
        "address": f"{own.pick(_STREETS)} {100 + own.below(900)}",
        **({"contact": contact} if number % 3 == 0 else {}),
        "name": person if natural else firm,
        "ruc": _ruc(f"100000{number:04d}" if natural else f"20995{number:05d}"),
    }


def _destination(dice: Dice, number: int, home: str) -> dict[str, Any]:
    code = home if number == 1 else dice.pick(_DISTRICTS)
    department, province, district = _place(code)
    drawn = dice.below(1_000_000)
    contact = {"contact": _contact("almacen", drawn % 1000)} if drawn % 4 == 0 else {}
    return {
        "address": f"{_STREETS[drawn % len(_STREETS)]} {100 + drawn // 1000}, almacén {1 + drawn % 4}",
        **contact, "department": department, "district": district,
        "number": number, "province": province, "ubigeo": code,
    }  # fmt: skip


@functools.cache
def _contact(at: str, number: int) -> dict[str, str]:
    own = Dice(number + 31 * len(at))
    name = f"{own.pick(_NAMES)} {own.pick(_SURNAMES)}"
    return {
        "email": f"{at}.{number}@demo.example",
        "name": name,
        "telephone": f"900{own.below(1_000_000):06d}",
    }


@functools.cache
def _place(code: str) -> tuple[str, str, str]:
    department, province, district = places.names(code)
    return department.upper(), province.upper(), district.upper()


@functools.cache
def _named() -> tuple[tuple[str, str, str], ...]:
    return tuple(_place(code) for code in _DISTRICTS)


def _ruc(ten: str) -> str:
    """Ten digits with their check digit (SUNAT's modulus 11)."""
    return ten + str(
        (11 - sum(int(d) * w for d, w in zip(ten, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11) % 10
    )


def _soles(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def life(draft: Draft, seed: int) -> list[Draft]:
    """What follows an order of `orders`, in the order of its effect: from nothing at all to the last payment."""
    number = ids.order_number(draft.subject, "/subject")
    dice = Dice(seed + number.entity_code * 1_000_003 + number.sequence * 101)
    published = ids.parse_moment(draft.data["published_at"], "/published_at")
    fate = dice.below(100)
    if fate < 5:
        return []
    if fate < 9:
        when = published + timedelta(hours=3 + dice.below(30))
        reason = {"reason": "Stock agotado en el almacén del proveedor."}
        return [_fact(draft, "order.rejected" if fate < 7 else "order.annulled", when, reason)]
    facts = [_acceptance(dice, draft, published)]
    accepted = ids.parse_moment(facts[0].data["effective_at"], "/effective_at")
    if fate < 12:
        reason = {"reason": "Incumplimiento del plazo de entrega."}
        return [*facts, _fact(draft, "order.terminated", accepted + timedelta(days=40), reason)]
    progress = dice.below(5)
    deliveries = draft.data["deliveries"]
    if progress and fate < 20:
        change = {"delivery": deliveries[-1]["number"], "max_days": 30, "reason": "Ampliación de plazo."}
        facts.append(_fact(draft, "order.amended", accepted + timedelta(hours=6), change))
    for delivery in deliveries:
        facts.extend(_delivered(dice, draft, delivery, accepted, progress))
    return sorted(facts, key=lambda fact: str(fact.data["effective_at"]))


def _acceptance(dice: Dice, draft: Draft, published: datetime) -> Draft:
    """Explicit within a day: silence becomes acceptance by the registry's clock and calendar alone."""
    when = published + timedelta(minutes=30 + dice.below(1_400))
    return _fact(draft, "order.accepted", when, {"mode": "explicit"})


def _delivered(
    dice: Dice, draft: Draft, delivery: dict[str, Any], accepted: datetime, progress: int
) -> Iterator[Draft]:
    """Made, conformed and paid, as far as `progress` (1 to 4) goes."""
    number, total = delivery["number"], delivery["total"]
    made = accepted + timedelta(days=3 + 9 * number, minutes=dice.below(480))
    steps: tuple[tuple[str, int, dict[str, str]], ...] = (
        ("delivery.made", 0, {}),
        ("delivery.conformed", 2 + dice.below(6), {}),
        ("delivery.paid", 9 + dice.below(10), {"amount": total}),
    )
    for kind, days, told in steps[:progress]:
        yield _fact(draft, kind, made + timedelta(days=days), {"delivery": number, **told})


def _fact(draft: Draft, kind: str, when: datetime, told: dict[str, Any]) -> Draft:
    return Draft(kind=kind, subject=draft.subject, data={"effective_at": ids.moment(when), **told})
