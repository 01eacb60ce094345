"""Every message that the program can say has its Spanish, and no Spanish stands idle."""

from __future__ import annotations

import re
from collections import Counter
from string import Formatter

import pytest

from huella.spanish.catalogue import FOREIGN, rooms
from spanish import messages

ROOMS = rooms()
Modules = dict[str, messages.Found]
HERE = {path.stem for path in messages.SOURCE.iterdir()}
OURS = {name: table for name, table in ROOMS.items() if name in HERE}
PAIRS = [(name, english, spanish) for name, table in ROOMS.items() for english, spanish in table.items()]
PASSED_ON = {
    "cli/procedures error.advice",
    "flow/bring error.advice",
    "flow/bring str(error)",
    "flow/hand_in message",
    "flow/schema_audit fault.message",
    "flow/witness str(error)",
    "flow/witnessed_audit str(found)",
    "ledger/hub advice",
    "network/health str(error)",
    "ledger/rpc self.name",
    "proof/bundle str(error)",
    "records/intake/ocds str(error)",
    "records/intake/perucompras fault",
    "records/intake/perucompras str(error)",
    "records/intake/portal reason",
    "records/kinds message",
    "records/offer_form str(error)",
    "web/problems errors.NotFound.advice",
}
"""Messages handed on from another error, which is found where it is made; and those of msgspec."""


@pytest.fixture(scope="session")
def found() -> Modules:
    return messages.collect()


def test_every_message_has_its_spanish(found: Modules) -> None:
    known = {english for table in ROOMS.values() for english in table}
    said = {message.template: message.place for each in found.values() for message in each.messages}
    missing = {place: template for template, place in said.items() if template not in known}
    assert not missing, "add these to src/huella/spanish"


def test_no_spanish_is_of_a_message_that_nobody_says(found: Modules) -> None:
    said = {message.template for each in found.values() for message in each.messages}
    idle = {name: sorted(set(table) - said) for name, table in OURS.items() if set(table) - said}
    assert not idle, "take these out of src/huella/spanish"


def test_a_message_that_cannot_be_followed_is_known_to_come_from_elsewhere(found: Modules) -> None:
    assert {expression for each in found.values() for expression in each.opaque} == PASSED_ON


def test_enough_messages_are_found_for_the_search_to_be_no_empty_one(found: Modules) -> None:
    assert sum(len(each.messages) for each in found.values()) > 600


def test_a_message_stands_in_one_file_only() -> None:
    counts = Counter(english for _, english, _ in PAIRS)
    assert [english for english, count in counts.items() if count > 1] == []


def test_a_room_has_the_messages_of_its_own_modules(found: Modules) -> None:
    said = {
        (module.split("/")[0], message.template)
        for module, each in found.items()
        for message in each.messages
    }
    assert {(name, english) for name, table in OURS.items() for english in table} <= said


def test_both_languages_have_the_same_values() -> None:
    differing = [english for _, english, spanish in PAIRS if _values(english) != _values(spanish)]
    assert differing == []


def test_backquoted_commands_and_names_are_the_same_in_both() -> None:
    differing = [
        english
        for name, english, spanish in PAIRS
        if name != FOREIGN and set(re.findall(r"`[^`]+`", english)) - set(re.findall(r"`[^`]+`", spanish))
    ]
    assert differing == []


def test_pointers_settings_and_files_are_named_alike_in_both() -> None:
    named = re.compile(
        r"(?<![\w/.])(?:/[a-z_]+|HUELLA_\w+|huella\.toml|trust\.json|--[a-z]+|SHA-256|RFC \d+)"
    )
    differing = [
        english for _, english, es in PAIRS if sorted(named.findall(english)) != sorted(named.findall(es))
    ]
    assert differing == []


def test_the_spanish_ends_as_the_english_does() -> None:
    differing = [
        english
        for name, english, spanish in PAIRS
        if not name.startswith(FOREIGN) and _ends(english) != _ends(spanish)
    ]
    assert differing == []


def test_questions_open_and_close() -> None:
    assert [
        es for _, _, es in PAIRS if es.count("?") != es.count("¿") or es.count("!") != es.count("¡")
    ] == []


def test_advice_speaks_to_the_reader_as_usted() -> None:
    familiar = re.compile(
        r"\b(tú|tu|tus|ejecuta|corrige|pide|compara|revisa|intenta|escribe|instala|indica una)\b"
    )
    found = [es for name, _, es in PAIRS if name != f"{FOREIGN}/words" and familiar.match(es.lower())]
    assert found == []


def test_words_that_need_their_accent_have_it() -> None:
    bare = re.compile(
        r"\b(esta en|numero|codigo|unico|ultimo|ultima|catalogo|razon|evaluacion|adjudicacion|direccion|transaccion|"
        r"modificacion|revelacion|aceptacion|raiz|dia|dias|mas|tambien|todavia|despues|ningun|asi|vacio|caracter de|"
        r"podra|indice|digitos|canonica|canonico|boveda|auditoria|contrasena|extraccion|tipos? numerico)\b"
    )
    assert [es for _, _, es in PAIRS if bare.search(es)] == []


def _values(template: str) -> list[int]:
    """The positions of a template's values, sorted: counted where they have no number."""
    fields = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    return sorted(int(field) if field else position for position, field in enumerate(fields))


def _ends(text: str) -> str:
    return text[-1] if text[-1] in ".?" else ""
