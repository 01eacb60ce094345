"""The page of lodged digests: who got no receipt finds his, with what became of it, in words."""

from __future__ import annotations

import pytest

from huella.records.identifiers import parse_moment
from huella.records.offer_form import SEALED_KINDS
from huella.store.lodged import Lodged, Register
from web.site import REQUIREMENT, Site

MISSING = "ab" * 32


def lodge(site: Site, *digests: str, hours_ago: int = 5) -> None:
    """Digests that the chain's next blocks hold."""
    register = Register(site.house.engine)
    head = register.head()
    time = int(site.clock().timestamp()) - 3600 * hours_ago
    rows = [
        Lodged(each, "0x" + "11" * 20, "0x" + f"{n:064x}", head.block + 1, f"0x{head.block:064x}", n, time)
        for n, each in enumerate(digests)
    ]
    assert register.take(head, rows, head.block + 2)


def sealed(site: Site) -> str:
    """The leaf of an offer that is on record."""
    entry = next(
        each
        for index in range(site.house.journal.size())
        if (each := site.house.journal.entry(index)) and each.kind in SEALED_KINDS
    )
    return entry.leaf.hex()


@pytest.mark.parametrize(
    ("language", "missing", "found"),
    [("es", "no en el registro", "Está registrada"), ("en", "not in the register", "It is recorded")],
)
def test_a_digest_is_told_with_what_became_of_it(own: Site, language: str, missing: str, found: str) -> None:
    own.client.headers["accept-language"] = language
    lodge(own, MISSING, sealed(own))
    told = own.client.get("/lodged", params={"digest": f" 0x{MISSING.upper()} "})
    assert (told.status_code, missing in told.text, "5 h 0 min" in told.text) == (200, True, True)
    assert found in own.client.get(f"/lodged?digest={sealed(own)}").text


def test_it_tells_whether_a_digest_came_before_the_deadline(own: Site) -> None:
    procedure = own.house.tenders.procedure(REQUIREMENT)
    assert procedure is not None
    closed = parse_moment(str(procedure["closes_at"]), "closes_at")
    hours = int((own.clock() - closed).total_seconds() // 3600)
    lodge(own, MISSING, hours_ago=hours + 2)
    lodge(own, "cd" * 32, hours_ago=hours - 2)
    for digest, words in ((MISSING, "antes del cierre"), ("cd" * 32, "después del cierre")):
        told = own.client.get(f"/lodged?digest={digest}&requirement={REQUIREMENT.lower()}")
        assert words in told.text


def test_all_are_listed_and_each_leads_to_its_own(own: Site) -> None:
    assert "Ninguna hasta ahora" in own.client.get("/lodged").text
    lodge(own, *(f"{n:064x}" for n in range(51)))
    page = own.client.get("/lodged").text
    assert page.count('href="/lodged?digest=') == 50
    assert 'href="/lodged?from=50"' in page
    assert f"/lodged?digest={50:064x}" in own.client.get("/lodged?from=50").text


@pytest.mark.parametrize(
    ("typed", "status"), [("ef" * 32, 404), ("xyz", 422), ("\x00", 422), ("a" * 63, 422)]
)
def test_what_nobody_lodged_and_what_is_none_is_said(own: Site, typed: str, status: int) -> None:
    told = own.client.get("/lodged", params={"digest": typed, "requirement": "\x00"})
    assert told.status_code == status
    assert 'role="alert"' in told.text
