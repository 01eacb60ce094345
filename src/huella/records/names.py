"""Names compared as people read them, without accents, case, punctuation. Records keep them as received."""

from __future__ import annotations

import functools
import re
import unicodedata


@functools.lru_cache(maxsize=65_536)
def fold(name: str) -> str:
    """The comparison form of a name: ASCII upper case, single spaces. Ñ folds to N, as lists in the field mix both."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).upper()
    return re.sub(r"[^A-Z0-9]+", " ", letters).strip()
