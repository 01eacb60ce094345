"""huella verify: PDF, evidence, both; other trust, tampered, without evidence. Exit codes 0, 1, 2, 3."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cast
from cli.program import FIRST, Run, is_short, lines, plain, spawn


def trust(folder: Path) -> tuple[str, Path]:
    return "--trust", folder / "trust.json"


def damaged(path: Path) -> Path:
    """The same PDF with one bit of its page changed."""
    body = bytearray(path.read_bytes())
    body[2000] ^= 1
    path.with_name("damaged.pdf").write_bytes(body)
    return path.with_name("damaged.pdf")


def statuses(ran_value: dict[str, list[dict[str, list[dict[str, str]]]]]) -> list[str]:
    return [check["status"] for check in ran_value["results"][0]["checks"]]


def test_a_pdf_with_its_evidence_is_authentic(kept: Path, paper: Path, huella: Run) -> None:
    ran = huella("verify", paper, *trust(kept), "--json")
    assert (ran.code, ran.value["results"][0]["overall"]) == (0, "authentic")
    assert statuses(ran.value)[3] == "passed"


def test_the_original_and_the_evidence_are_checked_together(
    kept: Path, original: Path, evidence: Path, huella: Run
) -> None:
    ran = huella("verify", original, evidence, *trust(kept), "--json")
    assert (ran.code, len(ran.value["results"])) == (0, 1)
    assert statuses(ran.value)[3] == "passed"
    assert huella("verify", evidence, "--document", original, *trust(kept)).code == 0


def test_an_evidence_file_alone_is_authentic_and_no_document_was_asked(
    kept: Path, evidence: Path, huella: Run
) -> None:
    ran = huella("verify", evidence, *trust(kept), "--json")
    assert (ran.code, statuses(ran.value)[3]) == (0, "not asked")


def test_a_pdf_with_one_changed_bit_is_altered(kept: Path, paper: Path, huella: Run) -> None:
    ran = huella("verify", damaged(paper), *trust(kept), "--json")
    assert (ran.code, ran.value["results"][0]["overall"]) == (1, "altered")


def test_a_tampered_original_is_altered_beside_good_evidence(
    kept: Path, original: Path, evidence: Path, huella: Run
) -> None:
    ran = huella("verify", damaged(original), evidence, *trust(kept), "--json")
    assert (ran.code, statuses(ran.value)[3]) == (1, "failed")


def test_a_tampered_pdf_beside_evidence_that_does_not_disclose_it_is_never_authentic(
    kept: Path, original: Path, tmp_path: Path, huella: Run
) -> None:
    path = tmp_path / "closed.huella.json"
    huella("evidence", FIRST, "-o", path, folder=kept)
    assert huella("verify", damaged(original), path, *trust(kept)).code != 0


def test_evidence_that_does_not_speak_of_a_pdf_points_to_the_pdfs_own(
    kept: Path, paper: Path, original: Path, tmp_path: Path, huella: Run
) -> None:
    path = tmp_path / "closed.huella.json"
    huella("evidence", FIRST, "-o", path, folder=kept)
    told = "but the PDF brings its own: verify it alone"
    assert told in huella("verify", paper, path, *trust(kept), HUELLA_LANG="en").err
    assert told in huella("verify", path, "--document", paper, *trust(kept), HUELLA_LANG="en").err
    assert told not in huella("verify", original, path, *trust(kept), HUELLA_LANG="en").err


def test_with_another_registrys_trust_file_nothing_is_proven(
    tmp_path: Path, paper: Path, huella: Run
) -> None:
    huella("init", "--origin", "other.example.pe/huella", folder=tmp_path / "other")
    ran = huella("verify", paper, *trust(tmp_path / "other"), "--json")
    assert (ran.code, ran.value["results"][0]["overall"]) == (3, "unknown")


def test_without_a_trust_file_nothing_is_proven(tmp_path: Path, paper: Path, huella: Run) -> None:
    ran = huella("verify", paper, "--json", folder=tmp_path)
    assert (ran.code, ran.value["results"][0]["overall"]) == (3, "unknown")


def test_a_pdf_without_evidence_could_not_be_checked(kept: Path, original: Path, huella: Run) -> None:
    ran = huella("verify", original, *trust(kept), "--json")
    assert (ran.code, ran.value["results"][0]["overall"]) == (3, "unknown")
    assert statuses(ran.value)[:2] == ["unknown", "not asked"]


def test_a_pdf_without_evidence_hides_no_altered_one(
    kept: Path, paper: Path, original: Path, huella: Run
) -> None:
    ran = huella("verify", original, damaged(paper), paper, *trust(kept), "--json")
    assert ran.code == 1
    assert [each["overall"] for each in ran.value["results"]] == ["unknown", "altered", "authentic"]


def test_what_is_not_anchored_yet_could_not_be_checked(own: Path, tmp_path: Path, huella: Run) -> None:
    huella("seal", lines(tmp_path / "in.jsonl", cast.order(20)), folder=own)
    path = tmp_path / "new.pdf"
    huella("pdf", "OCAM-2026-1335-20-0", "-o", path, folder=own)
    assert huella("verify", path, *trust(own)).code == 3
    assert huella("anchor", folder=own).code == 0
    huella("pdf", "OCAM-2026-1335-20-0", "-o", path, folder=own)
    assert huella("verify", path, *trust(own)).code == 0


def test_one_altered_file_among_good_ones_makes_the_exit_code_1(kept: Path, paper: Path, huella: Run) -> None:
    assert huella("verify", paper, damaged(paper), *trust(kept)).code == 1


def test_a_file_that_is_no_evidence_could_not_be_checked(kept: Path, tmp_path: Path, huella: Run) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert huella("verify", tmp_path / "x.json", *trust(kept)).code == 3


def test_a_trust_file_that_cannot_be_read_is_bad_input(kept: Path, evidence: Path, huella: Run) -> None:
    ran = huella("verify", evidence, "--trust", kept / "huella.toml")
    assert ran.code == 2
    assert is_short(ran.err)


@pytest.mark.slow
def test_verify_in_a_process_of_its_own_speaks_the_locales_language(kept: Path, paper: Path) -> None:
    ran = spawn("verify", paper, *trust(kept), LC_ALL="es_PE.UTF-8")
    assert (ran.code, ran.err) == (0, "")
    assert "Auténtico" in ran.out


VERIFIER_ALONE = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in ("sqlalchemy", "eth") else find(name, *rest)
from huella.cli.main import run
run()
"""


@pytest.mark.slow
def test_the_same_command_works_where_the_verifier_alone_is_installed(kept: Path, paper: Path) -> None:
    command = [sys.executable, "-c", VERIFIER_ALONE, "verify", str(paper), *map(str, trust(kept))]
    environment = plain() | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
