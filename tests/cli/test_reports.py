"""show, stats, export, audit, evidence: one JSON object each, nothing sealed in it, exit codes as written."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest

import cast
from cli.program import FIRST, Run, is_short, lines

SECRET = ("10000000006", "PERSONA DE EJEMPLO", "Ana Ejemplo", "ana@example.pe", "Jr. Ejemplo 123")


@pytest.mark.parametrize(
    "command",
    [
        ("init",),
        ("anchor",),
        ("audit",),
        ("show", "0"),
        ("stats",),
        ("show", FIRST),
    ],
    ids=" ".join,
)
def test_json_is_exactly_one_object_on_standard_output(
    own: Path, huella: Run, command: tuple[str, ...]
) -> None:
    ran = huella(*command, "--json", folder=own)
    assert ran.code == 0
    assert ran.value


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["people", "json"])
@pytest.mark.parametrize("what", [("stats",), ("show", "OCAM-2026-1335-2-0"), ("show", "1")], ids=" ".join)
def test_no_report_tells_what_is_sealed(
    kept: Path, huella: Run, what: tuple[str, ...], form: tuple[str, ...]
) -> None:
    ran = huella(*what, *form, folder=kept)
    assert ran.out or ran.err
    assert not [word for word in SECRET if word in ran.out + ran.err]


def test_an_audit_since_an_entry_that_is_not_there_is_not_clean(own: Path, huella: Run) -> None:
    size = huella("audit", "--json", folder=own).value["entries"]
    assert huella("audit", "--since", size, folder=own).code == 0
    ran = huella("audit", "--since", size + 1, "--json", folder=own)
    assert (ran.code, ran.value["error"]["field"]) == (2, "--since")


def test_show_speaks_the_readers_language(kept: Path, huella: Run) -> None:
    ran = huella("show", FIRST, folder=kept)
    assert "published" in ran.out
    assert "2,950.00" in ran.out
    assert "PUBLICADA" in huella("show", FIRST, folder=kept, HUELLA_LANG="es").out


@pytest.mark.parametrize("what", ["OCAM-2026-1335-99-0", "999"])
def test_an_order_that_is_not_registered_is_bad_input(kept: Path, huella: Run, what: str) -> None:
    for command in (("show", what), ("pdf", what, "-o", "x.pdf"), ("evidence", what, "-o", "x.huella.json")):
        ran = huella(*command, folder=kept)
        assert (ran.code, ran.out) == (2, "")
        assert is_short(ran.err)


def test_export_is_safe_in_a_spreadsheet_and_holds_nothing_sealed(
    kept: Path, tmp_path: Path, huella: Run
) -> None:
    path = tmp_path / "out.csv"
    assert huella("export", "csv", "-o", path, "--json", folder=kept).value["rows"] == 3
    text = path.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    assert not [word for word in SECRET if word in text]
    assert "(reservado)" in text
    assert "'=1+1" in [row["PROVEEDOR"] for row in rows]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


def test_export_in_a_form_that_does_not_exist_is_wrong_use(kept: Path, tmp_path: Path, huella: Run) -> None:
    ran = huella("export", "xml", "-o", tmp_path / "x", folder=kept)
    assert ran.code == 2
    assert is_short(ran.err)


@pytest.mark.parametrize(
    "command",
    [
        ("export", "csv"),
        ("pdf", FIRST),
        ("evidence", FIRST),
    ],
    ids=" ".join,
)
def test_a_place_where_nothing_can_be_written_is_bad_input(
    own: Path, tmp_path: Path, huella: Run, command: tuple[str, ...]
) -> None:
    ran = huella(*command, "-o", tmp_path / "no" / "x.json", folder=own)
    assert ran.code == 2
    assert is_short(ran.err)


def test_evidence_discloses_only_when_asked(own: Path, tmp_path: Path, huella: Run) -> None:
    path = tmp_path / "x.huella.json"
    huella("evidence", FIRST, "-o", path, folder=own)
    assert not json.loads(path.read_bytes()).get("disclosures")
    huella("evidence", FIRST, "--disclose", "-o", path, folder=own)
    assert json.loads(path.read_bytes())["disclosures"]


def test_opening_sealed_fields_is_on_record(own: Path, tmp_path: Path, huella: Run) -> None:
    huella("evidence", FIRST, "-o", tmp_path / "x.huella.json", folder=own)
    assert huella("stats", "--json", folder=own).value["entries"] == 3
    huella("evidence", FIRST, "--disclose", "-o", tmp_path / "y.huella.json", folder=own)
    entry = huella("show", "3", "--json", folder=own).value["entry"]
    assert (entry["kind"], entry["data"]["action"]) == ("operator.acted", "disclosures.read")


def test_a_clean_registry_audits_to_0(kept: Path, huella: Run) -> None:
    ran = huella("audit", "--json", folder=kept)
    assert (ran.code, ran.value["clean"], ran.value["findings"]) == (0, True, [])


def test_an_audit_with_something_waiting_for_its_anchor_ends_with_3(
    own: Path, tmp_path: Path, huella: Run
) -> None:
    huella("seal", lines(tmp_path / "in.jsonl", cast.order(30)), folder=own)
    ran = huella("audit", "--json", folder=own)
    assert (ran.code, ran.value["clean"], ran.value["counts"]) == (3, True, {"behind": 1})


def test_an_audit_that_finds_a_forged_row_ends_with_1_and_names_it(own: Path, huella: Run) -> None:
    with sqlite3.connect(own / "huella.db") as thief:
        thief.execute("UPDATE orders SET total = 100 WHERE number = ?", (FIRST,))
    thief.close()
    ran = huella("audit", "--json", folder=own)
    (finding,) = ran.value["findings"]
    assert (ran.code, finding["class"], finding["table"], finding["column"]) == (
        1,
        "tampered",
        "orders",
        "total",
    )
    assert (finding["row"], finding["sealed"], finding["present"]) == (FIRST, "2950.00", "1.00")


def test_an_audit_from_a_later_entry_is_clean_too(kept: Path, huella: Run) -> None:
    assert huella("audit", "--since", "2", folder=kept).code == 0


def test_an_audit_from_beyond_the_end_accuses_nobody(kept: Path, huella: Run) -> None:
    assert huella("audit", "--since", "4000", folder=kept).code in (0, 2, 3)


def test_anchor_again_does_nothing(own: Path, huella: Run) -> None:
    ran = huella("anchor", "--wait", "--json", folder=own)
    assert (ran.code, ran.value["batches"], ran.value["anchored"]) == (0, [], 3)
