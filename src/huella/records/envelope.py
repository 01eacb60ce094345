"""Envelopes: disclosures on their way to the holder of one key, encrypted with age (age-encryption.org/v1, X25519).

What is inside is a small JSON document, filled up to a multiple of 4,096 bytes, so that an envelope's length tells
neither names nor numbers of products. age itself draws the file's key: the one place of this room whose result
differs each time; what was sealed never depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
import pyrage  # type: ignore[import-untyped]

from huella.errors import InputError
from huella.records import canonical
from huella.records.disclosure import b64, unb64
from huella.records.identifiers import check_offer_code

FORMAT = "huella/disclosures/1"
BLOCK = 4_096
"""Bytes that the content of an envelope is a multiple of."""
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}\Z")


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an envelope holds: disclosures of one offer. `pad` is zeros and means nothing."""

    disclosures: tuple[str, ...]
    format: str
    offer: str
    pad: str


_decoder = msgspec.json.Decoder(Content)


def check_recipient(text: str, field: str) -> str:
    """An age X25519 recipient (`age1…`), unchanged, or InputError."""
    _recipient(text, field)
    return text


def new_identity() -> tuple[str, str]:
    """A fresh key pair: the identity (`AGE-SECRET-KEY-1…`, to be kept off the server) and its recipient."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def close(offer: str, disclosures: Sequence[str], recipient: str) -> str:
    """The envelope, as base64url of an age file, that only the recipient's identity opens."""
    bare = canonical.encode(Content(tuple(disclosures), FORMAT, offer, ""))
    filled = canonical.encode(Content(tuple(disclosures), FORMAT, offer, "0" * (-len(bare) % BLOCK)))
    return b64(pyrage.encrypt(filled, [_recipient(recipient, "/recipient")]))


def open_envelope(identity: str, envelope: str) -> tuple[str, tuple[str, ...]]:
    """The offer's code and the disclosures. Raises InputError where the identity does not open it or it is malformed.

    Whether a disclosure is the one that was sealed is told by its digest in the record, not by the envelope.
    """
    try:
        raw = pyrage.decrypt(unb64(envelope), [pyrage.x25519.Identity.from_str(identity)])
    except (ValueError, pyrage.DecryptError):
        raise InputError("this key does not open the envelope", field="/envelopes") from None
    except pyrage.IdentityError:
        raise InputError("an age identity starts with AGE-SECRET-KEY-1", field="/identity") from None
    try:
        found = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError("an envelope holds disclosures, format, offer and pad", field="/envelopes") from None
    if found.format != FORMAT or canonical.encode(found) != raw or len(raw) % BLOCK or found.pad.strip("0"):
        raise InputError(f"an envelope's content is {FORMAT} in its one form", field="/envelopes")
    return check_offer_code(found.offer, "/offer"), found.disclosures


def _recipient(text: str, field: str) -> pyrage.x25519.Recipient:
    try:
        if _RECIPIENT.match(text):
            return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        pass
    raise InputError("an age X25519 recipient is `age1` and 58 characters of bech32", field=field)
