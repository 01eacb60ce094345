"""Lodged digests are read back from the chain, and whoever holds an offer back is found out."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

import offer_cases as people
from cast import anchored, fact, order, registry, sealed
from faults.crash import Crash, Step, crash
from huella.errors import LedgerUnreachable, NotFound
from huella.flow import lodge as handing
from huella.flow import lodged, procedure
from huella.flow.house import House
from huella.flow.worker import Worker, jobs
from huella.ledger import registry as codec
from huella.ledger.embedded import EmbeddedLedger
from huella.records import act, offer, offer_file, record
from huella.records.disclosure import b64
from huella.records.record import Act
from huella.store import database
from huella.store.desk import Desk
from huella.store.lodged import Lodged, Register
from people import SUPPLIER, authorise, signed
from rebuild.mirrors import empty, mirror
from tenders import NUMBER, Fair, fair, quote


def lodge(house: House, digest: str) -> None:
    house.ledger.send(codec.lodge_call(bytes.fromhex(digest)), 60_000)


def caught_up(house: House) -> None:
    for _ in lodged.catch_up(house):
        pass


def states(house: House) -> list[str]:
    return [row["state"] for row in lodged.page(house, 0, 100)[0]]


def made(each: Fair) -> tuple[offer_file.OfferFile, str]:
    """An offer's file and the digest that its supplier can lodge."""
    copy = quote(each.request, people.andina())
    return offer.offer_file(copy, each.request), offer_file.digest(copy.offer)


def test_a_lodged_offer_that_was_sealed_names_its_record(tmp_path: Path) -> None:
    with fair(tmp_path / "r") as each:
        file, digest = made(each)
        lodge(each.house, digest)
        (outcome,) = procedure.submit(each.house, [file])
        caught_up(each.house)
        found = lodged.find(each.house, digest, NUMBER)
        assert (found["state"], found["records"][0]["index"]) == ("sealed", outcome.index)  # type: ignore[union-attr]
        assert (found["records"][0]["known_by"], found["records"][0]["subject"]) == (
            "act",
            file.offer.subject,
        )
        assert (found["lodged"][0]["account"], len(found["lodged"])) == (
            codec.custodian(each.house.ledger),
            1,
        )
        assert found["procedure"]["lodged_before"] is True


def test_a_lodged_offer_that_nobody_sealed_is_told_with_its_age_also_by_a_mirror(
    tmp_path: Path, database_url: str
) -> None:
    with fair(tmp_path / "r") as each:
        _, digest = made(each)
        lodge(each.house, digest)
        each.send(quote(each.request, people.rosa()))
        anchored(each.house)
        each.clock.forward(hours=30)
        with mirror(tmp_path / "m", each.house, database=database_url) as copy:
            for house in (each.house, copy):
                caught_up(house)
                found = lodged.find(house, digest, NUMBER)
                assert (found["state"], found["records"]) == ("not-sealed", [])
                assert 29 * 3600 < found["age_seconds"] <= 30 * 3600
                assert found["procedure"]["lodged_before"] is True
                assert states(house) == ["not-sealed"]


def test_an_offer_refused_as_late_that_was_lodged_in_time_shows_both(tmp_path: Path) -> None:
    with fair(tmp_path / "r") as each:
        file, digest = made(each)
        lodge(each.house, digest)
        each.decide()
        procedure.submit(each.house, [file])
        caught_up(each.house)
        found = lodged.find(each.house, digest, NUMBER)
        assert (found["state"], found["records"][0]["known_by"]) == ("refused", "refused")
        assert found["procedure"]["lodged_before"] is True


def test_what_was_lodged_behind_the_deadline_is_told_so(tmp_path: Path) -> None:
    with fair(tmp_path / "r") as each:
        _, digest = made(each)
        each.clock.forward(days=9)
        lodge(each.house, digest)
        caught_up(each.house)
        assert lodged.find(each.house, digest, NUMBER)["procedure"]["lodged_before"] is False
        assert lodged.find(each.house, digest, "REQ-2026-1335-9")["procedure"]["lodged_before"] is None


def test_a_partys_signed_act_is_known_by_its_leaf_and_by_what_it_signs(
    tmp_path: Path, database_url: str
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        authorise(house, SUPPLIER, 1)
        sealed(house, order(1))
        sealed(house, signed(house, fact("order.accepted", 1, mode="explicit"), 1))
        entry = house.journal.entries(2, 3)[0]
        statement = lodged.statement(record.parse(entry.record))
        for digest in (statement, entry.leaf.hex()):
            lodge(house, digest)
        caught_up(house)
        rows, following = lodged.page(house, 0, 100)
        assert [(row["state"], row["records"][0]["index"], row["records"][0]["known_by"]) for row in rows] == [
            ("sealed", entry.index, "act"), ("sealed", entry.index, "leaf"),
        ]  # fmt: skip
        assert following == 2
        assert lodged.page(house, 1, 1)[0][0]["digest"] == entry.leaf.hex()


def test_a_digest_that_nobody_lodged_is_not_here(tmp_path: Path) -> None:
    with registry(tmp_path / "r") as house, pytest.raises(NotFound, match="nobody lodged"):
        lodged.find(house, "ab" * 32)


def test_lodged_twice_is_told_twice_and_taken_over_once(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        for _ in range(2):
            lodge(house, "ab" * 32)
            caught_up(house)
        lodged.look_again(house)
        caught_up(house)
        found = lodged.find(house, "ab" * 32)
        blocks = [place["block"] for place in found["lodged"]]
        assert (len(blocks), blocks) == (2, sorted(set(blocks)))
        assert Register(house.engine).head().kept == 2
        lodge(house, "cd" * 32)
        caught_up(house)
        rows, following = lodged.page(house, 0, 1)
        rest, end = lodged.page(house, following, 9)
        assert [row["digest"] for row in rows + rest] == ["ab" * 32, "cd" * 32]
        assert (end, lodged.page(house, end, 9)) == (3, ([], 3))


@pytest.mark.parametrize("happened", [False, True], ids=["failed", "failed but happened"])
@pytest.mark.parametrize("step", [Step(EmbeddedLedger, "send"), Step(Desk, "change")], ids=str)
def test_a_lodging_that_was_broken_off_stands_on_the_chain_once(
    tmp_path: Path, database_url: str, step: Step, happened: bool
) -> None:
    with registry(tmp_path / "r", database_url) as house:
        digest = "ab" * 32
        owner = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
        word = Act("ed25519", act.public(owner), b64(owner.sign(handing.statement(digest))))
        handing.lodge(house, digest, word)
        with crash(step, happened=happened), pytest.raises(Crash):
            handing.step(house, digest)
        for due in handing.due(house):
            handing.step(house, due)
        caught_up(house)
        assert len(lodged.find(house, digest)["lodged"]) == 1
        found = handing.find(house, digest)
        assert (found["state"], found["transaction"]) == (
            handing.SENT, lodged.find(house, digest)["lodged"][0]["transaction"],
        )  # fmt: skip


def test_the_first_lodging_is_the_earliest_block_in_whichever_order_they_came(
    tmp_path: Path, database_url: str
) -> None:
    """A node left an earlier event out; a second look at the old blocks brings it behind the later ones."""
    digest = "ab" * 32
    with registry(tmp_path / "r", database_url) as house:
        kept = Register(house.engine)
        for block, position in ((30, 0), (7, 2), (7, 1)):
            row = Lodged(
                digest, "0x" + "0a" * 20, "0x01", block, f"0x{block:064x}", position, 1_760_000_000 + block
            )
            assert kept.take(kept.head(), [row], 31)
            lodged.look_again(house)
        found = lodged.find(house, digest)
        assert [place["block"] for place in found["lodged"]] == [7, 7, 30]
        assert [row["position"] for row in kept.of(digest)] == [1, 2, 0]
        assert found["age_seconds"] == int(house.now().timestamp()) - 1_760_000_007


def test_two_that_read_at_once_keep_nothing_twice(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        lodge(house, "ab" * 32)
        kept = Register(house.engine)
        before = kept.head()
        assert lodged.follow(house)
        assert not kept.take(before, [], 99)
        assert not kept.index(7, 9, [])
        assert states(house) == ["not-sealed"]


def test_a_row_that_somebody_wrote_hides_no_offer(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "r", database_url) as house:
        sealed(house, order(1))
        lodge(house, "ab" * 32)
        caught_up(house)
        with database.writing(house.engine) as connection:
            connection.execute(text("INSERT INTO statements VALUES (:d, 0)"), {"d": "ab" * 32})
        assert lodged.find(house, "ab" * 32)["state"] == "not-sealed"
        assert states(house) == ["not-sealed"]


def test_nothing_is_called_not_sealed_before_every_record_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lodged, "STEP", 1)
    with registry(tmp_path / "r") as house:
        sealed(house, *(order(n) for n in range(1, 4)))
        lodge(house, "ab" * 32)
        assert lodged.follow(house)
        assert [lodged.find(house, "ab" * 32)["state"] for _ in range(3)] == [
            "unknown",
            "unknown",
            "not-sealed",
        ]
        Register(house.engine).clear_index()
        assert lodged.find(house, "ab" * 32)["entries"] == 1


def test_the_worker_reads_lodged_digests_and_waits_while_the_chain_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registry(tmp_path / "r") as house:
        lodge(house, "ab" * 32)
        failed: list[str] = []
        worker = Worker(house, [job for job in jobs() if job.name == "lodged"], lambda *told: failed.append(told[0]),
                        iter(range(0, 9_000, 100)).__next__)  # fmt: skip

        def away(_: int) -> None:
            raise LedgerUnreachable("no node answered")

        with monkeypatch.context() as patched:
            patched.setattr(type(house.ledger), "lodged", lambda _, since: away(since))
            worker.round(lambda: False)
        assert (failed, worker.exit_code) == (["lodged"], 3)
        worker.round(lambda: False)
        assert (states(house), worker.exit_code) == (["not-sealed"], 0)


def test_a_mirror_made_later_reads_the_chain_from_its_first_block(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        lodge(house, "ab" * 32)
        sealed(house, order(1))
        anchored(house)
        lodge(house, "cd" * 32)
        with empty(tmp_path / "two", house) as copy:
            caught_up(copy)
            assert [row["digest"] for row in lodged.page(copy, 0, 9)[0]] == ["ab" * 32, "cd" * 32]
