"""Every answer: headers, problem documents, language, static files."""

from __future__ import annotations

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


def test_the_language_is_spanish_unless_english_is_asked_for(reader: Site) -> None:
    said = {"": "es", "en-US,en;q=0.9": "en", "en;q=0.3,es-PE": "es", "fr": "es"}
    for accepted, language in said.items():
        page = reader.client.get("/", headers={"Accept-Language": accepted})
        assert page.headers["content-language"] == language, accepted


def test_an_asked_language_is_remembered(own: Site) -> None:
    own.client.get("/?lang=en")
    assert own.client.get("/").headers["content-language"] == "en"


def test_static_files_are_kept_for_ever_under_their_digest(reader: Site) -> None:
    found = reader.client.get(static.address("css/huella.css"))
    assert (found.status_code, found.headers["cache-control"]) == (200, static.IMMUTABLE)
    assert "immutable" not in reader.client.get("/static/css/huella.css").headers["cache-control"]
