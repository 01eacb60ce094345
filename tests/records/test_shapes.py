"""The five delivery shapes come from counts; declared words are held against them; sums are conserved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import InputError
from huella.records import generator, kinds, shapes
from huella.records.model import Delivery, Item, Order, Party

ZERO = Decimal("0.00")


def order(items: int, destinations: list[int], declared: str | None = None) -> Order:
    """An order with so many items and one delivery to each listed destination."""
    deliveries = tuple(
        Delivery(number=n + 1, destination=d, sub_total=ZERO, vat=ZERO, total=ZERO)
        for n, d in enumerate(destinations)
    )
    return Order(
        entity=Party(), supplier=Party(), currency="PEN", sub_total=ZERO, vat=ZERO, total=ZERO,
        items=tuple(Item(number=n + 1, description="x") for n in range(items)),
        deliveries=deliveries, delivery_type=declared,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("items", "destinations", "shape"),
    [
        (1, [1], shapes.CLASSIC),
        (3, [1], shapes.PACKAGE),
        (1, [1, 1], shapes.PARTIAL),
        (4, [1, 1, 1], shapes.PARTIAL),
        (1, [1, 2], shapes.MULTI_DESTINATION),
        (5, [1, 2, 3], shapes.MULTI_DESTINATION),
        (1, [1, 2, 1], shapes.COMBINED),
        (60, [1, 2] * 12, shapes.COMBINED),
        (2, [], None),
        (0, [1], shapes.CLASSIC),
    ],
)
def test_the_shape_follows_from_counts(items: int, destinations: list[int], shape: str | None) -> None:
    assert shapes.derive(order(items, destinations)) == shape


@pytest.mark.parametrize(
    ("declared", "destinations", "fits"),
    [
        ("Un solo destino una sola entrega", [1], True),
        ("UN SOLO DESTINO  UNA SOLA ENTREGA ", [1], True),
        ("Un solo destino con entregas parciales", [1, 1], True),
        ("multi_destination", [1, 2], True),
        ("Varios destinos con entregas parciales", [1, 2, 2], True),
        ("Un solo destino una sola entrega", [1, 1], False),
        ("Varios destinos una sola entrega", [1, 2, 2], False),
        ("Entrega a pedido", [1], False),
    ],
)
def test_the_declared_type_is_held_against_the_counts(
    declared: str, destinations: list[int], fits: bool
) -> None:
    if fits:
        shapes.check_declared(order(1, destinations, declared))
    else:
        with pytest.raises(InputError) as caught:
            shapes.check_declared(order(1, destinations, declared))
        assert caught.value.field == "/delivery_type"


def test_every_shape_has_its_name_in_spanish() -> None:
    assert set(shapes.SPANISH) == set(shapes.SHAPES)


@given(st.integers(0, 10_000))
def test_sums_and_quantities_are_conserved(seed: int) -> None:
    draft = next(generator.orders(1, seed))
    made: Order = kinds.read(draft.kind, draft.data)
    goods = sum((item.amount or ZERO for item in made.items), ZERO)
    shipping = sum((d.shipping or ZERO for d in made.deliveries), ZERO)
    assert goods + shipping == sum((d.sub_total for d in made.deliveries), ZERO) == made.sub_total
    assert sum((d.total for d in made.deliveries), ZERO) == made.sub_total + made.vat == made.total
    for item in made.items:
        carried = sum(
            (line.quantity for d in made.deliveries for line in d.lines if line.item == item.number),
            Decimal(0),
        )
        assert carried == item.quantity


@given(st.integers(0, 10_000), st.data())
def test_a_cent_or_a_unit_moved_anywhere_is_noticed(seed: int, chosen: st.DataObject) -> None:
    draft = next(generator.orders(1, seed))
    delivery = chosen.draw(st.sampled_from(draft.data["deliveries"]))
    if chosen.draw(st.booleans()):
        delivery["total"] = str(Decimal(delivery["total"]) + Decimal("0.01"))
    else:
        line = chosen.draw(st.sampled_from(delivery["lines"]))
        line["quantity"] = str(int(line["quantity"]) + 1)
    with pytest.raises(InputError):
        kinds.find(draft.kind).check(kinds.read(draft.kind, draft.data), draft.subject)
