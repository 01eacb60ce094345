"""docs/spec/kinds.md tells of every kind, and its examples are facts that can be sealed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from huella.records import kinds, life, shapes
from huella.records.draft import Prepared
from huella.records.names import fold

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "spec" / "kinds.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^### (\S+\.\S+)\n.*?```json\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))


def test_every_kind_has_its_heading_and_no_other_has() -> None:
    assert list(EXAMPLES) == list(kinds.KINDS)


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_example_can_be_sealed(kind: str, prepare: Callable[..., Prepared]) -> None:
    subject = "registry" if kinds.KINDS[kind].family == kinds.REGISTRY else "OCAM-2026-1335-17-0"
    assert prepare(kind, json.loads(EXAMPLES[kind]), subject).warnings == ()


def test_the_page_names_every_shape_and_every_state() -> None:
    assert all(f"`{shape}`" in PAGE for shape in shapes.SHAPES)
    words = fold(PAGE)
    assert all(word.rpartition(" ")[2] in words for word in (*life.ORDER_STATES, *life.DELIVERY_STATES))
