"""Open contracting data (OCDS 1.1.5 with the bids extension): one release a change, out of what is public alone.

entry ─► its procedure or order as it was with it ─► release      releases of one ocid ─► record, compiled from the last

A process is a requirement with the orders that its award gave, or an order alone. Each release has an `integrity`
block: the entry's index, leaf hash and the address of its evidence, so that its reader can check where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson

from huella.errors import InputError, NotFound
from huella.flow import read
from huella.flow.house import House
from huella.records import kinds, opening, record, tender
from huella.records.award import Award
from huella.records.life import OrderLife
from huella.records.model import Item, Party
from huella.records.procedure_life import ProcedureLife
from huella.records.tender import Case, Placed
from huella.store.journal import Entry

VERSION = "1.1"
BIDS = (
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_bid_extension/v1.1.5/extension.json"
)
RESERVED = "(reservado)"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
TAGS = {
    "order.published": ["award", "contract"], "order.imported": ["award", "contract"],
    "order.amended": ["contractAmendment"], "order.accepted": ["contractUpdate"], "order.rejected": ["contractUpdate"],
    "order.annulled": ["contractTermination"], "order.terminated": ["contractTermination"],
    "rights.assigned": ["contractUpdate"], "delivery.made": ["implementation"],
    "delivery.conformed": ["implementation"], "delivery.paid": ["implementation"],
    "delivery.terminated": ["implementationUpdate"], "requirement.published": ["tender"],
    "requirement.amended": ["tenderAmendment"], "offers.closed": ["tenderUpdate"], "offers.opened": ["tenderUpdate"],
    "award.decided": ["award"], "procedure.cancelled": ["tenderCancellation"],
}  # fmt: skip
CONTRACT = {"published": "pending", "accepted": "active", "paid": "terminated", "terminated": "terminated",
            "rejected": "cancelled", "annulled": "cancelled"}  # fmt: skip
AWARD = {"rejected": "cancelled", "annulled": "cancelled"}
TENDER = {"open": "active", "closed": "active", "awarded": "complete", "cancelled": "cancelled"}
MILESTONE = {"pending": "scheduled", "terminated": "notMet"}
_PAGE = 200


def package(house: House, first: int, limit: int) -> dict[str, Any]:
    """A release package from index `first` on: `limit` releases at most, and where the next one goes on."""
    with house.moment():
        made = list(islice(_numbered(house, first), limit + 1))
    if not made:
        raise NotFound("no change was recorded from here on", field="from")
    page = "/api/v1/exports/ocds?from={}&limit={}".format
    found = _head(house, page(first, limit), made[0][1]["date"]) | {
        "releases": [each for _, each in made[:limit]]
    }
    if len(made) > limit:
        found["links"] = {"next": _base(house) + page(made[limit][0], limit)}
    return found


def record_package(house: House, ocid: str) -> dict[str, Any]:
    """One process: its releases from first to last and their compiled state. NotFound where there is none."""
    with house.moment():
        made = [release(house, entry) for entry in _of_process(house, ocid)]
    if not made:
        raise NotFound("there is no such process", field="ocid")
    sections: dict[str, Any] = {}
    for each in made:
        sections = _merged(sections, each)
    last = made[-1]
    compiled = {**sections, "id": f"{ocid}-{last['date']}", "date": last["date"], "tag": ["compiled"]}
    head = _head(house, f"/api/v1/exports/ocds/{ocid}", last["date"])
    return {**head, "records": [{"ocid": ocid, "releases": made, "compiledRelease": compiled}]}


def lines(house: House) -> Iterator[bytes]:
    """One release package of everything, in the lines of a file: its members first, then a release a line."""
    head = _head(house, "/api/v1/exports/ocds", None)
    waiting = orjson.dumps(head)[:-1] + b',"releases":[\n'
    for _, made in _numbered(house, 0):
        yield waiting
        waiting = orjson.dumps(made) + b",\n"
    yield waiting.removesuffix(b",\n") + b"\n]}\n"


def release(house: House, entry: Entry) -> dict[str, Any]:
    """The release of one change."""
    ocid = ocid_of(house, entry)
    made: dict[str, Any] = {
        "ocid": ocid, "id": f"{ocid}-{entry.index}", "date": entry.recorded_at, "tag": TAGS[entry.kind],
        "initiationType": "tender", "language": "es",
    }  # fmt: skip
    past = [each for each in house.journal.of_subject(entry.subject) if each.index <= entry.index]
    if kinds.find(entry.kind).family == kinds.ORDER:
        made |= _order(house, entry.subject, read.fold(house, past))
    else:
        made |= _procedure(house, entry, past)
    base = _base(house)
    made["integrity"] = {
        "index": entry.index, "leafHash": entry.leaf.hex(), "recordedAt": entry.recorded_at,
        "evidence": f"{base}/api/v1/records/{entry.index}/evidence", "checkpoint": f"{base}/checkpoint",
    }  # fmt: skip
    return made


def ocid_of(house: House, entry: Entry) -> str:
    """The process that an entry belongs to."""
    row = house.index.order(entry.subject) if kinds.find(entry.kind).family == kinds.ORDER else None
    return f"{_prefix(house)}-{(row['requirement'] if row is not None else None) or entry.subject}"


def _numbered(house: House, first: int) -> Iterator[tuple[int, dict[str, Any]]]:
    size = house.journal.size()
    for begin in range(first, size, _PAGE):
        for entry in house.journal.entries(begin, min(begin + _PAGE, size)):
            if entry.kind in TAGS:
                yield entry.index, release(house, entry)


def _of_process(house: House, ocid: str) -> list[Entry]:
    subject = ocid.removeprefix(f"{_prefix(house)}-")
    orders = [row["number"] for row in house.index.page(0, 1000, {"requirement": subject})]
    found = [entry for name in (subject, *orders) for entry in house.journal.of_subject(name)]
    kept = [entry for entry in found if entry.kind in TAGS and ocid_of(house, entry) == ocid]
    return sorted(kept, key=lambda entry: entry.index)


def _order(house: House, number: str, life: OrderLife) -> dict[str, Any]:
    order = life.order
    buyer, supplier = _party(order.entity, f"{number}-entity"), _party(order.supplier, f"{number}-supplier")
    link = order.hashlink
    award = f"{link.requirement}-{link.winner}" if link is not None else number
    value = _value(order.total, order.currency)
    items = [_item(item, order.currency) for item in order.items]
    date = order.published_at or order.accepted_at
    contract = {
        "id": number, "awardID": award, "title": f"Orden de compra {number}",
        "status": CONTRACT.get(life.status, "pending"), "value": value, "items": items,
        "dateSigned": life.accepted_at, "documents": [_document(house, number)],
        "implementation": _implementation(number, life, (_named(buyer), _named(supplier))),
    }  # fmt: skip
    made: dict[str, Any] = {
        "parties": [{**buyer, "roles": ["buyer", "procuringEntity", "payer"]},
                    {**supplier, "roles": ["supplier", "payee"]}],
        "buyer": _named(buyer),
        "awards": [_clean({"id": award, "status": AWARD.get(life.status, "active"), "date": date, "value": value,
                           "suppliers": [_named(supplier)], "items": items})],
        "contracts": [_clean(contract)],
    }  # fmt: skip
    return made | _framework(order)


def _procedure(house: House, entry: Entry, past: list[Entry]) -> dict[str, Any]:
    found = tender.read(entry.subject, [_placed(house, each) for each in past])
    life, wanted = found.life, found.life.requirement
    buyer = _party(wanted.entity, f"{entry.subject}-entity")
    told: dict[str, Any] = {
        "id": entry.subject, "title": f"Requerimiento {entry.subject}", "status": TENDER.get(life.status, "active"),
        "procuringEntity": _named(buyer), "procurementMethod": "selective",
        "procurementMethodDetails": wanted.procedure, "mainProcurementCategory": "goods",
        "awardCriteriaDetails": f"{wanted.rule.name}/{wanted.rule.version}",
        "tenderPeriod": {"startDate": wanted.published_at, "endDate": wanted.closes_at},
        "items": [_clean({"id": str(each.number), "description": each.description, "quantity": float(each.quantity),
                          "unit": {"name": each.unit} if each.unit else None}) for each in wanted.products],
    }  # fmt: skip
    made: dict[str, Any] = {
        "parties": [{**buyer, "roles": ["buyer", "procuringEntity"]}],
        "buyer": _named(buyer),
        "tender": told,
    }
    if found.closed is not None:
        made["bids"] = _bids(life, found, entry)
        told["numberOfTenderers"] = sum(not claim.withdrawn for claim in life.claims)
    if found.award is not None:
        made["awards"] = _awards(made, found, found.award, entry)
    return made | _framework(wanted)


def _bids(life: ProcedureLife, found: Case, entry: Entry) -> dict[str, Any]:
    """How many offers were claimed, and each by its code: an offer's price is published with the award alone."""
    count = {"id": "bids", "measure": "bids", "value": len(life.claims), "date": entry.recorded_at}
    details = [
        {"id": claim.offer, "status": "withdrawn" if claim.withdrawn else "valid" if claim.offer in found.openings
         else "pending"}
        for claim in life.claims
    ]  # fmt: skip
    return _clean({"statistics": [count], "details": details})


def _awards(made: dict[str, Any], found: Case, award: Award, entry: Entry) -> list[dict[str, Any]]:
    told = []
    codes = {claim.leaf: claim.offer for claim in found.life.claims}  # an award names offers by their leaves
    for place, winner in enumerate(award.winners):
        offer = codes.get(winner.offer, winner.offer)
        party = _bidder(found, offer)
        known = {each["id"]: each for each in made["parties"]}
        if party["id"] not in known:
            made["parties"].append({**party, "roles": ["supplier", "tenderer"]})
        told.append(
            {
                "id": f"{found.number}-{place}", "status": "active", "date": entry.recorded_at,
                "value": _value(winner.total, award.currency), "suppliers": [_named(party)],
                "relatedBid": offer,
            }
        )  # fmt: skip
    return told


def _bidder(found: Case, offer: str) -> dict[str, Any]:
    """A winner by its RUC where it is an organisation's; a person stays reserved."""
    try:
        ruc = opening.bidder_of(found.openings[offer])[0]
    except (InputError, KeyError):
        ruc = None
    if ruc is None:
        return {"id": f"{offer}-supplier", "name": RESERVED}
    return _party(Party(ruc=ruc, name=ruc), offer)


def _implementation(
    number: str, life: OrderLife, who: tuple[dict[str, Any], dict[str, Any]]
) -> dict[str, Any]:
    payer, payee = who
    milestones = []
    payments = []
    for now in life.deliveries:
        place = now.destination
        where = " / ".join(
            x for x in (place and (place.department, place.province, place.district)) or () if x
        )
        name = f"{number.removesuffix('-0')}-{now.number}"
        milestones.append(
            _clean(
                {
                    "id": name, "title": f"Entrega {now.number}", "type": "delivery", "description": where or None,
                    "status": MILESTONE.get(now.status, "met"), "dateMet": now.made_at,
                }
            )
        )  # fmt: skip
        if now.paid is not None:
            value = _value(now.paid, life.order.currency)
            payments.append({"id": name, "value": value, "payer": payer, "payee": payee})
    return _clean({"milestones": milestones, "transactions": payments})


def _framework(of: Any) -> dict[str, Any]:
    agreement = of.agreement
    if agreement is None or not agreement.code:
        return {}
    told = {"id": "framework", "relationship": ["framework"], "title": agreement.name, "scheme": "PE-CEAM",
            "identifier": agreement.code}  # fmt: skip
    return {"relatedProcesses": [_clean(told)]}


def _item(item: Item, currency: str) -> dict[str, Any]:
    unit = _clean(
        {
            "name": item.unit,
            "value": _value(item.unit_price, currency) if item.unit_price is not None else None,
        }
    )
    return _clean(
        {
            "id": str(item.number), "description": item.description, "unit": unit or None,
            "quantity": None if item.quantity is None else float(item.quantity),
        }
    )  # fmt: skip


def _document(house: House, number: str) -> dict[str, Any]:
    return {
        "id": f"{number}.pdf", "documentType": "contractSigned", "title": f"Orden de compra {number}",
        "url": f"{_base(house)}/api/v1/orders/{number}.pdf", "format": "application/pdf", "language": "es",
    }  # fmt: skip


def _party(party: Party, otherwise: str) -> dict[str, Any]:
    """A party as OCDS names it. What is sealed is reserved: who it is stays out, and the name of no other one stands
    in its place."""
    name = party.name or RESERVED
    if party.ruc is not None:
        told = {"scheme": "PE-RUC", "id": party.ruc, "legalName": name}
        return {"id": f"PE-RUC-{party.ruc}", "name": name, "identifier": told}
    return {"id": party.identifier or otherwise, "name": name}


def _named(party: dict[str, Any]) -> dict[str, Any]:
    return {"id": party["id"], "name": party["name"]}


def _value(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"amount": float(amount), "currency": currency}


def _placed(house: House, entry: Entry) -> Placed:
    named = record.annexes(record.parse(entry.record))
    return Placed(entry.index, entry.record, tuple(house.journal.annex(each.sha256) or b"" for each in named))


def _merged(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is known after one more release: each release tells its whole subject, so lists are joined by id."""
    merged = dict(before)
    for name, value in after.items():
        if isinstance(value, list) and name != "tag":
            merged[name] = list({each["id"]: each for each in [*before.get(name, []), *value]}.values())
        else:
            merged[name] = value
    return merged


def _clean(value: dict[str, Any]) -> dict[str, Any]:
    """Without members that say nothing."""
    return {name: each for name, each in value.items() if each not in (None, [], {}, "")}


def _head(house: House, path: str, date: str | None) -> dict[str, Any]:
    return {
        "uri": f"{_base(house)}{path}", "version": VERSION, "extensions": [BIDS],
        "publishedDate": date or house.journal.entries(0, 1)[0].recorded_at,
        "publisher": {"name": house.operator}, "license": LICENCE,
    }  # fmt: skip


def _prefix(house: House) -> str:
    return house.settings.text("ocds.prefix")


def _base(house: House) -> str:
    return house.settings.text("registry.address").rstrip("/")
