"""One OCDS contract as an order. What is mapped and what is not stands in docs/spec/kinds.md, Imported orders."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from huella.errors import InputError
from huella.records import canonical, life
from huella.records import identifiers as ids
from huella.records.disclosure import b64
from huella.records.intake import cells
from huella.records.model import Agreement, Contact, Item, Order, Origin, Party
from huella.records.names import fold

SOURCE = "ocds"
SUBJECT_LIMIT = 80
STATUSES = ("pending", "active", "cancelled", "terminated")
_SIMPLE = re.compile(r"[!-.0-~]{1,60}\Z")
_OCID = re.compile(r"ocds-[a-z0-9]{6}[!-~]*\Z")
_RUC = re.compile(r"PE-RUC-?([0-9]{11})\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a process has told besides the contract: parties and awards by id, the buyer, related processes."""

    ocid: str
    release: Mapping[str, Any]
    parties: Mapping[str, Any]
    awards: Mapping[str, Any]
    buyer: Mapping[str, Any]
    related: list[Any]


def subject(ocid: str, contract_id: str) -> str:
    """The subject of an order from OCDS, the same for the same ids.

    The contract's id where it is an order's number; else `ocid/contract` where both are plain (no space, no slash, at
    most 80 characters together); else `ocds-prefix/` and SHA-256 (base64url) of the canonical JSON [ocid, contract].
    """
    if not _OCID.match(ocid):
        raise InputError(f"{ocid[:60]!r} is no ocid with its registered prefix", field="ocid")
    try:
        if ids.order_number(contract_id, "id").delivery == 0:
            return contract_id
    except InputError:
        pass
    plain = f"{ocid}/{contract_id}"
    if _SIMPLE.match(ocid) and _SIMPLE.match(contract_id) and len(plain) <= SUBJECT_LIMIT:
        return plain
    return f"{ocid[:11]}/{b64(hashlib.sha256(canonical.encode([ocid, contract_id])).digest())}"


def order(given: Any, told: Told, at: str) -> tuple[str, dict[str, object]]:
    """Subject and data of a contract. Raises InputError with the JSON pointer of what is missing or cannot be read."""
    contract = _object(given, at)
    contract_id = contract.get("id")
    if not isinstance(contract_id, str | int) or isinstance(contract_id, bool) or contract_id == "":
        raise InputError("the contract has no id", field=f"{at}/id")
    found = subject(told.ocid, str(contract_id))
    total, currency = _value(contract.get("value"), f"{at}/value")
    code = None if found.startswith("ocds-") else ids.order_number(found, "id").entity_code
    made = Order(
        entity=_party(told.buyer, told, f"{at}: buyer", code),
        supplier=_supplier(contract, told, at),
        agreement=_agreement(told.related, at),
        procedure=_procedure(told.release),
        currency=currency,
        accepted_at=_moment(contract.get("dateSigned"), f"{at}/dateSigned"),
        items=tuple(_items(contract.get("items") or [], currency, f"{at}/items")),
        sub_total=total,
        vat=Decimal("0.00"),
        total=total,
        origin=Origin(
            source=SOURCE,
            state=_state(contract, at),
            extracted_at=_moment(told.release.get("date"), f"{at}: date of the release"),
            reference=told.ocid,
            pdf_url=_signed(contract.get("documents")),
        ),
    )
    return found, cells.data(made)


def _object(value: Any, at: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError("this is no object", field=at)
    return value


def _text(value: Any, at: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InputError("this is no text", field=at)
    return cells.text(value, at)


def _number(value: Any, places: int, at: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InputError("this is no number", field=at)
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > 20):
        raise InputError(f"{value} is no number that a record holds", field=at)
    return ids.decimal(f"{Decimal(value):f}", places, at)  # `:f` alone writes an integer as a float


def _value(given: Any, at: str) -> tuple[Decimal, str]:
    value = _object(given, at)
    currency = value.get("currency")
    if not isinstance(currency, str):
        raise InputError("the value names no currency", field=f"{at}/currency")
    return _number(value.get("amount"), 2, f"{at}/amount"), currency


def _moment(value: Any, at: str) -> str | None:
    """A moment with its zone (RFC 3339) as UTC; None where it is not told."""
    text = _text(value, at)
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
        if "T" in text.upper() and when.tzinfo is not None:
            return ids.check_moment(ids.moment(when), at)
    except (ValueError, OverflowError, InputError):
        pass
    raise InputError(f"{text[:40]!r} is no moment with its zone (RFC 3339)", field=at)


def _state(contract: Mapping[str, Any], at: str) -> str:
    """The platform's own word where `statusDetails` holds one that is known, else OCDS' status."""
    status, details = contract.get("status"), contract.get("statusDetails")
    if isinstance(details, str) and fold(details) in {**life.ORDER_STATES, **life.DELIVERY_STATES}:
        return details.strip()
    if status not in STATUSES:
        raise InputError(f"a contract's status is one of {', '.join(STATUSES)}", field=f"{at}/status")
    return str(status)


def _supplier(contract: Mapping[str, Any], told: Told, at: str) -> Party:
    award = told.awards.get(str(contract.get("awardID")))
    if award is None:
        raise InputError("the contract's award is not in the file", field=f"{at}/awardID")
    suppliers = award.get("suppliers")
    if not isinstance(suppliers, list) or len(suppliers) != 1:
        count = len(suppliers) if isinstance(suppliers, list) else 0
        raise InputError(f"the award names {count} suppliers, an order has one", field=f"{at}/awardID")
    return _party(_object(suppliers[0], f"{at}/awardID"), told, f"{at}: supplier", None)


def _party(reference: Mapping[str, Any], told: Told, at: str, code: int | None) -> Party:
    """A party from its reference and its entry in `parties`, whose name counts."""
    if not reference:
        raise InputError("the release does not name it", field=at)
    party = told.parties.get(str(reference.get("id")), reference)
    ruc, identifier = _identifier(party, reference, at)
    return Party(
        ruc=ruc,
        identifier=identifier,
        name=_text(party.get("name") or reference.get("name"), f"{at}/name"),
        code=code,
        address=_address(party.get("address"), f"{at}/address"),
        contact=_contact(party.get("contactPoint"), f"{at}/contactPoint"),
    )


def _identifier(
    party: Mapping[str, Any], reference: Mapping[str, Any], at: str
) -> tuple[str | None, str | None]:
    """The RUC where the scheme is PE-RUC, else scheme and number as one text."""
    given = party.get("identifier")
    if isinstance(given, dict) and given.get("id") is not None:
        scheme = _text(given.get("scheme"), f"{at}/identifier/scheme")
        plain = f"{scheme}-{given['id']}" if scheme else str(given["id"])
    else:
        plain = _text(reference.get("id"), f"{at}/id") or ""
    found = _RUC.match(plain)
    if found:
        return ids.check_ruc(found[1], f"{at}/identifier/id"), None
    if not plain:
        raise InputError("the party has no identifier", field=f"{at}/identifier")
    return None, plain


def _address(given: Any, at: str) -> str | None:
    if not isinstance(given, dict):
        return None
    names = ("streetAddress", "locality", "region", "postalCode", "countryName")
    parts = [_text(given.get(name), f"{at}/{name}") for name in names]
    return ", ".join(part for part in parts if part) or None


def _contact(given: Any, at: str) -> Contact | None:
    if not isinstance(given, dict):
        return None
    name, email, telephone = (
        _text(given.get(member), f"{at}/{member}") for member in ("name", "email", "telephone")
    )
    return Contact(name=name, email=email, telephone=telephone) if name or email or telephone else None


def _items(given: Any, currency: str, at: str) -> list[Item]:
    if not isinstance(given, list):
        raise InputError("items are a list", field=at)
    return [_item(_object(item, f"{at}/{n}"), n + 1, currency, f"{at}/{n}") for n, item in enumerate(given)]


def _item(item: Mapping[str, Any], number: int, currency: str, at: str) -> Item:
    classification = item.get("classification") if isinstance(item.get("classification"), dict) else {}
    unit = item.get("unit") if isinstance(item.get("unit"), dict) else {}
    price = unit.get("value") if isinstance(unit, dict) else None
    described = _text(item.get("description"), f"{at}/description")
    described = described or _text(
        (classification or {}).get("description"), f"{at}/classification/description"
    )
    if described is None:
        raise InputError("the item is not described", field=f"{at}/description")
    told = isinstance(price, dict) and price.get("amount") is not None and price.get("currency") == currency
    quantity = item.get("quantity")
    return Item(
        number=number,
        description=described,
        category=_category(classification or {}, at),
        unit=_text((unit or {}).get("name"), f"{at}/unit/name"),
        quantity=None if quantity is None else _plain(quantity, f"{at}/quantity"),
        unit_price=_plain(price["amount"], f"{at}/unit/value/amount") if told and price else None,
    )


def _plain(value: Any, at: str) -> Decimal:
    """A quantity or price with as many decimals as it needs, six at most."""
    exact = _number(value, 6, at).normalize()
    return exact if exact.as_tuple().exponent <= 0 else exact.quantize(Decimal(1))  # type: ignore[operator]


def _category(classification: Mapping[str, Any], at: str) -> str | None:
    scheme = _text(classification.get("scheme"), f"{at}/classification/scheme")
    number = classification.get("id")
    return " ".join(str(part) for part in (scheme, number) if part) or None


def _agreement(related: list[Any], at: str) -> Agreement | None:
    """The framework agreement among the related processes."""
    for process in related:
        kinds = process.get("relationship") if isinstance(process, dict) else None
        if isinstance(kinds, list) and "framework" in kinds:
            code, title = (
                _text(process.get(name), f"{at}: relatedProcesses") for name in ("identifier", "title")
            )
            try:
                return Agreement(code=ids.check_agreement(code or "", ""), name=title)
            except InputError:
                return Agreement(name=title or code)
    return None


def _procedure(release: Mapping[str, Any]) -> str | None:
    tender = release.get("tender")
    details = tender.get("procurementMethodDetails") if isinstance(tender, dict) else None
    return cells.PROCEDURES.get(fold(details)) if isinstance(details, str) else None


def _signed(documents: Any) -> str | None:
    """The address of the signed contract."""
    for document in documents if isinstance(documents, list) else []:
        if isinstance(document, dict) and document.get("documentType") == "contractSigned":
            return _text(document.get("url"), "documents")
    return None
