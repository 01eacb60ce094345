"""Offers opened from their suppliers' own copies: what was sealed and nothing else, and only before the others."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import offer_cases as people
import tenders
from cast import Clock
from cli.program import Run, is_short
from huella.cli import open as opening
from huella.flow import procedure
from huella.records import offer, offer_file
from huella.records.disclosure import b64
from huella.records.offer_file import OfferCopy

NUMBER = tenders.NUMBER


def kept(folder: Path, name: str, copy: OfferCopy) -> Path:
    """A supplier's copy as a file."""
    path = folder / name
    path.write_bytes(offer_file.write(copy))
    return path


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A procedure closed with two offers; their suppliers' copies and the opening key lie beside it."""
    with tenders.fair(tmp_path) as fair:
        mine, other = (tenders.quote(fair.request, who) for who in (people.andina(), people.rosa()))
        fair.send(mine, other)
        kept(tmp_path, "andina.json", mine)
        kept(tmp_path, "rosa.json", other)
        kept(tmp_path, "lower.json", tenders.quote(fair.request, people.andina(), "1.00"))
        fair.clock.forward(days=2, hours=8)
        procedure.close(fair.house, NUMBER)
        monkeypatch.setattr(opening, "now", fair.clock)
    (tmp_path / "opening.key").write_text(people.OPENING[0])
    (tmp_path / "wrong.key").write_text(people.AUDITOR[0])
    return tmp_path


def test_all_copies_open_a_procedure_whose_key_is_lost(closed: Path, huella: Run) -> None:
    copies = ("--copy", closed / "andina.json", "--copy", closed / "rosa.json")
    ran = huella("open", NUMBER, *copies, "--json", folder=closed)
    assert (ran.code, [row["opened"] for row in ran.value["offers"]]) == (0, [True, True])
    assert huella("award", NUMBER, folder=closed).code == 0
    assert huella("verify-award", NUMBER, folder=closed).code == 0
    assert huella("audit", folder=closed).code == 0


def test_a_copy_and_the_key_open_together(closed: Path, huella: Run) -> None:
    given = ("--copy", closed / "rosa.json", "--key", closed / "opening.key")
    ran = huella("open", NUMBER, *given, "--json", folder=closed)
    assert (ran.code, [row["opened"] for row in ran.value["offers"]]) == (0, [True, True])


def test_what_the_wrong_key_leaves_is_told_beside_what_a_copy_opens(closed: Path, huella: Run) -> None:
    given = ("--copy", closed / "rosa.json", "--key", closed / "wrong.key")
    ran = huella("open", NUMBER, *given, "--json", folder=closed)
    assert (ran.code, sorted(row["opened"] for row in ran.value["offers"])) == (1, [False, True])


def test_no_copy_brings_an_offer_back_once_others_are_open(closed: Path, huella: Run) -> None:
    assert huella("open", NUMBER, "--copy", closed / "andina.json", folder=closed).code == 0
    ran = huella("open", NUMBER, "--copy", closed / "rosa.json", folder=closed)
    assert (ran.code, is_short(ran.err), "open already" in ran.err) == (2, True, True)


def test_a_copy_with_another_price_than_was_sent_opens_nothing(closed: Path, huella: Run) -> None:
    ran = huella("open", NUMBER, "--copy", closed / "lower.json", "--json", folder=closed)
    assert (ran.code, [row["opened"] for row in ran.value["offers"]]) == (1, [False])


def test_a_copy_of_an_offer_that_is_not_claimed_opens_nothing(
    closed: Path, tmp_path: Path, huella: Run
) -> None:
    seed = bytes(32)
    copy = offer_file.read_copy((closed / "rosa.json").read_bytes())
    code = offer_file.control_code(offer_file.control_key(seed))
    renamed = msgspec.structs.replace(copy.offer, subject=code)
    other = msgspec.structs.replace(copy, offer=renamed, control_seed=b64(seed))
    ran = huella("open", NUMBER, "--copy", kept(tmp_path, "other.json", other), folder=closed)
    assert (ran.code, is_short(ran.err), "claims no offer" in ran.err) == (2, True, True)


def test_a_replaced_offer_needs_the_copies_of_all_its_records(
    tmp_path: Path, huella: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenders.fair(tmp_path) as fair:
        first = tenders.quote(fair.request, people.andina())
        (sent,) = fair.send(first)
        quotation = people.quotation(confidential=None)
        second = offer.replace(fair.request, people.andina(), quotation, first, sent.leaf.hex())
        fair.send(second)
        fair.clock.forward(days=2, hours=8)
        procedure.close(fair.house, NUMBER)
        monkeypatch.setattr(opening, "now", Clock(fair.clock.time))
    files = [kept(tmp_path, "one.json", first), kept(tmp_path, "two.json", second)]
    alone = huella("open", NUMBER, "--copy", files[1], "--json", folder=tmp_path)
    assert (alone.code, alone.value["offers"][0]["opened"]) == (1, False)
    ran = huella("open", NUMBER, "--copy", files[0], "--copy", files[1], "--json", folder=tmp_path)
    assert (ran.code, ran.value["offers"][0]["opened"]) == (0, True)


def test_open_needs_a_key_or_a_copy(closed: Path, huella: Run) -> None:
    assert huella("open", NUMBER, folder=closed).code == 2
