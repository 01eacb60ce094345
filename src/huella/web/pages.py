"""Rendering pages: one Jinja2 environment, everything escaped, in the reader's language.

In each template: `lang` (es | en), `t(spanish, english)`, `static(path)`, `script()` (the browser's program, or None),
`path` (of the request), `house_name`, `mirror`, and what the handler gives.
"""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from huella.flow.house import House
from huella.web.assets import script
from huella.web.language import language_of, remember
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

    def render(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the reader's language. What a language depends on is told to caches."""
        language = language_of(request)

        def choose(spanish: str, english: str) -> str:
            return spanish if language == "es" else english

        text = self.environment.get_template(template).render(
            {**self._always, "lang": language, "t": choose, "path": request.url.path, **values}
        )
        response = HTMLResponse(
            text, status, {"vary": "Accept-Language, Cookie", "content-language": language}
        )
        remember(request, response)
        return response
