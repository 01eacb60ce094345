"""Keys of the cast and how a test hands something in with them."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from huella.flow import access, people
from huella.records.draft import Draft
from web.site import Site

ENTITY_RUC, SUPPLIER_RUC = "20131257750", "20100186170"


def key(site: Site, *scopes: str, ruc: str | None = None, owner: str = access.HOST) -> dict[str, str]:
    """The header of a new key, `owner` being the person whose it is."""
    return {"Authorization": f"Bearer {access.make_key(site.house, 'test', scopes, ruc, owner=owner).text}"}


def entity(site: Site, owner: str = access.HOST) -> dict[str, str]:
    """A key of the entity of the cast's orders."""
    return key(site, "entity", ruc=ENTITY_RUC, owner=owner)


def person(site: Site, login: str, *scopes: str, ruc: str | None = None) -> str:
    """A new person; the id."""
    return people.make_person(site.house, login, "una frase larga de paso", scopes, ruc)


def supplier(site: Site) -> dict[str, str]:
    """A key of the supplier of the cast's first order."""
    return key(site, "supplier", ruc=SUPPLIER_RUC)


def body(draft: Draft) -> dict[str, Any]:
    """A draft as the API takes it."""
    told: dict[str, Any] = msgspec.to_builtins(draft)
    return {name: told[name] for name in ("kind", "subject", "data")}


def post(site: Site, path: str, who: dict[str, str], json: Any = None, **headers: str) -> httpx.Response:
    """Hand something in."""
    found: httpx.Response = site.client.post(f"/api/v1/{path}", json=json, headers={**who, **headers})
    return found
