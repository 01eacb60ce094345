"""What the `type` of a problem document leads to."""

from __future__ import annotations

import re
from pathlib import Path

from huella.web import problems
from huella.web.views import mistakes
from web.site import Site


def test_the_type_of_a_problem_leads_to_its_words(reader: Site) -> None:
    told = reader.client.get("/api/v1/orders/OCAM-2026-1-1-0").json()
    page, anchor = told["type"].split("#")
    assert f'id="{anchor}"' in reader.client.get(page).text


def test_every_code_has_its_words_and_no_word_is_idle() -> None:
    codes = [each["code"] for each in mistakes.told()]
    assert len(codes) == len(set(codes))
    assert set(codes) == {*mistakes.WORDS, *mistakes.OF_HTTP}


def test_every_code_that_http_alone_gives_is_told() -> None:
    source = Path(problems.__file__).read_text(encoding="utf-8")
    given = {*re.findall(r'_problem\(\d+, "([a-z-]+)"', source), *problems._CODES.values(), "http"}
    assert given <= {each["code"] for each in mistakes.told()}


def test_the_json_twin_tells_the_same(reader: Site) -> None:
    assert reader.client.get("/api/v1/errors").json() == mistakes.told()
