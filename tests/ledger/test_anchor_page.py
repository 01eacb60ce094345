"""The specification's page on the anchor names everything that the contract has, and its figures are measured."""

from __future__ import annotations

import json
import re
from pathlib import Path

from huella.ledger import registry

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "spec" / "anchor.md").read_text(encoding="utf-8")


def test_every_function_event_and_error_is_on_the_page() -> None:
    names = {item["name"] for item in registry.artifact()["abi"] if "name" in item}
    assert {name for name in names if not re.search(rf"\b{name}\b", PAGE)} == set()


def test_the_pages_gas_is_the_reports() -> None:
    report = json.loads((ROOT / "contracts" / "gas-report.json").read_text(encoding="utf-8"))
    leaf = [figure for name, figure in report.items() if name.startswith("append, a leaf")]
    assert {f"{figure:,}" for figure in leaf} <= set(re.findall(r"\d,\d{3}", PAGE))


def test_the_pages_slots_are_the_compilers() -> None:
    slots = {item["label"]: int(item["slot"]) for item in registry.artifact()["storage"]["storage"]}
    assert slots == {
        "rootAt": 0,
        "_roles": 1,
        "size_": 2,
        "orders_": 2,
        "moved_": 2,
        "frontier_": 3,
        "bits_": 67,
        "owners_": 68,
        "held_": 69,
        "baseURI": 70,
    }
