"""A stolen registrar's key: found, named, left behind by a successor at the last good size; evidence stays valid."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

import cast
from huella.errors import InputError, LedgerRefused
from huella.flow import chain, registrars, succession
from huella.flow.audit import audit
from huella.flow.house import House, open_house
from huella.flow.publish import evidence_of
from huella.flow.watch import Watch
from huella.flow.worker import Worker, jobs
from huella.ledger import registry, roles
from huella.ledger.signer import Registrar
from huella.proof import trust as trusts
from huella.proof.verify import verify

ROGUE = [bytes([n]) * 32 for n in (1, 2, 3)]


class Folder:
    """A registry's folder, opened again and again."""

    def __init__(self, path: Path, **settings: str) -> None:
        self.path = path
        self.clock = cast.Clock()
        with cast.registry(path, clock=self.clock, anchor__max_leaves=3, **settings) as house:
            cast.sealed(house, *(cast.order(number) for number in range(1, 6)))
            cast.anchored(house)
            self.old = house.trust
            self.evidence = [evidence_of(house, index).encode() for index in range(5)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "registry")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(folder: Folder, stack: ExitStack) -> House:
    return stack.enter_context(open_house(folder.path, folder.clock, os.urandom))


def robbed(house: House, leaves: list[bytes] = ROGUE) -> str:
    """The thief appends."""
    first = registry.head(house.ledger).size
    bits = registry.orders_bitmap([False] * len(leaves))
    return house.ledger.send(registry.append_call(first, leaves, bits, b"", b""), 10_000_000)


def test_a_rogue_batch_is_an_alarm_within_one_round_of_watch_and_worker(
    folder: Folder, stack: ExitStack
) -> None:
    house = opened(folder, stack)
    watch = Watch(house, folder.path / "watch.json")
    assert watch.round() == []
    transaction = robbed(house)
    found = {(each.finding.cls, each.finding.row) for each in watch.round()}
    assert ("foreign", transaction) in found
    told: list[str] = []
    worker = Worker(house, jobs(), lambda job, _item, error, _again: told.append(f"{job}: {error}"))
    worker.round(lambda: False)
    assert worker.exit_code == 1
    assert [line for line in told if line.startswith("anchor: the chain holds 8 entries")]


def test_a_batch_of_our_own_leaves_without_our_checkpoint_is_foreign(
    folder: Folder, stack: ExitStack
) -> None:
    house = opened(folder, stack)
    (sealed,) = cast.sealed(house, cast.order(6))
    robbed(house, [sealed.leaf])  # the thief reads them in the tiles
    with pytest.raises(LedgerRefused, match="the chain holds another batch from entry 5") as refused:
        cast.anchored(house)
    assert refused.value.reason == "Foreign"
    found = succession.standing(house)
    assert (found.size, found.good, found.foreign is not None) == (6, 5, True)


def test_a_successor_goes_on_at_the_last_good_size_and_all_is_clean(folder: Folder, stack: ExitStack) -> None:
    house = opened(folder, stack)
    cast.sealed(house, cast.order(6))
    robbed(house)
    done = succession.succeed(house, "robo de la llave")
    assert (done.before, done.size) == (house.ledger.contract, 5)
    stack.close()
    house = opened(folder, stack)
    assert house.ledger.contract == done.contract
    assert registry.predecessor(house.ledger) == done.before
    cast.sealed(house, cast.order(7))
    assert cast.anchored(house) == 2
    report = audit(house)
    assert (report.findings, report.clean, report.anchored) == ([], True, report.entries)
    assert Watch(house, folder.path / "watch.json").round() == []
    thief = Registrar.load(next((folder.path / "keys").glob("registrar.*.hex")))
    assert not roles.has(house.ledger, "registrar", thief.address)
    ledger = stack.enter_context(chain.open_chain(house.settings, folder.clock, house.trust, thief))
    with pytest.raises(LedgerRefused, match="is not a registrar of the contract"):
        ledger.send(registry.append_call(report.anchored, ROGUE, b"\0", b"", b""), 1_000_000)


def test_evidence_from_before_and_after_verifies_by_the_new_trust_file(
    folder: Folder, stack: ExitStack
) -> None:
    house = opened(folder, stack)
    robbed(house)
    succession.succeed(house, "robo")
    stack.close()
    house = opened(folder, stack)
    cast.anchored(house)
    assert house.trust == trusts.parse((folder.path / "trust.json").read_bytes())
    for evidence in folder.evidence:
        assert verify(evidence, house.trust).overall == "authentic"
        assert verify(evidence, folder.old).overall == "authentic"
    for index in range(house.journal.size()):
        assert verify(evidence_of(house, index).encode(), house.trust).overall == "authentic"
    newest = evidence_of(house, house.journal.size() - 1).encode()
    assert verify(newest, folder.old).check(8).code == "other-network"


def test_a_rogue_head_of_the_predecessor_is_believed_by_nobody(folder: Folder, stack: ExitStack) -> None:
    house = opened(folder, stack)
    robbed(house)
    before = house.ledger
    block = before.prove(8)
    assert block.storage_proof[0]
    succession.succeed(house, "robo")
    trust = trusts.parse((folder.path / "trust.json").read_bytes())
    assert trust.contract_at(5) == folder.old.contract
    assert trust.contract_at(8) != folder.old.contract


def test_without_a_foreign_batch_a_successor_has_to_be_planned(folder: Folder, stack: ExitStack) -> None:
    house = opened(folder, stack)
    with pytest.raises(LedgerRefused, match="no need of a successor") as refused:
        succession.succeed(house, "")
    assert refused.value.reason == "NothingForeign"
    assert succession.succeed(house, "nueva versión", planned=True).size == 5


def test_a_rogue_first_batch_leaves_a_successor_that_begins_anew(tmp_path: Path, stack: ExitStack) -> None:
    clock = cast.Clock()
    with cast.registry(tmp_path, clock=clock) as house:
        cast.sealed(house, cast.order(1))
        robbed(house)
        assert succession.succeed(house, "robo").size == 0
    with open_house(tmp_path, clock, cast.randomness("again")) as house:
        assert cast.anchored(house) == 1
        assert audit(house).findings == []
        assert verify(evidence_of(house, 0).encode(), house.trust).overall == "authentic"


@pytest.mark.parametrize("place", ["change_registrar", "deploy", "note", "replace_durably"])
def test_a_succession_that_was_stopped_goes_on_with_the_same_key_and_contract(
    folder: Folder, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    house = opened(folder, stack)
    robbed(house)
    owner = {"note": registrars, "replace_durably": succession}.get(place, chain)
    real = getattr(owner, place)
    calls = []

    def stop(*given: object, **named: object) -> object:
        calls.append(given)
        if place == "replace_durably" and len(calls) == 1:
            return real(*given, **named)  # the plan is written
        if place in ("deploy", "note"):
            real(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, place, stop)
        with pytest.raises(KeyboardInterrupt):
            succession.succeed(house, "robo")
    stack.close()
    house = opened(folder, stack)
    done = succession.succeed(house, "robo")
    stack.close()
    house = opened(folder, stack)
    assert len(list((folder.path / "keys").glob("registrar*.hex"))) == 2
    assert len(house.trust.predecessors) == 1
    assert registrars.newest(house, succession.SUCCEEDED) == f"{done.contract} {done.before} 5"
    cast.anchored(house)
    assert audit(house).findings == []


def test_no_other_account_of_the_old_contract_stays_granted_on_record(
    folder: Folder, stack: ExitStack
) -> None:
    house = opened(folder, stack)
    registrars.grant(house, "0x" + "07" * 20, "segundo trabajador")
    robbed(house)
    succession.succeed(house, "robo")
    stack.close()
    house = opened(folder, stack)
    assert [(each.recorded == registrars.GRANTED, each.active) for each in registrars.listed(house)] == [
        (True, True), (False, False),
    ]  # fmt: skip


def test_two_thefts_leave_two_predecessors(folder: Folder, stack: ExitStack) -> None:
    for _ in range(2):
        house = opened(folder, stack)
        cast.anchored(house)
        robbed(house)
        succession.succeed(house, "robo")
        stack.close()
    house = opened(folder, stack)
    cast.anchored(house)
    assert [held.until for held in house.trust.predecessors] == sorted(
        {held.until for held in house.trust.predecessors}
    )
    assert len(house.trust.predecessors) == 2
    assert audit(house).findings == []
    for evidence in folder.evidence:
        assert verify(evidence, house.trust).overall == "authentic"


def test_an_administrator_of_its_own_takes_the_stolen_keys_role(tmp_path: Path, stack: ExitStack) -> None:
    folder = Folder(tmp_path / "two keys", keys__administrator="keys/administrator.hex")
    house = opened(folder, stack)
    robbed(house)
    stolen = chain.registrar(house.settings).address
    done = succession.succeed(house, "robo")
    assert (done.untaken, roles.has(house.ledger, "registrar", stolen)) == ((), False)
    stack.close()
    house = opened(folder, stack)
    owner = chain.administrator(house.settings).address
    assert roles.has(house.ledger, "administrator", owner)
    assert not roles.has(house.ledger, "administrator", done.registrar)


# ------------------------------------------------------------------------------------------ registrars


def test_a_second_registrar_sends_until_it_is_revoked_and_all_is_on_record(
    folder: Folder, stack: ExitStack
) -> None:
    house = opened(folder, stack)
    second = Registrar(b"\x07" * 32)
    registrars.grant(house, second.address, "segundo trabajador")
    assert registrars.grant(house, second.address) is None
    with chain.open_chain(house.settings, folder.clock, house.trust, second) as ledger:
        cast.anchored(replace(house, ledger=ledger))
        registrars.revoke(house, second.address)
        cast.sealed(house, cast.order(6))
        with pytest.raises(LedgerRefused, match="is not a registrar of the contract") as refused:
            cast.anchored(replace(house, ledger=ledger))
    assert refused.value.reason == "AccessControlUnauthorizedAccount"
    assert "huella ledger registrars" in refused.value.advice
    assert [(each.recorded, each.active, each.own) for each in registrars.listed(house)] == [
        (None, True, True), (registrars.REVOKED, False, False),
    ]  # fmt: skip
    cast.anchored(house)
    assert audit(house).findings == []


@pytest.mark.parametrize("own_administrator", [False, True])
def test_a_rotated_key_goes_on_and_the_old_one_is_refused(
    tmp_path: Path, stack: ExitStack, own_administrator: bool
) -> None:
    named = {"keys__administrator": "keys/administrator.hex"} if own_administrator else {}
    folder = Folder(tmp_path / "rotated", **named)
    house = opened(folder, stack)
    old, new = registrars.rotate(house)
    cast.sealed(house, cast.order(6))
    with pytest.raises(LedgerRefused, match=f"the account {old} is not a registrar"):
        cast.anchored(house)  # opened with the old key
    stack.close()
    house = opened(folder, stack)
    cast.anchored(house)
    assert chain.registrar(house.settings).address == new
    assert roles.has(house.ledger, "administrator", new) != own_administrator
    assert not roles.has(house.ledger, "administrator", old)
    assert registrars.recorded(house) == {new: registrars.GRANTED, old: registrars.REVOKED}
    assert audit(house).findings == []


@pytest.mark.parametrize(
    ("place", "passed"), [("_set", 1), ("_set", 3), ("_note", 0), ("_note", 1), ("change_registrar", 0)]
)
def test_a_rotation_that_was_stopped_goes_on(
    folder: Folder, stack: ExitStack, monkeypatch: pytest.MonkeyPatch, place: str, passed: int
) -> None:
    house = opened(folder, stack)
    owner = chain if place == "change_registrar" else registrars
    real, calls = getattr(owner, place), []

    def stop(*given: object) -> object:
        calls.append(given)
        if len(calls) > passed:
            raise KeyboardInterrupt
        return real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(owner, place, stop)
        with pytest.raises(KeyboardInterrupt):
            registrars.rotate(house)
    stack.close()
    registrars.rotate(opened(folder, stack))
    stack.close()
    house = opened(folder, stack)
    cast.anchored(house)
    told = registrars.recorded(house)
    active = [account for account in told if roles.has(house.ledger, "registrar", account)]
    assert active == [chain.registrar(house.settings).address]
    assert roles.has(house.ledger, "administrator", active[0])


def test_the_own_account_is_rotated_and_not_revoked(folder: Folder, stack: ExitStack) -> None:
    house = opened(folder, stack)
    with pytest.raises(InputError, match="the registry's own account"):
        registrars.revoke(house, chain.registrar(house.settings).address)
    for wrong in ("0x12", "nobody", "0x" + "00" * 20):
        with pytest.raises(InputError, match=r"40 hex digits|of all zeros"):
            registrars.grant(house, wrong)


def test_who_is_no_administrator_grants_nothing(tmp_path: Path, stack: ExitStack) -> None:
    folder = Folder(tmp_path / "other", keys__administrator="keys/administrator.hex")
    house = opened(folder, stack)
    path = folder.path / "keys" / "administrator.hex"
    path.unlink()
    Registrar(b"\x08" * 32).save(path)
    with pytest.raises(LedgerRefused, match="is not an administrator of the contract"):
        registrars.grant(house, "0x" + "07" * 20)
    assert registrars.recorded(house) == {}
