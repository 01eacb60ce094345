"""Keys and acts: the operator cannot state what a party that signs did not sign."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

import people
from cast import fact, natural_order, order, registry, sealed
from huella.errors import RuleError
from huella.flow import keys
from huella.flow.audit import audit
from huella.flow.law import Law
from huella.flow.seal import seal
from huella.records import act
from huella.store import database
from huella.store.tables import keys as table
from people import ENTITY, PERSON, SUPPLIER, authorise, rule_of, signed

ACCEPT = fact("order.accepted", 1, mode="explicit")


def test_a_signed_acceptance_is_sealed_and_shown_as_the_partys_own(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, SUPPLIER, 1)
        sealed(house, order())
        sealed(house, signed(house, ACCEPT, 1))
        assert audit(house).clean
        assert keys.known(house, act.public(people.key(1)))["holder"] == SUPPLIER["ruc"]


def test_an_acceptance_cannot_be_forged_for_who_signs(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, SUPPLIER, 1)
        authorise(house, ENTITY, 2)
        sealed(house, order())
        assert rule_of(house, ACCEPT) == "act-required"
        assert rule_of(house, signed(house, ACCEPT, 2)) == "act-of-party"
        assert rule_of(house, signed(house, ACCEPT, 3)) == "key-authorised"


def test_a_conformity_cannot_be_forged_for_who_signs(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, ENTITY, 2)
        sealed(house, order(), ACCEPT, fact("delivery.made", delivery=1))
        conformed = fact("delivery.conformed", delivery=1, observations="Completo.")
        assert rule_of(house, conformed) == "act-required"
        sealed(house, signed(house, conformed, 2))
        assert audit(house).clean


def test_a_revoked_key_signs_nothing_more_and_what_it_signed_stays(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, SUPPLIER, 1)
        sealed(house, order(1), order(2))
        sealed(house, signed(house, ACCEPT, 1))
        keys.revoke(house, SUPPLIER, act.public(people.key(1)))
        assert rule_of(house, signed(house, fact("order.accepted", 2, mode="explicit"), 1)) == "key-revoked"
        sealed(house, fact("order.accepted", 2, mode="explicit"))  # no live key: the operator asserts again
        assert audit(house).clean


def test_a_natural_persons_key_is_known_by_the_vault_alone(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, PERSON, 4)
        sealed(house, natural_order())
        assert keys.known(house, act.public(people.key(4)))["holder"] is None
        assert rule_of(house, ACCEPT) == "act-required"
        sealed(house, signed(house, ACCEPT, 4))
        assert audit(house).clean


def test_an_act_holds_for_one_place_only(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        authorise(house, ENTITY, 2)
        sealed(house, order())
        annulled = signed(house, fact("order.annulled"), 2)
        sealed(house, ACCEPT)
        assert rule_of(house, annulled) == "act-follows-prev"


def test_a_tacit_acceptance_is_nobodys_act(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        authorise(house, SUPPLIER, 1)
        sealed(house, order())
        silent = fact("order.accepted", mode="tacit", calendar="ab" * 32)
        assert rule_of(house, signed(house, silent, 1)) in ("act-of-party", "calendar-in-force")


@pytest.mark.parametrize("again", [SUPPLIER, ENTITY])
def test_a_key_has_one_party(tmp_path: Path, again: dict[str, str]) -> None:
    with registry(tmp_path) as house:
        authorise(house, SUPPLIER, 1)
        with pytest.raises(RuleError) as caught:
            authorise(house, again, 1)
        assert caught.value.rule == "key-once"


def test_a_key_is_revoked_once_and_by_its_own_party(tmp_path: Path) -> None:
    with registry(tmp_path) as house:
        authorise(house, SUPPLIER, 1)
        public = act.public(people.key(1))
        with pytest.raises(RuleError, match="another party's"):
            keys.revoke(house, ENTITY, public)
        keys.revoke(house, SUPPLIER, public)
        with pytest.raises(RuleError, match="revoked already"):
            keys.revoke(house, SUPPLIER, public)


def test_an_order_and_its_parties_key_may_come_in_one_transaction(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, PERSON, 4)
        outcomes = seal(house, [natural_order(), ACCEPT])
        assert isinstance(outcomes[1], RuleError)
        assert outcomes[1].rule == "act-required"


def test_an_operator_with_another_program_is_named_by_the_audit(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, SUPPLIER, 1)
        sealed(house, order())
        with monkeypatch.context() as forger:
            forger.setattr(Law, "_check_act", lambda *_: None)
            (receipt,) = sealed(house, ACCEPT)
        (finding,) = [f for f in audit(house).findings if f.cls == "tampered"]
        assert finding.entry == receipt.index
        assert "[act-required]" in finding.message


def test_a_changed_row_of_keys_is_named(database_url: str, tmp_path: Path) -> None:
    with registry(tmp_path, database_url) as house:
        authorise(house, SUPPLIER, 1)
        with database.writing(house.engine) as connection:
            connection.execute(update(table).values(holder=ENTITY["ruc"]))
        assert [(f.table, f.column) for f in audit(house).findings if f.cls == "tampered"] == [
            ("keys", "row")
        ]
