"""A mirror made from the chain alone is the register, without what is personal."""

from __future__ import annotations

from pathlib import Path

import pytest

import offer_cases as people
from attacks.thief import big_order
from cast import anchored, fact, natural_order, order, registry, sealed
from huella.errors import InputError, SettingsError
from huella.flow import clock as clocks
from huella.flow.anchor import anchor
from huella.flow.assign import assign
from huella.flow.audit import audit
from huella.flow.publish import evidence_of
from huella.flow.read import show
from huella.flow.rebuild import rebuild
from huella.flow.seal import seal
from huella.flow.watch import Watch
from huella.flow.worker import Worker, jobs
from huella.proof.verify import verify
from huella.records import calendar
from people import PERSON, SUPPLIER, accepted, authorise
from rebuild.mirrors import assert_same, empty, mirror
from tenders import fair, quote

BANK = "0x" + "b1" * 20


def test_a_mirror_equals_its_original_row_by_row(tmp_path: Path, database_url: str) -> None:
    with registry(tmp_path / "one", anchor__max_leaves=3) as house:
        sealed(house, *(order(n) for n in range(1, 9)), natural_order(9), big_order(10))
        accepted(house, 2)
        anchored(house)
        accepted(house, 3)
        sealed(house, fact("order.rejected", 4, reason="sin stock"))
        anchored(house)
        with mirror(tmp_path / "two", house, database=database_url) as copy:
            assert_same(house, copy)
            report = audit(copy)
            assert (report.exit_code, report.entries) == (0, 13), report.to_dict()


def test_keys_calendars_and_assigned_tokens_are_those_of_the_original(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        for number, party in enumerate((SUPPLIER, PERSON), 1):
            authorise(house, party, number)
        clocks.publish_calendar(house, calendar.PERU)
        sealed(house, order(7, supplier={"ruc": "20100047641", "name": "OTRA SA"}))
        assignee = {"ruc": "20100047218", "name": "BANCO DE EJEMPLO"}
        accepted(house, 7)
        sealed(house, fact("rights.assigned", 7, assignee=assignee, account=BANK))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            assert [move.state for move in copy.rights.moves()] == ["due"]
            assert list(assign(house))
            list(rebuild(copy))
            assert_same(house, copy)
            assert (audit(copy).exit_code, show(copy, "OCAM-2026-1335-7-0")["token"]["owner"]) == (0, BANK)


def test_a_procedure_with_offers_is_mirrored_and_its_audit_is_clean(tmp_path: Path) -> None:
    with fair(tmp_path / "one") as each:
        each.send(quote(each.request, people.andina()), quote(each.request, people.rosa(), "2000"))
        anchored(each.house)
        with mirror(tmp_path / "two", each.house) as copy:
            assert audit(copy).clean
            each.decide()
            assert sum(batch.size - batch.first for batch in rebuild(copy)) >= 4
            assert_same(each.house, copy)
            report = audit(copy)
            assert report.clean, report.to_dict()


def test_evidence_from_a_mirror_is_as_good_as_the_registrys(tmp_path: Path) -> None:
    with registry(tmp_path / "one", anchor__max_leaves=2) as house:
        sealed(house, *(order(n) for n in range(1, 6)))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            for index in range(5):
                assert verify(evidence_of(copy, index).encode(), house.trust).overall == "authentic"
            with pytest.raises(InputError):
                evidence_of(copy, 5)


def test_nothing_personal_is_in_a_mirror(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, natural_order(1))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            assert evidence_of(copy, 0, None).disclosures == ()
            assert evidence_of(house, 0, None).disclosures
        content = b"".join(path.read_bytes() for path in (tmp_path / "two").iterdir() if path.is_file())
        assert b"PERSONA DE EJEMPLO" not in content
        assert not (tmp_path / "two" / "keys").exists()


def test_a_mirror_refuses_to_seal_and_to_anchor_with_one_message(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order())
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            for act in (
                lambda: seal(copy, [order(2)]),
                lambda: list(anchor(copy)),
                lambda: Worker(copy, jobs(), lambda *_: None),
                lambda: copy.signer.sign(1, bytes(32), copy.journal.sealed_leaves),
            ):
                with pytest.raises(SettingsError, match="this is a mirror"):
                    act()
            assert_same(house, copy)


def test_a_mirror_that_is_behind_says_so_and_nothing_worse(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            sealed(house, order(2))
            anchored(house)
            report = audit(copy)
            assert (report.exit_code, dict(report.counts)) == (3, {"behind": 1})
            assert [event.finding.cls for event in Watch(copy, tmp_path / "watch").round()] == ["behind"]
            list(rebuild(copy))
            assert audit(copy).exit_code == 0


def test_who_changes_a_mirror_is_found_by_its_audit(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with mirror(tmp_path / "two", house) as copy:
            with copy.engine.begin() as connection:
                connection.exec_driver_sql('DELETE FROM entries WHERE "index" = 1')
                connection.exec_driver_sql("UPDATE orders SET total = 1 WHERE number = 'OCAM-2026-1335-1-0'")
            found = {(each.cls, each.table, each.column) for each in audit(copy).findings}
            assert {("tampered", "entries", "record"), ("tampered", "orders", "total")} <= found


def test_a_mirror_put_back_to_an_older_copy_shows_it(tmp_path: Path) -> None:
    with registry(tmp_path / "one", anchor__max_leaves=1) as house:
        sealed(house, order(1), order(2))
        anchored(house)
        with empty(tmp_path / "two", house) as copy:
            stepping = rebuild(copy)
            next(stepping)
            older = copy.engine.raw_connection()
            older.driver_connection.execute("VACUUM INTO ?", [str(tmp_path / "older.db")])  # type: ignore[union-attr]
            older.close()
            next(stepping)
        (tmp_path / "older.db").replace(tmp_path / "two" / "huella.db")
        for name in ("huella.db-wal", "huella.db-shm"):
            (tmp_path / "two" / name).unlink(missing_ok=True)
        with empty(tmp_path / "two", house) as copy:
            assert {each.cls for each in audit(copy).findings} == {"tampered"}
            list(rebuild(copy))
            assert audit(copy).exit_code == 0


def test_a_mirror_without_the_logs_key_checks_what_it_can(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order())
        anchored(house)
        with mirror(tmp_path / "two", house, log_key=None) as copy:
            assert_same(house, copy)
            assert (copy.trust.log_keys, copy.trust.origin) == ((), house.trust.origin)
            assert audit(copy).exit_code == 0
            assert verify(evidence_of(copy, 0).encode(), house.trust).overall == "authentic"


def test_a_folder_with_keys_becomes_no_mirror(tmp_path: Path) -> None:
    with registry(tmp_path / "one") as house:
        sealed(house, order())
        anchored(house)
        with pytest.raises(SettingsError, match="registry with keys"), mirror(tmp_path / "one", house):
            pass
