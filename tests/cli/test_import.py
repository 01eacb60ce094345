"""huella import, seal, refused: files in, refused rows aside, twice changes nothing."""

from pathlib import Path

import orjson
import pytest

import cast
from cli.program import Run, lines

REAL = (
    "perucompras/ReportePCBienes202301.excerpt.latin1.csv",
    "perucompras/portal_consultaOrdenes_2026.excerpt-A.txt",
    "ocds/examples/fictional-1.1-record-package.json",
    "ocds/examples/fictional-1.1-release-package-list.json",
)


@pytest.mark.slow
def test_the_real_files_come_in_and_twice_changes_nothing(
    tmp_path: Path, shared_data: Path, huella: Run
) -> None:
    folder = tmp_path / "r"
    huella("init", folder=folder)
    files = [tmp_path / Path(name).name for name in REAL]
    for name, path in zip(REAL, files, strict=True):
        path.write_bytes((shared_data / name).read_bytes())
    first = huella("import", *files, "--json", folder=folder)
    again = huella("import", *files, "--json", folder=folder)
    assert (first.code, again.code) == (0, 0)
    assert [each["read"] for each in first.value["files"]] == [18, 24, 1, 2]
    assert [each["sealed"] for each in first.value["files"]][:2] == [18, 24]
    assert all(each["sealed"] == 0 and each["known"] == each["read"] for each in again.value["files"])
    assert huella("anchor", "--wait", folder=folder).code == 0
    assert huella("audit", folder=folder).code == 0


def test_a_refused_row_does_not_stop_the_others(own: Path, tmp_path: Path, huella: Run) -> None:
    bad = cast.order(11, total="1.00")
    ran = huella(
        "seal", lines(tmp_path / "in.jsonl", cast.order(10), bad, cast.order(12)), "--json", folder=own
    )
    (result,) = ran.value["files"]
    assert ran.code == 1
    assert (result["read"], result["sealed"], result["refused"]) == (3, 2, 1)
    assert result["refusals"][0]["row"] == 2
    assert result["refusals"][0]["field"]


def test_a_personal_refused_row_is_encrypted_and_refused_opens_it(
    own: Path, tmp_path: Path, huella: Run
) -> None:
    bad = cast.natural_order(13)
    bad.data["total"] = "1.00"
    huella("seal", lines(tmp_path / "in.jsonl", bad), folder=own)
    refused = tmp_path / "in.jsonl.refused.jsonl"
    assert b"10000000006" not in refused.read_bytes()
    assert b"PERSONA DE EJEMPLO" not in refused.read_bytes()
    ran = huella("refused", refused, folder=own)
    assert ran.code == 0
    assert "PERSONA DE EJEMPLO" in ran.value["rows"][0]["content"]


def extract(folder: Path, shared_data: Path, name: str, **cells: str) -> Path:
    """An open-data file of one real order, some of whose cells (`c8`: the ninth) are others."""
    heading, row = (shared_data / REAL[0]).read_text("latin-1").splitlines()[:2]
    values = row.split(";")
    for place, value in cells.items():
        values[int(place[1:])] = value
    path = folder / name
    path.write_text(f"{heading}\n{';'.join(values)}\n")
    return path


def test_a_newer_state_adds_a_record_and_an_older_file_changes_nothing(
    own: Path, tmp_path: Path, shared_data: Path, huella: Run
) -> None:
    first = extract(tmp_path, shared_data, "a.csv")
    later = {"c0": "2023-03-01 08:00", "c8": "PAGADA", "c11": "20/02/2023 10:00"}
    newer = extract(tmp_path, shared_data, "b.csv", **later)
    older = extract(
        tmp_path, shared_data, "c.csv", c0="2023-01-01 08:00", c8="PUBLICADA", c11="1/01/2023 9:00"
    )
    contrary = extract(tmp_path, shared_data, "d.csv", **later, c13="540.00", c14="3539.00")
    ran = huella("import", first, newer, newer, older, first, contrary, "--json", folder=own)
    assert [each["sealed"] for each in ran.value["files"]] == [1, 1, 0, 0, 0, 0]
    assert [each["refused"] for each in ran.value["files"]] == [0, 0, 0, 0, 0, 1]
    shown = huella("show", "OCAM-2023-500319-3-0", "--json", folder=own).value
    assert shown["order"]["status"] == "paid"
    assert [entry["seq"] for entry in shown["entries"]] == [0, 1]


def test_the_form_that_was_found_out_is_told(
    own: Path, tmp_path: Path, shared_data: Path, huella: Run
) -> None:
    ran = huella("import", extract(tmp_path, shared_data, "a.csv"), folder=own, HUELLA_LANG="en")
    assert ran.out.startswith("a.csv (perucompras): 1 read, 1 sealed")


def test_a_row_that_is_refused_as_a_whole_names_no_field(
    own: Path, tmp_path: Path, shared_data: Path, huella: Run
) -> None:
    path = extract(tmp_path, shared_data, "cut.csv")
    path.write_text(path.read_text()[:-150])
    ran = huella("import", path, folder=own, HUELLA_LANG="en")
    assert ran.code == 1
    assert "  row 2: the row does not have 19 columns\n" in ran.err


@pytest.mark.parametrize("number", ["1045678901", "45678901", "", "10-45678901-2"])
def test_a_person_whose_number_was_the_fault_is_encrypted(
    own: Path, tmp_path: Path, shared_data: Path, huella: Run, number: str
) -> None:
    path = extract(tmp_path, shared_data, "in.csv", c1=number, c2="ROSA QUISPE")
    assert huella("import", path, folder=own).code == 1
    assert b"ROSA" not in (tmp_path / "in.csv.refused.jsonl").read_bytes()


def test_a_reason_that_quotes_the_row_is_encrypted_and_refused_opens_it(
    own: Path, tmp_path: Path, shared_data: Path, huella: Run
) -> None:
    path = extract(tmp_path, shared_data, "in.csv", c10="ROSA QUISPE")  # the columns are out of order
    huella("import", path, folder=own)
    kept = orjson.loads((tmp_path / "in.csv.refused.jsonl").read_bytes())
    (row_again,) = huella("refused", tmp_path / "in.csv.refused.jsonl", folder=own).value["rows"]
    assert kept["reason"].startswith("… is no date with a time")
    assert row_again["reason"].startswith("'ROSA QUISPE' is no date with a time")
    assert "ROSA QUISPE" in row_again["content"]


def test_of_several_files_the_one_that_is_not_there_is_told_before_anything_is_sealed(
    own: Path, tmp_path: Path, huella: Run
) -> None:
    good = lines(tmp_path / "in.jsonl", cast.order(21))
    assert huella("seal", good, tmp_path / "not.jsonl", folder=own).code == 2
    assert huella("seal", good, tmp_path, folder=own).code == 2
    assert huella("seal", good, "--json", folder=own).value["files"][0]["sealed"] == 1


def test_a_file_that_cannot_be_read_stops_none_of_the_others(own: Path, tmp_path: Path, huella: Run) -> None:
    (tmp_path / "cut.json").write_text('{"releases": [')
    (tmp_path / "none.txt").write_text("nothing of ours\n")
    good = [lines(tmp_path / f"{n}.jsonl", cast.order(n)) for n in (24, 25)]
    ran = huella(
        "import", good[0], tmp_path / "cut.json", tmp_path / "none.txt", good[1], "--json", folder=own
    )
    told = ran.value["files"]
    assert ran.code == 2
    assert [each.get("sealed") for each in told] == [1, None, None, 1]
    assert told[1]["error"]["message"].startswith("cut.json: not JSON")
    assert "none.txt has none of the known forms" in ran.err


def test_the_file_that_is_no_json_is_named_in_spanish_too(own: Path, tmp_path: Path, huella: Run) -> None:
    (tmp_path / "cut.json").write_text('{"releases": [')
    ran = huella("import", tmp_path / "cut.json", folder=own, HUELLA_LANG="es")
    assert (ran.code, ran.out) == (2, "")
    assert "FILE: cut.json: no es JSON: falta un valor: línea 1" in ran.err


def test_refused_rows_that_cannot_be_kept_are_one_clear_line(own: Path, tmp_path: Path, huella: Run) -> None:
    path = lines(tmp_path / "in.jsonl", cast.order(22, total="1.00"), cast.order(23))
    (tmp_path / "in.jsonl.refused.jsonl.new").mkdir()
    ran = huella("seal", path, "--json", folder=own)
    assert ran.code == 2
    assert "in.jsonl.refused.jsonl" in ran.value["error"]["message"]
    assert huella("show", "OCAM-2026-1335-23-0", folder=own).code == 0


def test_every_prefix_of_a_natural_person_is_encrypted(own: Path, tmp_path: Path, huella: Run) -> None:
    for prefix in ("10", "15", "16", "17"):
        path = tmp_path / f"{prefix}.jsonl"
        path.write_bytes(orjson.dumps({"ruc": prefix + "000000006"}) + b"\n")
        huella("seal", path, folder=own)
        refused = (tmp_path / f"{prefix}.jsonl.refused.jsonl").read_bytes()
        assert f"{prefix}000000006".encode() not in refused, prefix


def test_a_row_that_is_no_json_is_one_refused_row(own: Path, tmp_path: Path, huella: Run) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"{nothing\n")
    ran = huella("seal", path, "--json", folder=own)
    assert (ran.code, ran.value["files"][0]["refused"]) == (1, 1)


def test_a_file_without_refusals_leaves_no_file_of_refused_rows(
    own: Path, tmp_path: Path, huella: Run
) -> None:
    path = lines(tmp_path / "in.jsonl", cast.order(14))
    (tmp_path / "in.jsonl.refused.jsonl").write_text("{}\n")
    assert huella("seal", path, folder=own).code == 0
    assert not (tmp_path / "in.jsonl.refused.jsonl").exists()


def test_the_same_order_sealed_again_is_refused_and_the_log_stays(
    own: Path, tmp_path: Path, huella: Run
) -> None:
    ran = huella("seal", lines(tmp_path / "in.jsonl", cast.order(1)), "--json", folder=own)
    assert (ran.code, ran.value["files"][0]["sealed"]) == (1, 0)
    assert huella("show", "0", "--json", folder=own).code == 0
    assert huella("show", "3", folder=own).code == 2


def test_several_files_are_sealed_in_one_call(own: Path, tmp_path: Path, huella: Run) -> None:
    files = [lines(tmp_path / f"{n}.jsonl", cast.order(n)) for n in (15, 16)]
    ran = huella("seal", *files, "--json", folder=own)
    assert [each["sealed"] for each in ran.value["files"]] == [1, 1]
