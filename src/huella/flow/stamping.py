"""Stamping a PDF that an agency made itself, before its order is registered; `stamped` takes it in."""

from __future__ import annotations

from huella.documents import qr
from huella.documents.marks import marks
from huella.documents.stamp import Stamped, stamp
from huella.errors import InputError
from huella.flow.house import House
from huella.records import rules


def stamp_order(house: House, original: bytes, number: str) -> tuple[Stamped, str]:
    """An agency's PDF with QR and a fresh code for an order that is not registered yet; and the code.

    InputError where the order is registered (its paper is named by its record already), or the PDF cannot be stamped.
    """
    house.check_owner()
    if rules.check_subject(number) is None or not number.endswith("-0"):
        raise InputError("an order's number is such as OCAM-2026-1335-17-0", field="--order")
    if house.journal.of_subject(number):
        raise InputError(
            f"{number} is registered already: a stamp comes before the record, which names the stamped bytes",
            field="--order", advice="`huella pdf` gives the paper that is on record.",
        )  # fmt: skip
    code = qr.verification_code(house.randomness(16))
    address = qr.address(house.settings.text("registry.address"), code)
    return stamp(original, number, code, address, house.now()), code


def stamped_for(house: House, body: bytes, number: str) -> bytes:
    """An agency's PDF as it goes on record for an order: as it is where it bears that order's stamp, else with a fresh
    one. InputError where it cannot be stamped, or bears another order's."""
    found = marks(body)
    if found is None:
        made, _ = stamp_order(house, body, number)
        return made.body
    if found.number != number:
        raise InputError("the paper is stamped for another order", field="/documents")
    return body
