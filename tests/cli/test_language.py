"""A Spanish reader meets no English message; a program meets no Spanish one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cast
from cli.program import FIRST, Run, lines
from huella.cli import console, guard
from huella.flow.findings import At, Report
from huella.proof.verify import verify

WRONG = "OCAM-2026-1335-99-0"


def test_an_error_and_its_advice_are_spanish(huella: Run, kept: Path) -> None:
    ran = huella("show", WRONG, folder=kept, HUELLA_LANG="es")
    assert f"{WRONG} no está registrado" in ran.err
    assert "Compruebe el número" in ran.err
    assert "is not registered" not in ran.err


def test_the_object_for_programs_is_the_same_in_every_language(huella: Run, kept: Path) -> None:
    english, spanish = (
        huella("show", WRONG, "--json", folder=kept, HUELLA_LANG=each) for each in ("en", "es")
    )
    assert english.out == spanish.out
    assert english.value["error"]["message"] == f"{WRONG} is not registered"
    assert english.err != spanish.err


def test_a_refused_row_has_its_reason_in_spanish_and_in_the_object_in_english(
    huella: Run, own: Path, tmp_path: Path
) -> None:
    draft = cast.order(7, entity={"ruc": "20100047219", "name": "X", "code": 1335})
    file = lines(tmp_path / "orders.jsonl", draft)
    assert "dígito verificador" in huella("import", file, folder=own, HUELLA_LANG="es").err
    refused = huella("import", file, "--json", folder=own, HUELLA_LANG="es").value["files"][0]["refusals"]
    assert refused[0]["reason"] == "the RUC's prefix or check digit is wrong"


def test_wrong_use_is_told_in_spanish(huella: Run) -> None:
    assert "No existe la orden «nonsense»" in huella("nonsense", HUELLA_LANG="es").err


def test_a_missing_file_is_told_in_spanish(huella: Run, tmp_path: Path) -> None:
    ran = huella("verify", tmp_path / "no.huella.json", HUELLA_LANG="es")
    assert "no.huella.json: no existe el archivo o la carpeta" in ran.err


def test_a_finding_is_told_in_spanish(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUELLA_LANG", "es")
    report = Report()
    report.add("tampered", At("orders", FIRST, "total"), "the column is not what the record says", entry=1)
    guard.tell(report)
    assert "la columna no es lo que dice el asiento" in capfd.readouterr().out
    assert report.to_dict()["findings"][0]["message"] == "the column is not what the record says"


def test_a_verdict_says_in_spanish_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUELLA_LANG", "es")
    found = verify(b"\xff", None)
    assert "el archivo de evidencia no está en UTF-8" in console.judged(found).check(1).reason("es")
    assert found.check(1).reason("en").endswith("the evidence file is not UTF-8")


def test_no_evidence_is_told_in_the_readers_language(huella: Run, tmp_path: Path) -> None:
    paper = tmp_path / "x.pdf"
    paper.write_bytes(b"%PDF-1.7\n")
    (told,) = json.loads(huella("verify", paper, "--json", HUELLA_LANG="es").out)["results"]
    assert told["checks"][0]["code"] == "none-attached"
    assert "no evidence is attached" in told["sentence"]["en"]
    assert "no lleva evidencia adjunta" in huella("verify", paper, HUELLA_LANG="es").out
