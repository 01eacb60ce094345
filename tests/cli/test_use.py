"""Wrong use is one line with exit code 2, never a traceback; the language follows the locale; the demo is as told."""

import json
from pathlib import Path

import pytest

from cli.program import Run, is_short, spawn

WRONG = [
    ("nonsense",), ("stats", "--nonsense"), ("show",), ("verify",), ("verify", "--document"),
    ("audit", "--since", "-1"),
    ("audit", "--since", "x"), ("import",), ("import", "/no/such/file"), ("import", "--format", "x", "/no/such/file"),
    ("seal", "/"), ("verify", "/"), ("refused", "/no/such/file"), ("export", "csv"), ("demo", "--orders", "-1"),
    ("evidence", "0", "-o", "x.txt"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_use_is_one_line_and_exit_code_2(kept: Path, huella: Run, arguments: tuple[str, ...]) -> None:
    ran = huella(*arguments, folder=kept)
    assert (ran.code, ran.out) == (2, "")
    assert is_short(ran.err)


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("stats", "--nonsense"), ("export", "xml", "-o", "x")], ids=" ".join
)
def test_wrong_use_with_json_is_an_object_too(kept: Path, huella: Run, arguments: tuple[str, ...]) -> None:
    ran = huella(*arguments, "--json", folder=kept)
    assert (ran.code, ran.value["error"]["code"]) == (2, "input")
    assert is_short(ran.err)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("importt",), "No existe la orden «importt». ¿Quiso decir 'import'"),
        (("stats", "--jsn"), "No existe la opción --jsn"),
        (("export", "csv"), "Falta la opción «-o» / «--output»."),
        (("audit", "--since", "-1"), "Valor no válido para «--since»: debe ser al menos 0"),
        (("verify",), "Valor no válido: indique un archivo, o --scan con una imagen"),
        (("stats", "--dir", __file__), "es un archivo"),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_wrong_use_is_told_in_spanish(kept: Path, huella: Run, arguments: tuple[str, ...], told: str) -> None:
    assert told in huella(*arguments, folder=kept, HUELLA_LANG="es").err


def test_an_interrupt_while_a_command_is_loaded_is_no_traceback(
    kept: Path, huella: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("importlib.import_module", interrupted)
    assert huella("stats", folder=kept) == (130, "", "")


@pytest.mark.slow
def test_wrong_use_is_short_in_a_process_of_its_own_too() -> None:
    ran = spawn("nonsense", HUELLA_LANG="en")
    assert (ran.code, ran.out, is_short(ran.err)) == (2, "", True)


def test_without_arguments_the_program_tells_what_it_can(huella: Run) -> None:
    ran = huella()
    assert ran.code == 0
    assert "verify" in ran.out


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"HUELLA_LANG": "es", "LC_ALL": "en_US.UTF-8"}, "asientos"),
        ({"LC_ALL": "es_PE.UTF-8", "LANG": "en_US.UTF-8"}, "asientos"),
        ({"LANG": "es_PE.UTF-8"}, "asientos"),
        ({"LANG": "C.UTF-8"}, "entries"),
        ({}, "entries"),
    ],
    ids=["HUELLA_LANG", "LC_ALL", "LANG", "C", "nothing"],
)
def test_the_language_follows_the_locale(
    kept: Path, huella: Run, variables: dict[str, str], word: str
) -> None:
    ran = huella("stats", folder=kept, **({"HUELLA_LANG": ""} | variables))
    assert word in ran.out


@pytest.mark.slow
def test_the_demo_goes_as_expected(tmp_path: Path, huella: Run) -> None:
    ran = huella("demo", "--dir", tmp_path / "demo", "--orders", "5", "--json")
    assert ran.code == 0
    value = json.loads(ran.out[ran.out.index("{") :])
    assert value["as_expected"] is True
    assert {paper["verdict"] for paper in value["papers"]} == {"authentic"}
    assert len(value["papers"]) == 6
    assert [(found["table"], found["column"]) for found in value["found"]] == [("orders", "total")]
    held = value["procedure"]
    assert (held["award"], held["standing"], held["offers"] > 1) == ("same", "claimed", True)
    assert held["found"][0]["table"] == "entries"
    trust = ("--trust", tmp_path / "demo" / "trust.json")
    assert huella("verify-award", held["bundle"], *trust).code == 0
    assert huella("verify", held["receipt"], "--against", held["bundle"], *trust).code == 0
    for what in (held["requirement"], held["order"]):
        assert huella("show", what, folder=tmp_path / "demo").code == 0
    assert huella("audit", folder=tmp_path / "demo").code == 0


def test_the_demo_tells_its_chapters_in_both_languages(tmp_path: Path, huella: Run) -> None:
    spoken = {
        language: huella("demo", "--dir", tmp_path / "demo", "--orders", "0", HUELLA_LANG=language).out
        for language in ("es", "en")
    }
    numbers = {
        language: [line.split(".")[0] for line in out.splitlines() if line.split(".")[0].isdigit()]
        for language, out in spoken.items()
    }
    assert numbers["es"] == numbers["en"] == [str(n) for n in range(1, 12)]
    assert "la adjudicación es la misma" in spoken["es"]
    assert "the award is the same" in spoken["en"]


def test_the_demo_does_not_touch_a_registry(own: Path, huella: Run) -> None:
    before = (own / "huella.db").read_bytes()
    ran = huella("demo", "--dir", own)
    assert (ran.code, is_short(ran.err)) == (2, True)
    assert (own / "huella.db").read_bytes() == before
