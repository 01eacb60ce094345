"""Every answer: headers, problem documents, language, static files."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from huella.web import static
from web.site import Site


def test_the_registry_is_alive_and_ready(reader: Site) -> None:
    assert reader.client.get("/api/v1/health").json() == {"status": "ok"}
    assert reader.client.get("/api/v1/ready").json()["entries"] > 10


def test_every_answer_forbids_inline_script_and_framing(reader: Site) -> None:
    for path in ("/", "/api/v1/health", "/nothing", "/checkpoint"):
        policy = reader.client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy


def test_an_unknown_address_is_a_problem_document_for_programs_and_a_page_for_people(reader: Site) -> None:
    program = reader.client.get("/api/v1/nothing")
    assert (program.status_code, program.headers["content-type"]) == (404, "application/problem+json")
    assert program.json()["code"] == "not-found"
    person = reader.client.get("/nothing", headers={"Accept": "text/html"})
    assert (person.status_code, person.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(("language", "words"), [("es", "No está aquí"), ("en", "Not here")])
def test_what_is_not_there_is_told_in_the_readers_language(reader: Site, language: str, words: str) -> None:
    told = reader.client.get("/nothing", headers={"accept": "text/html", "accept-language": language})
    assert (told.status_code, words in told.text) == (404, True)


@pytest.mark.parametrize(("language", "words"), [("es", "no tiene la forma"), ("en", "not of the form")])
def test_an_address_that_asks_wrongly_is_told_so_in_words(reader: Site, language: str, words: str) -> None:
    told = reader.client.get(
        "/requirements?first=x", headers={"accept": "text/html", "accept-language": language}
    )
    assert (told.status_code, words in told.text, "<code>first</code>" in told.text) == (422, True, True)
    assert "integer" in reader.client.get("/api/v1/feed?from=x").json()["detail"]


def test_the_language_is_spanish_unless_english_is_asked_for(reader: Site) -> None:
    said = {"": "es", "en-US,en;q=0.9": "en", "en;q=0.3,es-PE": "es", "fr": "es"}
    for accepted, language in said.items():
        page = reader.client.get("/", headers={"Accept-Language": accepted})
        assert page.headers["content-language"] == language, accepted


def test_an_asked_language_is_remembered(own: Site) -> None:
    own.client.get("/?lang=en")
    assert own.client.get("/").headers["content-language"] == "en"


@pytest.mark.parametrize(
    "asked",
    [
        f"/lodged?digest={'ab' * 32}&requirement=REQ-1", "/search?q=llanta+%26+aro&department=15&before=7", "/audit",
        "/?since=2026-01&state=accepted", "/verify?code=7K3M", "/login?to=access", "/requirements?first=3&first=4",
        "/search?q=%22%3E%3Cscript%3E&lang=es", "/orders/OCAM-2099-1-1-0?x=%FF",
    ],
)  # fmt: skip
def test_the_other_language_shows_what_was_asked_for(reader: Site, asked: str) -> None:
    def switch(address: str) -> httpx.URL:
        page = reader.client.get(address, headers={"accept": "text/html", "accept-language": "es"}).text
        reader.client.cookies.clear()
        (found,) = set(re.findall(r'<a href="([^"]*)" lang="(?:es|en)"', page))
        return httpx.URL("http://localhost:8000" + address).join(html.unescape(found))

    english = switch(asked)
    assert english.path == httpx.URL(asked).path
    given = httpx.QueryParams([each for each in httpx.URL(asked).params.multi_items() if each[0] != "lang"])
    assert english.params.remove("lang") == given
    assert english.params["lang"] == "en"
    assert switch(f"{english.path}?{english.query.decode()}").params.remove("lang") == given


def test_static_files_are_kept_for_ever_under_their_digest(reader: Site) -> None:
    found = reader.client.get(static.address("css/huella.css"))
    assert (found.status_code, found.headers["cache-control"]) == (200, static.IMMUTABLE)
    assert "immutable" not in reader.client.get("/static/css/huella.css").headers["cache-control"]
