"""What every ledger behind the port must do. A new ledger adds its maker to the fixture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import rlp  # type: ignore[import-untyped]
from eth_hash.auto import keccak

import validators
from huella.errors import LedgerRefused
from huella.ledger import registry
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.port import Ledger, Lodging, Lodgings
from huella.ledger.signer import Registrar

REGISTRAR = Registrar(b"\x01" * 32)
CUSTODIAN = "0x" + "c0" * 20


def embedded(folder: Path) -> EmbeddedLedger:
    setup = registry.Setup(REGISTRAR.address, REGISTRAR.address, CUSTODIAN)
    return EmbeddedLedger.create(folder / "chain", REGISTRAR, setup, lambda: datetime.now(UTC), 7331)


@pytest.fixture(params=["embedded", pytest.param("goquorum", marks=pytest.mark.network)])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger with a fresh contract, whose administrator is the registrar."""
    if request.param == "embedded":
        own = embedded(tmp_path)
        yield own
        own.close()
        return
    found = validators.ledger(request.getfixturevalue("network").urls, CUSTODIAN)
    yield found
    found.close()


def leaves(first: int, count: int) -> tuple[bytes, ...]:
    return tuple(sha256(b"%d" % index).digest() for index in range(first, first + count))


def append(ledger: Ledger, count: int, records: bytes = b"") -> str:
    first = registry.head(ledger).size
    orders = registry.orders_bitmap([index % 4 == 0 for index in range(count)])
    data = registry.append_call(first, leaves(first, count), orders, records, b"checkpoint\n")
    return ledger.send(data, registry.gas_for(count, count, len(records) + 11, first))


def test_the_contract_is_named_in_lower_case(ledger: Ledger) -> None:
    assert ledger.contract == "0x" + bytes.fromhex(ledger.contract[2:]).hex()
    assert len(ledger.contract) == 42
    assert ledger.chain_id > 0


def test_what_was_sent_is_what_a_reader_finds(ledger: Ledger) -> None:
    append(ledger, 3)
    sent = append(ledger, 500, records=b"\x07" * 1000)
    batch = ledger.batch(3)
    head = registry.head(ledger)
    assert batch is not None
    assert (batch.first, batch.size, batch.root, batch.time) == (3, 503, head.root, head.time)
    assert batch.leaves == leaves(3, 500)
    assert batch.orders == registry.orders_bitmap([index % 4 == 0 for index in range(500)])
    assert (batch.records, batch.checkpoint) == (b"\x07" * 1000, b"checkpoint\n")
    assert batch.transaction == sent
    assert len(sent) == 66


def test_no_batch_is_found_where_none_begins(ledger: Ledger) -> None:
    append(ledger, 3)
    assert [ledger.batch(first) for first in (1, 2, 3, 4)] == [None] * 4


def test_a_refusal_names_the_custom_error_and_changes_nothing(ledger: Ledger) -> None:
    append(ledger, 1)
    before = registry.head(ledger)
    data = registry.append_call(9, leaves(0, 1), b"\0", b"", b"")
    with pytest.raises(LedgerRefused) as caught:
        ledger.send(data, 1_000_000)
    assert caught.value.reason == "WrongSize"
    assert registry.head(ledger) == before
    append(ledger, 1)


def test_a_read_that_reverts_names_the_custom_error(ledger: Ledger) -> None:
    with pytest.raises(LedgerRefused) as caught:
        ledger.call(keccak(b"ownerOf(uint256)")[:4] + bytes(32))
    assert caught.value.reason == "ERC721NonexistentToken"
    assert registry.owner_of(ledger, 0) is None


def test_a_read_changes_nothing(ledger: Ledger) -> None:
    ledger.call(registry.append_call(0, leaves(0, 1), b"\0", b"", b""))
    assert registry.head(ledger).size == 0


def test_the_same_batch_twice_is_taken_once(ledger: Ledger) -> None:
    data = registry.append_call(0, leaves(0, 5), b"\x01", b"", b"")
    ledger.send(data, 1_000_000)
    with pytest.raises(LedgerRefused):
        ledger.send(data, 1_000_000)
    assert registry.head(ledger).size == 5
    assert registry.balance_of(ledger, CUSTODIAN) == 1


def test_times_never_run_back_between_batches(ledger: Ledger) -> None:
    for _ in range(3):
        append(ledger, 1)
    times = [batch.time for first in range(3) if (batch := ledger.batch(first))]
    assert times == sorted(times)
    assert len(times) == 3


@pytest.mark.slow
def test_the_largest_batches_are_taken(ledger: Ledger) -> None:
    append(ledger, 2048)
    append(ledger, 500, records=bytes(range(256)) * 430)
    assert registry.head(ledger).size == 2548


def test_a_proof_is_of_the_block_it_names(ledger: Ledger) -> None:
    append(ledger, 3)
    proof = ledger.prove(3)
    header = rlp.decode(proof.header)
    assert int.from_bytes(header[8]) == proof.number
    assert keccak(proof.account_proof[0]) == header[3]
    account = rlp.decode(rlp.decode(proof.account_proof[-1])[1])
    assert all(keccak(nodes[0]) == account[2] for nodes in proof.storage_proof)
    for nodes in (proof.account_proof, *proof.storage_proof):
        assert all(len(node) >= 32 for node in nodes[1:])


def test_a_later_block_proves_an_earlier_head(ledger: Ledger) -> None:
    append(ledger, 3)
    head = registry.root_at(ledger, 3)
    append(ledger, 200)
    assert head is not None
    last = rlp.decode(ledger.prove(3).storage_proof[0][-1])
    assert rlp.decode(last[1]) == head.root


# ------------------------------------------------------------------------------------------ lodged digests


def lodge(ledger: Ledger, digest: bytes) -> str:
    return ledger.send(registry.lodge_call(digest), 60_000)


def lodged(ledger: Ledger) -> list[Lodging]:
    """Everything, from the chain's first block to its last, a question after the other."""
    found: list[Lodging] = []
    since = 0
    while (told := ledger.lodged(since)).until >= since:
        found += told.found
        since = told.until + 1
    return found


def test_lodged_digests_are_told_in_their_order_with_sender_block_and_time(ledger: Ledger) -> None:
    append(ledger, 3)
    before = int(datetime.now(UTC).timestamp())
    sent = [lodge(ledger, digest) for digest in leaves(0, 3)]
    append(ledger, 5)
    told = lodged(ledger)
    assert [(each.digest, each.transaction) for each in told] == list(zip(leaves(0, 3), sent, strict=True))
    assert len({each.by for each in told}) == 1
    assert [each.block_number for each in told] == sorted(each.block_number for each in told)
    for each in told:
        assert abs(each.time - before) < 120
        assert (each.position, len(each.block_hash), len(each.by)) == (0, 66, 42)


def test_whoever_goes_on_behind_the_last_block_misses_no_lodged_digest(ledger: Ledger) -> None:
    first = lodge(ledger, leaves(0, 1)[0])
    seen = lodged(ledger)
    end = max(ledger.lodged(seen[-1].block_number).until, seen[-1].block_number)
    assert ledger.lodged(end + 1_000_000) == Lodgings((), end + 999_999)
    second = lodge(ledger, leaves(0, 1)[0])
    assert [each.transaction for each in lodged(ledger)] == [first, second]
    assert [each.transaction for each in ledger.lodged(seen[-1].block_number + 1).found] == [second]


def test_a_batch_is_no_lodged_digest(ledger: Ledger) -> None:
    append(ledger, 4)
    assert lodged(ledger) == []
