"""Measures the contract's gas on the embedded chain, always the same numbers, and prints the report as JSON.

    gas.py > gas-report.json

A test compares the committed report with a fresh one. Leaves and records are fixed: what stands in for compressed
records is as long as pack_records makes the orders of `order`, but its bytes do not depend on the zlib at hand.
"""

from __future__ import annotations

import json
import random
import tempfile
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from huella.ledger import registry
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.signer import Registrar

REGISTRAR = Registrar(b"\x01" * 32)
CUSTODIAN = "0x" + "c0" * 20
SUPPLIER = "0x" + "5e" * 20
RECORD_BYTES = 200  # a record's share of a compressed batch of 500
BATCHES = 4


def order(seed: int) -> bytes:
    """An order's record of about 900 bytes: what compresses in it does so as in real ones."""
    chance = random.Random(seed)  # noqa: S311 - the same figures every time
    number = f"OCAM-2026-{chance.randrange(100, 3000)}-{chance.randrange(1, 400)}-0"
    amount = chance.randrange(5_000, 9_000_000)
    record = {
        "data": {
            "agreement": "EXT-CE-2021-7",
            "currency": "PEN",
            "deliveries": [
                {
                    "days": chance.randrange(3, 40),
                    "number": 1,
                    "ubigeo": f"{chance.randrange(10101, 250401):06}",
                }
            ],
            "entity": {
                "ruc": f"20{chance.randrange(10**9):09}",
                "name": f"MUNICIPALIDAD DISTRITAL {chance.randrange(1874)}",
            },
            "items": [
                {
                    "code": str(chance.randrange(10**8)),
                    "price": f"{amount / 100:.2f}",
                    "quantity": "1",
                    "unit": "UND",
                }
            ],
            "number": number,
            "supplier": {
                "ruc": f"20{chance.randrange(10**9):09}",
                "name": f"COMERCIAL {chance.randrange(9000)} S.A.C.",
            },
            "totals": {"igv": f"{amount * 18 // 100 / 100:.2f}", "subtotal": f"{amount / 100:.2f}"},
        },
        "files": [
            {
                "media_type": "application/pdf",
                "name": "orden.pdf",
                "sha256": chance.randbytes(32).hex(),
                "size": 48211,
            }
        ],
        "format": "huella/record/1",
        "kind": "order.published",
        "prev": None,
        "recorded_at": f"2026-11-23T14:{chance.randrange(60):02}:{chance.randrange(10_000, 60_000) / 1000:06.3f}Z",
        "recorded_by": "perucompras",
        "sealed": {
            pointer: urlsafe_b64encode(chance.randbytes(32)).decode().rstrip("=")
            for pointer in ("/supplier/contact/email", "/place/address")
        },
        "seq": 0,
        "subject": number,
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


class Meter:
    """A fresh chain and what each transaction on it used."""

    def __init__(self, folder: Path) -> None:
        setup = registry.Setup(
            administrator=REGISTRAR.address, registrar=REGISTRAR.address, custodian=CUSTODIAN
        )
        start = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
        self.ledger = EmbeddedLedger.create(folder / "chain.sqlite", REGISTRAR, setup, lambda: start, 1337)
        self.size = 0

    def last(self) -> int:
        """Gas of the newest block, which is one transaction."""
        return self.ledger.head_gas()

    def send(self, data: bytes) -> int:
        """Gas of this call."""
        self.ledger.send(data, 30_000_000)
        return self.last()

    def append(self, count: int, record_bytes: int) -> int:
        """Gas of a batch of which every fourth leaf is an order."""
        leaves = [sha256(b"leaf %d" % index).digest() for index in range(self.size, self.size + count)]
        orders = registry.orders_bitmap([index % 4 == 0 for index in range(count)])
        records = random.Random(self.size).randbytes(count * record_bytes)  # noqa: S311 - as above
        checkpoint = sha256(b"checkpoint").digest() * 6
        used = self.send(registry.append_call(self.size, leaves, orders, records, checkpoint))
        self.size += count
        return used


def per_leaf(folder: Path, count: int, record_bytes: int) -> int:
    """Gas a leaf over four batches of `count`, after a first one that is not counted."""
    meter = Meter(folder)
    meter.append(count, record_bytes)
    return sum(meter.append(count, record_bytes) for _ in range(BATCHES)) // (BATCHES * count)


def report() -> dict[str, Any]:
    """Every figure of the report."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(number) for number in range(5)]
        for folder in folders:
            folder.mkdir()
        meter = Meter(folders[0])
        single: dict[str, Any] = {"deploy": meter.last()}
        meter.append(8, 0)
        single["assign, first time"] = meter.send(registry.assign_call(0, CUSTODIAN, SUPPLIER, 7))
        single["lodge"] = meter.send(registry.lodge_call(sha256(b"lodged").digest()))
        single["append, one leaf"] = meter.append(1, 0)
        batches = {
            f"append, a leaf in batches of {count}, {what}": per_leaf(folder, count, size)
            for folder, (count, what, size) in zip(
                folders[1:],
                [
                    (200, "digests only", 0),
                    (500, "digests only", 0),
                    (200, f"with records of {RECORD_BYTES} bytes", RECORD_BYTES),
                    (500, f"with records of {RECORD_BYTES} bytes", RECORD_BYTES),
                ],
                strict=True,
            )
        }
    return {"compiler": registry.artifact()["compiler"], "orders": "every fourth leaf"} | single | batches


if __name__ == "__main__":
    print(json.dumps(report(), indent=2))
