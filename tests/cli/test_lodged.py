"""`huella lodged` as a supplier, a court or a keeper of a mirror runs it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

import offer_cases as people
from cast import anchored
from cli.program import Run
from huella.errors import LedgerUnreachable
from huella.flow import procedure
from huella.ledger import registry
from huella.ledger.asked import Asked
from huella.records import offer, offer_file
from tenders import NUMBER, fair, quote


class Stand(NamedTuple):
    """A registry to which two offers were brought: it sealed the one and held the other back. Both were lodged."""

    folder: Path
    sent: Path
    held_back: Path
    copy: Path


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    found = Stand(tmp_path / "r", *(tmp_path / name for name in ("sent.json", "held.json", "copy.json")))
    with fair(found.folder) as each:
        for supplier, path in ((people.andina(), found.sent), (people.rosa(), found.held_back)):
            made = quote(each.request, supplier)
            path.write_bytes(offer_file.write(offer.offer_file(made, each.request)))
            each.house.ledger.send(registry.lodge_call(bytes.fromhex(offer_file.digest(made.offer))), 60_000)
            found.copy.write_bytes(offer_file.write(made))
        procedure.submit(each.house, [offer_file.read_file(found.sent.read_bytes())])
        anchored(each.house)
    return found


def test_an_offers_file_or_copy_shows_that_it_was_held_back_and_since_when(stand: Stand, huella: Run) -> None:
    for given in (stand.held_back, stand.copy):
        ran = huella("lodged", given, folder=stand.folder)
        assert ran.code == 1, ran.err
        assert "NOT SEALED" in ran.out
        assert f"before the deadline of {NUMBER}" in ran.out
    assert "NO SELLADO" in huella("lodged", stand.copy, folder=stand.folder, HUELLA_LANG="es").out


def test_an_offer_that_was_sealed_names_its_entry(stand: Stand, huella: Run) -> None:
    ran = huella("lodged", stand.sent, folder=stand.folder)
    assert (ran.code, ran.out.startswith("SEALED: ")) == (0, True), ran.err
    assert "is entry 1 (offer.received, OFE-" in ran.out
    both = huella("lodged", stand.sent, stand.held_back, "--json", folder=stand.folder)
    assert (both.code, [each["state"] for each in both.value["lodged"]]) == (1, ["sealed", "not-sealed"])


def test_without_a_digest_all_that_was_never_sealed_is_listed_and_nobody_accused(
    stand: Stand, huella: Run
) -> None:
    ran = huella("lodged", folder=stand.folder)
    assert (ran.code, ran.out.count("NOT SEALED"), ran.out.count("SEALED: ")) == (0, 1, 1)
    everything = huella("lodged", "--all", "--json", folder=stand.folder).value["lodged"]
    assert [each["state"] for each in everything] == ["sealed", "not-sealed"]


def test_a_mirror_answers_as_the_registry_does(stand: Stand, tmp_path: Path, huella: Run) -> None:
    chain, trust = stand.folder / "chain.db", stand.folder / "trust.json"
    copy = tmp_path / "mirror"
    assert huella("rebuild", "--chain", chain, "--trust", trust, folder=copy).code == 0
    for given in (stand.sent, stand.held_back):
        told = [huella("lodged", given, "--json", folder=folder) for folder in (stand.folder, copy)]
        places = [ran.value["lodged"][0] for ran in told]
        assert told[0].code == told[1].code
        for name in ("state", "lodged", "records", "procedure"):
            assert places[0][name] == places[1][name], name


def test_a_chain_that_is_away_is_told_and_what_is_known_is_answered(
    stand: Stand, huella: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert huella("lodged", "--again", folder=stand.folder).code == 0

    def away(*_: object) -> None:
        raise LedgerUnreachable("no node answered")

    monkeypatch.setattr(Asked, "lodged", away)
    ran = huella("lodged", stand.sent, folder=stand.folder)
    assert (ran.code, "the chain does not answer" in ran.err, "SEALED" in ran.out) == (3, True, True)


@pytest.mark.parametrize("given", ["ab", "ab" * 31, "nothing.json", "ab" * 32])
def test_what_is_no_digest_or_is_not_known_is_one_clear_line(kept: Path, huella: Run, given: str) -> None:
    ran = huella("lodged", given, folder=kept)
    assert (ran.code, ran.out, "Traceback" in ran.err) == (2, "", False)
    assert ran.err.startswith("error: ")
