"""An imported order adds a record only where it is newer than what is known, whichever road it comes by."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from cast import anchored, natural_order, registry, sealed
from huella.errors import RuleError
from huella.flow import compared, erase
from huella.flow.access import REGISTRAR, Caller
from huella.flow.audit import audit
from huella.flow.hand_in import hand_in_many
from huella.flow.house import House
from huella.flow.seal import Sealed, seal
from huella.records.draft import Draft
from people import OPERATORS, authorise, key

NUMBER = "OCAM-2026-1335-2-0"
WHO = Caller("key:test", "test", frozenset({REGISTRAR}))
STATES = {"PUBLICADA": "2026-11-01", "ACEPTADA": "2026-11-05", "PAGADA": "2026-11-09"}


def told(state: str, **changes: Any) -> Draft:
    """What a source tells of one order (of a natural person) in a state."""
    data = {
        name: natural_order(2).data[name]
        for name in ("entity", "supplier", "currency", "sub_total", "vat", "total")
    }
    origin = {"source": "perucompras", "state": state, "extracted_at": f"{STATES[state]}T05:00:00.000Z"}
    return Draft(kind="order.imported", subject=NUMBER, data={**data, "origin": origin, **changes})


def handed(house: House, *drafts: Draft) -> list[dict[str, Any]]:
    """Hand drafts in as one bulk."""
    lines = [
        json.dumps({"kind": d.kind, "subject": d.subject, "data": d.data, "prev": d.prev}).encode()
        for d in drafts
    ]
    return list(hand_in_many(house, WHO, lines))


def chain(house: House) -> list[str]:
    """The states on record, in order."""
    found = [json.loads(entry.record)["data"] for entry in house.journal.of_subject(NUMBER)]
    return [data["origin"]["state"] for data in found]


def test_the_same_order_handed_in_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        (first,) = handed(house, told("ACEPTADA"))
        (again,) = handed(house, told("ACEPTADA"))
        assert again == {
            "line": 1, "sealed": False, "known": "same", "index": first["index"], "leaf": first["leaf"]
        }  # fmt: skip
        assert chain(house) == ["ACEPTADA"]


def test_a_newer_state_adds_a_record_and_an_older_one_none(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        assert [row["sealed"] for row in handed(house, told("ACEPTADA"), told("PAGADA"))] == [True, True]
        older = handed(house, told("PUBLICADA"), told("ACEPTADA"))
        assert [row["known"] for row in older] == ["older", "older"]
        assert chain(house) == ["ACEPTADA", "PAGADA"]
        anchored(house)
        assert audit(house).exit_code == 0


def test_states_in_one_bulk_each_meet_the_one_before(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        rows = handed(house, *(told(state) for state in ("ACEPTADA", "PUBLICADA", "ACEPTADA", "PAGADA")))
        assert [row.get("known", "new") for row in rows] == ["new", "older", "same", "new"]
        assert [row["line"] for row in rows] == [1, 2, 3, 4]


def test_a_past_that_the_caller_claims_is_not_believed(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        (first,) = handed(house, told("PAGADA"))
        for prev in (first["leaf"], "", "ab" * 32):
            claimed = told("ACEPTADA")
            (row,) = handed(house, Draft(kind=claimed.kind, subject=NUMBER, data=claimed.data, prev=prev))
            assert row["known"] == "older"
        assert chain(house) == ["PAGADA"]


def test_a_contradiction_is_refused_with_its_field(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        handed(house, told("ACEPTADA"))
        (row,) = handed(house, told("ACEPTADA", total="1.00", sub_total="1.00", vat="0.00"))
        assert (row["sealed"], row["code"], row["field"]) == (False, "input", "/data/origin/extracted_at")


def test_no_road_seals_an_imported_order_that_was_not_compared(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        sealed(house, told("ACEPTADA"))
        for draft in (told("ACEPTADA"), told("PAGADA")):
            (outcome,) = seal(house, [draft])
            assert isinstance(outcome, RuleError)
            assert outcome.rule == "first-record-only"
        one, other = (
            Draft(kind="order.imported", subject="OCAM-2026-1335-7-0", data=told("PAGADA").data) for _ in "12"
        )
        assert [isinstance(outcome, Sealed) for outcome in seal(house, [one, other])] == [True, False]


def test_many_threads_hand_in_every_state_and_the_chain_only_goes_forward(
    database_url: str, tmp_path: Path
) -> None:
    with registry(tmp_path, database_url) as house:
        rows: list[dict[str, Any]] = []
        start = threading.Barrier(6)

        def work(states: list[str]) -> None:
            start.wait(60)
            for state in states:
                rows.extend(handed(house, told(state)))

        threads = [threading.Thread(target=work, args=(list(STATES)[:: 1 - 2 * (n % 2)],)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        states = chain(house)
        assert states == sorted(set(states), key=list(STATES).index)
        assert states[-1] == "PAGADA"
        assert sum(row["sealed"] for row in rows) == len(states)
        assert [row for row in rows if "code" in row] == []


def test_an_order_that_others_never_leave_alone_is_refused_at_last(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared, "TRIES", 3)
    with registry(tmp_path, database_url) as house:
        asked = []

        def busy(drafts: list[Draft]) -> list[RuleError]:
            asked.append(len(drafts))
            return [RuleError("another one was faster", rule="first-record-only") for _ in drafts]

        (answer,) = compared.seal_compared(house, [told("PAGADA")], busy)
        assert isinstance(answer, RuleError)
        assert asked == [1, 1, 1]


def test_what_was_erased_does_not_come_back_with_the_same_file(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        for number, party in enumerate(OPERATORS, 21):
            authorise(house, party, number)
        (first,) = handed(house, told("ACEPTADA"))
        asked = erase.request(house, key(21), first["index"], "/supplier/name", "A pedido de la persona.")
        erase.confirm(house, key(22), asked.index)
        (again,) = handed(house, told("ACEPTADA"))
        assert again["known"] == "same"
        (newer,) = handed(house, told("PAGADA"))
        assert newer["sealed"]
