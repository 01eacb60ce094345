"""huella watch: init, run, audit, report; exit codes, both languages, what programs read, what is wrong in a line."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pikepdf
import pytest

import cast
from cli.program import Posts, Run
from documents import foreign
from huella.documents.attach import attach_evidence
from sources.conftest import now


@pytest.fixture
def source(tmp_path: Path) -> sqlite3.Connection:
    """An agency's database: orders with what looks personal."""
    made = sqlite3.connect(tmp_path / "siga.db", isolation_level=None)
    made.execute(
        "CREATE TABLE orden (id INTEGER PRIMARY KEY, numero TEXT, proveedor TEXT, correo TEXT, cuenta TEXT, dato TEXT,"
        " ruc_entidad TEXT, ruc_proveedor TEXT, total NUMERIC)"
    )
    for n in range(1, 6):
        made.execute(
            "INSERT INTO orden VALUES"
            " (?, ?, 'Ana', 'ana@ejemplo.pe', '1', '987654321', '20131257750', '20100186170', 10)",
            (n, f"OCAM-2026-1335-{n}-0"),
        )
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry with the real clock: a source has its own."""
    with cast.registry(tmp_path / "r", clock=now):  # type: ignore[arg-type]
        return tmp_path / "r"


@pytest.fixture
def planned(source: sqlite3.Connection, folder: Path, huella: Run) -> Path:
    """The registry with the source's file as it was proposed, without its safety window."""
    ran = huella(
        "watch", "init", "--url", f"sqlite:///{folder.parent}/siga.db", "--name", "siga", folder=folder
    )
    assert ran.code == 0, ran.err
    path = folder / "sources" / "siga.toml"
    path.write_text(path.read_text().replace("safety = 10.0", "safety = 0.01"))
    return folder


def anchor(folder: Path) -> None:
    """Everything sealed is on the chain."""
    with cast.registry(folder, clock=now) as house:  # type: ignore[arg-type]
        cast.anchored(house)


@pytest.fixture
def edited(planned: Path, source: sqlite3.Connection, huella: Run) -> Path:
    """The same once it was sealed and anchored, then a price and a person's e-mail were edited."""
    assert huella("watch", "run", "siga", "--rounds", "1", folder=planned).code == 0
    anchor(planned)
    source.execute("UPDATE orden SET total = 99 WHERE id = 2")
    source.execute("UPDATE orden SET correo = 'otra@ejemplo.pe' WHERE id = 4")
    assert huella("watch", "audit", "siga", folder=planned).code == 1
    return planned


def test_init_tells_what_looks_personal_in_spanish(source: object, folder: Path, huella: Run) -> None:
    url = f"sqlite:///{folder.parent}/siga.db"
    ran = huella("watch", "init", "--url", url, "--name", "siga", folder=folder, HUELLA_LANG="es")
    assert ran.code == 0
    for column, why in (
        ("proveedor", "nombre de una persona"), ("correo", "correo electrónico"), ("dato", "teléfono"),
        ("cuenta", "número de cuenta"),
    ):  # fmt: skip
        assert f"orden.{column} ({why})" in ran.err
    assert (folder / "sources" / "siga.toml").stat().st_mode & 0o777 == 0o600


def test_init_for_programs(source: object, folder: Path, huella: Run) -> None:
    url = f"sqlite:///{folder.parent}/siga.db"
    told = huella("watch", "init", "--url", url, "--name", "siga", "--json", folder=folder).value
    assert told["file"] == str(folder / "sources" / "siga.toml")
    assert {"table": "orden", "column": "correo", "why": "e-mail"} in told["personal"]
    assert told["statements"] == []


@pytest.mark.parametrize(
    ("url", "name", "english", "spanish"),
    [
        ("oracle://x/y", "b", "oracle is not watched", "oracle no se vigila"),
        ("sqlite:///{}/siga.db", "SIGA!", "small letters", "minúsculas"),
        ("sqlite:///{}/siga.db", "siga", "is there already", "ya existe"),
        ("sqlite:///{}/empty.db", "c", "no table with a primary key", "ninguna tabla con clave primaria"),
        ("sqlite:///{}/none.db", "c", "there is no file", "no existe el archivo"),
        ("postgresql://nobody@127.0.0.1:9/x", "d", "gave no answer", "no respondió"),
    ],
)
def test_init_says_what_is_wrong(
    planned: Path, huella: Run, url: str, name: str, english: str, spanish: str
) -> None:
    sqlite3.connect(planned.parent / "empty.db").close()
    for words, language in ((english, "en"), (spanish, "es")):
        ran = huella(
            "watch",
            "init",
            "--url",
            url.format(planned.parent),
            "--name",
            name,
            folder=planned,
            HUELLA_LANG=language,
        )
        assert ran.code not in (0, 1)
        assert words in ran.err
        assert "Traceback" not in ran.err


def test_run_seals_and_ends_after_its_rounds(planned: Path, huella: Run) -> None:
    ran = huella("watch", "run", "siga", "--rounds", "2", folder=planned)
    assert (ran.code, ran.out) == (0, "")
    assert "watch of siga ended" in ran.err
    again = huella("watch", "run", "siga", "--rounds", "1", folder=planned, HUELLA_LANG="es")
    assert "vigilancia de siga terminada" in again.err
    with cast.registry(planned, clock=now) as house:  # type: ignore[arg-type]
        assert sum(e.subject.startswith("row/siga/orden/") for e in house.journal.entries(0, 100)) == 5


def test_an_audit_of_an_honest_source_is_clean(planned: Path, huella: Run) -> None:
    ran = huella("watch", "audit", "siga", folder=planned, HUELLA_LANG="es")
    assert ran.code == 0
    assert "5 filas, 5 versiones; nada se cambió" in ran.out


def test_an_audit_names_what_was_edited_and_shows_nothing_personal(edited: Path, huella: Run) -> None:
    ran = huella("watch", "audit", "siga", folder=edited, HUELLA_LANG="es")
    assert ran.code == 1
    assert "editada · orden[2] total: se editó una columna sellada" in ran.out
    assert "sellado:  10" in ran.out
    assert "presente: 99" in ran.out
    assert "orden[4] correo" in ran.out
    assert "sellado:  sellado\n      presente: otro valor" in ran.out
    assert "ejemplo.pe" not in ran.out + ran.err


def test_a_row_that_went_is_told_in_both_languages(
    edited: Path, source: sqlite3.Connection, huella: Run
) -> None:
    source.execute("DELETE FROM orden WHERE id = 5")
    assert (
        "deleted · orden[5] row: the row was deleted" in huella("watch", "audit", "siga", folder=edited).out
    )
    spanish = huella("watch", "report", "siga", folder=edited, HUELLA_LANG="es")
    assert (spanish.code, "borrada · orden[5] fila: la fila se borró" in spanish.out) == (1, True)


def test_an_audit_for_programs(edited: Path, huella: Run) -> None:
    ran = huella("watch", "audit", "siga", "--json", folder=edited)
    told = ran.value
    assert (ran.code, told["clean"], told["counts"], told["rows"]) == (1, False, {"edited": 2}, 5)
    first = told["findings"][0]
    assert (first["class"], first["table"], first["key"], first["column"]) == (
        "edited",
        "orden",
        "2",
        "total",
    )
    assert (first["sealed"], first["present"], first["seen"] > first["entry"]) == ("int:10", "int:99", True)
    assert first["between"][0]["block"] >= 1


def test_a_report_does_not_ask_the_source(edited: Path, huella: Run) -> None:
    (edited.parent / "siga.db").unlink()
    assert huella("watch", "report", "siga", "--json", folder=edited).value["counts"] == {"edited": 2}
    one = huella("watch", "report", "siga", "--finding", "1", "--json", folder=edited)
    assert (one.code, [f["column"] for f in one.value["findings"]]) == (1, ["correo"])
    away = huella("watch", "audit", "siga", folder=edited, HUELLA_LANG="es")
    assert away.code not in (0, 1)
    assert "la fuente no respondió" in away.err


def test_a_finding_is_posted_once_and_signed(
    edited: Path, source: sqlite3.Connection, tmp_path: Path, huella: Run, receiver: tuple[str, Posts]
) -> None:
    url, posts = receiver
    key = tmp_path / "key"
    key.write_text("secreto\n")
    run = ("watch", "run", "siga", "--rounds", "1", "--webhook", url, "--webhook-key", key, "--json")
    ran = huella(*run, folder=edited)
    assert ran.code == 0
    assert [json.loads(body)["column"] for _, body in posts] == ["total", "correo"]
    assert [body.decode() for _, body in posts] == ran.out.splitlines()
    signature, body = posts[0]
    assert signature == f"sha256={hmac.new(b'secreto', body, hashlib.sha256).hexdigest()}"
    assert (json.loads(body)["event"], json.loads(body)["source"]) == ("row", "siga")
    assert huella(*run, folder=edited).out == ""
    source.execute("DELETE FROM orden WHERE id = 5")
    assert huella("watch", "audit", "siga", folder=edited).code == 1
    assert [json.loads(line)["class"] for line in huella(*run, folder=edited).out.splitlines()] == ["deleted"]
    assert len(posts) == 3


def test_an_alert_that_nobody_takes_waits_for_the_next_run(
    edited: Path, huella: Run, receiver: tuple[str, Posts]
) -> None:
    url, posts = receiver
    run = ("watch", "run", "siga", "--rounds", "1", "--webhook")
    assert "--webhook" in huella(*run, "http://127.0.0.1:9/", folder=edited).err
    assert huella(*run, url, folder=edited).code == 0
    assert [json.loads(body)["column"] for _, body in posts] == ["total", "correo"]


def test_the_evidence_of_a_finding_as_zip(edited: Path, tmp_path: Path, huella: Run) -> None:
    anchor(edited)
    path = tmp_path / "hallazgo.zip"
    assert huella("watch", "report", "siga", "--finding", "0", "-o", path, folder=edited).code == 0
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        told = json.loads(archive.read("hallazgo.json"))
        assert set(archive.namelist()) == {"hallazgo.json", "sellado.huella.json", "visto.huella.json"}
        for name, total in (("sellado.huella.json", "int:10"), ("visto.huella.json", "int:99")):
            file = tmp_path / name
            file.write_bytes(archive.read(name))
            assert total in file.read_text()
            checked = huella("verify", file, "--trust", edited / "trust.json")
            assert checked.code == 0, checked.err
    assert (told["sealed"], told["present"]) == ("int:10", "int:99")
    assert set(told["records"]) == {"sealed", "seen"}


def test_the_evidence_of_a_finding_as_a_signed_page(edited: Path, tmp_path: Path, huella: Run) -> None:
    path = tmp_path / "hallazgo.pdf"
    ran = huella("watch", "report", "siga", "--finding", "1", "-o", path, folder=edited, HUELLA_LANG="es")
    assert (ran.code, f"escrito: {path}" in ran.err) == (0, True)
    with pikepdf.open(path) as pdf:
        assert set(pdf.attachments) == {"sellado.huella.json", "visto.huella.json"}
        assert pdf.Root.AcroForm.Fields[0].FT == "/Sig"
    assert b"ejemplo.pe" not in path.read_bytes()


def test_a_finding_s_page_is_checked_with_both_versions_and_what_they_say(
    edited: Path, tmp_path: Path, huella: Run
) -> None:
    path, archive = tmp_path / "hallazgo.pdf", tmp_path / "hallazgo.zip"
    anchor(edited)
    for each in (path, archive):
        assert huella("watch", "report", "siga", "--finding", "0", "-o", each, folder=edited).code == 0
        ran = huella("verify", each, folder=edited, HUELLA_LANG="es")
        assert (ran.code, ran.out.count("Auténtico")) == (0, 2), ran.out
        assert "dice de row/siga/orden/2" in ran.out
        assert ran.out.rstrip().endswith("difieren:\n  » total: 10 → 99")
        assert "ejemplo.pe" not in ran.out
    (told,) = huella("verify", path, "--json", folder=edited).value["row"]["columns"]
    assert told == {"column": "total", "sealed": "int:10", "present": "int:99"}


def test_a_page_with_genuine_evidence_that_nobody_signed_is_not_authentic(
    edited: Path, tmp_path: Path, huella: Run
) -> None:
    path, archive = tmp_path / "falsa.pdf", tmp_path / "hallazgo.zip"
    anchor(edited)
    huella("watch", "report", "siga", "--finding", "0", "-o", archive, folder=edited)
    evidence = zipfile.ZipFile(archive).read("sellado.huella.json")
    path.write_bytes(attach_evidence(foreign.office(), evidence, now(), "sellado.huella.json"))
    ran = huella("verify", path, folder=edited)
    assert (ran.code, "without an accepted signature it stands for nothing" in ran.out) == (3, True)


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"PK\x03\x04broken", "cannot be read"), (None, "no evidence is in it")],
    ids=["broken", "without evidence"],
)
def test_an_archive_that_brings_no_evidence_is_said_to(
    folder: Path, tmp_path: Path, huella: Run, body: bytes | None, words: str
) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hallazgo.json", "{}")
    path.write_bytes(body or path.read_bytes())
    ran = huella("verify", path, folder=folder)
    assert (ran.code, words in ran.err, "Traceback" in ran.err) == (2, True, False)


@pytest.mark.parametrize(
    ("given", "spanish"),
    [
        (("--finding", "7", "-o", "x.zip"), "se numeran de 0 a 1"), (("-o", "x.zip"), "se numeran de 0 a 1"),
        (("--finding", "0", "-o", "x.txt"), "un .zip o un .pdf"),
        (("--finding", "7"), "se numeran de 0 a 1"),
    ],
)  # fmt: skip
def test_a_report_says_what_is_wrong(
    edited: Path,
    tmp_path: Path,
    huella: Run,
    given: tuple[str, ...],
    spanish: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = huella("watch", "report", "siga", *given, folder=edited, HUELLA_LANG="es")
    assert ran.code not in (0, 1)
    assert spanish in ran.err
    assert not any(tmp_path.glob("x.*"))


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ('key = ["id"]', 'key = ["nada"]', "table.orden.key", ("the key's columns", "las columnas de la clave")),
        ("mode = ", "modo = ", "FILE", ("does not fit", "no corresponde")),
        ("name = ", "name == ", "FILE", ("no TOML", "no es TOML")),
        ('ignore = []', 'ignore = ["total"]', "table.orden", ("named once", "se nombra una vez")),
        ('"numero", ', '"numero", "ausente", ', "", ("has no column ausente", "no tiene la columna ausente")),
        ('[table."orden"]', '[table."pedido"]', "", ("has no table pedido", "no tiene la tabla pedido")),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_named_with_its_place(
    planned: Path, huella: Run, old: str, new: str, field: str, said: tuple[str, str]
) -> None:
    path = planned / "sources" / "siga.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    for words, language in zip(said, ("en", "es"), strict=True):
        ran = huella("watch", "run", "siga", "--rounds", "1", folder=planned, HUELLA_LANG=language)
        assert ran.code not in (0, 1)
        assert words in ran.err
        assert field in ran.err
        assert "Traceback" not in ran.err


def test_a_source_that_is_not_there_is_named(folder: Path, huella: Run) -> None:
    for words, language in (("there is no source nada", "en"), ("no hay ninguna fuente nada", "es")):
        ran = huella("watch", "run", "nada", folder=folder, HUELLA_LANG=language)
        assert ran.code not in (0, 1)
        assert words in ran.err


def test_a_row_that_is_no_order_is_told_with_the_reason(
    planned: Path, source: sqlite3.Connection, huella: Run
) -> None:
    path = planned / "sources" / "siga.toml"
    mapped = (
        'number = "numero"\nentity_ruc = "ruc_entidad"\nsupplier_ruc = "ruc_proveedor"\ntotal = "total"\n'
    )
    path.write_text(path.read_text() + '\n[table."orden".orders]\n' + mapped)
    source.execute("UPDATE orden SET numero = NULL WHERE id = 1")
    source.execute("UPDATE orden SET total = 'mucho' WHERE id = 2")
    source.execute("UPDATE orden SET ruc_entidad = '20131257751' WHERE id = 3")
    spanish = huella("watch", "audit", "siga", folder=planned, HUELLA_LANG="es")
    assert spanish.code == 0
    assert "row/siga/orden/1: la fila no tiene número de orden" in spanish.err
    assert "row/siga/orden/2: ahí no hay ningún importe" in spanish.err
    assert "OCAM-2026-1335-3-0" in spanish.err
    with cast.registry(planned, clock=now) as house:  # type: ignore[arg-type]
        assert len(house.journal.of_subject("OCAM-2026-1335-4-0")) == 1
