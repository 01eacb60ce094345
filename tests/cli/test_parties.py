"""Keys on record, erasure by two persons and assignment, by the command line."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

import tenders
from cast import Clock, fact, order, registry, sealed
from cli.program import FIRST, Run, is_short, lines
from huella.cli import open as opening
from people import SUPPLIER, accepted

EMAIL = "/destinations/0/contact/email"
BANK = "0x" + "b1" * 20


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry with an order that its supplier accepted, and the files of the parties."""
    clock = Clock()
    monkeypatch.setattr(opening, "now", clock)
    with registry(tmp_path, None, clock) as house:
        sealed(house, order())
        accepted(house)
    (tmp_path / "supplier.json").write_bytes(orjson.dumps(SUPPLIER))
    (tmp_path / "bank.json").write_bytes(orjson.dumps({"ruc": "20100047218", "name": "BANCO DE EJEMPLO"}))
    return tmp_path


def made(huella: Run, folder: Path, name: str) -> str:
    """A key pair made on the person's side: its public half."""
    return str(huella("party-key", "-o", folder / name, "--json").value["key"])


def staff(huella: Run, folder: Path) -> None:
    """Two operators, each with an own key on record."""
    for name in ("one", "two"):
        key = made(huella, folder, f"{name}.pem")
        assert huella("key", "authorise", key, "--operator", name, folder=folder).code == 0


def test_a_key_comes_on_record_is_rotated_and_revoked(place: Path, huella: Run) -> None:
    old, new = made(huella, place, "old.pem"), made(huella, place, "new.pem")
    whose = ("--party", place / "supplier.json")
    assert huella("key", "authorise", old, *whose, folder=place).code == 0
    turned = huella("key", "rotate", old, new, *whose, "--json", folder=place).value
    shown = huella("key", "show", old, "--json", folder=place).value
    assert (shown["holder"], shown["revoked"]) == (SUPPLIER["ruc"], turned["revoked_index"])
    assert turned["index"] < turned["revoked_index"]
    assert huella("key", "revoke", new, *whose, folder=place).code == 0
    again = huella("key", "revoke", new, *whose, folder=place)
    assert (again.code, is_short(again.err)) == (2, True)


def test_a_key_is_rotated_for_its_own_party_alone(place: Path, huella: Run) -> None:
    old, new = made(huella, place, "old.pem"), made(huella, place, "new.pem")
    huella("key", "authorise", old, "--party", place / "supplier.json", folder=place)
    before = huella("stats", "--json", folder=place).value["entries"]
    ran = huella("key", "rotate", old, new, "--party", place / "bank.json", folder=place)
    assert (ran.code, is_short(ran.err)) == (2, True)
    assert huella("key", "rotate", new, old, "--party", place / "bank.json", folder=place).code == 2
    assert huella("key", "rotate", old, old, "--party", place / "supplier.json", folder=place).code == 2
    assert huella("stats", "--json", folder=place).value["entries"] == before


def test_a_persons_key_does_not_tell_whose_it_is(place: Path, huella: Run) -> None:
    (place / "person.json").write_bytes(orjson.dumps({"ruc": "10000000006", "name": "PERSONA DE EJEMPLO"}))
    key = made(huella, place, "person.pem")
    huella("key", "authorise", key, "--party", place / "person.json", folder=place)
    shown = huella("key", "show", key, folder=place)
    assert (shown.code, "a person (not told)" in shown.out, "10000000006" in shown.out) == (0, True, False)


@pytest.mark.parametrize("arguments", [["x"], ["A" * 43], ["A" * 43, "--operator", "a", "--party", "b"]])
def test_what_is_no_key_or_nobodys_is_wrong_use(place: Path, huella: Run, arguments: list[str]) -> None:
    ran = huella("key", "authorise", *arguments, folder=place)
    assert (ran.code, ran.out) == (2, "")


def test_two_operators_erase_and_show_tells_it(place: Path, huella: Run) -> None:
    staff(huella, place)
    assert EMAIL in huella("show", "0", "--json", folder=place).value["entry"]["sealed"]
    why = ("--reason", "A pedido de Ana Ejemplo")
    asked = huella("erase", "request", 0, EMAIL, "--key", place / "one.pem", *why, "--json", folder=place)
    number = asked.value["request"]
    assert huella("erase", "list", "--json", folder=place).value["requests"][0]["entry"] == number
    alone = huella("erase", "approve", number, "--key", place / "one.pem", folder=place)
    assert (alone.code, is_short(alone.err)) == (2, True)
    done = huella("erase", "approve", number, "--key", place / "two.pem", "--json", folder=place)
    (gone,) = huella("show", "0", "--json", folder=place).value["entry"]["erased"]
    assert (gone["pointer"], gone["entry"]) == (EMAIL, done.value["index"])
    assert f"erased on request: {EMAIL}" in huella("show", FIRST, folder=place).out
    assert huella("erase", "list", "--json", folder=place).value == {"requests": []}
    assert "Ana" not in huella("show", str(number), folder=place).out
    again = huella("erase", "approve", number, "--key", place / "two.pem", folder=place)
    assert (again.code, "is finished" in again.out) == (0, True)


def test_nothing_is_erased_while_the_procedure_is_open(
    tmp_path: Path, huella: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenders.fair(tmp_path):
        monkeypatch.setattr(opening, "now", Clock(tenders.START))
    staff(huella, tmp_path)
    pointer = "/destinations/0/contact/name"
    asked = huella(
        "erase", "request", 0, pointer, "--key", tmp_path / "one.pem", "--reason", "x", "--json", folder=tmp_path
    ).value["request"]  # fmt: skip
    ran = huella("erase", "approve", asked, "--key", tmp_path / "two.pem", folder=tmp_path)
    assert (ran.code, is_short(ran.err)) == (2, True)
    assert huella("show", "0", "--json", folder=tmp_path).value["entry"]["erased"] == []


def test_a_right_is_assigned_and_its_token_follows(place: Path, huella: Run) -> None:
    ran = huella("assign", FIRST, "--to", place / "bank.json", "--account", BANK, "--json", folder=place)
    assert (ran.code, ran.value["moved"]) == (0, True)
    assert huella("show", FIRST, "--json", folder=place).value["token"]["owner"].lower() == BANK
    back = huella(
        "assign", FIRST, "--to", place / "supplier.json", "--account", "0x" + "aa" * 20, folder=place
    )
    assert (back.code, "is with 0x" in back.out) == (0, True)


def test_an_assignment_that_is_not_anchored_waits_for_the_worker(place: Path, huella: Run) -> None:
    to = ("--to", place / "bank.json", "--account", BANK, "--no-anchor")
    assert huella("assign", FIRST, *to, "--json", folder=place).value["moved"] is False
    assert "1 tokens moved\n" in huella("worker", "--rounds", "1", folder=place).out


def test_without_an_account_only_the_record_exists(place: Path, huella: Run) -> None:
    ran = huella("assign", FIRST, "--to", place / "bank.json", "--json", folder=place)
    assert (ran.code, ran.value["moved"], ran.value["account"]) == (0, False, None)


def test_a_supplier_with_a_key_signs_its_assignment(place: Path, huella: Run) -> None:
    key = made(huella, place, "supplier.pem")
    huella("key", "authorise", key, "--party", place / "supplier.json", folder=place)
    bare = huella("assign", FIRST, "--to", place / "bank.json", folder=place)
    assert (bare.code, is_short(bare.err)) == (2, True)
    signed = huella(
        "assign", FIRST, "--to", place / "bank.json", "--key", place / "supplier.pem", "--json", folder=place
    )
    entry = huella("show", str(signed.value["index"]), "--json", folder=place).value["entry"]
    assert (entry["signed_by_party"], entry["asserted_by_operator"]) == (True, False)


def test_silence_is_accepted_on_demand(place: Path, huella: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(opening, "now", clock)
    assert huella("seal", lines(place / "two.jsonl", order(2)), folder=place).code == 0
    assert huella("tacit", "--json", folder=place).value == {"orders": []}
    clock.forward(days=9)
    (row,) = huella("tacit", "--json", folder=place).value["orders"]
    assert (row["order"], row["accepted"]) == (fact("order.accepted", 2).subject, True)
    assert huella("tacit", folder=place).out == "0 orders accepted by silence\n"


def test_a_paper_with_personal_data_is_on_record_as_read(own: Path, tmp_path: Path, huella: Run) -> None:
    before = huella("stats", "--json", folder=own).value["entries"]
    assert huella("pdf", FIRST, "-o", tmp_path / "a.pdf", folder=own).code == 0
    entry = huella("show", str(before), "--json", folder=own).value["entry"]
    assert (entry["kind"], entry["data"]["action"]) == ("operator.acted", "disclosures.read")
    assert entry["data"]["subject"] == FIRST


def test_a_paper_without_personal_data_leaves_no_trace(
    tmp_path: Path, huella: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"number": 1, "ubigeo": "150101", "department": "LIMA", "province": "LIMA", "district": "LIMA"}
    with registry(tmp_path, documents__order_pdf="request") as house:
        monkeypatch.setattr(opening, "now", Clock())
        sealed(house, order(destinations=[place]))
    assert huella("pdf", FIRST, "-o", tmp_path / "a.pdf", folder=tmp_path).code == 0
    assert huella("stats", "--json", folder=tmp_path).value["entries"] == 2  # the order and its paper
