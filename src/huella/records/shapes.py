"""The five delivery shapes, derived from counts and never stored as a choice (docs/spec/kinds.md, Delivery shapes)."""

from __future__ import annotations

from huella.errors import InputError
from huella.records.model import Order
from huella.records.names import fold

CLASSIC = "classic"
PACKAGE = "package"
PARTIAL = "partial"
MULTI_DESTINATION = "multi_destination"
COMBINED = "combined"
SHAPES = (CLASSIC, PACKAGE, PARTIAL, MULTI_DESTINATION, COMBINED)

SPANISH = {
    CLASSIC: "Un solo destino, una sola entrega",
    PACKAGE: "Paquete: varios productos, un destino, una entrega",
    PARTIAL: "Un solo destino con entregas parciales",
    MULTI_DESTINATION: "Varios destinos, una sola entrega en cada uno",
    COMBINED: "Varios destinos con entregas parciales",
}

# The portal's words. Those of one destination are seen in real data, those of several are likely: extend freely.
ALIASES: dict[str, frozenset[str]] = {
    "UN SOLO DESTINO UNA SOLA ENTREGA": frozenset({CLASSIC, PACKAGE}),
    "UN SOLO DESTINO CON ENTREGAS PARCIALES": frozenset({PARTIAL}),
    "UN SOLO DESTINO VARIAS ENTREGAS": frozenset({PARTIAL}),
    "VARIOS DESTINOS UNA SOLA ENTREGA": frozenset({MULTI_DESTINATION}),
    "MULTIDESTINO UNA SOLA ENTREGA": frozenset({MULTI_DESTINATION}),
    "MULTIPLES DESTINOS UNA SOLA ENTREGA": frozenset({MULTI_DESTINATION}),
    "VARIOS DESTINOS CON ENTREGAS PARCIALES": frozenset({COMBINED}),
    "MULTIDESTINO CON ENTREGAS PARCIALES": frozenset({COMBINED}),
    "MULTIPLES DESTINOS CON ENTREGAS PARCIALES": frozenset({COMBINED}),
    **{shape.upper().replace("_", " "): frozenset({shape}) for shape in SHAPES},
}


def derive(order: Order) -> str | None:
    """The shape that the order's products, destinations and deliveries make; None where the source tells none of them.

    Products are counted by items; an order whose source tells no items counts as one product.
    """
    if not order.deliveries:
        return None
    destinations = {delivery.destination for delivery in order.deliveries}
    several_deliveries = len(order.deliveries) > len(destinations)  # to one of them at least
    if len(destinations) > 1:
        return COMBINED if several_deliveries else MULTI_DESTINATION
    if several_deliveries:
        return PARTIAL
    return PACKAGE if len(order.items) > 1 or order.contracting_type == "package" else CLASSIC


def check_declared(order: Order) -> None:
    """Hold the declared type against the derived shape. InputError where they differ or the words are unknown."""
    if order.delivery_type is None:
        return
    allowed = ALIASES.get(fold(order.delivery_type.replace("_", " ")))
    if allowed is None:
        raise InputError(f"unknown delivery type {order.delivery_type!r}", field="/delivery_type")
    shape = derive(order)
    if shape is not None and shape not in allowed:
        raise InputError(
            f"declared {order.delivery_type!r}, but products, destinations and deliveries make it {shape}",
            field="/delivery_type",
        )
