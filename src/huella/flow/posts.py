"""Posts of webhooks: made of new entries, sent, signed, sent again until they were heard or given up.

A post tells what the feed tells and nothing else: index, leaf, kind, subject. It is signed as Standard Webhooks say:
`webhook-signature: v1,` and HMAC-SHA256 over `id.timestamp.body` in base64, under the webhook's own secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import cache
from itertools import zip_longest
from typing import Any

import httpx
import orjson

from huella.flow.hooks import DEAD, DONE, DUE, PREFIX, row_of
from huella.flow.house import House
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.tables_access import posts, webhooks

WAITS = tuple(
    timedelta(seconds=each) for each in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Between one try and the next; after the last the post is dead (Standard Webhooks, about three days)."""
TIMEOUT = 10.0
MOST = 500
"""Entries that become posts in one round, for each webhook."""
PATIENCE = 5.0
"""Seconds after which a round begins no further post: closes and anchors wait behind it."""
SLOW = 1.0
"""Seconds after which a receiver that did not take a post counts as silent."""
FIRST, LONGEST = 5.0, 300.0
"""Seconds for which a silent receiver is left alone at first, and at most: each time twice as long."""


class Teller:
    """The rounds of one worker: each tries what is due for PATIENCE seconds, and holds up nothing for a receiver that
    is silent. In memory is only which ones were, so that the others' posts come first."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self._until = 0.0
        self._silent: dict[str, tuple[float, float]] = {}

    def due(self, house: House) -> list[str]:
        """What a round tries, webhooks by turns; the round begins now."""
        now = self._elapsed()
        self._until = now + PATIENCE
        return due(house, [name for name, (_, again) in self._silent.items() if again > now])

    def step(self, house: House, item: str) -> bool:
        """Try one post, if there is still time and its receiver was not silent; whether it was heard."""
        webhook, began = item.partition(" ")[0], self._elapsed()
        wait, again = self._silent.get(webhook, (0.0, 0.0))
        if began >= self._until or again > began:
            return False
        heard, ended = step(house, item), self._elapsed()
        if heard:
            self._silent.pop(webhook, None)
        elif ended - began >= SLOW:
            wait = min(2 * wait or FIRST, LONGEST)
            self._silent[webhook] = wait, ended + wait
        return heard


def due(house: House, silent: Collection[str] = ()) -> list[str]:
    """The posts to try now, as `webhook entry`, webhooks by turns, those that are `silent` left out; what was sealed
    since becomes posts first."""
    desk, now = Desk(house.engine), moment(house.now())
    lines: list[list[str]] = []
    for row in desk.many(webhooks, {}, order="created_at"):
        if row["disabled_at"] is None:
            _spread(house, desk, row)
        if row["id"] not in silent:
            found = desk.upto(posts, {"state": DUE, "webhook": row["id"]}, "again_at", now, MOST)
            lines.append([f"{post['webhook']} {post['entry']}" for post in found])
    return [item for turn in zip_longest(*lines) for item in turn if item is not None]


def step(house: House, item: str) -> bool:
    """Try one post; whether it was heard. What failed is tried again later, or dead."""
    webhook, _, number = item.partition(" ")
    desk = Desk(house.engine)
    mine = {"webhook": webhook, "entry": int(number)}
    row, post = row_of(house, webhook), desk.one(posts, {**mine, "state": DUE})
    if post is None:
        return False
    if row["disabled_at"] is not None:
        desk.change(posts, {**mine, "state": DUE}, {"state": DEAD, "said": "disabled"})
        return False
    said = _send(house, row, int(number))
    tries = post["tries"] + 1
    if said.startswith("2"):
        values: dict[str, Any] = {"state": DONE}
    elif tries > len(WAITS):
        values = {"state": DEAD}
    else:
        values = {"again_at": moment(house.now() + WAITS[tries - 1])}
    desk.change(
        posts, {**mine, "state": DUE, "tries": post["tries"]}, {**values, "tries": tries, "said": said}
    )
    return said.startswith("2")


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature` of a message."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.digest(key, f"{message}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed).decode()


def _spread(house: House, desk: Desk, row: Any) -> None:
    """Posts for what was sealed since this webhook was last looked at, in one transaction with how far it is."""
    first = row["next_index"]
    found = house.journal.entries(first, first + MOST)
    if not found:
        return
    wanted = set(row["kinds"].split())
    now = moment(house.now())
    made = [
        {"webhook": row["id"], "entry": entry.index, "state": DUE, "tries": 0, "again_at": now}
        for entry in found
        if not wanted or entry.kind in wanted
    ]
    desk.put_all(
        posts,
        made,
        (webhooks, {"id": row["id"], "next_index": first}, {"next_index": found[-1].index + 1}),
    )


def _send(house: House, row: Any, number: int) -> str:
    """What the other side answered: its status, or in a word why there is none."""
    entry = house.journal.entry(number)
    if entry is None:
        return "gone"
    now = int(house.now().timestamp())
    message = f"{row['id']}-{number}"
    told = {
        "type": entry.kind, "timestamp": entry.recorded_at,
        "data": {"index": entry.index, "leaf": entry.leaf.hex(), "kind": entry.kind, "subject": entry.subject},
    }  # fmt: skip
    body = orjson.dumps(told)
    headers = {
        "content-type": "application/json", "webhook-id": message, "webhook-timestamp": str(now),
        "webhook-signature": signature(house.vault.unwrap(row["secret"]).decode(), message, now, body),
    }  # fmt: skip
    try:
        with httpx.stream(
            "POST",
            row["url"],
            content=body,
            headers=headers,
            timeout=TIMEOUT,
            follow_redirects=False,
            verify=_trusted(),
        ) as answer:  # its body is not read
            return str(answer.status_code)
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return "unreachable"


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that receivers' certificates come from: to read them takes longer than a post."""
    return httpx.create_ssl_context()
