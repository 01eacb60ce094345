"""What a database of an older version lacks: codes, search index and statistics of the records that it has already.

Made once by the functions that make them anew at any time. The statistics come last, in one transaction: while they are
empty beside orders or procedures, the filling was not done, or was broken off.
"""

from __future__ import annotations

from huella.flow import codes, search, statistics
from huella.flow.house import House


def fill(house: House) -> bool:
    """Fill what an upgraded database lacks; whether there was anything to do. Running it again changes nothing."""
    if not statistics.of(house).missing():
        return False
    if not house.mirror:  # a mirror has no vault that would tell codes
        codes.reindex(house)
    while search.step(house, search.STRIDE):
        pass
    statistics.remake(house)
    return True
