"""A finding in a watched source as one page, in Spanish: what, where, both versions, since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huella.documents import qr, spanish, typeset
from huella.spanish.catalogue import in_spanish

TEMPLATE = "finding.typ"
RENDERER = f"huella finding/1 ({typeset.ENGINE})"
DESCRIPTION = "Evidencia de una versión sellada de la fila"
TITLE = "Constancia de hallazgo"
_GROUP = 8


def render(told: Mapping[str, Any], now: datetime, notice: str, base: str = "") -> bytes:
    """The page's PDF, PDF/A-3a and PDF/UA-1. `told` is a finding as flow/row_bundle tells it, `base` the portal."""
    link = f"{base.rstrip('/')}/fuentes/{told['source']}"
    where = " · ".join(str(told[name]) for name in ("source", "table", "key", "column"))
    data = {
        "title": f"{TITLE} {where}", "author": "huella", "language": "es", "notice": notice, "heading": TITLE,
        "code": typeset.plain(where), "qr": qr.drawn(link), "renderer": RENDERER,
        "message": typeset.plain(in_spanish(str(told["message"]))),
        "facts": _facts(told), "sealed": typeset.plain(told["sealed"] or "—"),
        "present": typeset.plain(told["present"] or "—"),
        "records": [_record(name, each) for name, each in told["records"].items()],
    }  # fmt: skip
    return typeset.pdf(TEMPLATE, data, now)


def _facts(told: Mapping[str, Any]) -> list[dict[str, str]]:
    before, after = told["between"]
    column = "fila entera" if told["column"] in ("row", "*") else told["column"]
    facts = [
        ("Fuente", told["source"]), ("Tabla", told["table"]), ("Clave", told["key"]), ("Columna", column),
        ("Filas", f"{told['count']:,}"),
        ("Último ancla en que estaba bien", _anchor(before)), ("Primer ancla en que ya no", _anchor(after)),
    ]  # fmt: skip
    return [{"label": label, "value": typeset.plain(str(value))} for label, value in facts]


def _anchor(found: Mapping[str, Any] | None) -> str:
    return (
        "todavía ninguno"
        if found is None
        else f"bloque {found['block']:,}, {spanish.moment(found['time'])} (Lima)"
    )


def _record(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    leaf = told["leaf"]
    groups = [leaf[start : start + _GROUP] for start in range(0, len(leaf), _GROUP)]
    return {
        "what": "Versión sellada" if name == "sealed" else "Versión vista después",
        "index": f"{told['index']:,}", "at": f"{spanish.moment(told['recorded_at'])} (hora de Lima)",
        "subject": typeset.plain(told["subject"]), "leaf": [" ".join(groups[:4]), " ".join(groups[4:])],
    }  # fmt: skip
