"""The registrar's key at a signing service: JSON-RPC `eth_signTransaction`, as Web3Signer and nodes with unlocked
accounts answer it. What comes back is believed only after it was read and compared."""

from __future__ import annotations

from typing import Any

from coincurve import PublicKey

from huella.errors import LedgerUnreachable, ProofError, SettingsError
from huella.ledger.rpc import NodeError, NodeSilent, Rpc, octets
from huella.ledger.signer import Transaction, account_of, digest_of, sealed
from huella.proof import rlp


class ServiceSigner:
    """An account whose key a service holds. Safe between threads."""

    def __init__(self, rpc: Rpc, account: str) -> None:
        """`account` is 0x and 40 hex digits. Nothing is asked yet."""
        self._rpc = rpc
        self._account = account.lower()

    @property
    def address(self) -> str:
        """See Signer."""
        return self._account

    def sign(self, transaction: Transaction) -> bytes:
        """See Signer. LedgerUnreachable where the service does not answer; SettingsError where it refuses, or signs
        something else, or with another key."""
        tx = transaction
        asked: dict[str, Any] = {
            "from": self._account, "nonce": hex(tx.nonce), "gasPrice": hex(tx.gas_price), "gas": hex(tx.gas),
            "value": "0x0", "data": "0x" + tx.data.hex(), "chainId": hex(tx.chain_id),
        }  # fmt: skip
        if tx.to:
            asked["to"] = "0x" + tx.to.hex()
        try:
            told = self._rpc.ask("eth_signTransaction", asked)
            raw = octets(told.get("raw") if isinstance(told, dict) else told, "the signed transaction")
        except NodeError as error:
            raise SettingsError(
                f"the signing service refuses to sign: {error.said}",
                advice="Compare the account, the chain's id and the service's rules with huella.toml.",
            ) from None
        except NodeSilent as error:
            raise LedgerUnreachable(
                f"the signing service gives no answer: {error}",
                advice="Sealing goes on; anchoring continues by itself once the service answers.",
            ) from None
        self._check(tx, raw)
        return raw

    def _check(self, transaction: Transaction, raw: bytes) -> None:
        """SettingsError unless the bytes are this transaction, signed by this account."""
        try:
            *_, v, r, s = rlp.decode(raw, "the signed transaction")
            parity = int.from_bytes(v) - 35 - 2 * transaction.chain_id
            signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([parity])
            if parity not in (0, 1) or raw != sealed(transaction, signature):
                raise ValueError
            found = PublicKey.from_signature_and_message(signature, digest_of(transaction), hasher=None)
            right = account_of(found.format(compressed=False)) == self._account
        except (ProofError, ValueError, TypeError, AttributeError):
            raise SettingsError("the signing service signed another transaction than it was given") from None
        if not right:
            raise SettingsError(f"the signing service signed with another key than that of {self._account}")
