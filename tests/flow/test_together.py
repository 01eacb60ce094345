"""Threads that share one House: nobody waits for ever, and what they hand in at once is sealed together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import offer_cases as people
from cast import anchored, order
from faults.crash import Crash, Step, crash
from flow.test_procedure import NUMBER, opened_registry
from huella.errors import HuellaError, RuleError, StoreError
from huella.flow import seal as sealing
from huella.flow import sign as signing
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.procedure import close, submit
from huella.flow.receipt import receipt
from huella.flow.seal import Outcome, Sealed, seal
from huella.flow.sign import LogSigner
from huella.proof.verify import verify
from huella.records import draft as drafts
from huella.records import offer, offer_file
from huella.records.offer import QuotationRequest, Supplier
from huella.store import database
from huella.store.journal import Held, Journal
from huella.store.vault import Vault

SECONDS = 15.0
"""After so long a thread that has not ended has met a deadlock."""
MANY = 20


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each work gave or raised, all of them started together; a test that hangs is a test that fails."""
    answers: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            answers[place] = work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            answers[place] = error

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads), "a thread waits for ever"
    return answers


def together(house: House, works: Sequence[Callable[[], Any]]) -> list[Any]:
    """The same, with the counter taken until all of them stand before it: they are one group."""
    taken, free = threading.Event(), threading.Event()

    def first(items: list[str]) -> list[str]:
        taken.set()
        while len(house.counter._waiting) < len(works) and not free.wait(0.005):
            pass
        return items

    holder = threading.Thread(target=house.counter.hand_in, args=(["first"], first), daemon=True)
    holder.start()
    assert taken.wait(SECONDS)
    try:
        return at_once(works)
    finally:
        free.set()


def sending(house: House, given: Sequence[bytes]) -> list[Callable[[], Outcome]]:
    """Each file handed in by a thread of its own."""
    return [lambda file=file: submit(house, [file])[0] for file in given]  # type: ignore[misc]


def files(request: QuotationRequest, count: int, label: str = "") -> list[bytes]:
    return [offer_file.write(offer.offer_file(each, request)) for each in copies(request, count, label)]


def copies(request: QuotationRequest, count: int, label: str = "") -> Iterator[Any]:
    for n in range(count):
        supplier = Supplier(people.ORGANISATION, people.key(3), people.salts(f"{label} {n}"))
        yield offer.compose(request, supplier, people.quotation(confidential=None))


def check_sealed(house: House, outcomes: Sequence[Any], first: int = 1) -> None:
    """All sealed, indexes without a gap behind `first`, each with a receipt that stands by itself."""
    assert all(isinstance(outcome, Sealed) for outcome in outcomes), outcomes
    assert sorted(outcome.index for outcome in outcomes) == list(range(first, first + len(outcomes)))
    assert house.journal.size() == first + len(outcomes)
    for outcome in outcomes:
        verdict = verify(receipt(house, outcome.index).encode(), house.trust)
        assert {verdict.check(number).status for number in (2, 3, 5, 6)} == {"passed"}
    anchored(house)
    assert audit(house).exit_code == 0


# ----------------------------------------------------------------------------------------------------- nobody waits


def test_twenty_threads_share_a_house_whose_pool_has_one_connection(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_registry(tmp_path, database_url) as (whole, clock, request):
        given = files(request, MANY // 2)
        monkeypatch.setattr(database, "POOL", 1)
        monkeypatch.setattr(database, "SPARE", 0)
        with open_house(tmp_path, clock, os.urandom) as house:
            offers = [lambda file=file: _twice(house, file) for file in given]  # type: ignore[misc]
            orders = [lambda n=n: seal(house, [order(n)])[0] for n in range(1, MANY // 4 + 1)]  # type: ignore[misc]
            closing = [lambda: close(house, NUMBER)] * (MANY // 4)
            answers = at_once([*offers, *orders, *closing])
        assert all(isinstance(answer, Sealed) for answer in answers[: -len(closing)]), answers
        assert {type(answer) for answer in answers[-len(closing) :]} == {RuleError}  # before the deadline
        assert [entry.index for entry in whole.journal.entries(0, 99)] == list(range(1 + MANY * 3 // 4))
        anchored(whole)
        assert audit(whole).exit_code == 0


def _twice(house: House, file: bytes) -> Outcome:
    """Hand in and take the receipt home."""
    (outcome,) = submit(house, [file])
    assert isinstance(outcome, Sealed)
    assert verify(receipt(house, outcome.index).encode(), house.trust).check(5).status == "passed"
    return outcome


def test_who_waits_too_long_for_another_writer_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_registry(tmp_path, f"sqlite:///{tmp_path / 'db'}") as (house, _, _request):
        monkeypatch.setattr(database, "BUSY_MS", 50)
        with house.journal.hold():
            (answer,) = at_once([lambda: seal(house, [order()])])
        assert isinstance(answer, StoreError)
        assert "nothing was written" in str(answer)


def test_a_pool_that_stays_empty_is_a_clear_error(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_registry(tmp_path, database_url) as (_, clock, _request):
        pass
    for name, value in (("POOL", 1), ("SPARE", 0), ("BUSY_MS", 100)):
        monkeypatch.setattr(database, name, value)
    with open_house(tmp_path, clock, bytes) as house, database.reading(house.engine):
        (answer,) = at_once([house.journal.size])
        assert isinstance(answer, StoreError)
        assert "could not be read" in str(answer)


# ---------------------------------------------------------------------------------------------------- one group


def test_what_threads_hand_in_at_once_is_one_transaction_with_one_signed_head(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        calls = counted(monkeypatch, (Held, "append"), (LogSigner, "_write"), (Vault, "lock"))
        check_sealed(house, together(house, sending(house, files(request, MANY))))
        assert calls == ["append", "_write", "lock"] or sorted(calls) == ["_write", "append", "lock"]


def counted(monkeypatch: pytest.MonkeyPatch, *steps: tuple[type, str]) -> list[str]:
    """The names of these methods as they are called."""
    calls: list[str] = []
    for owner, name in steps:
        real = getattr(owner, name)

        def noted(*given: Any, name: str = name, real: Any = real, **named: Any) -> Any:
            calls.append(name)
            return real(*given, **named)

        monkeypatch.setattr(owner, name, noted)
    return calls


def test_a_bad_offer_in_a_group_spoils_no_other(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        good = files(request, 4)
        cut, forged, twice = good[0][:-9], files(request, 1, "forged")[0], files(request, 1, "twice")[0]
        forged = forged.replace(b'"sig":"', b'"sig":"AAAA', 1)
        (known,) = submit(house, [twice])
        answers = together(house, sending(house, [cut, good[0], twice, good[1], forged, *good[2:]]))
        assert isinstance(known, Sealed)
        assert [answers[n].code for n in (0, 2, 4)] == ["input", "rule", "input"]
        check_sealed(house, [known, *(answers[n] for n in (1, 3, 5, 6))])


def test_what_breaks_a_whole_group_is_met_by_its_author_alone(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        given = files(request, 4)
        poison = offer_file.read_file(given[1]).offer.subject
        real = drafts.finish

        def finish(prepared: Any, **named: Any) -> Any:
            if prepared.subject == poison:
                raise ZeroDivisionError
            return real(prepared, **named)

        monkeypatch.setattr(drafts, "finish", finish)
        answers = together(house, sending(house, given))
        assert isinstance(answers.pop(1), ZeroDivisionError)
        check_sealed(house, answers)


def test_more_than_a_group_holds_becomes_several(tmp_path: Path) -> None:
    with opened_registry(tmp_path, f"sqlite:///{tmp_path / 'db'}") as (house, _, request):
        house.counter._most = 3
        check_sealed(house, together(house, sending(house, files(request, 10))))


# ------------------------------------------------------------------------------------------------- faults in pairs

FAULTS = (
    Step(Vault, "lock"),
    Step(Held, "append"),
    Step(Vault, "keep"),
    Step(sealing, "sign_head"),  # committed before it
    Step(LogSigner, "sign"),
    Step(signing, "replace_durably"),
    Step(Journal, "keep_checkpoint"),
)


@pytest.mark.parametrize("step", FAULTS, ids=str)
def test_a_crash_in_a_group_leaves_each_with_a_true_answer(
    database_url: str, tmp_path: Path, step: Step
) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        answers: list[Any] = []
        for happened in (False, True):
            with crash(step, happened=happened):
                answers += together(house, sending(house, files(request, 3, f"{happened}")))
        assert not any(isinstance(answer, Crash) for answer in answers)
        check_sealed(house, answers)


@contextmanager
def failing_commit(house: House, *, happened: bool, always: bool = False) -> Iterator[list[int]]:
    """The database's connection breaks at the next commit: before it, or after it has happened."""
    dialect: Any = house.engine.dialect
    real: Any = dialect.do_commit
    calls: list[int] = []

    def commit(connection: Any) -> None:
        calls.append(len(calls))
        if len(calls) > 1 and not always:
            real(connection)
            return
        if happened:
            real(connection)
        raise dialect.dbapi.OperationalError("connection lost")

    dialect.do_commit = commit
    try:
        yield calls
    finally:
        dialect.do_commit = real


@pytest.mark.parametrize("happened", [False, True])
def test_a_commit_that_failed_or_seemed_to_is_told_as_it_is(
    database_url: str, tmp_path: Path, happened: bool
) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        given = files(request, 5)
        with failing_commit(house, happened=happened):
            answers = together(house, sending(house, given))
        check_sealed(house, answers)
        assert len({entry.subject for entry in house.journal.entries(1, 99)}) == 5


def test_where_nobody_can_look_nobody_is_told_received(database_url: str, tmp_path: Path) -> None:
    with opened_registry(tmp_path, database_url) as (house, _, request):
        given = files(request, 3)
        with failing_commit(house, happened=True, always=True):
            answers = together(house, sending(house, given))
        assert all(isinstance(answer, StoreError) and "not known" in str(answer) for answer in answers)
        again = [submit(house, [file])[0] for file in given]  # the first try did happen
        assert {outcome.rule for outcome in again if isinstance(outcome, RuleError)} == {"first-record"}
        assert house.journal.size() == 4


def test_what_the_signer_refuses_is_received_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: Any) -> str:
        raise HuellaError("the signer is away")

    with opened_registry(tmp_path, f"sqlite:///{tmp_path / 'db'}") as (house, _, request):
        with monkeypatch.context() as broken:
            broken.setattr(LogSigner, "sign", refuse)
            answers = together(house, sending(house, files(request, 3)))
        assert {type(answer) for answer in answers} == {HuellaError}
