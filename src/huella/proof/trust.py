"""Trust: which log key, contract, network and validators a reader believes. A parameter, never a global."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import orjson
from cryptography.x509 import load_der_x509_certificate

from huella.errors import ProofError
from huella.proof.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    Signed,
    VerifierKey,
    check_signatures,
    parse_verifier_key,
)
from huella.proof.epoch import Epoch, parse_epochs
from huella.proof.form import items, member, read_object, typed, unhex

FORMAT = "huella/trust/1"
MAX_FILE = 1_048_576
MAX_WITNESSES = 32
_SIGNER = re.compile(r"sha256:[0-9a-f]{64}|(?:CN|O|organizationIdentifier|serialNumber)=.{1,200}")
Consensus = Literal["qbft", "ibft2", "none"]


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """The validators (20-byte addresses) from a block on, until the next set."""

    from_block: int
    addresses: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Papers:
    """Whose signatures on PDFs the reader accepts: authorities of signers and of time stamps (certificates, DER).

    `signers` names those below the authorities that count: `sha256:` and a certificate's digest, or `CN=`, `O=`,
    `organizationIdentifier=`, `serialNumber=` and the value; empty means all.
    """

    authorities: tuple[bytes, ...]
    timestamps: tuple[bytes, ...]
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Predecessor:
    """A contract that held the log up to `until` entries; what came onto it behind them is not of this log.

    `contract` is 20 bytes; `code_hash` None is not compared.
    """

    contract: bytes
    until: int
    code_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader trusts. `agree` of the nodes must say the same; `code_hash` None is not compared.

    `witnesses_needed` of the `witnesses` must have cosigned a head (0: their word is told and not asked for).
    """

    origin: str
    log_keys: tuple[VerifierKey, ...]
    chain_id: int
    contract: bytes
    consensus: Consensus
    code_hash: bytes | None = None
    validators: tuple[ValidatorSet, ...] = ()
    nodes: tuple[str, ...] = ()
    agree: int = 1
    witnesses: tuple[VerifierKey, ...] = ()
    witnesses_needed: int = 0
    papers: Papers | None = None
    predecessors: tuple[Predecessor, ...] = ()
    epochs: tuple[Epoch, ...] = ()

    def ended(self, origin: str) -> Epoch | None:
        """The ended epoch of that origin; None where it is the present one, or another log's."""
        return next((each for each in self.epochs if each.origin == origin), None)

    def signed(self, head: Checkpoint) -> Signed:
        """What the log's keys say of a head: those of the epoch whose origin it names."""
        ended = self.ended(head.origin)
        if ended is not None:
            return check_signatures(head, ended.log_keys, ended.origin)
        keys = [*self.log_keys, *(key for each in self.epochs for key in each.log_keys)]
        return check_signatures(head, keys, self.origin)

    def holds(self, head: Checkpoint) -> bool:
        """Whether a head is signed and of this log: that of an ended epoch only up to what was kept of it."""
        ended = self.ended(head.origin)
        return self.signed(head) == "good" and (ended is None or head.size <= ended.kept)

    def succeeded(self, ended: Epoch, successor: VerifierKey) -> Trust:
        """The trust after the present epoch's end. Where an earlier one's end was lost too, less of that was kept."""
        before = [replace(each, kept=min(each.kept, ended.kept)) for each in self.epochs]
        return replace(self, origin=successor.name, log_keys=(successor,), epochs=(*before, ended))

    def holder(self, size: int) -> Predecessor | None:
        """The predecessor that holds the log's head of `size` entries; None where it is the present contract."""
        return next((each for each in self.predecessors if size <= each.until), None)

    def contract_at(self, size: int) -> bytes:
        """The contract (20 bytes) that holds the log's head of `size` entries."""
        held = self.holder(size)
        return self.contract if held is None else held.contract

    def code_hash_at(self, size: int) -> bytes | None:
        """The hash of that contract's code; None where it is not compared."""
        held = self.holder(size)
        return self.code_hash if held is None else held.code_hash

    def validators_at(self, number: int) -> frozenset[bytes] | None:
        """The trusted validators of a block; None where the file names none that early."""
        found = None
        for named in self.validators:
            if named.from_block <= number:
                found = named.addresses
        return found

    def encode(self) -> bytes:
        """The trust file's bytes, indented for people."""
        value: dict[str, Any] = {
            "format": FORMAT,
            "origin": self.origin,
            "log_keys": [key.text for key in self.log_keys],
            "chain_id": self.chain_id,
            "contract": "0x" + self.contract.hex(),
            "code_hash": None if self.code_hash is None else "0x" + self.code_hash.hex(),
            "consensus": self.consensus,
            "validators": [
                {
                    "from_block": named.from_block,
                    "addresses": ["0x" + a.hex() for a in sorted(named.addresses)],
                }
                for named in self.validators
            ],
            "nodes": list(self.nodes),
            "agree": self.agree,
            "papers": None if self.papers is None else _papers_value(self.papers),
        }
        if self.predecessors:
            value["predecessors"] = [_predecessor_value(each) for each in self.predecessors]
        if self.epochs:
            value["epochs"] = [each.value() for each in self.epochs]
        if self.witnesses:
            value |= {
                "witnesses": [key.text for key in self.witnesses],
                "witnesses_needed": self.witnesses_needed,
            }
        present = {name: found for name, found in value.items() if found is not None}
        return orjson.dumps(present, option=orjson.OPT_INDENT_2) + b"\n"


def parse(raw: bytes) -> Trust:
    """Read a trust file. ProofError names the member that is missing or not in its form."""
    value = read_object(raw, MAX_FILE, "the trust file")
    if value.get("format") != FORMAT:
        raise ProofError(f"the trust file's format is not {FORMAT}")
    consensus = member(value, "consensus", str, "")
    if consensus not in get_args(Consensus):
        raise ProofError("/consensus is qbft, ibft2 or none")
    keys = tuple(parse_verifier_key(text) for text in items(value, "log_keys", str, 64, ""))
    if len({(key.name, key.key_id) for key in keys}) != len(keys) or not keys:
        raise ProofError("/log_keys names at least one key, and each once")
    code_hash = value.get("code_hash")
    agree = typed(value.get("agree", 1), int, "/agree")
    if agree < 1:
        raise ProofError("/agree is at least 1")
    origin = member(value, "origin", str, "")
    witnesses, needed = _witnesses(value, keys)
    return Trust(
        origin=origin,
        log_keys=keys,
        chain_id=member(value, "chain_id", int, ""),
        contract=unhex(member(value, "contract", str, ""), 20, "/contract", "0x"),
        consensus=consensus,
        code_hash=None
        if code_hash is None
        else unhex(typed(code_hash, str, "/code_hash"), 32, "/code_hash", "0x"),
        validators=_validators(value),
        nodes=tuple(items(value, "nodes", str, 64, "")) if "nodes" in value else (),
        agree=agree,
        witnesses=witnesses,
        witnesses_needed=needed,
        papers=_papers(value),
        predecessors=_predecessors(value),
        epochs=parse_epochs(value, origin),
    )


def _predecessor_value(held: Predecessor) -> dict[str, Any]:
    value: dict[str, Any] = {"contract": "0x" + held.contract.hex(), "until": held.until}
    return value if held.code_hash is None else {**value, "code_hash": "0x" + held.code_hash.hex()}


def _predecessors(value: dict[str, Any]) -> tuple[Predecessor, ...]:
    if "predecessors" not in value:
        return ()
    found = []
    for position, named in enumerate(items(value, "predecessors", dict, 1024, "")):
        place, code = f"/predecessors/{position}", named.get("code_hash")
        contract = unhex(member(named, "contract", str, place), 20, f"{place}/contract", "0x")
        hashed = None if code is None else unhex(typed(code, str, place), 32, f"{place}/code_hash", "0x")
        found.append(Predecessor(contract, member(named, "until", int, place), hashed))
    ends = [held.until for held in found]
    if ends != sorted(set(ends)) or (ends and ends[0] < 0):
        raise ProofError("/predecessors stands in ascending order of until")
    return tuple(found)


def _witnesses(value: dict[str, Any], logs: tuple[VerifierKey, ...]) -> tuple[tuple[VerifierKey, ...], int]:
    """A cosignature does not hold its witness's name: one public key under two names would count twice."""
    texts = items(value, "witnesses", str, MAX_WITNESSES, "") if "witnesses" in value else []
    keys = tuple(parse_verifier_key(text, COSIGNATURE) for text in texts)
    public = {key.public_key for key in keys}
    if len(public) != len(keys) or public & {key.public_key for key in logs}:
        raise ProofError("/witnesses names each public key once, and none of the log's")
    needed = typed(value.get("witnesses_needed", 0), int, "/witnesses_needed")
    if needed > len(keys):
        raise ProofError("/witnesses_needed is at most the number of witnesses")
    return keys, needed


def _validators(value: dict[str, Any]) -> tuple[ValidatorSet, ...]:
    if "validators" not in value:
        return ()
    found: list[ValidatorSet] = []
    for position, named in enumerate(items(value, "validators", dict, 1024, "")):
        place = f"/validators/{position}"
        texts = items(named, "addresses", str, 1024, place)
        addresses = frozenset(unhex(text, 20, f"{place}/addresses", "0x") for text in texts)
        if not addresses or len(addresses) != len(texts):
            raise ProofError(f"{place}/addresses names at least one validator, and each once")
        found.append(ValidatorSet(member(named, "from_block", int, place), addresses))
    blocks = [named.from_block for named in found]
    if blocks != sorted(set(blocks)):
        raise ProofError("/validators stands in ascending order of from_block")
    return tuple(found)


def _papers_value(papers: Papers) -> dict[str, Any]:
    return {
        "authorities": [b64encode(each).decode() for each in papers.authorities],
        "timestamps": [b64encode(each).decode() for each in papers.timestamps],
        "signers": list(papers.signers),
    }


def _papers(value: dict[str, Any]) -> Papers | None:
    if value.get("papers") is None:
        return None
    found = member(value, "papers", dict, "")
    signers = tuple(items(found, "signers", str, 256, "/papers")) if "signers" in found else ()
    if not all(_SIGNER.fullmatch(each) for each in signers):
        raise ProofError(
            "/papers/signers are sha256:…, CN=…, O=…, organizationIdentifier=… or serialNumber=…"
        )
    return Papers(_certificates(found, "authorities"), _certificates(found, "timestamps"), signers)


def _certificates(found: dict[str, Any], name: str) -> tuple[bytes, ...]:
    """Certificates (DER) in base64; each once read."""
    place = f"/papers/{name}"
    try:
        read = tuple(b64decode(text, validate=True) for text in items(found, name, str, 1024, "/papers"))
    except ValueError:
        raise ProofError(f"{place} are certificates in base64") from None
    for each in read:
        try:
            load_der_x509_certificate(each)
        except ValueError:
            raise ProofError(f"{place} are certificates in base64") from None
    return read
