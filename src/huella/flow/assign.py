"""Assign: a token follows the collection rights that a record assigned. Each move is made once, whatever dies between.

rights.assigned (anchored) ─► due ─► sent ─► final        the chain is asked first: who holds the token decides
"""

from __future__ import annotations

from collections.abc import Iterator

from huella.errors import LedgerRefused
from huella.flow.house import House
from huella.ledger import registry
from huella.store.rights import FINAL, SENT, Move

GAS = 200_000
"""Of one `assign`: at most four storage slots and two events."""


def assign(house: House) -> Iterator[Move]:
    """Move every token whose assignment is anchored. Yields each move once it is final."""
    while (move := step(house)) is not None:
        yield move


def step(house: House) -> Move | None:
    """Bring the next move to its end. None where nothing waits, or the next one waits for its anchor.

    Raises LedgerRefused (reason `Foreign`) where the token is with somebody that no record names.
    """
    waiting = house.rights.moves()
    if not waiting or registry.head(house.ledger).size <= waiting[0].entry:
        return None
    move = waiting[0]
    expected = move.holder or registry.custodian(house.ledger)
    owner = registry.owner_of(house.ledger, move.token)
    if owner not in (expected, move.account):
        raise LedgerRefused(
            f"token {move.token} is with {owner}, not with {expected}",
            reason="Foreign",
            advice="Run `huella audit`: a token moved that no record assigns.",
        )
    if owner != move.account:
        move = _send(house, move, expected)
    house.rights.shift(move, FINAL)
    return next(m for m in house.rights.of_token(move.token) if m.entry == move.entry)


def _send(house: House, move: Move, holder: str) -> Move:
    """Send a move that the chain does not have; whoever loses the race finds it there all the same."""
    try:
        call = registry.assign_call(move.token, holder, move.account, move.entry)
        transaction = house.ledger.send(call, GAS)
    except LedgerRefused:
        if registry.owner_of(house.ledger, move.token) == move.account:
            return move  # another worker sent it meanwhile
        raise
    house.rights.shift(move, SENT, transaction)
    if registry.owner_of(house.ledger, move.token) != move.account:
        raise LedgerRefused(f"the chain does not show the move of token {move.token} yet", reason="Pending")
    return next(m for m in house.rights.of_token(move.token) if m.entry == move.entry)
