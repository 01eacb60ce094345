"""The contract's codec: what goes out comes back, and what strangers put on a chain is read with care."""

from __future__ import annotations

import zlib

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from huella.errors import ProofError
from huella.ledger import registry

WORDS = st.binary(min_size=32, max_size=32)
CALLS = st.tuples(
    st.integers(0, 2**64 - 1),
    st.lists(WORDS, max_size=9),
    st.binary(max_size=40),
    st.binary(max_size=70),
    st.binary(),
)


@given(given=CALLS, suffix=st.binary(max_size=64))
def test_an_append_call_is_read_back_with_or_without_a_relays_suffix(
    given: tuple[int, list[bytes], bytes, bytes, bytes], suffix: bytes
) -> None:
    expected, leaves, orders, records, checkpoint = given
    data = registry.append_call(expected, leaves, orders, records, checkpoint)
    assert registry.read_append(data + suffix) == registry.Batch(
        expected, tuple(leaves), orders, records, checkpoint
    )


@given(cut=st.integers(0, 300), junk=st.binary(max_size=400))
def test_malformed_call_data_is_an_error_of_its_own(cut: int, junk: bytes) -> None:
    whole = registry.append_call(1, [b"\x01" * 32], b"\0", b"records", b"note")
    for data in (whole[: min(cut, len(whole) - 33)], registry.APPEND + junk[:160], junk):
        with pytest.raises(ProofError):
            registry.read_append(data)


def test_events_of_other_kinds_are_passed_over() -> None:
    assert registry.read_event([], b"") is None
    assert registry.read_event([b"\x01" * 32], b"") is None
    assert registry.read_event([registry.TRANSFER_TOPIC, bytes(32)], b"") is None


def test_a_malformed_event_is_an_error_of_its_own() -> None:
    with pytest.raises(ProofError):
        registry.read_event([registry.APPENDED_TOPIC, bytes(32)], b"short")


@given(flags=st.lists(st.booleans(), max_size=70))
def test_the_bitmap_is_least_significant_bit_first(flags: list[bool]) -> None:
    bitmap = registry.orders_bitmap(flags)
    assert len(bitmap) == -(-len(flags) // 8)
    assert [bool(bitmap[at // 8] >> at % 8 & 1) for at in range(len(flags))] == flags
    assert sum(byte.bit_count() for byte in bitmap) == sum(flags)


@given(records=st.lists(st.binary(max_size=200)), annexes=st.lists(st.binary(max_size=200), max_size=3))
def test_records_and_annexes_come_back_in_order(records: list[bytes], annexes: list[bytes]) -> None:
    stream = registry.pack_records(records, annexes)
    assert registry.unpack_records(stream, 100_000) == records + annexes
    assert stream == registry.pack_records(records, annexes)
    lengths = b"".join(len(item).to_bytes(4, "big") + item for item in records + annexes)
    assert zlib.decompress(stream) == lengths


def test_no_records_are_an_empty_stream() -> None:
    assert registry.unpack_records(b"", 10) == []


def test_a_stream_that_swells_is_refused_at_the_limit() -> None:
    bomb = registry.pack_records([bytes(50_000_000)], [])
    assert len(bomb) < 100_000
    with pytest.raises(ProofError, match="exceed 1000000 bytes"):
        registry.unpack_records(bomb, 1_000_000)
    assert len(registry.unpack_records(bomb, 50_000_004)[0]) == 50_000_000


@pytest.mark.parametrize(
    "stream",
    [
        b"no zlib",
        registry.pack_records([b"a" * 100], [])[:-5],
        registry.pack_records([b"a"], []) + b"more",
        zlib.compress(b"\0\0\0\x05abc"),
        zlib.compress(b"\0\0\0"),
        zlib.compress(b"\xff\xff\xff\xffabc"),
    ],
)
def test_a_cut_or_continued_stream_is_refused(stream: bytes) -> None:
    with pytest.raises(ProofError):
        registry.unpack_records(stream, 1000)


def test_a_revert_is_named_after_its_custom_error() -> None:
    wrong_size = registry.refusal(keccak4("WrongSize(uint64,uint64)") + encode(["uint64", "uint64"], [3, 7]))
    assert (wrong_size.reason, str(wrong_size)) == ("WrongSize", "the contract refused: WrongSize(3, 7)")
    text = registry.refusal(keccak4("Error(string)") + encode(["string"], ["no"]))
    assert (text.reason, str(text)) == ("Revert", "the contract refused: no")
    assert registry.refusal(keccak4("Panic(uint256)") + encode(["uint256"], [17])).reason == "Panic"
    assert [registry.refusal(data).reason for data in (b"", b"\x01\x02\x03\x04", b"\x01")] == ["Revert"] * 3
    assert registry.refusal(keccak4("WrongSize(uint64,uint64)")).reason == "WrongSize"


def keccak4(signature: str) -> bytes:
    return keccak(signature.encode())[:4]
