"""The books of hashes: one a day of block time, without gap or double, each naming the one before, issued once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from cast import Clock, anchored, order, registry, sealed
from documents import paper
from huella.errors import InputError, NotFound, SettingsError, StoreError
from huella.flow import audit, book
from huella.flow.book import Books, Issued
from huella.flow.house import House
from huella.flow.worker import Worker, jobs
from huella.proof.paper import embedded
from huella.proof.verify import verify
from huella.records import record
from huella.store.papers import Papers
from huella.store.tables import documents, entries

pytestmark = pytest.mark.slow
FIRST_DAY, SECOND_DAY = date(2026, 11, 23), date(2026, 11, 24)


@contextmanager
def day(folder: Path, url: str | None = None, **settings: Any) -> Iterator[tuple[House, Clock]]:
    """A registry with three orders anchored on one day, and a clock that stands on the next."""
    clock = Clock()
    with registry(folder, url, clock, **settings) as house:
        sealed(house, order(1), order(2))
        anchored(house)
        sealed(house, order(3))
        anchored(house)
        clock.forward(days=1)
        yield house, clock


def issued(house: House) -> list[Issued]:
    list(book.issue_due(house, Books()))
    return Books().all(house)


def told(pdf: bytes) -> dict[str, Any]:
    """libro.json out of a book."""
    value: dict[str, Any] = next(json.loads(raw) for name, raw in embedded(pdf) if name == "libro.json")
    return value


def test_a_day_that_is_over_has_one_book_of_all_its_entries(database_url: str, tmp_path: Path) -> None:
    with day(tmp_path, database_url) as (house, _):
        (made,) = issued(house)
        assert issued(house) == [made]
        pdf = book.book_paper(house, made.entry)
        leaves = [entry.leaf.hex() for entry in house.journal.entries(0, 3)]
    assert (made.name, made.first, made.size) == ("libro-2026-11-23-001", 0, 3)
    assert [each["leaf"] for each in told(pdf)["entries"]] == leaves
    assert all(leaf in paper.text(pdf) for leaf in leaves)


def test_no_book_before_the_day_is_over_in_lima_and_an_hour_of_grace(tmp_path: Path) -> None:
    with day(tmp_path) as (house, clock):
        clock.forward(hours=-12, minutes=30)  # half past midnight in Lima
        assert issued(house) == []
        sealed(house, order(4))
        anchored(house)  # a final block of the next day: nothing of the day before can come any more
        assert [made.size for made in issued(house)] == [3]


def test_books_follow_without_gap_and_name_the_one_before(tmp_path: Path) -> None:
    with day(tmp_path) as (house, clock):
        (first,) = issued(house)
        sealed(house, order(4))
        anchored(house)
        clock.forward(days=5)
        _, second = issued(house)
        pdf = book.book_paper(house, second.entry)
    assert (second.day, second.first, second.size) == (SECOND_DAY, 3, 5)
    assert told(pdf)["previous"] == {"name": first.name, "digest": first.digest, "entry": first.entry}
    assert first.digest[:8] in paper.text(pdf)


def test_a_book_s_own_record_makes_no_day_and_stands_in_the_next_book(tmp_path: Path) -> None:
    with day(tmp_path) as (house, clock):
        issued(house)
        anchored(house)  # the record of the book alone
        clock.forward(days=2)
        assert len(issued(house)) == 1
        sealed(house, order(5))
        anchored(house)
        clock.forward(days=1)
        pdf = book.book_paper(house, issued(house)[-1].entry)
    assert [each["kind"] for each in told(pdf)["entries"]] == ["document.issued", "order.published"]
    assert "Este libro trae también lo anclado el 24/11/2026" in paper.text(pdf)


def test_a_day_with_many_entries_has_several_volumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "LIMIT", 2)
    with day(tmp_path) as (house, _):
        one, two = issued(house)
        pdf = book.book_paper(house, two.entry)
    assert [(each.name[-3:], each.first, each.size) for each in (one, two)] == [("001", 0, 2), ("002", 2, 3)]
    assert "Tomo 2 de 2" in paper.text(pdf)
    assert told(pdf)["previous"]["digest"] == one.digest


def test_a_book_that_was_issued_meanwhile_is_not_issued_again(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        slow = Books()
        volume = slow.due(house)
        assert volume is not None
        assert len(issued(house)) == 1
        assert slow.issue(house, volume) is None
        assert len(Books().all(house)) == 1


def test_a_book_that_another_issues_while_it_is_made_is_not_issued_again(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _), pytest.MonkeyPatch.context() as patch:
        slow, made = Books(), book.compose
        volume = slow.due(house)
        assert volume is not None

        def late(*given: Any) -> Any:
            patch.undo()
            issued(house)
            return made(*given)

        patch.setattr(book, "compose", late)
        assert slow.issue(house, volume) is None
        assert len(Books().all(house)) == 1


def test_who_dies_behind_the_record_has_its_signature_asked_for_later(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        books = Books()
        volume = books.due(house)
        assert volume is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Books, "ask", died)
            with pytest.raises(KeyboardInterrupt):
                books.issue(house, volume)
        assert Papers(house.engine).counts()["due"] == 0
        assert issued(house)[0].name == volume.name
        assert Papers(house.engine).counts()["due"] == 1


def test_who_dies_before_the_record_leaves_nothing_and_it_is_issued_later(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        books = Books()
        volume = books.due(house)
        assert volume is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(book, "decide", died)
            with pytest.raises(KeyboardInterrupt):
                books.issue(house, volume)
        assert Books().all(house) == []
        assert len(issued(house)) == 1


def test_the_worker_issues_anchors_and_signs_it(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        worker = Worker(house, jobs(), died)
        worker.round(lambda: False)
        worker.round(lambda: False)
        (made,) = Books().all(house)
        found = Papers(house.engine).find(f"book/{made.entry}")
        assert found is not None
        assert found.body is not None
        assert audit.audit(house).findings == []
        trusted = house.trust
    ((_, evidence),) = [each for each in embedded(found.body) if each[0].endswith(".huella.json")]
    verdict = verify(evidence, trusted, document=found.body)
    assert (verdict.overall, verdict.check(4).status) == ("authentic", "passed")
    assert b"/ByteRange" in found.body


def test_every_page_says_that_the_development_authority_signs(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        (made,) = issued(house)
        pages = paper.texts(book.book_paper(house, made.entry))
    assert len(pages) > 1
    assert all("Autoridad de desarrollo" in page for page in pages)


def test_a_book_composed_for_another_signature_is_not_signed_by_the_development_authority(
    tmp_path: Path,
) -> None:
    with day(tmp_path, signatures__key="none") as (house, _):
        (made,) = issued(house)
    with registry(tmp_path) as house:
        (tmp_path / "huella.toml").write_text(
            (tmp_path / "huella.toml").read_text().replace('key = "none"', "")
        )
    with registry(tmp_path, None, Clock()) as house, pytest.raises(StoreError, match="do not say"):
        book.to_sign(house, made.entry)


def test_a_book_of_a_past_day_is_made_on_request(tmp_path: Path) -> None:
    with day(tmp_path) as (house, clock):
        clock.forward(days=400)
        assert book.of_day(house, FIRST_DAY).name == "libro-2026-11-23-001"
        with pytest.raises(NotFound, match="no book of 2026-11-25"):
            book.of_day(house, date(2026, 11, 25))
        with pytest.raises(InputError, match="once the day is over"):
            book.of_day(house, date(2027, 12, 29))


def test_bytes_that_are_lost_are_made_again_and_are_the_same(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        (made,) = issued(house)
        before = book.book_paper(house, made.entry)
        with house.engine.begin() as connection:
            connection.execute(delete(documents))
        assert book.book_paper(house, made.entry) == before


def test_the_record_names_the_unsigned_bytes_by_digest_and_size(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        (made,) = issued(house)
        entry, last = house.journal.entry(made.entry), house.journal.entry(2)
        body = house.index.document(made.digest)
    assert entry is not None
    assert last is not None
    assert body is not None
    (named,) = record.files(record.parse(entry.record))
    assert (named.name, named.sha256, named.size) == ("libro.pdf", made.digest, len(body))
    assert record.parse(entry.record).data["of"] == last.leaf.hex()


def test_a_mirror_issues_no_books(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(house), "mirror", property(lambda self: True))
        with pytest.raises(SettingsError, match="mirror"):
            book.of_day(house, FIRST_DAY)


def test_an_entry_that_is_not_what_was_sealed_is_in_no_book(tmp_path: Path) -> None:
    with day(tmp_path) as (house, _):
        with house.engine.begin() as connection:
            other = house.journal.entries(0, 1)[0].record
            connection.execute(update(entries).where(entries.c.index == 1).values(record=other))
        with pytest.raises(StoreError, match="entry 1 is not what was sealed"):
            list(book.issue_due(house, Books()))


def died(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
