"""Erasure: two persons, on record before anything is destroyed; evidence still verifies, the audit stays clean."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path

import pytest

import offer_cases as cast
from cast import Clock, anchored, order, registry, sealed
from huella.errors import InputError, RuleError
from huella.flow import erase, procedure
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.publish import evidence_of
from huella.proof.verify import verify
from huella.records import offer, record
from huella.records.draft import Draft
from people import OPERATORS, SUPPLIER, authorise, erasure_on_record, key, rule_of

EMAIL = "/destinations/0/contact/email"


def staff(house: House) -> None:
    """Two operators with keys."""
    for number, party in enumerate(OPERATORS, 21):
        authorise(house, party, number)


def opened(house: House, index: int) -> set[str]:
    entry = house.journal.entry(index)
    assert entry is not None
    return set(house.vault.open(index, record.sealed(record.parse(entry.record))))


def refused(house: House, index: int, pointer: str) -> str:
    """The rule that keeps the second operator from erasing."""
    asked = erase.request(house, key(21), index, pointer, "A pedido de la persona.")
    with pytest.raises(RuleError) as caught:
        erase.confirm(house, key(22), asked.index)
    return caught.value.rule


def test_two_operators_erase_and_the_evidence_still_verifies(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        staff(house)
        (receipt,) = sealed(house, order())
        asked = erase.request(house, key(21), receipt.index, EMAIL, "A pedido de la persona.")
        assert EMAIL in opened(house, receipt.index)
        assert erase.confirm(house, key(22), asked.index) is not None
        assert EMAIL not in opened(house, receipt.index)
        anchored(house)
        verdict = verify(evidence_of(house, receipt.index, None).encode(), house.trust)
        assert verdict.overall == "authentic"
        assert audit(house).exit_code == 0


def test_one_person_alone_erases_nothing(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        staff(house)
        authorise(house, SUPPLIER, 1)
        (receipt,) = sealed(house, order())
        asked = erase.request(house, key(21), receipt.index, EMAIL, "A pedido de la persona.")
        for other in (21, 1):
            with pytest.raises(RuleError) as caught:
                erase.confirm(house, key(other), asked.index)
            assert caught.value.rule == "two-operators"
        assert EMAIL in opened(house, receipt.index)


def test_an_erasure_without_its_acts_is_refused_on_every_road(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        (receipt,) = sealed(house, order())
        told = {"digest": "A" * 43, "index": receipt.index, "pointer": EMAIL}
        assert (
            rule_of(house, Draft(kind="disclosure.erased", subject="registry", data=told)) == "two-operators"
        )
        ask = {"action": "erasure.requested", "subject": f"0{EMAIL}"}
        assert rule_of(house, Draft(kind="operator.acted", subject="registry", data=ask)) == "key-authorised"


def test_a_crash_between_record_and_destruction_is_finished_by_repeating(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        (receipt,) = sealed(house, order())
        erasure_on_record(house, receipt.index, EMAIL)
        assert EMAIL in opened(house, receipt.index)
        asked = house.journal.size() - 2
        for _ in range(2):
            assert erase.confirm(house, key(22), asked) is None
            assert EMAIL not in opened(house, receipt.index)
        assert audit(house).clean


def test_nothing_is_erased_while_a_procedure_needs_it(database_url: str, tmp_path: Path) -> None:
    clock = Clock(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    contact = "/destinations/0/contact/name"
    with registry(tmp_path, database_url, clock) as house:
        staff(house)
        data = copy.deepcopy(cast.REQUIREMENT)
        (first,) = sealed(house, Draft(kind="requirement.published", subject=cast.SUBJECT, data=data))
        assert refused(house, first.index, contact) == "erase-after-procedure"
        placed = procedure.placed(house, cast.SUBJECT)[0]
        request = offer.quotation_request([(placed.record, placed.annexes)])
        made = offer.compose(request, cast.andina(), cast.quotation(confidential=None))
        (received,) = procedure.submit(house, [offer.offer_file(made, request)])
        assert refused(house, received.index, "/requirement") == "erase-no-input"  # type: ignore[union-attr]
        procedure.cancel(house, cast.SUBJECT, "Sin presupuesto")
        assert refused(house, first.index, contact) == "erase-after-procedure"
        clock.forward(days=20)
        asked = erase.request(house, key(21), first.index, contact, "A pedido de la persona.")
        assert erase.confirm(house, key(22), asked.index) is not None
        assert audit(house).clean


def test_what_is_not_sealed_cannot_be_erased(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        staff(house)
        sealed(house, order())
        with pytest.raises(InputError, match="seals nothing"):
            erase.request(house, key(21), 2, "/total", "")
