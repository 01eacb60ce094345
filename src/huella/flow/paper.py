"""The paper of an order: made before its record, named by it, kept as it is, handed out with the evidence attached.

code ─► PDF with QR and code ─► record with its digest and size ─► portal copy = original bytes + evidence
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from huella.documents import order as pages
from huella.documents import qr
from huella.documents.attach import PAGE_NAME, attach_evidence
from huella.errors import HuellaError, StoreError
from huella.flow import stamped as stamps
from huella.flow.bulk import Sealer
from huella.flow.house import House
from huella.flow.publish import evidence_of, newest_entry
from huella.flow.seal import Outcome, Sealed, seal
from huella.records import disclosure, kinds, policy, record
from huella.records.draft import Draft, file_digest
from huella.records.identifiers import parse_moment
from huella.records.model import Order
from huella.records.record import FileRef
from huella.store.journal import Entry

FILE_NAME = "orden.pdf"
PUBLISHED = "order.published"
PDF = "application/pdf"
_NAMED = frozenset({"/documents/0"})


def seal_orders(
    house: House,
    given: Sequence[Draft],
    sealer: Sealer | None = None,
    stamped: Mapping[str, bytes] | None = None,
) -> list[Outcome]:
    """Seal drafts (by `sealer` where one is given). An order that comes with a stamped PDF (by its number) names that
    one; published orders that come without a paper get one first, where the settings say so.
    """
    theirs, ours = stamped or {}, _at_sealing(house)
    if not gives_papers(house, theirs):
        return seal(house, given) if sealer is None else sealer(given, {})
    published = [draft.subject for draft in given if ours and draft.kind == PUBLISHED]
    known = house.journal.latest(
        PUBLISHED, published
    )  # these the rules refuse: a paper would be made for nothing
    made: list[Draft] = []
    papers: dict[int, bytes] = {}
    refused: dict[int, HuellaError] = {}
    for place, draft in enumerate(given):
        try:
            ready, body = _with_theirs(house, draft, theirs) or _with_ours(
                house, draft, ours and draft.subject not in known
            )
        except HuellaError as error:
            refused[place] = error
            continue
        if body is not None:
            papers[len(made)] = body
        made.append(ready)
    done = iter(seal(house, made, papers) if sealer is None else sealer(made, papers))
    return [refused[place] if place in refused else next(done) for place in range(len(given))]


def gives_papers(house: House, stamped: Mapping[str, bytes]) -> bool:
    """Whether drafts are given papers before they are sealed, and so are no longer those that came."""
    return bool(stamped) or _at_sealing(house)


def _at_sealing(house: House) -> bool:
    return house.settings.text("documents.order_pdf") == "sealing"


def _with_theirs(house: House, draft: Draft, stamped: Mapping[str, bytes]) -> tuple[Draft, bytes] | None:
    body = stamped.get(draft.subject) if draft.kind in stamps.KINDS else None
    return None if body is None else (stamps.with_paper(house, draft, body), body)


def _with_ours(house: House, draft: Draft, wanted: bool) -> tuple[Draft, bytes | None]:
    bare = not (draft.files or draft.data.get("documents") or draft.act)
    return _with_paper(house, draft) if wanted and bare and draft.kind == PUBLISHED else (draft, None)


def order_paper(house: House, number: str, original: bool = False) -> bytes:
    """The PDF of an order: the kept original with its evidence attached, or the original alone.

    An order that came without a paper (an imported one) gets it now, and a `document.issued` record that names it.
    """
    entry = newest_entry(house, number)
    found = house.index.paper_of(number)
    if found is None or not _is_of(house, found[0], entry):
        found = _issue(house, number, entry)
    named, body = found
    if original:
        return body
    evidence = evidence_of(house, named, _NAMED)
    house_entry = house.journal.entry(named)
    if house_entry is None:
        raise StoreError(f"entry {named}, which names the paper of {number}, is missing")
    return attach_evidence(body, evidence.encode(), parse_moment(house_entry.recorded_at, "/recorded_at"))


def public_paper(house: House, number: str) -> bytes:
    """The PDF of an order for everybody: what its record tells in clear, without the code, its evidence attached. It is
    made anew each time and on no record; the same record gives the same page."""
    entry = newest_entry(house, number)
    address = qr.order_address(house.settings.text("registry.address"), number)
    made = parse_moment(entry.recorded_at, "/recorded_at")
    body = pages.render_public(public_order(house, entry), number, address)
    return attach_evidence(body, evidence_of(house, entry.index).encode(), made, PAGE_NAME)


def public_order(house: House, entry: Entry) -> Order:
    """The order that an entry tells, with `RESERVED` where a personal value is sealed."""
    data = public_data(house, entry)
    for pointer in record.sealed(record.parse(entry.record)):
        if not pointer.startswith(("/documents/", "/verification_code")):
            disclosure.put(data, pointer, pages.RESERVED)
    order: Order = kinds.read(entry.kind, data)
    return order


def public_data(house: House, entry: Entry) -> dict[str, Any]:
    """An entry's data with its annexes, sealed members absent."""
    found = record.parse(entry.record)
    bodies = (house.journal.annex(named.sha256) for named in record.annexes(found))
    return record.effective_data(found, [body for body in bodies if body is not None])


def complete_data(house: House, entry: Entry) -> dict[str, Any]:
    """An entry's data with its annexes and what the vault still opens. For those with the right only."""
    found = record.parse(entry.record)
    data = public_data(house, entry)
    opened = house.vault.open(entry.index, record.sealed(found))
    return disclosure.apply(data, record.sealed(found), opened.values())


def _with_paper(house: House, draft: Draft) -> tuple[Draft, bytes]:
    """The draft with a fresh verification code and the digest of the paper that shows it."""
    code = qr.verification_code(house.randomness(16))
    data = {**draft.data, "verification_code": code}
    order: Order = kinds.read(draft.kind, data)
    kinds.find(draft.kind).check(order, draft.subject)
    body = pages.render_order(
        order, draft.subject, code, qr.address(house.settings.text("registry.address"), code)
    )
    return _naming(
        msgspec.structs.replace(draft, data=data), body, policy.shows_personal(draft.kind, data)
    ), body


def _naming(draft: Draft, body: bytes, personal: bool) -> Draft:
    """The draft that names a paper: sealed where the paper shows personal data, as its digest would be an oracle."""
    named = FileRef(PDF, FILE_NAME, file_digest(body), len(body))
    if personal:
        return msgspec.structs.replace(draft, data={**draft.data, "documents": [msgspec.to_builtins(named)]})
    return msgspec.structs.replace(draft, files=(named,))


def _issue(house: House, number: str, entry: Entry) -> tuple[int, bytes]:
    """Make the paper of an order that is registered already, and put it on record."""
    data = complete_data(house, entry)
    code = qr.verification_code(house.randomness(16))
    order: Order = kinds.read(entry.kind, data)
    body = pages.render_order(order, number, code, qr.address(house.settings.text("registry.address"), code))
    fact: Mapping[str, Any] = {
        "document": "order", "subject": number, "of": entry.leaf.hex(), "verification_code": code
    }  # fmt: skip
    draft = Draft(kind="document.issued", subject=kinds.REGISTRY, data=dict(fact))
    (outcome,) = seal(house, [_naming(draft, body, policy.shows_personal(entry.kind, data))], {0: body})
    if not isinstance(outcome, Sealed):
        raise outcome
    return outcome.index, body


def _is_of(house: House, named: int, entry: Entry) -> bool:
    """Whether the record that names a paper is the order's newest one, or was issued for it."""
    if named == entry.index:
        return True
    issued = house.journal.entry(named)
    return issued is not None and record.parse(issued.record).data.get("of") == entry.leaf.hex()
