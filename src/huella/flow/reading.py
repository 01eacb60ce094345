"""What the text of an order's PDF says beside the record that its evidence brings: an explanation, never a proof."""

from __future__ import annotations

from typing import NamedTuple

from huella.documents import reading
from huella.documents.reading import Difference, Reading
from huella.documents.told import Fact, facts
from huella.errors import InputError, ProofError
from huella.proof import evidence as files
from huella.proof.integrity import check_disclosures, check_record
from huella.records import kinds
from huella.records.model import Order

__all__ = ["Difference", "Fact", "Reading", "Told", "order_of", "read_page", "told"]


class Told(NamedTuple):
    """An order as an evidence file tells it: its number and what its paper has to show."""

    number: str
    facts: list[Fact]


def order_of(evidence: bytes) -> tuple[str, Order] | None:
    """Number and order of an evidence file, as far as it discloses them; None where it is of something else.

    The record counts as it stands: whether it is the one in the log is for the numbered checks to say.
    """
    try:
        read = check_record(found := files.parse(evidence))
        opened = check_disclosures(found, read)
        data = read.data if opened.data is None else opened.data
        if read.record is None or data is None:
            return None
        order = kinds.read(read.record.kind, data)
    except (ProofError, InputError):
        return None
    return (read.record.subject, order) if isinstance(order, Order) else None


def told(evidence: bytes) -> Told | None:
    """What the paper of an evidence file's order has to show; None where the evidence is of something else."""
    found = order_of(evidence)
    return None if found is None else Told(found[0], facts(found[1], found[0]))


def read_page(evidence: bytes, document: bytes) -> Reading:
    """The text of a PDF beside the record of an evidence file; `unknown` where one of them is of something else."""
    found = order_of(evidence)
    if found is None:
        return Reading("unknown", why="kind")
    return reading.compare(document, found[1], found[0])
