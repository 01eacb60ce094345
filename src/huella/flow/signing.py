"""Signing papers: what is due is rendered, signed, time-stamped and kept. Without a signature service it waits.

asked for ─► due ─► anchored ─► rendered with its evidence ─► PAdES B-LTA ─► signed ─► renewed before its end
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from cryptography import x509

from huella.documents import sign_keys
from huella.documents.authority import ISSUER, ROOT
from huella.documents.sign import HeldPen, Pen, ServicePen, Signing, digests, life
from huella.documents.sign_time import StampAuthority, over_http
from huella.errors import SettingsError, SigningUnavailable, StoreError
from huella.flow.authority import certificates, check_mode
from huella.flow.development import development
from huella.flow.house import House
from huella.records.identifiers import moment
from huella.settings import Settings
from huella.store.papers import SIGNED, Paper, Papers

REASON = "Constancia emitida por el registro"
WEAK = frozenset({"md5", "sha1", "sha224"})
"""Digest algorithms near the end of their life: what rests on one is renewed at once."""
_PIECE = 50

Render = Callable[[House, int], bytes]
"""Makes the unsigned paper of an entry, with its evidence attached."""


@contextmanager
def signing(house: House) -> Iterator[Signing]:
    """Pen, time stamps and certificates by the settings, held while it is open. SigningUnavailable names what lacks."""
    check_mode(house.settings)
    settings, kind = house.settings, house.settings.text("signatures.key")
    if kind == "none":
        raise SigningUnavailable("signatures.key is none: nothing signs papers here")
    if kind == "development":
        yield _development(house)
        return
    roots, chain = _authorities(settings)
    if not roots:  # pyHanko would take the operating system's authorities instead
        raise SigningUnavailable("signatures.authorities holds no root certificate")
    accuracy = timedelta(seconds=settings.number("signatures.accuracy"))
    urls = settings.text("signatures.timestamps").replace(",", " ").split()
    try:
        stamps = [StampAuthority(url, over_http(url), roots, house.now, accuracy) for url in urls]
    except ValueError as error:
        raise SettingsError(f"signatures.timestamps: {error}") from None
    if not stamps:
        raise SigningUnavailable("signatures.timestamps names no time-stamp authority")
    with _pen(settings, chain) as pen:
        yield Signing(pen, stamps, roots, None, house.now, REASON, chain)


def sign_paper(house: House, name: str, how: Signing, renders: Mapping[str, Render]) -> Paper:
    """Sign one paper of the outbox, or give it as it was signed. StoreError where there is none."""
    papers = Papers(house.engine)
    found = papers.find(name)
    if found is None:
        raise StoreError(f"the paper {name} is not in the outbox")
    if found.state == SIGNED:
        return found
    body = how.sign(renders[found.kind](house, found.entry))
    papers.signed(found, body, _until(body))
    return papers.find(name) or found


def renew_paper(house: House, name: str, how: Signing) -> bool:
    """Put a new archive time stamp on a signed paper. False where another worker did.

    SigningUnavailable, and the paper as it was, where the stamp would hold no longer than what is there: else every
    round would add one.
    """
    papers = Papers(house.engine)
    found = papers.find(name)
    if found is None or found.body is None:
        raise StoreError(f"the paper {name} is not in the outbox")
    body = how.renew(found.body)
    until = _until(body)
    if found.until is not None and until <= found.until:
        raise SigningUnavailable(
            f"a new time stamp would hold until {until[:10]}, no longer than the present one",
            advice="The time-stamp authority needs a newer certificate; or name another one in signatures.timestamps.",
        )
    return papers.signed(found, body, until)


def due(house: House) -> list[str]:
    """Papers to sign now: asked for and anchored."""
    return Papers(house.engine).due(house.anchors.anchored(), _PIECE)


def ending(house: House) -> list[str]:
    """Signed papers that are near the end of their proof."""
    before = house.now() + timedelta(days=house.settings.number("signatures.renew"))
    return Papers(house.engine).ending(moment(before), _PIECE)


def report(house: House) -> dict[str, Any]:
    """What signs, how many papers wait, and in words what is missing (empty where nothing is)."""
    counts, missing = Papers(house.engine).counts(), ""
    try:
        with signing(house):
            pass
    except (SigningUnavailable, SettingsError) as error:
        missing = str(error)
    return {"key": house.settings.text("signatures.key"), **counts, "missing": missing}


def _until(body: bytes) -> str:
    """Until when a paper holds; at once over for one that rests on a weak algorithm alone."""
    end = life(body)
    newest = list(digests(body))[-1:]
    if end is None or WEAK & set(newest):
        return "1970-01-01T00:00:00Z"
    return moment(end)


def _development(house: House) -> Signing:
    found = development(house)
    root = found.certificate(ROOT)
    own = StampAuthority("development", found.stamp, [root], house.now)
    pen = HeldPen(sign_keys.of_authority(found))
    chain = (found.certificate(ISSUER),)
    return Signing(pen, [own], [root], lambda: (found.crls(), ()), house.now, REASON, chain)


@contextmanager
def _pen(settings: Settings, chain: tuple[bytes, ...]) -> Iterator[Pen]:
    kind, password = settings.text("signatures.key"), settings.text("signatures.password")
    if kind == "service":
        yield ServicePen(settings.text("signatures.service"), password)
    elif kind == "pkcs11":
        slot = sign_keys.Slot(
            str(settings.path("signatures.file")),
            settings.text("signatures.token"),
            settings.text("signatures.label"),
        )
        with sign_keys.of_pkcs11(slot, password, chain) as signer:
            yield HeldPen(signer)
    else:
        try:
            raw = settings.path("signatures.file").read_bytes()
        except OSError as error:
            raise SigningUnavailable(f"signatures.file cannot be read: {error.strerror}") from None
        yield HeldPen(sign_keys.of_pkcs12(raw, password, chain))


def _authorities(settings: Settings) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Roots (issued by themselves) and what stands between."""
    try:
        found = certificates(settings.path("signatures.authorities").read_bytes())
    except OSError as error:
        raise SigningUnavailable(f"signatures.authorities cannot be read: {error.strerror}") from None
    read = [(each, x509.load_der_x509_certificate(each)) for each in found]
    roots = tuple(each for each, one in read if one.issuer == one.subject)
    return roots, tuple(each for each, one in read if one.issuer != one.subject)
