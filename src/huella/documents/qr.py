"""The verification code, the short address that carries it, and the QR of that address (docs/spec/paper.md)."""

from __future__ import annotations

import functools
import io
from typing import Any
from urllib.parse import quote

import segno

from huella.errors import InputError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
CODE_BITS = 80
_LENGTH = CODE_BITS // 5
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def verification_code(random16: bytes) -> str:
    """Sixteen random bytes as a code of 80 bits for people: `7K3M-09QX-ZZ4T-B1C8`. The first ten bytes are used.

    Raises ValueError for another number of bytes.
    """
    if len(random16) != 16:
        raise ValueError(f"a verification code is made of 16 random bytes, not {len(random16)}")
    number = int.from_bytes(random16[: CODE_BITS // 8], "big")
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, _LENGTH, 4))


def normalise(typed: str) -> str:
    """A code as a person typed it, in its one form: capitals in groups of four; O is read as 0, I and L as 1.

    Raises InputError for what cannot be a code.
    """
    letters = "".join(c for c in typed.upper() if c not in "-–— \t").translate(_MISREAD)
    if len(letters) != _LENGTH or not set(letters) <= set(ALPHABET):
        raise InputError(
            f"a verification code has {_LENGTH} letters and digits, such as 7K3M-09QX-ZZ4T-B1C8", field="code",
            advice="Type it as it stands beside the QR, or scan the QR.",
        )  # fmt: skip
    return "-".join(letters[start : start + 4] for start in range(0, _LENGTH, 4))


def order_address(base: str, number: str) -> str:
    """The address of an order's own page, for everybody: `https://huella.example.pe/orders/OCAM-…`."""
    return f"{base.rstrip('/')}/orders/{quote(number, safe='')}"


def address(base: str, code: str) -> str:
    """The short address of a code on the portal's fixed domain, such as https://huella.example.pe/v/7K3M-09QX-ZZ4T-B1C8."""
    return f"{base.rstrip('/')}/v/{normalise(code)}"


def qr_svg(text: str) -> str:
    """The QR of a text as SVG, level M, without quiet zone (the page leaves it), one unit a module.

    Level M is never raised: at 35 mm, larger modules read better than more redundancy.
    """
    drawn = io.BytesIO()
    _symbol(text).save(
        drawn, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return drawn.getvalue().decode("ascii")


def drawn(text: str, spanish: bool = True) -> dict[str, Any]:
    """What a template needs to draw the QR of an address: picture, modules, and the words for who cannot see it."""
    told = "Código QR con la dirección" if spanish else "QR code with the address"
    return {"svg": qr_svg(text), "modules": qr_modules(text), "alt": f"{told} {text}"}


def qr_modules(text: str) -> int:
    """How many modules wide the QR of a text is, without quiet zone."""
    width, _ = _symbol(text).symbol_size(border=0)
    return int(width)


@functools.lru_cache(maxsize=1)  # the page asks for a symbol and for its size
def _symbol(text: str) -> segno.QRCode:
    return segno.make(text, error="m", boost_error=False, micro=False)
