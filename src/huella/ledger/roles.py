"""Who may write on the contract: its registrars and its administrator (docs/spec/anchor.md, Roles)."""

from __future__ import annotations

from typing import Literal

from huella.errors import InputError, LedgerRefused
from huella.ledger.abi import Unreadable, decode, encode
from huella.ledger.port import Ledger
from huella.proof.headers import keccak
from huella.records.identifiers import chain_address

Role = Literal["registrar", "administrator"]
ROLES: dict[Role, bytes] = {"registrar": keccak(b"REGISTRAR_ROLE"), "administrator": bytes(32)}
GAS = 90_000
"""Enough for a grant or a revocation; either uses about 50,000."""


def account(text: str) -> str:
    """An account as 0x and 40 lower-case hex digits. InputError where it is none, or nobody's (all zero)."""
    raw = chain_address(text, "account")
    if not any(raw):
        raise InputError("the account of all zeros is nobody's", field="account")
    return "0x" + raw.hex()


def grant_call(role: Role, who: str) -> bytes:
    """Call data of `grantRole`, which only an administrator may send."""
    return _call("grantRole(bytes32,address)", role, who)


def revoke_call(role: Role, who: str) -> bytes:
    """Call data of `revokeRole`, which only an administrator may send."""
    return _call("revokeRole(bytes32,address)", role, who)


def has(ledger: Ledger, role: Role, who: str) -> bool:
    """Whether an account has a role on the present contract."""
    try:
        (told,) = decode(["bool"], ledger.call(_call("hasRole(bytes32,address)", role, who)))
    except Unreadable as error:
        message = f"{ledger.contract} does not answer as a registry"
        raise LedgerRefused(
            message, reason="NoRegistry", advice="Check the contract's address and the chain."
        ) from error
    return bool(told)


def _call(signature: str, role: Role, who: str) -> bytes:
    return keccak(signature.encode())[:4] + encode(["bytes32", "address"], [ROLES[role], who])
