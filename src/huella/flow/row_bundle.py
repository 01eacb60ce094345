"""The evidence of one finding: the version that was sealed, its proof, the version that was seen, its proof."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import orjson

from huella.documents import finding as pages
from huella.documents.attach import attach_evidence
from huella.errors import InputError, SigningUnavailable
from huella.flow import authority
from huella.flow.house import House
from huella.flow.pen import signing
from huella.flow.publish import evidence_of
from huella.flow.row_audit import RowFinding, RowReport
from huella.flow.row_values import shown
from huella.proof.evidence import Evidence
from huella.records.identifiers import moment

NAMES = ("sellado.huella.json", "visto.huella.json")


def bundle(house: House, found: RowReport, number: int, suffix: str) -> bytes:
    """The evidence of a finding as a ZIP of files (`.zip`) or as one signed page with them attached (`.pdf`).

    Nothing personal is disclosed. InputError for another suffix, StoreError before the head is signed.
    """
    finding = found.findings[number]
    files = _files(house, finding)
    if suffix == ".zip":
        return _zip(page(house, found, number), files)
    if suffix != ".pdf":
        raise InputError("evidence of a finding is a .zip or a .pdf", field="--output")
    return _pdf(house, found, number, files)


def page(house: House, found: RowReport, number: int) -> dict[str, Any]:
    """A finding as the portal shows it, to those with the right: what, where, both versions, since when."""
    finding = found.findings[number]
    entries = {name: house.journal.entry(at) for name, at in (("sealed", finding.entry), ("seen", finding.seen))
               if at is not None and at >= 0}  # fmt: skip
    return {
        "number": number, "source": found.source, **finding.to_dict(),
        "records": {
            name: {"index": entry.index, "leaf": entry.leaf.hex(), "subject": entry.subject,
                   "recorded_at": entry.recorded_at, "record": entry.record.decode()}
            for name, entry in entries.items() if entry is not None
        },
        "made_at": moment(house.now()),
    }  # fmt: skip


def _files(house: House, finding: RowFinding) -> dict[str, Evidence]:
    places = zip(NAMES, (finding.entry, finding.seen), strict=True)
    return {name: evidence_of(house, at) for name, at in places if at is not None and at >= 0}


def _zip(told: dict[str, Any], files: dict[str, Evidence]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hallazgo.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))
        for name, evidence in files.items():
            archive.writestr(name, evidence.encode())
    return body.getvalue()


def _pdf(house: House, found: RowReport, number: int, files: dict[str, Evidence]) -> bytes:
    told = page(house, found, number)
    told["sealed"], told["present"] = shown(told["sealed"], told["present"], "es")
    now, base = house.now(), house.settings.text("registry.address")
    try:
        with signing().signing(house) as how:
            notice = authority.notice(house.settings) or "Firmada digitalmente por el registro."
            body: bytes = how.sign(_attached(pages.render(told, now, notice, base), files, house))
            return body
    except SigningUnavailable:
        return _attached(pages.render(told, now, "", base), files, house)


def _attached(body: bytes, files: dict[str, Evidence], house: House) -> bytes:
    for name, evidence in files.items():
        body = attach_evidence(body, evidence.encode(), house.now(), name, pages.DESCRIPTION)
    return body
