"""The fixed cast of the test vectors: keys, a log of seven records, a chain of synthesised blocks.

Everything here is made up: no key is used anywhere else, no header comes from a real network.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from trie import HexaryTrie

import vector_pdf as pdf
from huella.proof import checkpoint, cosignature, headers, merkle, rlp
from huella.records import act, canonical, disclosure

ORIGIN = "example.pe/huella"
CHAIN_ID = 648539
CONTRACT = bytes.fromhex("11" * 20)
CODE_HASH = headers.keccak(b"the contract's code")
TRANSACTION = sha256(b"a transaction").digest()
SIZE, ANCHORED = 5, 7
"""The checkpoint's size, and the size that the chain holds."""


def log_key(name: str) -> Ed25519PrivateKey:
    """An Ed25519 key that is the same at every run."""
    return Ed25519PrivateKey.from_private_bytes(sha256(b"huella test vectors: " + name.encode()).digest())


LOG, OTHER_LOG, SUPPLIER = log_key("log"), log_key("another log"), log_key("supplier")
WITNESS, OTHER_WITNESS = log_key("witness"), log_key("another witness")
VALIDATORS = [PrivateKey(sha256(b"validator %d" % number).digest()) for number in range(4)]
STRANGERS = [PrivateKey(sha256(b"stranger %d" % number).digest()) for number in range(4)]


def address(key: PrivateKey) -> bytes:
    """The Ethereum address of a key."""
    return headers.keccak(key.public_key.format(compressed=False)[1:])[12:]


def verifier(key: Ed25519PrivateKey, name: str = ORIGIN) -> str:
    """The C2SP verifier key of a signing key."""
    return checkpoint.verifier_key(name, key.public_key().public_bytes_raw()).text


def witness(key: Ed25519PrivateKey, name: str) -> str:
    """The C2SP verifier key of a witness."""
    return cosignature.witness_key(name, key.public_key().public_bytes_raw()).text


def salt(number: int) -> bytes:
    """Sixteen bytes, the same at every run."""
    return sha256(b"salt %d" % number).digest()[:16]


# --- records
# -------------------------------------------------------------------------------------------------------


def members(kind: str, subject: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A record's members; `more` holds files, annexes, sealed, act."""
    return {
        "data": data,
        "format": "huella/record/1",
        "kind": kind,
        "prev": None,
        "recorded_at": "2026-11-23T14:05:09.123Z",
        "recorded_by": "perucompras",
        "seq": 0,
        "subject": subject,
        **more,
    }


def file_ref(name: str, body: bytes) -> dict[str, Any]:
    """A document as a record names it."""
    digest = sha256(body).hexdigest()
    return {"media_type": "application/pdf", "name": name, "sha256": digest, "size": len(body)}


EMAIL = disclosure.make(salt(1), "/supplier/contact/email", "ventas@example.pe")
GUIDE = b"%PDF-1.7 a delivery note that is not shown to everybody\n"
DOCUMENT = disclosure.make(salt(2), "/documents/0", file_ref("guia.pdf", GUIDE))

ORDER = members(
    "order.published",
    "OCAM-2026-1335-17-0",
    {"documents": [None], "supplier": {"contact": {}, "name": "PROVEEDOR ÑANDÚ S.A.C."}, "total": "2690.00"},
    files=[file_ref("orden.pdf", pdf.ORIGINAL)],
    sealed={"/documents/0": disclosure.digest(DOCUMENT), "/supplier/contact/email": disclosure.digest(EMAIL)},
)

ANNEX = canonical.encode({"member": "lines", "value": [{"quantity": "1.000", "unit_price": "2.50"}] * 3})
ANNEXED = members(
    "order.published",
    "OCAM-2026-1335-18-0",
    {"total": "7.50"},
    annexes=[{"sha256": sha256(ANNEX).hexdigest(), "size": len(ANNEX)}],
)


def signed_by_supplier(value: dict[str, Any]) -> dict[str, Any]:
    """The record with the supplier's own act."""
    made = act.sign(SUPPLIER, value)
    return {"act": {"alg": made.alg, "key": made.key, "sig": made.sig}, **value}


ACCEPTED = signed_by_supplier(members("order.accepted", "OCAM-2026-1335-17-0", {"how": "explicit"}))


def offer(claimed_price: str | None = None) -> tuple[dict[str, Any], list[str]]:
    """An offer whose act stands inside the sealed bidder, and its disclosures; another content breaks the
    act.
    """
    content = disclosure.make(salt(3), "/content", {"price": "10.00"})
    requirement = disclosure.make(salt(4), "/requirement", "REQ-1")
    signed = disclosure.digest(content)
    if claimed_price is not None:
        content = disclosure.make(salt(3), "/content", {"price": claimed_price})
    value = members("offer.received", "a1b2c3", {"closes_on": "2026-11-30"})
    made = act.sign(SUPPLIER, {**value, "sealed": {"/content": signed}}, act.OFFER_SEALED)
    bidder = disclosure.make(
        salt(5), "/bidder", {"act": {"alg": made.alg, "key": made.key, "sig": made.sig}, "ruc": "20100000001"}
    )
    texts = {"/bidder": bidder, "/content": content, "/requirement": requirement}
    value["sealed"] = {pointer: disclosure.digest(text) for pointer, text in texts.items()}
    return value, [bidder, content]


# --- log
# -----------------------------------------------------------------------------------------------------------


def records_with(record: bytes, index: int) -> list[bytes]:
    """Seven records, this one at `index`."""
    found = [
        canonical.encode(members("delivery.made", f"OCAM-2026-1-{n}-0", {"delivery": n}))
        for n in range(ANCHORED)
    ]
    found[index] = record
    return found


def proof_text(index: int, path: list[bytes], note: str) -> str:
    """A tlog-proof, written without looking at it."""
    head = checkpoint.parse_checkpoint(note)
    return checkpoint.LogProof(index, tuple(path), head).encode()


# --- chain
# ---------------------------------------------------------------------------------------------------------


def storage(heads: dict[int, bytes]) -> HexaryTrie:
    """The contract's storage with these heads (size to root) and some other slots."""
    found = HexaryTrie({})
    for size, root in heads.items():
        root_slot, time_slot = headers.head_slots(size)
        found[headers.keccak(root_slot)] = rlp.encode(root.lstrip(b"\0"))
        found[headers.keccak(time_slot)] = rlp.encode((1_795_000_000).to_bytes(4, "big"))
    for slot in range(1, 4):
        found[headers.keccak(slot.to_bytes(32, "big"))] = rlp.encode(bytes([slot]))
    return found


def state(contract: bytes, storage_root: bytes, code_hash: bytes = CODE_HASH) -> HexaryTrie:
    """A state with the contract and four other accounts."""
    found = HexaryTrie({})
    for number in range(4):
        other = rlp.encode([b"\1", b"", headers.EMPTY_TRIE, headers.keccak(b"")])
        found[headers.keccak(number.to_bytes(20, "big"))] = other
    found[headers.keccak(contract)] = rlp.encode([b"\1", b"", storage_root, code_hash])
    return found


def prove(trie: HexaryTrie, key: bytes) -> list[str]:
    """The node list from the root, as a node's RPC gives it."""
    return ["0x" + rlp.encode(_plain(node)).hex() for node in trie.get_proof(headers.keccak(key)) if node]


def _plain(node: Any) -> Any:
    return [_plain(item) for item in node] if isinstance(node, list | tuple) else bytes(node)


def header(number: int, state_root: bytes, extra: Any) -> list[Any]:
    """A header's fields; `extra` is extraData, as RLP items or as bytes."""
    raw = extra if isinstance(extra, bytes) else rlp.encode(extra)
    zero, gas = bytes(32), (30_000_000).to_bytes(4, "big")
    mix = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
    return [
        sha256(b"parent").digest(),
        sha256(b"ommers").digest(),
        bytes(20),
        state_root,
        zero,
        zero,
        bytes(256),
        b"\1",
        number.to_bytes(8, "big").lstrip(b"\0"),
        gas,
        b"",
        (1_795_000_001).to_bytes(4, "big"),
        raw,
        mix,
        bytes(8),
    ]


def extra_items(consensus: str, round_: int, seals: list[bytes]) -> list[Any]:
    """extraData's five items, with the validators' own list (which no verifier trusts)."""
    validators = sorted(address(key) for key in VALIDATORS)
    vote: Any = [] if consensus == "qbft" else b""
    encoded = round_.to_bytes(4, "big")
    return [bytes(32), validators, vote, encoded.lstrip(b"\0") if consensus == "qbft" else encoded, seals]


def block_hash(consensus: str, number: int, state_root: bytes) -> bytes:
    """The block's hash: round 0 and no seals (QBFT), neither round nor seals (IBFT 2.0)."""
    items = extra_items(consensus, 0, [])
    return _hash(number, state_root, items if consensus == "qbft" else items[:3])


def seal(consensus: str, number: int, state_root: bytes, round_: int, key: PrivateKey) -> bytes:
    """A commit seal: 65 bytes r, s, v over the header with its real round."""
    items = extra_items(consensus, round_, [])
    return key.sign_recoverable(
        _hash(number, state_root, items if consensus == "qbft" else items[:4]), hasher=None
    )


def sealed_header(
    consensus: str,
    number: int,
    state_root: bytes,
    keys: list[PrivateKey],
    signed_round: int = 0,
    shown_round: int = 0,
) -> bytes:
    """A header's RLP with seals; seals over another round than the one shown are worth nothing."""
    seals = [seal(consensus, number, state_root, signed_round, key) for key in keys]
    return rlp.encode(header(number, state_root, extra_items(consensus, shown_round, seals)))


def _hash(number: int, state_root: bytes, items: list[Any]) -> bytes:
    return headers.keccak(rlp.encode(header(number, state_root, items)))


# --- files
# ---------------------------------------------------------------------------------------------------------


def trust_value(**changes: Any) -> dict[str, Any]:
    """The trust file of the cast; a change to None leaves the member out."""
    value = {
        "format": "huella/trust/1",
        "origin": ORIGIN,
        "log_keys": [verifier(LOG)],
        "chain_id": CHAIN_ID,
        "contract": "0x" + CONTRACT.hex(),
        "code_hash": "0x" + CODE_HASH.hex(),
        "consensus": "qbft",
        "validators": [{"from_block": 0, "addresses": ["0x" + address(key).hex() for key in VALIDATORS]}],
        "nodes": [],
        "agree": 2,
    }
    return {name: found for name, found in (value | changes).items() if found is not None}


def anchor_value(  # noqa: PLR0913  (one argument for each thing that a case forges)
    root: bytes,
    *,
    size: int = ANCHORED,
    consensus: str = "qbft",
    heads: dict[int, bytes] | None = None,
    code_hash: bytes = CODE_HASH,
    keys: list[PrivateKey] | None = None,
    number: int = 79,
    **rounds: int,
) -> dict[str, Any]:
    """An anchor with its proof block; `heads` is what the chain holds where that is not this root at this
    size.
    """
    held = storage(heads or {size: root, 1: sha256(b"an older root").digest()})
    accounts = state(CONTRACT, held.root_hash, code_hash)
    raw = sealed_header(
        consensus, number, accounts.root_hash, VALIDATORS[:3] if keys is None else keys, **rounds
    )
    return {
        "chain_id": CHAIN_ID,
        "contract": "0x" + CONTRACT.hex(),
        "size": size,
        "root": "0x" + root.hex(),
        "transaction": "0x" + TRANSACTION.hex(),
        "block_number": 77,
        "block_hash": "0x" + block_hash(consensus, 77, accounts.root_hash).hex(),
        "proof_block": {
            "number": number,
            "header": "0x" + raw.hex(),
            "account_proof": prove(accounts, CONTRACT),
            "storage_proof": [prove(held, slot) for slot in headers.head_slots(size)],
        },
    }


def evidence_value(
    record: dict[str, Any] | bytes | None = None,
    index: int = 3,
    note_key: Ed25519PrivateKey = LOG,
    **chain: Any,
) -> dict[str, Any]:
    """A good evidence file's value, for a record at an index of the log; `chain` goes to `anchor_value`."""
    raw = (
        canonical.encode(ORDER)
        if record is None
        else record
        if isinstance(record, bytes)
        else canonical.encode(record)
    )
    leaves = [merkle.leaf_hash(body) for body in records_with(raw, index)]
    node = merkle.tree_node(leaves)
    note = checkpoint.sign(ORIGIN, SIZE, merkle.root_of(SIZE, node), note_key)
    path = merkle.inclusion_proof(index, SIZE, node)
    return {
        "format": "huella/evidence/1",
        "record": raw.decode(),
        "annexes": [],
        "disclosures": [],
        "proof": proof_text(index, path, note),
        "consistency": [value.hex() for value in merkle.consistency_proof(SIZE, ANCHORED, node)],
        "anchor": anchor_value(merkle.root_of(ANCHORED, node), **chain),
        "files": [{"name": "orden.pdf", "sha256": sha256(pdf.ORIGINAL).hexdigest()}],
    }


def dumps(value: Any) -> str:
    """JSON as the vectors hold it."""
    return json.dumps(value, ensure_ascii=False)
