"""A procedure by the command line: supplier, registry, entity and a stranger, each with what that one has."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import offer_cases as people
import tenders
from cast import Clock, registry
from cli.program import Run, is_short, plain
from huella.cli import open as opening
from huella.flow.receipt import bundle_of, receipt
from huella.records import envelope, offer, offer_file

NUMBER = tenders.NUMBER
CLOSED = tenders.START.replace(day=26)


class Desk:
    """What lies on the desks: a registry before its close and one after the award, and the parties' files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open, self.done = folder / "open", folder / "done"
        with tenders.fair(self.open) as fair:
            self.mine = tenders.quote(fair.request, people.andina())
            (sent,) = fair.send(self.mine)
            (folder / "copy.json").write_bytes(offer_file.write(self.mine))
            (folder / "offer.json").write_bytes(
                offer_file.write(offer.offer_file(tenders.quote(fair.request, people.rosa()), fair.request))
            )
            (folder / "receipt.huella.json").write_bytes(receipt(fair.house, sent.index).encode())
            (folder / "requirement.json").write_bytes(bundle_of(fair.house, NUMBER).encode())
            (folder / "other.huella.json").write_bytes(receipt(fair.house, 0).encode())
            self.index, self.leaf = sent.index, sent.leaf.hex()
        shutil.copytree(self.open, self.done)
        self._decide()
        quotation = {name: v for name, v in people.QUOTATION.items() if name != "confidential"}
        for name, value in (("quotation", quotation), ("party", people.ORGANISATION)):
            (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
        pem = people.key(1).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "party.pem").write_bytes(pem)
        (folder / "opening.key").write_text(f"# recipient: {people.OPENING[1]}\n{people.OPENING[0]}\n")

    def _decide(self) -> None:
        clock = Clock(tenders.START)
        with registry(self.done, None, clock) as house:
            fair = tenders.Fair(house, clock, tenders.request_of(house))
            fair.decide()
            (self.folder / "bundle.json").write_bytes(bundle_of(house, NUMBER).encode())
            (self.folder / "anchored.huella.json").write_bytes(receipt(house, self.index).encode())

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def sealing(self, to: Path, *, requirement: object = None) -> list[object]:
        """The arguments of `huella offer seal` with everything in its place."""
        return [
            "--requirement", requirement or self["requirement.json"], "--quotation", self["quotation.json"],
            "--party", self["party.json"], "--key", self["party.pem"], "--trust", self.open / "trust.json",
            "-o", to / "new.huella-offer.json", "--copy", to / "new-copy.json",
        ]  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def market(desk: Desk, tmp_path: Path) -> Path:
    """A copy of the open registry, which a test may change."""
    return Path(shutil.copytree(desk.open, tmp_path / "market"))


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The program's clock, behind the deadline."""
    clock = Clock(CLOSED)
    monkeypatch.setattr(opening, "now", clock)
    return clock


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The program's clock, before the deadline."""
    clock = Clock(tenders.START)
    monkeypatch.setattr(opening, "now", clock)
    return clock


@pytest.mark.slow
def test_a_whole_procedure_by_the_command_line(
    desk: Desk, market: Path, tmp_path: Path, huella: Run, early: Clock
) -> None:
    assert huella("offer", "seal", *desk.sealing(tmp_path, requirement=NUMBER), folder=market).code == 0
    sent = huella("offer", "send", tmp_path / "new.huella-offer.json", "--json", folder=market)
    (row,) = sent.value["offers"]
    assert (sent.code, row["received"], Path(row["receipt"]).name) == (0, True, "new.receipt.huella.json")
    early.time = CLOSED
    assert huella("close", NUMBER, folder=market).code == 0
    assert huella("verify-award", NUMBER, folder=market).code == 3
    assert huella("open", NUMBER, "--key", desk["opening.key"], folder=market).code == 0
    assert huella("award", NUMBER, folder=market).code == 0
    assert huella("verify-award", NUMBER, folder=market).code == 0
    exported = tmp_path / "b.json"
    assert huella("export", "bundle", NUMBER, "-o", exported, folder=market).code == 0
    trust = ("--trust", market / "trust.json")
    assert huella("verify-award", exported, *trust).code == 0
    paper = tmp_path / "r.pdf"
    assert huella("offer", "receipt", row["offer"], "-o", paper, folder=market).code == 0
    against = huella("verify", paper, *trust, "--against", exported)
    assert (against.code, "is in the closed set" in against.out) == (0, True)


def test_keys_are_for_their_owner_alone_and_never_written_over(tmp_path: Path, huella: Run) -> None:
    for command in ("opening-key", "party-key"):
        path = tmp_path / command
        assert huella(command, "-o", path).code == 0
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
        again = huella(command, "-o", path)
        assert (again.code, is_short(again.err), path.read_bytes()) == (2, True, before)


def test_the_opening_keys_recipient_is_printed_and_the_secret_is_not(tmp_path: Path, huella: Run) -> None:
    ran = huella("opening-key", "-o", tmp_path / "k", "--json")
    assert ran.value["recipient"].startswith("age1")
    assert "AGE-SECRET-KEY" not in ran.out + ran.err


def test_an_offer_is_sealed_from_files_and_opened_by_its_own_copy(
    desk: Desk, tmp_path: Path, huella: Run
) -> None:
    sealed = huella("offer", "seal", *desk.sealing(tmp_path), "--json")
    assert (sealed.code, sealed.value["requirement"]) == (0, NUMBER)
    copied = tmp_path / "new-copy.json"
    assert copied.stat().st_mode & 0o777 == 0o600
    mine = huella("offer", "open-own", copied, "--json").value
    assert mine["content"]["products"][0]["unit_price"] == "2150.5"
    assert mine["bidder"]["ruc"] == people.ORGANISATION["ruc"]
    assert "2150" not in (tmp_path / "new.huella-offer.json").read_text()


def test_a_requirement_that_was_altered_is_not_answered(desk: Desk, tmp_path: Path, huella: Run) -> None:
    other = tmp_path / "other.json"
    text = desk["requirement.json"].read_text()
    other.write_text(text.replace(people.OPENING[1], envelope.new_identity()[1]))
    ran = huella("offer", "seal", *desk.sealing(tmp_path, requirement=other))
    assert (ran.code, is_short(ran.err)) == (2, True)
    assert not (tmp_path / "new-copy.json").exists()


def test_who_gives_no_trust_file_is_told(desk: Desk, tmp_path: Path, huella: Run) -> None:
    arguments = desk.sealing(tmp_path)
    at = arguments.index("--trust")
    ran = huella("offer", "seal", *arguments[:at], *arguments[at + 2 :], folder=tmp_path)
    assert ran.code == 0
    assert "nobody checked who signed it" in ran.err


KINDS = {"replace": "offer.replaced", "withdraw": "offer.withdrawn", "decline": "offer.declined"}


@pytest.mark.parametrize("verb", KINDS)
def test_an_offer_is_replaced_withdrawn_or_declined(
    desk: Desk, market: Path, tmp_path: Path, huella: Run, early: Clock, verb: str
) -> None:
    arguments = desk.sealing(tmp_path)
    if verb != "replace":
        at = arguments.index("--quotation")
        del arguments[at : at + 2]
    if verb != "decline":
        arguments += ["--previous", desk["copy.json"], "--receipt", desk["receipt.huella.json"]]
    sealed = huella("offer", verb, *arguments, "--json")
    assert sealed.value["kind"] == {"replace": "offer.replaced", "withdraw": "offer.withdrawn"}.get(
        verb, "offer.declined"
    )
    assert huella("offer", "send", tmp_path / "new.huella-offer.json", folder=market).code == 0


def test_anothers_receipt_replaces_nothing(desk: Desk, tmp_path: Path, huella: Run) -> None:
    seal = [*desk.sealing(tmp_path), "--previous", desk["copy.json"], "--receipt", desk["other.huella.json"]]
    shown = huella("offer", "replace", *seal)
    assert (shown.code, is_short(shown.err)) == (2, True)


def test_a_late_offer_is_refused_with_the_refusals_index(
    desk: Desk, tmp_path: Path, huella: Run, late: Clock
) -> None:
    folder = Path(shutil.copytree(desk.done, tmp_path / "done"))
    ran = huella("offer", "send", desk["offer.json"], "--json", folder=folder)
    (row,) = ran.value["offers"]
    assert (ran.code, row["received"], row["rule"]) == (1, False, "late")
    shown = huella("show", str(row["index"]), "--json", folder=folder).value["entry"]
    assert (shown["kind"], shown["subject"]) == ("offer.refused", row["offer"])


def test_a_key_that_opens_nothing_is_told_offer_by_offer(
    desk: Desk, market: Path, tmp_path: Path, huella: Run, late: Clock
) -> None:
    huella("close", NUMBER, folder=market)
    (tmp_path / "wrong.key").write_text(people.AUDITOR[0])
    ran = huella("open", NUMBER, "--key", tmp_path / "wrong.key", "--json", folder=market)
    assert (ran.code, [row["opened"] for row in ran.value["offers"]]) == (1, [False])


def test_nothing_closes_before_its_deadline(market: Path, huella: Run, early: Clock) -> None:
    ran = huella("close", NUMBER, folder=market)
    assert (ran.code, is_short(ran.err)) == (2, True)


def test_a_procedure_is_cancelled_and_still_claims_its_offers(
    desk: Desk, market: Path, huella: Run, early: Clock
) -> None:
    assert huella("cancel", NUMBER, "--reason", "Sin presupuesto", folder=market).code == 0
    shown = huella("show", NUMBER, "--json", folder=market).value
    assert shown["procedure"]["status"] == "cancelled"
    assert [row["offer"] for row in shown["offers"]] == [desk.mine.offer.subject]
    assert "presupuesto" not in json.dumps(shown)


def test_before_the_close_showing_a_procedure_names_no_offer(desk: Desk, huella: Run) -> None:
    ran = huella("show", NUMBER, folder=desk.open)
    assert ran.code == 0
    assert "OFE-" not in ran.out


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_decided_procedure_and_an_offer_are_shown_in_both_languages(
    desk: Desk, huella: Run, language: str
) -> None:
    ran = huella("show", NUMBER, folder=desk.done, HUELLA_LANG=language)
    assert ("ADJUDICADO" in ran.out) == (language == "es")
    assert huella("show", desk.mine.offer.subject, folder=desk.done, HUELLA_LANG=language).code == 0


STANDINGS = {
    "claimed": ("anchored.huella.json", "bundle.json", 0),
    "open": ("anchored.huella.json", "requirement.json", 3),
    "claimed, not anchored": ("receipt.huella.json", "bundle.json", 3),
}


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("word", STANDINGS)
def test_a_receipt_against_a_bundle(desk: Desk, huella: Run, language: str, word: str) -> None:
    name, against, code = STANDINGS[word]
    arguments = ("verify", desk[name], "--against", desk[against], "--trust", desk.open / "trust.json")
    ran = huella(*arguments, "--json")
    assert (ran.value["results"][0]["standing"], ran.code) == (word.split(",")[0], code)
    assert huella(*arguments, HUELLA_LANG=language).code == code


def test_an_omitted_offer_is_told_by_its_receipt(
    desk: Desk, market: Path, tmp_path: Path, huella: Run, early: Clock
) -> None:
    given = Path(shutil.copy(desk["offer.json"], tmp_path / "mine.huella-offer.json"))
    assert huella("offer", "send", given, folder=market).code == 0
    mine = tmp_path / "mine.receipt.huella.json"
    ran = huella("verify", mine, "--against", NUMBER, "--json", folder=desk.done)
    assert (ran.value["results"][0]["standing"], ran.code) == ("omitted", 1)
    trust = ("--trust", desk.done / "trust.json")
    assert huella("verify", mine, "--against", desk["bundle.json"], *trust, "--json").code == 1
    unsigned = huella("verify", mine, "--against", desk["bundle.json"], "--json", folder=tmp_path)
    assert (unsigned.value["results"][0]["standing"], unsigned.code) == ("unsigned", 3)


def test_a_sealed_offer_is_received_also_where_its_receipt_cannot_be_written(
    desk: Desk, market: Path, tmp_path: Path, huella: Run, early: Clock
) -> None:
    given = Path(shutil.copy(desk["offer.json"], tmp_path / "mine.huella-offer.json"))
    (tmp_path / "mine.receipt.huella.json").mkdir()
    ran = huella("offer", "send", given, "--json", folder=market)
    (row,) = ran.value["offers"]
    assert (ran.code, row["received"], row["receipt"]) == (0, True, None)
    assert "could not be written" in ran.err


def test_a_receipt_of_another_procedure_is_no_omission(desk: Desk, tmp_path: Path, huella: Run) -> None:
    with tenders.fair(tmp_path / "other") as fair:
        (sent,) = fair.send(tenders.quote(fair.request, people.rosa()))
        other = tmp_path / "other.huella.json"
        other.write_bytes(receipt(fair.house, sent.index).encode())
    ran = huella("verify", other, "--against", NUMBER, "--json", folder=desk.done)
    assert (ran.value["results"][0]["standing"], ran.code) == ("other", 2)


def test_an_award_from_the_register_and_from_the_bundle_is_the_same(desk: Desk, huella: Run) -> None:
    here = huella("verify-award", NUMBER, "--json", folder=desk.done)
    there = huella("verify-award", desk["bundle.json"], "--trust", desk.open / "trust.json", "--json")
    assert (here.code, there.code, here.value["award"]) == (0, 0, "same")
    assert here.value["recorded"] == there.value["recorded"] == there.value["computed"]


def test_a_tampered_bundle_is_exit_code_1(desk: Desk, tmp_path: Path, huella: Run) -> None:
    value = json.loads(desk["bundle.json"].read_bytes())
    changed = copy.deepcopy(value)
    changed["procedure"][0]["record"] = value["procedure"][0]["record"].replace("LAPTOP", "LAPTAP")
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(changed))
    ran = huella("verify-award", bad, "--trust", desk.open / "trust.json")
    assert (ran.code, "ALTERED" in ran.out) == (1, True)


def test_a_bundle_without_a_trust_file_could_not_be_checked(desk: Desk, tmp_path: Path, huella: Run) -> None:
    assert huella("verify-award", desk["bundle.json"], folder=tmp_path).code == 3


WRONG = [
    ("offer", "seal"), ("offer", "nonsense"), ("offer", "send", "/no/such/file"), ("offer", "open-own", "/"),
    ("offer", "receipt", "OFE-X", "-o", "a.pdf"), ("offer", "receipt", "OFE-38J6P59T2HYHQYP3R2DGTZHDC6", "-o", "a.pdf"),
    ("offer", "receipt", "OFE-38J6P59T2HYHQYP3R2DGTZHDC6", "-o", "a.txt"), ("close", "REQ-2026-1335-99"),
    ("open", NUMBER, "--key", "/no/such/file"), ("award", "x"), ("cancel", NUMBER), ("verify-award", "x"),
    ("verify-award", "REQ-2026-1335-99"), ("verify-award", "/"), ("export", "bundle", "-o", "x"),
    ("export", "bundle", "REQ-2026-1335-99", "-o", "x"), ("show", "REQ-2026-1335-99"), ("show", "OFE-X"),
    ("opening-key", "-o", "/no/such/folder/x"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_use_is_one_line_and_exit_code_2(desk: Desk, huella: Run, arguments: tuple[str, ...]) -> None:
    ran = huella(*arguments, folder=desk.open)
    assert (ran.code, ran.out, is_short(ran.err)) == (2, "", True), ran


ALONE = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in ("sqlalchemy", "eth") else find(name, *rest)
from huella.cli.main import run
try:
    run()
finally:
    rooms = ("huella.flow", "huella.store", "huella.ledger", "huella.documents", "huella.web", "sqlalchemy", "typst")
    loaded = [name for name in sys.modules if name.startswith(rooms)]
    assert not loaded, loaded
"""


@pytest.mark.slow
@pytest.mark.parametrize("which", ["seal", "open-own", "award", "number"])
def test_suppliers_and_readers_need_no_server_room(desk: Desk, tmp_path: Path, which: str) -> None:
    cases: dict[str, tuple[list[object], int]] = {
        "seal": (["offer", "seal", *desk.sealing(tmp_path)], 0),
        "open-own": (["offer", "open-own", desk["copy.json"]], 0),
        "award": (["verify-award", desk["bundle.json"], "--trust", desk.open / "trust.json"], 0),
        "number": (["verify-award", NUMBER], 2),
    }
    arguments, code = cases[which]
    ran = subprocess.run(
        [sys.executable, "-c", ALONE, *map(str, arguments)],
        env=plain() | {"PYTHONPATH": os.pathsep.join(sys.path), "HUELLA_LANG": "en"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (ran.returncode, "Traceback" in ran.stderr) == (code, False), ran
