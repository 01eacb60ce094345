"""Webhooks: whoever wants to know of new records is told, signed, again and again until it was heard or given up.

new entries ─► a post for each webhook that wants the kind ─► due ─► done │ dead after the last try

Who is told, of what, and what was given up. `posts` sends them: whoever registers a webhook needs no client.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from huella.errors import InputError, NotFound
from huella.flow import pages
from huella.flow.access import Caller
from huella.flow.house import House
from huella.records import kinds
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.tables_access import posts, webhooks

DUE, DONE, DEAD = "due", "done", "dead"
PREFIX = "whsec_"


def make(house: House, caller: Caller, url: str, wanted: Iterable[str]) -> tuple[str, str]:
    """A new webhook, told of what is sealed from now on: its id and its secret, which is shown once. `wanted` are kinds
    of record, none: all. InputError for an address that is no https one (a trial's may be on this machine)."""
    parts = urlsplit(url)
    here = (
        parts.hostname in ("localhost", "127.0.0.1", "::1")
        and house.settings.text("registry.mode") == "trial"
    )
    if len(url) > 500 or parts.username or not parts.hostname or (parts.scheme != "https" and not here):
        raise InputError("a webhook's address begins with https:// and holds no password", field="url")
    chosen = sorted(set(wanted))
    for kind in chosen:
        kinds.find(kind)
    secret = PREFIX + base64.b64encode(house.randomness(32)).decode()
    made = {
        "id": house.randomness(8).hex(), "url": url, "secret": house.vault.wrap(secret.encode()),
        "kinds": " ".join(chosen), "created_by": caller.id, "created_at": moment(house.now()),
        "next_index": house.journal.size(),
    }  # fmt: skip
    Desk(house.engine).put(webhooks, made)
    return str(made["id"]), secret


def disable(house: House, webhook: str) -> None:
    """Tell it no more. NotFound where there is none."""
    row_of(house, webhook)
    Desk(house.engine).change(webhooks, {"id": webhook}, {"disabled_at": moment(house.now())})


def listed(house: House, asked: pages.Asked = pages.FIRST) -> pages.Page:
    """A page of the webhooks without their secrets, the newest first."""
    rows, following = pages.page(house, webhooks, {}, asked)
    told = [{name: value for name, value in row.items() if name != "secret"} for row in rows]
    return pages.Page([{**row, "kinds": row["kinds"].split()} for row in told], following)


def dead(house: House, asked: pages.Asked = pages.FIRST) -> pages.Page:
    """A page of the posts that were given up, the newest entry first: webhook, entry, tries and what was answered
    last."""
    rows, following = pages.page(house, posts, {"state": DEAD}, asked, ("entry", "webhook"))
    return pages.Page([dict(row) for row in rows], following)


def again(house: House, webhook: str, entry: int) -> None:
    """Try a dead post once more from the beginning. NotFound where there is none."""
    now = {"state": DUE, "tries": 0, "again_at": moment(house.now())}
    if not Desk(house.engine).change(posts, {"webhook": webhook, "entry": entry, "state": DEAD}, now):
        raise NotFound("there is no such dead post", field="entry")


def row_of(house: House, webhook: str) -> Any:
    """A webhook's row, its secret too. NotFound where there is none."""
    row = Desk(house.engine).one(webhooks, {"id": webhook})
    if row is None:
        raise NotFound("there is no such webhook", field="webhook")
    return row
