"""Lodging: whoever got no receipt puts a digest where the registry cannot take it back, through the registry itself.

digest, signed by its owner's key ─► `lodgings`: due ─► one `lodge(digest)` on the chain ─► sent

The signature ties the digest to a key, so that nobody else can say he lodged it. Everybody may also call the contract
himself, or lodge at a mirror's keeper or a time-stamp authority.
"""

from __future__ import annotations

from typing import Any

from huella.errors import InputError, NotFound
from huella.flow import lodged
from huella.flow.house import House
from huella.ledger import registry
from huella.records import act
from huella.records.identifiers import check_hex, moment
from huella.records.record import Act
from huella.store.desk import Desk
from huella.store.tables_access import lodgings

DUE, SENT = "due", "sent"
GAS = 60_000
MOST = 20
"""Digests of one round of the worker."""
_STATEMENT = "huella/lodge/1\n"


def statement(digest: str) -> bytes:
    """The bytes that the owner of a digest (hex) signs."""
    return f"{_STATEMENT}{digest}\n".encode()


def lodge(house: House, digest: str, signed: Act) -> dict[str, Any]:
    """Take a digest (64 hex digits) and its owner's signature; the worker puts it on the chain. Twice is once.

    InputError where the signature is not this key's over the digest.
    """
    check_hex(digest, "digest")
    if not act.verify(signed, statement(digest)):
        raise InputError("the signature is not of this key over this digest", field="sig")
    Desk(house.engine).put(
        lodgings,
        {
            "digest": digest, "alg": signed.alg, "key": signed.key, "sig": signed.sig,
            "lodged_at": moment(house.now()), "state": DUE,
        },
    )  # fmt: skip
    return find(house, digest)


def find(house: House, digest: str) -> dict[str, Any]:
    """What became of a digest. NotFound where nobody lodged it here."""
    row = Desk(house.engine).one(lodgings, {"digest": digest})
    if row is None:
        raise NotFound("nobody lodged this digest here", field="digest")
    return dict(row)


def due(house: House) -> list[str]:
    """Digests that wait for the chain, the oldest first."""
    rows = Desk(house.engine).many(lodgings, {"state": DUE}, order="lodged_at", limit=MOST)
    return [row["digest"] for row in rows]


def step(house: House, digest: str) -> None:
    """Put one digest on the chain, if it does not stand there: a step that was broken off may have sent it. Two that
    are under way at once may put it there twice; the first one counts, everywhere."""
    transaction = lodged.standing(house, digest)
    if transaction is None:
        transaction = house.ledger.send(registry.lodge_call(bytes.fromhex(digest)), GAS)
    Desk(house.engine).change(
        lodgings, {"digest": digest, "state": DUE}, {"state": SENT, "transaction": transaction}
    )
