"""Open contracting data: valid by the official schemas, consistent, and nothing personal in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from referencing import Registry, Resource

from huella.flow import ocds
from web.site import FIRST, HOSTILE, NATURAL, REQUIREMENT, Site

AT = "https://standard.open-contracting.org/schema/1__1__5"


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "ocds"


def merged(schema: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396), which is how an OCDS extension changes the release's schema."""
    if not isinstance(patch, dict) or not isinstance(schema, dict):
        return patch
    return {**schema, **{name: merged(schema.get(name), value) for name, value in patch.items()}}


def validator(folder: Path, name: str) -> jsonschema.Draft4Validator:
    """A package's schema, the release in it with the bids extension."""
    core = folder / "schema-1.1.5"
    release = json.loads((core / "release-schema.json").read_text())
    release = merged(release, json.loads((folder / "extensions/bids-v1.1.5/release-schema.json").read_text()))
    known = {f"{AT}/release-schema.json": release}
    known[f"{AT}/versioned-release-validation-schema.json"] = {}
    registry: Registry[Any] = Registry().with_resources(
        (uri, Resource.from_contents({"$schema": "http://json-schema.org/draft-04/schema#", **content}))
        for uri, content in known.items()
    )
    schema = json.loads((core / f"{name}-package-schema.json").read_text())
    return jsonschema.Draft4Validator(
        schema, registry=registry, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )


def faults(found: jsonschema.Draft4Validator, value: Any) -> Iterator[str]:
    for error in found.iter_errors(value):
        yield f"{'/'.join(map(str, error.path))}: {error.message[:200]}"


def test_every_change_has_one_release_that_the_official_schema_takes(reader: Site, folder: Path) -> None:
    package = reader.client.get("/api/v1/exports/ocds?limit=500").json()
    assert list(faults(validator(folder, "release"), package)) == []
    entries = reader.house.journal.entries(0, 500)
    changes = [entry for entry in entries if entry.kind in ocds.TAGS]
    assert [each["integrity"]["leafHash"] for each in package["releases"]] == [e.leaf.hex() for e in changes]
    assert len({each["id"] for each in package["releases"]}) == len(changes)


def test_a_record_compiles_its_releases(reader: Site, folder: Path) -> None:
    package = reader.client.get(f"/api/v1/exports/ocds/ocds-000000-{REQUIREMENT}").json()
    assert list(faults(validator(folder, "record"), package)) == []
    compiled = package["records"][0]["compiledRelease"]
    assert (compiled["tender"]["status"], compiled["bids"]["statistics"][0]["value"]) == ("complete", 2)
    assert compiled["awards"][0]["relatedBid"] in [each["id"] for each in compiled["bids"]["details"]]
    assert compiled["awards"][0]["suppliers"][0]["id"] == "PE-RUC-20100186170"


def test_an_orders_status_is_told_in_the_codes_of_the_standard(reader: Site) -> None:
    package = reader.client.get(f"/api/v1/exports/ocds/ocds-000000-{FIRST}").json()
    states = [each["contracts"][0]["status"] for each in package["records"][0]["releases"]]
    assert states == ["pending", "active", "active"]
    milestone = package["records"][0]["compiledRelease"]["contracts"][0]["implementation"]["milestones"][0]
    assert (milestone["status"], milestone["dateMet"][:10]) == ("met", "2026-11-24")


def test_suppliers_have_one_name_everywhere_and_people_have_none(reader: Site) -> None:
    text = reader.client.get("/api/v1/exports/ocds?limit=500").text
    assert "PERSONA DE EJEMPLO" not in text
    assert "10000000006" not in text
    for each in json.loads(text)["releases"]:
        known = {party["id"]: party["name"] for party in each["parties"]}
        for award in each.get("awards", []):
            assert [known[s["id"]] for s in award["suppliers"]] == [s["name"] for s in award["suppliers"]]
        assert all(
            contract["awardID"] in [a["id"] for a in each["awards"]] for contract in each.get("contracts", [])
        )


def test_pages_follow_each_other_to_the_end(reader: Site) -> None:
    path, seen = "/api/v1/exports/ocds?limit=3", []
    while path:
        page = reader.client.get(path).json()
        seen += [each["id"] for each in page["releases"]]
        assert len(page["releases"]) <= 3
        path = page.get("links", {}).get("next", "").partition("8000")[2]
    assert seen == [
        each["id"] for each in reader.client.get("/api/v1/exports/ocds?limit=500").json()["releases"]
    ]


def test_a_hostile_name_stays_a_name(reader: Site) -> None:
    found = reader.client.get("/api/v1/exports/ocds?limit=500").json()["releases"]
    assert HOSTILE in [party["name"] for each in found for party in each["parties"]]


def test_the_file_of_everything_is_one_package(reader: Site, folder: Path) -> None:
    whole = json.loads(b"".join(ocds.lines(reader.house)))
    assert list(faults(validator(folder, "release"), whole)) == []
    assert [each["id"] for each in whole["releases"] if NATURAL in each["ocid"]]


@pytest.mark.parametrize("path", ["ocds-000000-nothing", "x"])
def test_an_unknown_process_is_not_found(reader: Site, path: str) -> None:
    assert reader.client.get(f"/api/v1/exports/ocds/{path}").status_code == 404


@pytest.fixture(scope="module")
def cove(folder: Path, libcoveocds: tuple[Path, Path]) -> Callable[[Any], dict[str, Any]]:
    """What Open Contracting's own checker finds in a package."""

    def check(package: Any) -> dict[str, Any]:
        given = json.dumps(package)
        done = subprocess.run(
            [*libcoveocds, folder], input=given, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return check


@pytest.mark.slow
@pytest.mark.parametrize("path", ["?limit=500", f"/ocds-000000-{REQUIREMENT}", f"/ocds-000000-{FIRST}"])
def test_libcoveocds_finds_nothing_wrong(
    reader: Site, cove: Callable[[Any], dict[str, Any]], path: str
) -> None:
    found = cove(reader.client.get(f"/api/v1/exports/ocds{path}").json())
    assert {each["field"] for each in found.pop("additional_fields")} == {"integrity"}
    extensions = found.pop("extensions")
    assert extensions["is_extended_schema"]
    assert not extensions["invalid_extensions"]
    assert {name: value for name, value in found.items() if value} == {}


@pytest.mark.slow
def test_libcoveocds_finds_what_is_wrong(reader: Site, cove: Callable[[Any], dict[str, Any]]) -> None:
    package = reader.client.get("/api/v1/exports/ocds?limit=500").json()
    package["releases"][0]["tag"] = ["invented"]
    package["releases"][1]["date"] = "yesterday"
    found = cove(package)
    assert [each["path"] for each in found["validation_errors"]] == ["releases/1/date"]
    assert "invented" in str(found["additional_closed_codelist_values"])
