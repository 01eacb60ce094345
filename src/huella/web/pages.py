"""Rendering pages: one Jinja2 environment, everything escaped, in the reader's language.

In each template: `lang` (es | en), `t(spanish, english)`, `w(group, code)` and what else `web/words.py` has in the
reader's language, `static(path)`, `script()` (the browser's program, or None), `path` (of the request),
`other_language` (the same page's address in it), `house_name`, `mirror`, `session` (whether a session's cookie came),
and what the handler gives.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from huella.flow import row_values
from huella.flow.house import House
from huella.spanish.catalogue import in_spanish
from huella.web import whereabouts, words
from huella.web.assets import script
from huella.web.language import language_of, remember, switch
from huella.web.static import address


class Pages:
    """The templates of `web/templates`, for one house."""

    def __init__(self, house: House) -> None:
        self.environment = Environment(
            loader=PackageLoader("huella.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.globals["static"] = address
        self.environment.globals["script"] = script
        self._always = {"house_name": house.operator, "mirror": house.mirror}

    def load(self) -> None:
        """Compile every template, so that no reader waits for it: half a second of CPU."""
        for name in self.environment.list_templates(extensions=["html"]):
            self.environment.get_template(name)

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the reader's language. What a language depends on is told to caches."""
        language = language_of(request)

        def choose(spanish: str, english: str) -> str:
            return spanish if language == "es" else english

        given = {
            **self._always,
            **_helpers(language),
            "lang": language,
            "t": choose,
            "path": request.url.path,
            "other_language": switch(request, language),
            "session": any(name.endswith("huella_session") for name in request.cookies),
        }
        text = self.environment.get_template(template).render({**given, **values})
        response = HTMLResponse(
            text, status, {"vary": "Accept-Language, Cookie", "content-language": language}
        )
        remember(request, response)
        return response


def _helpers(language: str) -> dict[str, Any]:
    """The portal's words in one language."""
    return {
        "w": partial(words.word, language), "money": words.money, "price": words.price, "num": words.number,
        "short_money": partial(words.short_money, language=language), "day": partial(words.day, language),
        "pointer": partial(words.pointer, language), "row_values": partial(row_values.shown, language=language),
        "where": partial(words.place, language), "found_at": partial(whereabouts.where, language),
        "spanish": in_spanish, "sentence": words.sentence,
        "when": partial(words.moment, language), "mon": partial(words.month, language),
    }  # fmt: skip
