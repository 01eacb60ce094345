"""Passkeys: the second factor of who sets one up, and enough to sign in with."""

from __future__ import annotations

from typing import Any

import pytest

from huella.flow import people
from web.authenticator import PRESENT, Authenticator
from web.desks import key
from web.site import Site

PASSWORD = "una frase larga de paso"


def half(site: Site, login: str = "maria") -> None:
    people.make_person(site.house, login, PASSWORD, ["auditor"])
    site.client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).raise_for_status()


def register(site: Site, phone: Authenticator, name: str = "teléfono") -> Any:
    options = site.client.post("/api/v1/session/passkeys/new").json()
    return site.client.post(
        "/api/v1/session/passkeys", json={"credential": phone.create(options), "name": name}
    )


def asked(site: Site) -> dict[str, Any]:
    told: dict[str, Any] = site.client.post("/api/v1/session/passkey/question").json()
    return told


def sign_in(site: Site, phone: Authenticator, question: dict[str, Any] | None = None) -> Any:
    told = question or asked(site)
    answer = {"asked": told["asked"], "credential": phone.get(told["publicKey"])}
    return site.client.post("/api/v1/session/passkey", json=answer)


@pytest.fixture
def phone(own: Site) -> Authenticator:
    """A passkey of maria, who has no other second factor; she is signed out."""
    half(own)
    found = Authenticator()
    assert register(own, found).status_code == 201
    own.client.cookies.clear()
    return found


def test_a_person_with_a_passkey_only_signs_in_with_it_alone(own: Site, phone: Authenticator) -> None:
    assert sign_in(own, phone).status_code == 200
    assert own.client.get("/api/v1/session").json()["name"] == "maria"
    assert sign_in(own, phone).status_code == 200


def test_the_first_passkey_makes_half_a_session_whole(own: Site) -> None:
    half(own)
    assert own.client.get("/api/v1/session").status_code == 401
    register(own, Authenticator())
    assert own.client.get("/api/v1/session").json()["name"] == "maria"


def test_the_password_alone_adds_no_passkey_beside_one(own: Site, phone: Authenticator) -> None:
    told = own.client.post("/api/v1/session", json={"login": "maria", "password": PASSWORD})
    assert told.json()["second"] == ["passkey"]
    refused = own.client.post("/api/v1/session/passkeys/new")
    assert (refused.status_code, refused.json()["rule"]) == (409, "second-once")


def test_a_question_is_answered_by_its_own_passkey_only(own: Site, phone: Authenticator) -> None:
    stranger = Authenticator()
    assert sign_in(own, stranger).status_code == 401
    stranger.id = phone.id
    assert sign_in(own, stranger).status_code == 401


@pytest.mark.parametrize("counts", [True, False])
def test_an_answer_given_again_is_worth_nothing(own: Site, phone: Authenticator, counts: bool) -> None:
    phone.counts = counts
    question = asked(own)
    answer = {"asked": question["asked"], "credential": phone.get(question["publicKey"])}
    first, again = (own.client.post("/api/v1/session/passkey", json=answer) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 401)


def test_an_old_question_is_worth_nothing(own: Site, phone: Authenticator) -> None:
    question = asked(own)
    own.clock.forward(minutes=11)
    assert sign_in(own, phone, question).status_code == 401


def test_another_sites_answer_is_worth_nothing(own: Site, phone: Authenticator) -> None:
    phone.origin = "https://localhost.example"
    assert sign_in(own, phone).status_code == 401


def test_who_did_not_unlock_the_authenticator_is_not_signed_in(own: Site, phone: Authenticator) -> None:
    phone.flags = PRESENT
    assert sign_in(own, phone).status_code == 401


def test_a_copy_whose_counter_is_behind_is_refused(own: Site, phone: Authenticator) -> None:
    phone.used = 5
    assert sign_in(own, phone).status_code == 200
    phone.used = 2
    assert sign_in(own, phone).status_code == 401


def test_a_disabled_person_does_not_sign_in(own: Site, phone: Authenticator) -> None:
    people.disable(own.house, "maria")
    assert sign_in(own, phone).status_code == 401


def test_a_passkey_made_for_another_question_is_not_kept(own: Site) -> None:
    half(own)
    options = own.client.post("/api/v1/session/passkeys/new").json()
    own.client.post("/api/v1/session/passkeys/new")
    late = {"credential": Authenticator().create(options)}
    assert own.client.post("/api/v1/session/passkeys", json=late).status_code == 422
    assert people.list_people(own.house)[-1]["second"] == []


def test_passkeys_are_listed_and_taken_away_but_the_last(own: Site, phone: Authenticator) -> None:
    csrf = {"x-csrf-token": sign_in(own, phone).json()["csrf"]}
    register(own, Authenticator(), "llave")
    told = own.client.get("/api/v1/session/passkeys").json()["passkeys"]
    assert [each["name"] for each in told] == ["teléfono", "llave"]
    first, second = (f"/api/v1/session/passkeys/{each['id']}" for each in told)
    assert own.client.delete(first, headers=csrf).status_code == 204
    assert own.client.delete(first, headers=csrf).status_code == 404
    assert own.client.delete(second, headers=csrf).json()["rule"] == "second-last"


def test_an_api_key_has_no_passkeys(own: Site) -> None:
    told = own.client.get("/api/v1/session/passkeys", headers=key(own, "auditor"))
    assert (told.status_code, told.json()["code"]) == (403, "not-allowed")
