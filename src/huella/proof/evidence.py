"""The evidence file (`.huella.json`) and the fork proof (`.huella-fork.json`): reading and writing.

Reading is check 1 of the verification: JSON, types, encodings and the syntax of proofs. What the members
mean to each other is checked in `verify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from huella.errors import ProofError
from huella.proof.checkpoint import MAX_HASHES, Checkpoint, LogProof, parse_checkpoint, parse_proof
from huella.proof.form import items, member, read_object, unhex
from huella.proof.headers import Header, parse_header, parse_node

FORMAT = "huella/evidence/1"
FORK_FORMAT = "huella/fork/1"
MAX_FILE = 16_777_216
MAX_ANNEXES = 64
MAX_DISCLOSURES = 4096
MAX_NODES = 65
MAX_NODE = 4096
MAX_HEADER = 65_536


@dataclass(frozen=True, slots=True)
class ProofBlock:
    """A final block that shows the contract's storage: raw header and EIP-1186 node lists from the root."""

    number: int
    header: Header
    raw_header: bytes
    account_proof: tuple[bytes, ...]
    root_proof: tuple[bytes, ...]
    time_proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The chain's word for a head: where it stands, and a proof of it where there is one. Hashes are 32
    bytes.
    """

    chain_id: int
    contract: bytes
    size: int
    root: bytes
    transaction: bytes
    block_number: int
    block_hash: bytes
    proof_block: ProofBlock | None = None


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file's name and SHA-256 as the evidence tells them; the record's own list decides."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that proves one record. Without `anchor` it is the receipt of a record that is not
    anchored yet.

    `consistency` None means that the file has no such proof, which is not the same as an empty one.
    """

    record: bytes
    proof: LogProof
    annexes: tuple[bytes, ...] = ()
    disclosures: tuple[str, ...] = ()
    consistency: tuple[bytes, ...] | None = None
    anchor: Anchor | None = None
    files: tuple[NamedFile, ...] = ()

    def encode(self) -> bytes:
        """The evidence file's bytes; ProofError where record or annexes are no text."""
        return orjson.dumps(self.value(), option=orjson.OPT_INDENT_2) + b"\n"

    def value(self) -> dict[str, Any]:
        """The evidence file's JSON object; ProofError where record or annexes are no text."""
        try:
            value: dict[str, Any] = {
                "format": FORMAT,
                "record": self.record.decode(),
                "annexes": [annex.decode() for annex in self.annexes],
                "disclosures": list(self.disclosures),
                "proof": self.proof.encode(),
                "consistency": None
                if self.consistency is None
                else [value.hex() for value in self.consistency],
                "anchor": None if self.anchor is None else _anchor_value(self.anchor),
                "files": [{"name": named.name, "sha256": named.sha256} for named in self.files],
            }
        except UnicodeDecodeError:
            raise ProofError("a record and its annexes are UTF-8 text") from None
        return {name: found for name, found in value.items() if found is not None}


@dataclass(frozen=True, slots=True)
class Fork:
    """Two words that contradict each other: two heads, or one head and what the chain holds."""

    heads: tuple[Checkpoint, ...]
    anchor: Anchor | None = None

    def encode(self) -> bytes:
        """The fork proof's bytes."""
        value: dict[str, Any] = {"format": FORK_FORMAT}
        if self.anchor is None:
            value["heads"] = [head.raw for head in self.heads]
        else:
            value |= {"head": self.heads[0].raw, "anchor": _anchor_value(self.anchor)}
        return orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n"


def parse(raw: bytes) -> Evidence:
    """Read an evidence file; ProofError names the member that is missing or not in its form."""
    return from_value(read_object(raw, MAX_FILE, "the evidence file"))


def from_value(value: dict[str, Any]) -> Evidence:
    """The same from a JSON object that was read strictly (`form.read_object`)."""
    if value.get("format") != FORMAT:
        raise ProofError(f"the evidence file's format is not {FORMAT}")
    disclosures = (
        tuple(items(value, "disclosures", str, MAX_DISCLOSURES, "")) if "disclosures" in value else ()
    )
    if len(set(disclosures)) != len(disclosures):
        raise ProofError("/disclosures holds the same disclosure twice")
    annexes = items(value, "annexes", str, MAX_ANNEXES, "") if "annexes" in value else []
    return Evidence(
        record=member(value, "record", str, "").encode(),
        proof=parse_proof(member(value, "proof", str, "")),
        annexes=tuple(text.encode() for text in annexes),
        disclosures=disclosures,
        consistency=_hashes(value) if "consistency" in value else None,
        anchor=_anchor(member(value, "anchor", dict, "")) if "anchor" in value else None,
        files=_files(value) if "files" in value else (),
    )


def parse_fork(raw: bytes) -> Fork:
    """Read a fork proof: two heads, or a head and an anchor, not both. Says nothing about whether it
    holds.
    """
    value = read_object(raw, MAX_FILE, "the fork proof")
    if value.get("format") != FORK_FORMAT:
        raise ProofError(f"the fork proof's format is not {FORK_FORMAT}")
    if ("heads" in value) == ("head" in value) or ("head" in value) != ("anchor" in value):
        raise ProofError("a fork proof has two heads, or a head and an anchor")
    if "heads" in value:
        notes = items(value, "heads", str, 2, "")
        if len(notes) != 2:
            raise ProofError("/heads holds two signed notes")
        return Fork(tuple(parse_checkpoint(note) for note in notes))
    head = parse_checkpoint(member(value, "head", str, ""))
    return Fork((head,), _anchor(member(value, "anchor", dict, "")))


def _anchor(value: dict[str, Any]) -> Anchor:
    place = "/anchor"

    def word(name: str, width: int = 32) -> bytes:
        return unhex(member(value, name, str, place), width, f"{place}/{name}", "0x")

    block = _proof_block(member(value, "proof_block", dict, place)) if "proof_block" in value else None
    return Anchor(
        chain_id=member(value, "chain_id", int, place),
        contract=word("contract", 20),
        size=member(value, "size", int, place),
        root=word("root"),
        transaction=word("transaction"),
        block_number=member(value, "block_number", int, place),
        block_hash=word("block_hash"),
        proof_block=block,
    )


def _proof_block(value: dict[str, Any]) -> ProofBlock:
    place = "/anchor/proof_block"
    raw_header = unhex(member(value, "header", str, place), None, f"{place}/header", "0x")
    if len(raw_header) > MAX_HEADER:
        raise ProofError(f"{place}/header has more than {MAX_HEADER} bytes")
    storage = items(value, "storage_proof", list, 2, place)
    if len(storage) != 2:
        raise ProofError(f"{place}/storage_proof holds a proof for the root and one for the time")
    return ProofBlock(
        number=member(value, "number", int, place),
        header=parse_header(raw_header),
        raw_header=raw_header,
        account_proof=_nodes(value, "account_proof", place),
        root_proof=_nodes({"0": storage[0]}, "0", f"{place}/storage_proof"),
        time_proof=_nodes({"1": storage[1]}, "1", f"{place}/storage_proof"),
    )


def _nodes(holder: dict[str, Any], name: str, place: str) -> tuple[bytes, ...]:
    nodes = []
    for text in items(holder, name, str, MAX_NODES, place):
        node = unhex(text, None, f"{place}/{name}", "0x")
        if len(node) > MAX_NODE:
            raise ProofError(f"{place}/{name} has a node of more than {MAX_NODE} bytes")
        parse_node(node)
        nodes.append(node)
    return tuple(nodes)


def _hashes(value: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(unhex(text, 32, "/consistency") for text in items(value, "consistency", str, MAX_HASHES, ""))


def _files(value: dict[str, Any]) -> tuple[NamedFile, ...]:
    found = []
    for position, named in enumerate(items(value, "files", dict, 1024, "")):
        place = f"/files/{position}"
        digest = member(named, "sha256", str, place)
        unhex(digest, 32, f"{place}/sha256")
        found.append(NamedFile(member(named, "name", str, place), digest))
    return tuple(found)


def _anchor_value(anchor: Anchor) -> dict[str, Any]:
    value: dict[str, Any] = {
        "chain_id": anchor.chain_id,
        "contract": _0x(anchor.contract),
        "size": anchor.size,
        "root": _0x(anchor.root),
        "transaction": _0x(anchor.transaction),
        "block_number": anchor.block_number,
        "block_hash": _0x(anchor.block_hash),
    }
    block = anchor.proof_block
    if block is not None:
        value["proof_block"] = {
            "number": block.number,
            "header": _0x(block.raw_header),
            "account_proof": [_0x(node) for node in block.account_proof],
            "storage_proof": [
                [_0x(node) for node in block.root_proof],
                [_0x(node) for node in block.time_proof],
            ],
        }
    return value


def _0x(raw: bytes) -> str:
    return "0x" + raw.hex()


def proof_block(
    number: int,
    header: bytes,
    account_proof: tuple[bytes, ...],
    storage: tuple[tuple[bytes, ...], tuple[bytes, ...]],
) -> ProofBlock:
    """A proof block from a node's raw answers; ProofError where the header is no header."""
    return ProofBlock(number, parse_header(header), header, account_proof, storage[0], storage[1])
