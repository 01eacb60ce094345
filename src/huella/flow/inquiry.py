"""What the registry answers to who asks about a hash, a code or an evidence file."""

from __future__ import annotations

from typing import Any

from huella.errors import NotFound
from huella.flow import codes, read
from huella.flow.house import House
from huella.proof.verify import verify
from huella.records import record


def by_hash(house: House, sha256: str) -> dict[str, Any]:
    """The record that names a document of this digest (hex). NotFound where none does that is kept here."""
    entry = house.index.naming(sha256)
    found = None if entry is None else house.journal.entry(entry)
    if found is None:
        raise NotFound(
            "no document of this registry has this hash", field="hash",
            advice="A copy with evidence attached has another hash: give the evidence file instead.",
        )  # fmt: skip
    return _about(house, _order_of(found.kind, found.subject, found.record), found.index)


def by_code(house: House, typed: str) -> dict[str, Any]:
    """The order whose paper carries a code, as it is now. NotFound where none does."""
    number, index = codes.order_of(house, typed)
    return _about(house, number, index)


def by_evidence(house: House, text: str) -> dict[str, Any]:
    """The verdict on an evidence file under this registry's own trust file: the checks that can be made offline."""
    return {"verdict": verify(text.encode(errors="surrogatepass"), house.trust).to_dict()}


def _about(house: House, number: str, index: int) -> dict[str, Any]:
    with house.moment():
        row = house.index.order(number)
        names = house.index.party_names([row["entity_ruc"]]) if row and row["entity_ruc"] else {}
        shown = read.show(house, str(index))["entry"]
    told = None
    if row is not None:
        told = {
            "number": number, "status": row["status"], "entity": names.get(row["entity_ruc"]),
            "currency": row["currency"], "total": row["total"], "last_index": row["last_index"],
        }  # fmt: skip
    place = {name: shown[name] for name in ("index", "leaf", "kind", "recorded_at", "anchor")}
    return {"order": told, "record": place}


def _order_of(kind: str, subject: str, raw: bytes) -> str:
    return str(record.parse(raw).data["subject"]) if kind == "document.issued" else subject
