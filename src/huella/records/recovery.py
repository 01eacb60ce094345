"""`log.recovered`: the end of a log's epoch, and the first record of the next one (docs/spec/log.md, Epochs).

Here only its form; whether its notes are signed, and whether it stands where it says, `proof.epoch` tells.
"""

from __future__ import annotations

import re

from huella.errors import InputError
from huella.records.identifiers import check_date
from huella.records.model import Recovered
from huella.records.rules import Warn

KIND = "log.recovered"
_HEX = re.compile(r"[0-9a-f]{64}\Z")
MAX_NOTE = 16_384
"""Characters of a signed note in a record."""
MAX_SAVED = 1_024
"""Records that one `log.recovered` keeps at most."""


def check_recovered(fact: Recovered, subject: str) -> list[Warn]:
    """The form of an epoch's end. InputError names the member."""
    if subject != "registry":
        raise InputError("the subject of this kind is `registry`", field="/subject")
    check_date(fact.date, "/date")
    if not _HEX.match(fact.root):
        raise InputError("a root is 64 small hex digits", field="/root")
    for name in ("origin", "head", "handover", "successor"):
        if not 0 < len(getattr(fact, name)) <= MAX_NOTE:
            raise InputError("an epoch's end names origin, heads and the next key", field=f"/{name}")
    if fact.lost.first != fact.kept or fact.lost.size <= fact.lost.first:
        raise InputError("the lost range begins behind what was kept, and is not empty", field="/lost")
    places = [each.entry for each in fact.saved]
    inside = all(fact.lost.first < place < fact.lost.size for place in places)
    if not inside or places != sorted(set(places)) or len(places) > MAX_SAVED:
        raise InputError("saved records are of the lost range, in its order", field="/saved")
    return []
