"""A watched table that holds orders: each becomes `order.imported`, its PDF by digest, or stamped and kept."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cast import anchored, registry, sealed
from documents import foreign, paper
from documents.orders import CODE
from huella.documents.marks import marks
from huella.documents.stamp import stamp
from huella.errors import InputError
from huella.flow import row_orders
from huella.flow.house import House
from huella.flow.paper import complete_data, order_paper, seal_orders
from huella.flow.publish import newest_entry
from huella.flow.source_watch import SourceWatch, propose_plan, watching
from huella.proof.evidence import parse
from huella.records.draft import Draft
from huella.sources import plan as plans
from procurement import System
from sources.conftest import now, watched

NUMBER = "OCAM-2026-1335-{}-0"
MAP = """
[table.orden.orders]
number = "numero"
entity_ruc = "ruc_entidad"
supplier_ruc = "ruc_proveedor"
total = "total"
pdf = "pdf"
stamp = {stamp}
"""


class Agency:
    """A system of one table of orders with their PDFs, and the registry's plan of it."""

    def __init__(self, folder: Path, stamp: bool = True) -> None:
        path = folder / "siga.db"
        self.source = sqlite3.connect(path, isolation_level=None)
        self.source.execute(
            "CREATE TABLE orden (id INTEGER PRIMARY KEY, numero TEXT, ruc_entidad TEXT, ruc_proveedor TEXT,"
            " total NUMERIC, version INTEGER, pdf BLOB)"
        )
        text = propose_plan(f"sqlite:///{path}", "siga", "polling").text.replace(
            "safety = 10.0", "safety = 0.01"
        )
        self._plan = text + MAP.format(stamp="true" if stamp else "false")

    def put(self, number: int, pdf: bytes | None) -> None:
        """One order."""
        row = (number, NUMBER.format(number), "20131257750", "20100186170", 1475.5, 1, pdf)
        self.source.execute("INSERT INTO orden VALUES (?,?,?,?,?,?,?)", row)

    def plan(self, folder: Path) -> str:
        """The plan in a registry's folder."""
        path = folder / "sources" / "siga.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(self._plan, encoding="utf-8")
        return str(path)


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    return Agency(tmp_path)


def round_(house: House, agency: Agency) -> SourceWatch:
    """What a watch does until it has nothing more to do; it is closed."""
    with watching(house, agency.plan(house.settings.folder)) as watch:
        watch.begin()
        watch.round()
    return watch


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_an_agency_s_pdf_goes_on_record_with_qr_and_code(agency: Agency, tmp_path: Path) -> None:
    theirs = foreign.office()
    agency.put(1, theirs)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        assert round_(house, agency).refused == {}
        anchored(house)
        ours, number = order_paper(house, NUMBER.format(1), original=True), NUMBER.format(1)
        data = complete_data(house, newest_entry(house, number))
        found = marks(ours)
        assert found is not None
        assert (found.number, found.code) == (number, data["verification_code"])
        assert data["documents"][0]["sha256"] == digest(ours) != digest(theirs)
        assert any(code.text.endswith(found.code) for code in paper.codes(ours, 100))
        assert foreign.WORDS in "".join(paper.texts(ours))
        (row,) = house.journal.of_subject("row/siga/orden/1")
        assert digest(theirs).encode() in row.record  # what stands in the source is sealed as it is


def test_the_copy_carries_its_evidence_and_its_bytes_are_those_on_record(
    agency: Agency, tmp_path: Path
) -> None:
    agency.put(1, foreign.office())
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        round_(house, agency)
        anchored(house)
        kept, copy = (order_paper(house, NUMBER.format(1), original=each) for each in (True, False))
        assert copy.startswith(kept)
        with paper.opened(copy) as pdf:
            (evidence,) = (each.get_file().read_bytes() for each in pdf.attachments.values())
        assert parse(evidence).record == newest_entry(house, NUMBER.format(1)).record


def test_a_pdf_that_bears_its_order_s_stamp_is_taken_as_it_is(agency: Agency, tmp_path: Path) -> None:
    number = NUMBER.format(1)
    theirs = stamp(foreign.office(), number, CODE, f"https://huella.example/v/{CODE}", now()).body
    agency.put(1, theirs)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        round_(house, agency)
        anchored(house)
        assert order_paper(house, number, original=True) == theirs
        assert complete_data(house, newest_entry(house, number))["verification_code"] == CODE


@pytest.mark.parametrize(
    ("pdf", "reason"),
    [(b"%PDF-1.7 broken", ""), (None, None),
     (stamp(foreign.office(), NUMBER.format(9), CODE, "https://h.pe/v", now()).body, "another order")],
    ids=["broken", "none", "of another order"],
)  # fmt: skip
def test_what_cannot_be_stamped_is_registered_by_digest_and_told(
    agency: Agency, tmp_path: Path, pdf: bytes | None, reason: str | None
) -> None:
    agency.put(1, pdf)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        refused = round_(house, agency).refused
        data = complete_data(house, newest_entry(house, NUMBER.format(1)))
        assert (refused == {}) == (reason is None)
        assert all((reason or "") in told for told in refused.values())
        assert "verification_code" not in data
        assert [each["sha256"] for each in data.get("documents", [])] == (
            [] if pdf is None else [digest(pdf)]
        )


def test_an_order_is_stamped_once_and_its_changes_follow(agency: Agency, tmp_path: Path) -> None:
    agency.put(1, foreign.office())
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        round_(house, agency)
        agency.source.execute("UPDATE orden SET total = 2000, version = 2 WHERE id = 1")
        agency.put(2, foreign.bare())
        round_(house, agency)
        round_(house, agency)
        kinds = [entry.kind for entry in house.journal.of_subject(NUMBER.format(1))]
        assert kinds == ["order.imported", "order.imported"]
        assert complete_data(house, newest_entry(house, NUMBER.format(1)))["total"] == "2000.00"
        assert len(house.journal.of_subject(NUMBER.format(2))) == 1


def test_what_happens_to_an_order_here_does_not_bring_its_row_again(agency: Agency, tmp_path: Path) -> None:
    agency.put(1, None)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        round_(house, agency)
        acted = Draft(kind="order.accepted", subject=NUMBER.format(1),
                      data={"effective_at": "2026-11-22T15:00:00.000Z", "mode": "explicit"})  # fmt: skip
        sealed(house, acted)
        round_(house, agency)
        kinds = [entry.kind for entry in house.journal.of_subject(NUMBER.format(1))]
        assert kinds == ["order.imported", "order.accepted"]


def test_an_order_that_somebody_seals_meanwhile_is_looked_at_again(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency.put(1, None)
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]

        def late(given: House, drafts: list[Draft], **more: Any) -> Any:
            monkeypatch.undo()
            sealed(house, drafts[0])
            return seal_orders(given, drafts, **more)

        monkeypatch.setattr(row_orders, "seal_orders", late)
        with watching(house, agency.plan(house.settings.folder)) as watch:
            watch.begin()
            watch.round()
            assert watch.refused == {}
        assert len(house.journal.of_subject(NUMBER.format(1))) == 1


def test_a_watch_that_stays_open_registers_what_comes(agency: Agency, tmp_path: Path) -> None:
    with registry(tmp_path / "r", clock=now) as house, watching(house, agency.plan(tmp_path / "r")) as watch:  # type: ignore[arg-type]
        agency.put(1, foreign.office())
        watch.begin()
        watch.round()
        agency.put(2, foreign.office())
        watch.round()
        assert [len(house.journal.of_subject(NUMBER.format(n))) for n in (1, 2)] == [1, 1]


def test_without_the_option_the_pdf_is_named_by_digest(tmp_path: Path) -> None:
    agency = Agency(tmp_path, stamp=False)
    agency.put(1, foreign.office())
    with registry(tmp_path / "r", clock=now) as house:  # type: ignore[arg-type]
        round_(house, agency)
        data = complete_data(house, newest_entry(house, NUMBER.format(1)))
        assert data["documents"][0]["sha256"] == digest(foreign.office())
        assert "verification_code" not in data


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_row_s_bytes_are_read_from_each_product(system: System, tmp_path: Path) -> None:
    with watched(system, tmp_path) as (_, watch):
        rows, name = watch.capture.source.rows, f"{system.at}item"
        table = watch.plan.tables[name]
        assert rows.body(name, table, ["int:3", "int:2"], "ficha") == b"ficha 2"
        assert rows.body(name, table, ["int:3", "int:99"], "ficha") is None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [('pdf = "pdf"', 'pdf = "nada"', "table.orden.orders.pdf"), ('pdf = "pdf"\n', "", "table.orden.orders.stamp"),
     ('total = "total"', 'total = "x"', "table.orden.orders.total")],
)  # fmt: skip
def test_a_map_that_does_not_fit_names_its_place(
    agency: Any, tmp_path: Path, old: str, new: str, field: str
) -> None:
    path = Path(agency.plan(tmp_path))
    text = path.read_text()
    with pytest.raises(InputError) as caught:
        plans.parse(text[:40] + text[40:].replace(old, new))
    assert caught.value.field == field
