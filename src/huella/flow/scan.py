"""A paper on a photograph: whose QR it is, and where its record comes from.

picture ─► QR ─► an address of this portal? ─► code ─► record: evidence at hand · registry at hand · portal over HTTPS
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from huella.documents import scan as pictures
from huella.errors import InputError, NotFound, PortalUnreachable
from huella.flow.reading import Told, told

SECONDS = 15
MAX_ANSWER = 4_000_000
_CODE = re.compile(r"/v/([0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3})")


class Seen(NamedTuple):
    """What a picture's QR says: the whole text, and the verification code where it is an address of the portal.

    `why`: ours · none (no QR) · foreign (another domain) · other (no code) · unknown (no domain to compare)
    """

    why: str
    text: str = ""
    code: str = ""


def look(picture: bytes, portal: str) -> Seen:
    """The QR of a paper. `portal` is the registry's address, from a source that the reader trusts; never the QR itself.

    InputError where the picture cannot be read.
    """
    seen = [_told(text, portal) for text in pictures.codes(picture)]
    ranks = ("ours", "other", "foreign", "unknown")
    return min(seen, key=lambda each: ranks.index(each.why), default=Seen("none"))


def _told(text: str, portal: str) -> Seen:
    try:
        here, there = urlsplit(text), urlsplit(portal)
    except ValueError:
        return Seen("foreign", text)
    code = _CODE.fullmatch(here.path.removeprefix(there.path.rstrip("/")) if portal else here.path[-22:])
    if not portal:
        return Seen("unknown", text, code[1] if code else "")
    # letter by letter: user names, ports and look-alike letters before or in the host are another domain
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        return Seen("foreign", text)
    return Seen("other", text) if code is None else Seen("ours", text, code[1])


def fetch(portal: str, code: str) -> bytes:
    """The evidence of a code's order from the portal: two requests, nothing else of the paper leaves this machine.

    NotFound where the portal knows no such code; PortalUnreachable where it does not answer.
    """
    base = f"{portal.rstrip('/')}/api/v1"
    try:
        found = json.loads(_ask(f"{base}/verify", json.dumps({"code": code}).encode()))
    except ValueError:
        raise PortalUnreachable("the portal's answer is not in its form") from None
    number = (found.get("order") or {}).get("number") if isinstance(found, dict) else None
    if not isinstance(number, str):
        raise PortalUnreachable("the portal's answer is not in its form")
    return _ask(f"{base}/orders/{quote(number, safe='')}/evidence")


def fields(evidence: bytes) -> Told:
    """What the paper has to show. InputError where the evidence is of no order."""
    found = told(evidence)
    if found is None:
        raise InputError("this evidence tells of no order", field="FILE")
    return found


def _ask(url: str, body: bytes | None = None) -> bytes:
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise InputError("a portal is asked over https only", field="--portal")
    made = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 (looked at above)
    try:
        with urllib.request.urlopen(made, timeout=SECONDS) as answer:  # noqa: S310
            raw: bytes = answer.read(MAX_ANSWER + 1)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 404:
            raise NotFound("no paper of this registry carries this code", field="code") from None
        raise PortalUnreachable(f"the portal answered {error.code}") from None
    except (OSError, ValueError) as error:
        raise PortalUnreachable(f"the portal gave no answer: {type(error).__name__}") from None
    if len(raw) > MAX_ANSWER:
        raise PortalUnreachable("the portal's answer is too long")
    return raw
