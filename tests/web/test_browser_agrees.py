"""What the browser's library says is what the Python verifier says: procedures, PDFs, offers, both ways."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typst

import offer_cases as people
import tenders
import vector_pdf
from huella.documents.attach import attach_evidence
from huella.errors import ProofError
from huella.flow.receipt import bundle_of, receipt
from huella.proof import bundle as bundles
from huella.proof import paper
from huella.proof.verify import verify
from huella.records import offer, offer_file
from web import node

pytestmark = pytest.mark.slow
Value = dict[str, Any]


class Decided:
    """A decided procedure, before its close and after it, and a receipt."""

    def __init__(self, folder: Path) -> None:
        with tenders.fair(folder) as fair:
            dear = tenders.quote(fair.request, people.andina())
            gone = tenders.quote(fair.request, people.andina("second"), "1.5")
            _, second = fair.send(dear, gone)
            fair.send(offer.withdraw(fair.request, people.andina("w"), gone, second.leaf.hex()))
            fair.send(tenders.quote(fair.request, people.rosa(), "2000"))
            self.open = bundle_of(fair.house, tenders.NUMBER).encode()
            fair.decide()
            self.raw = bundle_of(fair.house, tenders.NUMBER).encode()
            self.trust = fair.house.trust
            self.receipt = receipt(fair.house, second.index).encode()
            self.request = fair.request


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Decided:
    return Decided(tmp_path_factory.mktemp("decided"))


def tampered(value: Value) -> list[Value]:
    """The bundle as it is, and what somebody might do to it."""
    found = [copy.deepcopy(value) for _ in range(9)]
    del found[1]["offers"][0]
    found[2]["offers"].reverse()
    found[3]["offers"].append(found[3]["offers"][0])
    del found[4]["offers"][1][1]
    del found[5]["procedure"][2]
    award = json.loads(found[6]["procedure"][-1]["record"])
    award["data"]["winners"][0]["total"] = "1.00"
    found[6]["procedure"][-1]["record"] = json.dumps(
        award, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    found[7]["more"] = 1
    found[8]["procedure"][0] = found[8]["offers"][0][0]
    return found


def by_python(raw: bytes, decided: Decided) -> Any:
    try:
        found = bundles.check(bundles.parse(raw), decided.trust)
    except ProofError:
        return "ProofError"
    return found.overall, found.award, sorted({fault.place for fault in found.faults})


def test_every_tampering_of_a_procedure_gets_the_same_verdict(decided: Decided) -> None:
    variants = [json.dumps(value).encode() for value in tampered(json.loads(decided.raw))]
    trusted = decided.trust.encode()
    told = node.run([{"do": "bundle", "raw": raw, "trusted": trusted} for raw in [decided.open, *variants]])
    said = [
        each.get("error")
        or (each["overall"], each["award"], sorted({fault.split()[0] for fault in each["faults"]}))
        for each in told
    ]
    assert said == [by_python(raw, decided) for raw in [decided.open, *variants]]
    assert said[1] == ("authentic", "same", [])
    assert len({str(each) for each in said}) > 4


def test_a_receipt_is_authentic_in_both(decided: Decided) -> None:
    found = verify(decided.receipt, decided.trust)
    (told,) = node.run([{"do": "verify", "raw": decided.receipt, "trusted": decided.trust.encode()}])
    assert told == {"overall": found.overall, "checks": [check.status for check in found.checks]}
    assert found.overall == "authentic"


def test_what_the_browser_seals_python_opens(decided: Decided) -> None:
    quotation = {**people.QUOTATION, "confidential": {"cost": {"margin": "0.07"}}}
    job = {
        "do": "offer", "raw": decided.open, "party": people.ORGANISATION, "seed": bytes([7]) * 32,
        "quotation": quotation,
    }  # fmt: skip
    (made,) = node.run([job])
    file = offer_file.read_file(made["file"].encode())
    mine = offer_file.read_copy(made["copy"].encode())
    assert offer_file.open_with(people.OPENING[0], file) == (*mine.public, *mine.personal)
    assert offer_file.open_with(people.AUDITOR[0], file) == mine.confidential
    opened = offer_file.open_own(mine)
    assert opened["content"]["products"] == quotation["products"]
    assert opened["bidder"]["name"] == people.ORGANISATION["name"]
    assert people.sealed(file)


def test_what_python_seals_the_browser_opens(decided: Decided) -> None:
    mine = tenders.quote(decided.request, people.rosa("there"))
    file = offer_file.write(offer.offer_file(mine, decided.request))
    told = node.run([
        {"do": "open", "identity": people.OPENING[0], "file": file},
        {"do": "open", "identity": people.AUDITOR[1], "file": file},
    ])  # fmt: skip
    assert told[0] == [*mine.public, *mine.personal]
    assert told[1]["error"] == "InputError"


def mutated(draw: random.Random, document: bytes, size: int) -> bytes:
    """The document with a few bytes of what was added turned, moved or cut."""
    body = bytearray(document)
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(size, len(body))
        kind = draw.randrange(4)
        if kind == 0:
            body[place] = draw.choice(b"0123456789 /<>[]()RobjTF")
        elif kind == 1:
            del body[place : place + draw.randint(1, 9)]
        elif kind == 2:
            other = draw.randrange(size, len(body))
            body[place:place] = body[other : other + draw.randint(1, 40)]
        else:
            body[place:place] = draw.choice((b"%\n", b" null ", b"\r", b"/Type /Page ", b"1 0 R"))
        if len(body) <= size + 1:
            break
    return bytes(body)


def test_the_papers_of_the_field_are_read_alike_whatever_is_done_to_their_update() -> None:
    original = typst.compile(
        b"= Orden\n#table(columns: 2, [a], [b])\nS/ 10", format="pdf", pdf_standards=["a-3a"]
    )
    assert isinstance(original, bytes)
    given = attach_evidence(original + b"\n", b"{}", datetime(2026, 11, 23, tzinfo=UTC))
    draw, size = random.Random(11), len(original) + 1
    variants = [given, *(mutated(draw, given, size) for _ in range(150))]
    told = node.run([{"do": "paper", "raw": document, "size": size} for document in variants])
    said = [paper.compare(document, size).status for document in variants]
    assert told[0] == said[0] == "unchanged"
    assert ("unchanged", "changed") not in set(zip(told, said, strict=True))
    # qpdf mends a catalogue's type by itself; the browser's reader mends nothing
    as_written = [b"/Type /Catalog" in document[size:] for document in variants]
    strict = {(mine, theirs) for mine, theirs, whole in zip(told, said, as_written, strict=True) if whole}
    assert ("changed", "unchanged") not in strict


def test_no_mutated_pdf_is_unchanged_in_the_browser_and_changed_for_python() -> None:
    draw, size = random.Random(7), len(vector_pdf.ORIGINAL)
    given = [
        mutated(draw, document, size) for _, document, _ in vector_pdf.cases() * 30 if len(document) > size
    ]
    told = node.run([{"do": "paper", "raw": document, "size": size} for document in given])
    said = [paper.compare(document, size).status for document in given]
    pairs = set(zip(told, said, strict=True))
    assert ("unchanged", "changed") not in pairs
    assert ("changed", "unchanged") not in pairs
    assert {("changed", "changed"), ("unchanged", "unchanged"), ("unreadable", "unreadable")} <= pairs
