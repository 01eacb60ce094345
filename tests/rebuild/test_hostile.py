"""What a node, a registrar's thief or a dishonest registry puts on the chain: a mirror takes over nothing of it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from attacks.thief import big_order
from cast import anchored, order, registry, sealed
from huella.errors import HuellaError, LedgerRefused, LedgerUnreachable, ProofError
from huella.flow.house import House
from huella.flow.rebuild import rebuild
from huella.flow.sources import sources
from huella.ledger import registry as contract
from huella.ledger.embedded import EmbeddedLedger
from huella.ledger.port import Anchored
from rebuild.mirrors import assert_same, empty, mirror

Change = Callable[[Anchored, list[bytes]], Anchored]


def _records(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    return lambda found, items: replace(found, records=contract.pack_records(change(items), []))


LIES: dict[str, tuple[Change, str]] = {
    "another record": (_records(lambda r: [r[0].replace(b"2950.00", b"9950.00"), *r[1:]]), "its leaf"),
    "swapped records": (_records(lambda r: [r[1], r[0], *r[2:]]), "its leaf"),
    "a record less": (_records(lambda r: r[:2]), "2 records for 3 leaves"),
    "no annex": (_records(lambda r: r[:3]), "annex"),
    "garbage": (lambda found, _: replace(found, records=b"garbage"), "zlib"),
    "cut": (lambda found, _: replace(found, records=found.records[:-9]), "cut"),
    "no token": (lambda found, _: replace(found, orders=bytes(1)), "whether it is an order"),
    "other leaves": (lambda found, _: replace(found, leaves=(bytes(32), *found.leaves[1:])), "its leaf"),
    "other root": (lambda found, _: replace(found, root=bytes(32)), "another head"),
    "no checkpoint": (lambda found, _: replace(found, checkpoint=b""), "did not sign"),
    "digests only": (lambda found, _: replace(found, records=b""), "digests only"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_chain_is_refused_and_nothing_of_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    change, reason = LIES[lie]
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2), big_order(3))
        anchored(house)
        with empty(tmp_path / "two", house) as copy:
            honest = EmbeddedLedger.batch

            def batch(ledger: EmbeddedLedger, first: int) -> Anchored | None:
                found = honest(ledger, first)
                return found and change(found, contract.unpack_records(found.records, 1 << 24))

            with monkeypatch.context() as patch:
                patch.setattr(EmbeddedLedger, "batch", batch)
                with pytest.raises((LedgerRefused, ProofError), match=reason):
                    list(rebuild(copy))
            assert (copy.journal.size(), copy.anchors.anchored()) == (0, 0)
            list(rebuild(copy))
            assert_same(house, copy)


def test_a_foreign_batch_stops_the_mirror_behind_the_last_good_one(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order())
        anchored(house)
        call = contract.append_call(1, [bytes(32)], b"\0", b"", b"")
        house.ledger.send(call, 10_000_000)
        with empty(tmp_path / "two", house) as copy, pytest.raises(LedgerRefused) as refused:
            list(rebuild(copy))
        assert refused.value.reason == "Foreign"
        with empty(tmp_path / "two", house) as copy:
            assert copy.journal.size() == 1


def test_a_chain_that_forgot_its_batches_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order())
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            monkeypatch.setattr(contract, "root_at", lambda *_: None)
            with pytest.raises(LedgerRefused) as refused:
                list(rebuild(copy))
            assert refused.value.reason == "Behind"


def test_memory_is_that_of_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: while a batch is unpacked, no earlier one's records are held any more."""
    unpack, alive, most = contract.unpack_records, weakref.WeakSet[Any](), []

    class Items(list[bytes]):
        __hash__ = object.__hash__  # type: ignore[assignment]

    def counted(stream: bytes, limit: int) -> list[bytes]:
        most.append(len(alive))
        made = Items(unpack(stream, limit))
        alive.add(made)
        return made

    with registry(tmp_path / "one", anchor__max_leaves=5) as house:
        sealed(house, *(order(n) for n in range(1, 41)))
        anchored(house)
        with empty(tmp_path / "two", house) as copy:
            monkeypatch.setattr(contract, "unpack_records", counted)
            pages = [batch.size - batch.first for batch in rebuild(copy)]
    assert pages == [5] * 8
    assert max(most) <= 1


def test_digests_are_filled_from_another_folder_and_never_believed(tmp_path: Path) -> None:
    with registry(tmp_path / "one", ledger__publish="digests") as house:
        sealed(house, order(1), big_order(2))
        anchored(house)
        with empty(tmp_path / "two", house) as copy:
            _refused(copy, None)
            with sources([tmp_path / "one"]) as given:
                assert len(list(rebuild(copy, given))) == 1
            assert_same(house, copy)


def test_entry_bundles_fill_digests(tmp_path: Path) -> None:
    with registry(tmp_path / "one", ledger__publish="digests") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        entries = [entry.record for entry in house.journal.entries(0, 2)]
        (tmp_path / "bundle").write_bytes(b"".join(len(raw).to_bytes(2) + raw for raw in entries))
        (tmp_path / "half").write_bytes(len(entries[0]).to_bytes(2) + entries[0])
        with empty(tmp_path / "two", house) as copy:
            _refused(copy, tmp_path / "half")
            with sources([tmp_path / "bundle"]) as given:
                list(rebuild(copy, given))
            assert_same(house, copy)


def _refused(copy: House, path: Path | None) -> None:
    with sources([path] if path else []) as given, pytest.raises(HuellaError, match="digests only"):
        list(rebuild(copy, given))
    assert copy.journal.size() == 0


def test_a_silent_node_is_asked_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order())
        anchored(house)
        with empty(tmp_path / "two", house) as copy:
            with monkeypatch.context() as patch:
                patch.setattr(EmbeddedLedger, "batch", lambda *_: None)
                with pytest.raises(LedgerUnreachable):
                    list(rebuild(copy))
            list(rebuild(copy))
            assert_same(house, copy)
