"""Makes goquorum.json: headers, seals and proofs of a real GoQuorum network, as its nodes tell them.

    PYTHONPATH=src:tests .venv/bin/python tests/vectors/from_network.py        (after `make goquorum`)

Not part of make.py: each run is another network. Four validators make blocks, a registry takes two batches, then one
validator is killed, so that a later block is sealed in a round above 0 by the other three.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import networks
import validators
from huella.ledger import registry
from huella.ledger.blocks import header_bytes, header_of
from huella.ledger.rpc import Rpc
from huella.ledger.signer import Registrar
from huella.network.local import Local
from huella.proof import rlp

OUT = Path(__file__).with_name("goquorum.json")
BLOCKS = 40


def main() -> None:
    """One network, its vectors into the file beside this one."""
    geth = networks.program()
    if geth is None:
        raise SystemExit("GoQuorum is not built: make goquorum")
    with networks.running(geth) as network:
        OUT.write_text(json.dumps(vectors(network), indent=1) + "\n", encoding="utf-8")


def vectors(network: Local) -> dict[str, Any]:
    """What the network tells."""
    registrar = Registrar(os.urandom(32))
    trust = validators.trust(network.urls, registrar, "0x" + "c0" * 20)
    ledger = validators.opened(network.urls, trust, registrar)
    for first, count in ((0, 3), (3, 5)):
        leaves = [sha256(b"%d" % index).digest() for index in range(first, first + count)]
        ledger.send(registry.append_call(first, leaves, b"\1", b"", b"note"), 500_000)
    proofs = []
    for size in (3, 8, 5):
        held, block = registry.root_at(ledger, size), ledger.prove(size)
        proofs.append({
            "size": size, "root": (held.root if held else b"").hex(), "time": held.time if held else 0,
            "header": block.header.hex(), "account_proof": [node.hex() for node in block.account_proof],
            "storage_proof": [[node.hex() for node in proof] for proof in block.storage_proof],
        })  # fmt: skip
    ledger.close()
    node = Rpc(network.urls[0])
    first_blocks = [node.ask("eth_getBlockByNumber", hex(number), False) for number in range(4)]
    network.kill(network.names[-1:])
    network.wait_for_blocks(BLOCKS // 5, 120)
    head = int(node.ask("eth_blockNumber"), 16)
    later = [node.ask("eth_getBlockByNumber", hex(number), False) for number in range(head - 6, head + 1)]
    node.close()
    return {
        "note": "GoQuorum 22.7.4, QBFT, four validators on loopback; made by from_network.py",
        "chain_id": trust.chain_id,
        "contract": trust.contract.hex(),
        "code_hash": (trust.code_hash or b"").hex(),
        "validators": sorted(address.hex() for address in network.validators),
        "headers": [told(block) for block in (*first_blocks, *later)],
        "proofs": proofs,
    }


def told(block: dict[str, Any]) -> dict[str, Any]:
    """A block's header as bytes, and what it has to give."""
    header, raw = header_of(block, "qbft")
    round_ = rlp.decode(header.fields[12], "extraData")[3]
    assert raw == header_bytes(block)
    return {
        "number": header.number, "hash": block["hash"][2:], "round": int.from_bytes(round_, "big"), "header": raw.hex()
    }  # fmt: skip


if __name__ == "__main__":
    main()
