"""What must hold inside one fact: identifiers, numbering, sums, IGV, dates (docs/spec/kinds.md, Rules).

Each check raises InputError with the field at fault, or adds a warning where the field's practice allows the oddity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from huella.errors import InputError
from huella.records import identifiers as ids
from huella.records import places, shapes
from huella.records.canonical import MAX_INTEGER
from huella.records.identifiers import OrderNumber
from huella.records.model import (
    Agreement,
    Amendment,
    Assignment,
    Decision,
    Delivery,
    DeliveryFact,
    Destination,
    Hashlink,
    Item,
    Order,
    Party,
)
from huella.records.record import FileRef

VAT_RATE = Decimal("0.18")
MIN_ORDER_YEAR = 2016
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_HEX = re.compile(r"[0-9a-f]{64}\Z")
_ACCOUNT = re.compile(r"0x[0-9a-f]{40}\Z")
_ROLE = re.compile(r"[a-z][a-z-]{0,30}\.[a-z0-9]{1,5}\Z")
_FOREIGN = re.compile(r"ocds-[a-z0-9]{6}[!-.0-~]{0,60}/[!-~]{1,60}\Z")
ZERO = Decimal("0.00")
NOTHING = Decimal(0)
MOST_DAYS = 3650


class Warn(NamedTuple):
    """Something odd that is sealed all the same: the field's JSON pointer and what is odd."""

    field: str
    message: str


def check_published(order: Order, subject: str) -> list[Warn]:
    """An order issued through the registry: complete, and every sum exact."""
    ids.order_number(subject, "/subject")
    if order.origin is not None or not (
        order.items and order.deliveries and order.contracting_type and order.procedure
    ):
        _name_missing(order)
    if order.hashlink is not None:
        _check_hashlink(order.hashlink)
    entity, supplier = order.entity, order.supplier
    if not (entity.ruc and entity.name and supplier.ruc and supplier.name):
        _require(entity.ruc and entity.name, "/entity", "a party has RUC and name")
        _require(supplier.ruc and supplier.name, "/supplier", "a party has RUC and name")
    warnings = check_order(order, subject)
    goods = shipping = ZERO
    for item in order.items:
        goods += _amount(item)
    for position, delivery in enumerate(order.deliveries):
        if not delivery.lines:
            raise InputError("a delivery says what it carries", field=f"/deliveries/{position}/lines")
        if delivery.shipping is not None:
            shipping += delivery.shipping
    if goods + shipping != order.sub_total:
        raise InputError(
            f"items {goods} and shipping {shipping} do not add up to {order.sub_total}", field="/sub_total"
        )
    return warnings


def _name_missing(order: Order) -> None:
    _require(order.origin is None, "/origin", "an order that has an origin is imported, not published")
    _require(order.items, "/items", "an order names its items")
    _require(order.deliveries, "/deliveries", "an order names its deliveries")
    _require(order.contracting_type, "/contracting_type", "individual or package")
    _require(order.procedure, "/procedure", "ordinary or large_purchase")


def _amount(item: Item) -> Decimal:
    """What an item costs; it is numbered by its place already."""
    quantity, price, amount = item.quantity, item.unit_price, item.amount
    if quantity is None or price is None or amount is None:
        raise InputError("an item has quantity, unit price and amount", field=f"/items/{item.number - 1}")
    if amount != ids.product(quantity, price):
        at = f"/items/{item.number - 1}/amount"
        raise InputError("amount is quantity × unit price, rounded half up", field=at)
    return amount


def _check_hashlink(link: Hashlink) -> None:
    ids.requirement_number(link.requirement, "/hashlink/requirement")
    ids.check_hex(link.leaf, "/hashlink/leaf")
    if not 0 <= link.winner <= MAX_INTEGER:
        raise InputError("a winner's place counts from 0", field="/hashlink/winner")


def check_imported(order: Order, subject: str) -> list[Warn]:
    """An order that existed before: as complete as its source tells it, which it names."""
    if order.origin is None:
        raise InputError("an imported order says where it comes from", field="/origin")
    if order.hashlink is not None:
        raise InputError("an imported order comes from no procedure held here", field="/hashlink")
    return check_order(order, subject)


def check_subject(subject: str) -> OrderNumber | None:
    """An order's number ending in -0, or (None) `ocid/contract` of an order known from OCDS only."""
    if subject.startswith("ocds-") and _FOREIGN.match(subject):
        return None
    number = ids.order_number(subject, "/subject")
    if number.delivery != 0:
        raise InputError("an order's number ends in -0; deliveries are in its data", field="/subject")
    return number


def check_order(order: Order, subject: str) -> list[Warn]:
    """What holds for any order, complete or not."""
    number = check_subject(subject)
    warnings: list[Warn] = []
    check_party(order.entity, "/entity")
    check_party(order.supplier, "/supplier")
    if number is not None and order.entity.code not in (None, number.entity_code):
        raise InputError(f"the order's number names entity {number.entity_code}", field="/entity/code")
    check_choices(order.agreement, order.procedure, order.contracting_type, order.currency)
    _check_sums(order, "")
    _check_vat(order, warnings)
    _check_numbering(order)
    _check_deliveries(order)
    _check_quantities(order)
    shapes.check_declared(order)
    _check_dates(order, warnings)
    check_documents(order.documents)
    if order.contracting_type == "individual" and len(order.items) > 1:
        warnings.append(Warn("/contracting_type", "individual, but with several products"))
    return warnings


def check_party(party: Party, at: str) -> None:
    """A party's RUC, where it is told."""
    if party.ruc is not None:
        ids.check_ruc(party.ruc, f"{at}/ruc")
    if party.code is not None and not 0 < party.code < 10_000_000:
        raise InputError("an entity's code has at most seven digits", field=f"{at}/code")


def check_documents(documents: Sequence[FileRef | None]) -> None:
    """Documents named by digest and size."""
    for position, file in enumerate(documents):
        if file is not None and (not _HEX.match(file.sha256) or not 0 <= file.size <= MAX_INTEGER):
            raise InputError("a document has a SHA-256 in hex and a size", field=f"/documents/{position}")


def check_files(files: Sequence[FileRef]) -> None:
    """Documents named in clear: digest, size, and as name a role such as orden.pdf, never one that a person gave."""
    for position, file in enumerate(files):
        if not _HEX.match(file.sha256) or file.size < 0:
            raise InputError("a document has a SHA-256 in hex and a size", field=f"/files/{position}")
        if not _ROLE.match(file.name):
            raise InputError("a file's name is a role such as orden.pdf", field=f"/files/{position}/name")


def check_decision(decision: Decision, subject: str) -> list[Warn]:
    """Acceptance, rejection, annulment, termination."""
    check_subject(subject)
    ids.check_moment(decision.effective_at, "/effective_at")
    check_documents(decision.documents)
    if decision.calendar is not None and not _HEX.match(decision.calendar):
        raise InputError("the calendar is named by its SHA-256 in hex", field="/calendar")
    return []


def check_acceptance(decision: Decision, subject: str) -> list[Warn]:
    """Explicit or tacit; a tacit acceptance names the calendar that it was computed with."""
    if decision.mode not in ("explicit", "tacit"):
        raise InputError("an acceptance is explicit or tacit", field="/mode")
    if (decision.mode == "tacit") != (decision.calendar is not None):
        raise InputError(
            "a tacit acceptance names its calendar by digest, an explicit one has none", field="/calendar"
        )
    return check_decision(decision, subject)


def check_amendment(amendment: Amendment, subject: str) -> list[Warn]:
    """Place, date or contact of a delivery."""
    check_subject(subject)
    ids.check_moment(amendment.effective_at, "/effective_at")
    check_documents(amendment.documents)
    if amendment.destination is None and amendment.start is None and amendment.max_days is None:
        raise InputError("an amendment changes destination, start or max_days", field="/delivery")
    if amendment.destination is not None:
        check_destination(amendment.destination, "/destination")
    if amendment.start is not None:
        ids.check_date(amendment.start, "/start")
    if amendment.max_days is not None:
        check_term(amendment.max_days, "/max_days")
    return []


def check_term(days: int, field: str) -> None:
    """InputError unless a delivery's term has a possible number of calendar days."""
    if not 0 <= days <= MOST_DAYS:
        raise InputError("a term has 0 to 3,650 calendar days", field=field)


def check_assignment(assignment: Assignment, subject: str) -> list[Warn]:
    """Collection rights assigned to a party."""
    check_subject(subject)
    ids.check_moment(assignment.effective_at, "/effective_at")
    check_documents(assignment.documents)
    check_party(assignment.assignee, "/assignee")
    if assignment.account is not None and (
        not _ACCOUNT.match(assignment.account) or not int(assignment.account, 16)
    ):
        raise InputError("an account is 0x and 40 small hex digits, not all zero", field="/account")
    return []


def check_delivery_fact(fact: DeliveryFact, subject: str) -> list[Warn]:
    """Made, conformed, paid, terminated."""
    check_subject(subject)
    ids.check_moment(fact.effective_at, "/effective_at")
    check_documents(fact.documents)
    for name, value in (("amount", fact.amount), ("penalty", fact.penalty)):
        if value is not None:
            ids.check_money(value, f"/{name}")
    return []


def _require(value: object, field: str, reason: str) -> None:
    if not value:
        raise InputError(reason, field=field)


def check_choices(
    agreement: Agreement | None, procedure: str | None, contracting_type: str | None, currency: str
) -> None:
    """The words that say how a thing is bought: agreement's code, procedure, contracting type, currency."""
    if agreement is not None and agreement.code is not None:
        ids.check_agreement(agreement.code, "/agreement/code")
    if procedure not in (None, "ordinary", "large_purchase"):
        raise InputError("procedure is ordinary or large_purchase", field="/procedure")
    if contracting_type not in (None, "individual", "package"):
        raise InputError("contracting_type is individual or package", field="/contracting_type")
    check_currency(currency, "/currency")


def check_currency(text: str, field: str) -> None:
    """A currency's code: three capital letters (ISO 4217)."""
    if not _CURRENCY.match(text):
        raise InputError("a currency has three capital letters (ISO 4217)", field=field)


def _check_sums(of: Order | Delivery, at: str) -> None:
    sub_total, vat, total = of.sub_total, of.vat, of.total
    if not (ids.is_money(sub_total) and ids.is_money(vat) and ids.is_money(total)):
        for name in ("sub_total", "vat", "total"):
            ids.check_money(getattr(of, name), f"{at}/{name}")
    if sub_total + vat != total:
        raise InputError(f"{of.sub_total} + {of.vat} is not {of.total}", field=f"{at}/total")


def _check_vat(order: Order, warnings: list[Warn]) -> None:
    """IGV is 18 % or nothing; the real platform rounds line by line, so a cent a line is no oddity."""
    if order.vat == 0 or order.currency != "PEN":
        return
    tolerance = ids.CENT * max(1, len(order.items) * max(1, len(order.deliveries)))
    expected = ids.cents(VAT_RATE * order.sub_total)
    if abs(order.vat - expected) > tolerance:
        warnings.append(Warn("/vat", f"IGV {order.vat} is neither 0 nor 18 % of the sub-total ({expected})"))


def _check_numbering(order: Order) -> None:
    numbered: tuple[tuple[str, Iterable[Item | Destination | Delivery]], ...] = (
        ("items", order.items),
        ("destinations", order.destinations),
        ("deliveries", order.deliveries),
    )
    for name, members in numbered:
        for position, member in enumerate(members, 1):
            if member.number != position:
                raise InputError("numbers run 1, 2, 3 without gaps", field=f"/{name}/{position - 1}/number")
    for item in order.items:
        _check_item(item)
    known = places.default().places
    for destination in order.destinations:
        if destination.ubigeo is not None and destination.ubigeo not in known:
            check_destination(destination, f"/destinations/{destination.number - 1}")


def _check_item(item: Item) -> None:
    """An item's numbers; it is numbered by its place already."""
    quantity, price, amount = item.quantity, item.unit_price, item.amount
    if quantity is not None and not ids.is_scaled(quantity):
        ids.check_scaled(quantity, f"/items/{item.number - 1}/quantity")
    if price is not None and not ids.is_scaled(price):
        ids.check_scaled(price, f"/items/{item.number - 1}/unit_price")
    if amount is not None and not ids.is_money(amount):
        ids.check_money(amount, f"/items/{item.number - 1}/amount")


def check_destination(destination: Destination, at: str) -> None:
    """A delivery place's district, where it is told."""
    if destination.ubigeo is not None and not places.known(destination.ubigeo):
        raise InputError(f"{destination.ubigeo!r} is no district code of INEI", field=f"{at}/ubigeo")


def _check_deliveries(order: Order) -> None:
    if not order.deliveries:
        return
    sub_total = vat = total = ZERO
    destinations = len(order.destinations)
    for delivery in order.deliveries:
        _check_delivery(delivery, destinations)
        sub_total += delivery.sub_total
        vat += delivery.vat
        total += delivery.total
    if sub_total != order.sub_total or vat != order.vat or total != order.total:
        for name, found in (("sub_total", sub_total), ("vat", vat), ("total", total)):
            stated = getattr(order, name)
            if found != stated:
                raise InputError(
                    f"the deliveries add up to {found}, the order states {stated}", field=f"/{name}"
                )


def _check_delivery(delivery: Delivery, destinations: int) -> None:
    """One delivery by itself, of an order with so many destinations; it is numbered by its place already."""
    at = f"/deliveries/{delivery.number - 1}"
    if not 1 <= delivery.destination <= destinations:
        raise InputError("the delivery names a destination that the order lacks", field=f"{at}/destination")
    _check_sums(delivery, at)
    if delivery.shipping is not None and not ids.is_money(delivery.shipping):
        ids.check_money(delivery.shipping, f"{at}/shipping")
    if delivery.start is not None:
        ids.check_date(delivery.start, f"{at}/start")
    if delivery.max_days is not None:
        check_term(delivery.max_days, f"{at}/max_days")


def _check_quantities(order: Order) -> None:
    """Each product's quantity is delivered exactly, once all its lines are added."""
    delivered: dict[int, Decimal] = {}
    for delivery in order.deliveries:
        _add_lines(delivery, len(order.items), delivered)
    if not delivered:
        return
    for item in order.items:
        if item.quantity is not None and delivered.get(item.number, NOTHING) != item.quantity:
            raise InputError(
                f"deliveries carry {delivered.get(item.number, 0)} of {item.quantity}",
                field=f"/items/{item.number - 1}/quantity",
            )


def _add_lines(delivery: Delivery, items: int, delivered: dict[int, Decimal]) -> None:
    """Add what one delivery carries to what is delivered of each item; of so many, numbered from 1."""
    seen: set[int] = set()
    for place, line in enumerate(delivery.lines):
        item, quantity = line.item, line.quantity
        if not ids.is_scaled(quantity):
            at = f"/deliveries/{delivery.number - 1}/lines/{place}"
            ids.check_scaled(quantity, f"{at}/quantity")
        if not 1 <= item <= items or item in seen:
            at = f"/deliveries/{delivery.number - 1}/lines/{place}"
            raise InputError("a line names one item of the order, once a delivery", field=f"{at}/item")
        seen.add(item)
        before = delivered.get(item)
        delivered[item] = quantity if before is None else before + quantity


def _check_dates(order: Order, warnings: list[Warn]) -> None:
    published, accepted = order.published_at, order.accepted_at
    if published is not None:
        ids.check_moment(published, "/published_at")
    if accepted is not None:
        ids.check_moment(accepted, "/accepted_at")
        if published and accepted < published:
            raise InputError("accepted before it was published", field="/accepted_at")
    if order.origin is not None:
        state, told = order.origin.state_at, order.origin.extracted_at
        _check_moments((("/origin/state_at", state), ("/origin/extracted_at", told)))
        if state and told and told < state:
            warnings.append(
                Warn("/origin/extracted_at", "the state is later than the extraction that tells it")
            )


def _check_moments(given: Iterable[tuple[str, str | None]]) -> None:
    for field, value in given:
        if value is not None:
            ids.check_moment(value, field)
