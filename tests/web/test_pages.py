"""The portal's pages: each renders in both languages, escapes what hostile people wrote, and names nobody."""

from __future__ import annotations

import re

import pytest

from huella.flow import access, row_audit
from huella.flow.paper import complete_data
from huella.flow.publish import newest_entry
from huella.records import policy
from huella.records.model import Destination
from huella.web import requirement_form, words
from web.site import FIRST, HOSTILE, HOSTILE_ORDER, NATURAL, REQUIREMENT, Site

PAGES = (
    "/", "/?catalogue=EXT-CE-2022-5&state=accepted", "/search", "/search?q=llanta", "/search?q=nada+de+nada",
    f"/orders/{FIRST}", f"/orders/{NATURAL}", f"/orders/{HOSTILE_ORDER}", "/requirements",
    f"/requirements/{REQUIREMENT}", "/verify", "/audit", "/data", "/docs/errors",
)  # fmt: skip


def code_of(site: Site, number: str) -> str:
    """The verification code on an order's paper."""
    return str(complete_data(site.house, newest_entry(site.house, number))["verification_code"])


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_there_in_both_languages(reader: Site, page: str, language: str) -> None:
    told = reader.client.get(page, headers={"accept-language": language})
    assert told.status_code == 200, told.text[:500]
    assert f'<html lang="{language}">' in told.text
    assert told.text.count("<h1") == 1


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_inline_script_style_or_a_foreign_address(reader: Site, page: str) -> None:
    text = reader.client.get(page).text
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", text)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_a_hostile_name_is_only_text(reader: Site) -> None:
    for page in (f"/orders/{HOSTILE_ORDER}", "/search?q=script+alert", "/", f"/search?q={HOSTILE}"):
        assert "<script>alert" not in reader.client.get(page).text
    assert "&lt;script&gt;alert(1)" in reader.client.get(f"/orders/{HOSTILE_ORDER}").text


def test_a_natural_person_is_named_on_no_page(reader: Site) -> None:
    code = code_of(reader, NATURAL)
    for page in ("/", f"/orders/{NATURAL}", "/search?q=10000000006", f"/v/{code}"):
        text = reader.client.get(page).text
        assert "PERSONA DE EJEMPLO" not in text
        assert "Ana Ejemplo" not in text


def test_the_qrs_page_is_small_private_and_tells_the_place(reader: Site) -> None:
    told = reader.client.get(f"/v/{code_of(reader, FIRST)}")
    assert told.status_code == 200
    assert "noindex" in told.headers["x-robots-tag"]
    assert "no-store" in told.headers["cache-control"]
    assert re.search(r'class="place">LIMA, LIMA, LIMA<', told.text)
    style = reader.client.get("/static/css/huella.css")
    assert len(told.content) + len(style.content) < 60_000


def test_a_wrong_code_is_not_found_and_a_number_leads_to_its_page(reader: Site) -> None:
    assert reader.client.get("/v/0000-0000-0000-0000", headers={"accept": "text/html"}).status_code == 404
    assert reader.client.get("/verify?code=0000-0000-0000-0000").status_code == 404
    for asked in (f"/verify?code={FIRST}", f"/v/{FIRST}", f"/search?q={FIRST.lower()}"):
        told = reader.client.get(asked, follow_redirects=False)
        assert (told.status_code, told.headers["location"]) == (303, f"/orders/{FIRST}")


def test_the_trust_file_is_the_registrys(reader: Site) -> None:
    assert reader.client.get("/trust.json").content == reader.house.trust.encode()


def test_an_unknown_order_is_a_page_that_says_so(reader: Site) -> None:
    told = reader.client.get("/orders/OCAM-2026-1-1-0", headers={"accept": "text/html"})
    assert told.status_code == 404
    assert "<h1>" in told.text


@pytest.mark.parametrize(
    ("value", "told"),
    [("2150.5", "S/ 2,150.50"), ("35", "S/ 35.00"), ("0.123456", "S/ 0.123456"), ("1E+3", "S/ 1,000.00")],
)
def test_a_unit_price_keeps_all_its_decimals(value: str, told: str) -> None:
    assert words.price(value) == told
    assert words.price(None) == "—"


def test_every_right_rule_and_finding_of_rows_has_words_in_both_languages() -> None:
    assert set(words.SCOPE) == set(access.SCOPES)
    assert set(words.ROW_FINDING) == set(row_audit.CLASSES)
    assert {f"{name}/1" for name in requirement_form.RULES.values()} == set(words.RULE)


@pytest.mark.parametrize(
    ("pointer", "spanish", "english"),
    [
        ("/destinations/0/address", "Lugar 1, dirección", "Place 1, address"),
        ("/supplier/contact/email", "Proveedor, contacto, correo", "Supplier, contact, e-mail"),
        ("/documents/2", "Documento 3", "Document 3"), ("/unheard/of", "Unheard, of", "Unheard, of"),
    ],
)  # fmt: skip
def test_a_sealed_datum_is_named_in_words(pointer: str, spanish: str, english: str) -> None:
    assert (words.pointer("es", pointer), words.pointer("en", pointer)) == (spanish, english)


def test_every_datum_that_is_sealed_has_words() -> None:
    rules = {rule.pattern for each in policy.SEALED.values() for rule in each}
    parts = {part for pattern in rules for part in pattern.strip("/").split("/")} - {"*"}
    assert {part for part in parts if words.pointer("es", "/" + part).lower() == part} <= {"ruc"}


def test_a_place_is_told_by_its_names_else_by_its_code() -> None:
    assert words.place("es", Destination(1, "150101")) == "Lima, Lima, Lima"
    assert words.place("es", Destination(1, "150101", district="Cercado")) == "Cercado"
    assert words.place("en", Destination(2)) == "place 2"
