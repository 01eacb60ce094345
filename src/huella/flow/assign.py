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
MANY = 200
"""Moves that are looked at together."""


def assign(house: House) -> Iterator[Move]:
    """Move every token whose assignment is anchored. Yields each move once it is final."""
    while (move := step(house)) is not None:
        yield move


def step(house: House) -> Move | None:
    """Bring the next move to its end. None where nothing waits, or what waits has no anchor yet.

    Raises LedgerRefused (reason `Foreign`) where the token is with somebody that no record names.
    """
    due = waiting(house)
    return carry(house, due[0]) if due else None


def waiting(house: House) -> list[Move]:
    """The next move of each token whose assignment is anchored, in the order of the log; some hundred at a time.

    A token that is stuck holds up its own further moves and no other token's.
    """
    found = house.rights.moves(MANY)
    if not found:
        return []
    anchored = registry.head(house.ledger).size
    first: dict[int, Move] = {}
    for move in found:
        if move.entry < anchored:
            first.setdefault(move.token, move)
    return list(first.values())


def carry(house: House, move: Move) -> Move:
    """Bring one move to its end; what the chain has already is not sent again. LedgerRefused as in `step`."""
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


def follow(house: House, entry: int) -> bool:
    """Bring the token's moves up to the assignment at `entry` to their end, as far as they are anchored. Whether the
    token is now where that assignment says; False where its record names no account."""
    wanted = next((move for move in house.rights.moves(MANY) if move.entry == entry), None)
    if wanted is None:
        return False
    while (move := next((m for m in waiting(house) if m.token == wanted.token), None)) is not None:
        carry(house, move)
        if move.entry >= entry:
            return True
    return False


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
