"""docs/spec/kinds.md and procedure.md tell of every kind, and its examples are facts that can be sealed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from huella.records import canonical, kinds, life, offer_form, record, shapes
from huella.records.draft import Prepared
from huella.records.names import fold

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec"
PAGE = (SPEC / "kinds.md").read_text(encoding="utf-8")
BOTH = PAGE + (SPEC / "procedure.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^### (\S+\.\S+)\n.*?```json\n(.*?)```", BOTH, re.DOTALL | re.MULTILINE))
SUBJECTS = {
    kinds.ORDER: "OCAM-2026-1335-17-0",
    kinds.REGISTRY: "registry",
    kinds.PROCEDURE: "REQ-2026-1335-42",
    kinds.OFFER: "OFE-38J6P59T2HYHQYP3R2DGTZHDC6",
    kinds.ROW: "row/siga/public.oferta/42",
}


def test_every_kind_has_its_heading_and_no_other_has() -> None:
    assert list(EXAMPLES) == list(kinds.KINDS)


@pytest.mark.parametrize("kind", [kind for kind in kinds.KINDS if kind not in offer_form.SEALED_KINDS])
def test_every_example_can_be_sealed(kind: str, prepare: Callable[..., Prepared]) -> None:
    subject = SUBJECTS[kinds.KINDS[kind].family]
    assert prepare(kind, json.loads(EXAMPLES[kind]), subject).warnings == ()


@pytest.mark.parametrize("kind", sorted(offer_form.SEALED_KINDS))
def test_every_example_of_a_sealed_offer_is_a_record(kind: str) -> None:
    found = record.parse(canonical.encode(json.loads(EXAMPLES[kind])))
    assert found.kind == kind
    offer_form.check_form(found)


def test_the_page_names_every_shape_and_every_state() -> None:
    assert all(f"`{shape}`" in PAGE for shape in shapes.SHAPES)
    words = fold(PAGE)
    assert all(word.rpartition(" ")[2] in words for word in (*life.ORDER_STATES, *life.DELIVERY_STATES))
