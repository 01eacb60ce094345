"""What somebody changes of his own ways in: only within minutes of signing in, and a stolen session changes nothing."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest

from huella.errors import NotAllowed, NotSignedIn, RuleError, TooMany
from huella.flow import own_access, passkeys, people
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.tables_access import passkeys as table
from web.authenticator import Authenticator
from web.desks import key
from web.site import Site
from web.visits import PASSWORD, post, sign_in

OTHER = "otra frase larga de paso"


def maria(site: Site) -> str:
    """The token of maria, who signed in just now with her codes."""
    people.make_person(site.house, "maria", PASSWORD, ["auditor"])
    token, _ = people.begin(site.house, "maria", PASSWORD)
    secret, _ = people.totp_secret(site.house, token)
    return people.totp(site.house, token, pyotp.TOTP(secret).at(site.clock()))


def add_passkey(site: Site, token: str, phone: Authenticator) -> str:
    return passkeys.register(site.house, token, phone.create(passkeys.registration(site.house, token)), "x")


def second(site: Site) -> list[str]:
    told: list[str] = people.list_people(site.house)[-1]["second"]
    return told


def test_an_old_session_changes_no_way_in(own: Site) -> None:
    token = maria(own)
    add_passkey(own, token, Authenticator())
    (mine,) = own_access.told(own.house, token)["passkeys"]
    own.clock.forward(minutes=11)
    for change in (
        lambda: passkeys.registration(own.house, token),
        lambda: passkeys.remove(own.house, token, mine["id"]),
        lambda: own_access.drop_totp(own.house, token),
        lambda: own_access.change_password(own.house, token, PASSWORD, OTHER),
    ):
        with pytest.raises(NotAllowed, match="fresh"):
            change()
    assert second(own) == ["totp", "passkey"]
    assert people.begin(own.house, "maria", PASSWORD)


def test_a_registration_begun_in_time_is_not_ended_too_late(own: Site) -> None:
    token, phone = maria(own), Authenticator()
    answer = phone.create(passkeys.registration(own.house, token))
    own.clock.forward(minutes=11)
    with pytest.raises(NotAllowed):
        passkeys.register(own.house, token, answer, "x")


def test_codes_begun_in_an_old_session_count_for_nothing(own: Site) -> None:
    token = maria(own)
    add_passkey(own, token, Authenticator())
    own_access.drop_totp(own.house, token)
    secret, _ = people.totp_secret(own.house, token)
    own.clock.forward(minutes=11)
    with pytest.raises(NotAllowed):
        people.totp(own.house, token, pyotp.TOTP(secret).at(own.clock()))
    with pytest.raises(NotAllowed):
        people.totp_secret(own.house, token)
    assert second(own) == ["passkey"]


def test_a_passkey_begun_leaves_the_waiting_codes_as_they_are(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    token, _ = people.begin(own.house, "maria", PASSWORD)
    secret, _ = people.totp_secret(own.house, token)
    passkeys.registration(own.house, token)
    assert people.setting_up(own.house, token) == (secret, people.setting_up(own.house, token)[1])  # type: ignore[index]
    assert people.totp(own.house, token, pyotp.TOTP(secret).at(own.clock()))


def test_what_a_session_waits_for_changes_by_one_request_at_a_time(own: Site) -> None:
    token = maria(own)
    session, _ = people.session_row(own.house, token)
    people.set_challenge(own.house, session, passkey="a")
    with pytest.raises(RuleError, match="in between"):
        people.set_challenge(own.house, session, passkey="b")


def test_another_password_ends_the_other_sessions(own: Site) -> None:
    token, thief = maria(own), ""
    thief = people.open_session(own.house, people.list_people(own.house)[-1]["id"], people.FULL)
    new = own_access.change_password(own.house, token, PASSWORD, OTHER)
    assert people.caller_of_session(own.house, new).name == "maria"
    for old in (token, thief):
        with pytest.raises(NotSignedIn):
            people.caller_of_session(own.house, old)
    assert people.begin(own.house, "maria", OTHER)


def test_guesses_at_the_present_password_end_in_a_pause(own: Site) -> None:
    token = maria(own)
    for _ in range(people.FAILURES):
        with pytest.raises(Exception, match="present password"):
            own_access.change_password(own.house, token, "guess", OTHER)
    with pytest.raises(TooMany):
        own_access.change_password(own.house, token, PASSWORD, OTHER)


def test_an_administrators_reset_takes_every_way_in(own: Site) -> None:
    token, phone = maria(own), Authenticator()
    add_passkey(own, token, phone)
    people.set_password(own.house, "maria", OTHER)
    assert second(own) == []
    with pytest.raises(NotSignedIn):
        people.caller_of_session(own.house, token)
    asked, options = passkeys.question(own.house)
    with pytest.raises(NotSignedIn):
        passkeys.sign_in(own.house, asked, phone.get(options))


def test_codes_go_once_there_is_a_passkey_and_come_again(own: Site) -> None:
    token = maria(own)
    with pytest.raises(RuleError, match="only second factor"):
        own_access.drop_totp(own.house, token)
    add_passkey(own, token, Authenticator())
    own_access.drop_totp(own.house, token)
    assert second(own) == ["passkey"]
    own.clock.forward(minutes=2)
    secret, _ = people.totp_secret(own.house, token)
    assert people.totp(own.house, token, pyotp.TOTP(secret).at(own.clock()))
    assert second(own) == ["totp", "passkey"]


def test_the_last_use_of_a_passkey_is_told(own: Site) -> None:
    token, phone = maria(own), Authenticator()
    add_passkey(own, token, phone)
    assert own_access.told(own.house, token)["passkeys"][0]["used_at"] is None
    own.clock.forward(hours=1)
    asked, options = passkeys.question(own.house)
    new = passkeys.sign_in(own.house, asked, phone.get(options))
    assert own_access.told(own.house, new)["passkeys"][0]["used_at"] == moment(own.clock())


def test_over_http_an_old_session_is_told_to_sign_in_again(own: Site) -> None:
    sign_in(own, "maria", "auditor")
    csrf = {"x-csrf-token": own.client.get("/api/v1/session").json()["csrf"]}
    own.clock.forward(minutes=11)
    given: dict[str, Any] = {"old": PASSWORD, "new": OTHER}
    for told in (
        own.client.post("/api/v1/session/password", json=given, headers=csrf),
        own.client.delete("/api/v1/session/totp", headers=csrf),
        own.client.post("/api/v1/session/passkeys/new", headers=csrf),
        own.client.delete("/api/v1/session/passkeys/x", headers=csrf),
    ):
        assert (told.status_code, "fresh" in told.json()["detail"]) == (403, True)


def test_a_key_changes_no_password(own: Site) -> None:
    told = own.client.post(
        "/api/v1/session/password", json={"old": "x", "new": OTHER}, headers=key(own, "auditor")
    )
    assert (told.status_code, told.json()["code"]) == (403, "not-allowed")


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_page_lists_passkeys_and_takes_one_away(own: Site, language: str) -> None:
    own.client.headers["accept-language"] = language
    sign_in(own, "maria", "auditor")
    person = people.list_people(own.house)[-1]["id"]
    row = {"id": "a1", "person": person, "public_key": b"x", "sign_count": 0, "name": "Motorola azul",
           "created_at": moment(own.clock())}  # fmt: skip
    Desk(own.house.engine).put(table, row)
    assert "Motorola azul" in own.client.get("/desk/access").text
    assert post(own, "/desk/access", {"act": "drop-passkey", "key": "a1"}).status_code == 303
    assert "Motorola azul" not in own.client.get("/desk/access").text
    assert post(own, "/desk/access", {"act": "drop-passkey", "key": "a1"}).status_code == 404
    assert post(own, "/desk/access", {"act": "nothing"}).status_code == 404


def test_the_page_changes_the_password_and_never_shows_it(own: Site) -> None:
    sign_in(own, "maria", "auditor")
    wrong = post(own, "/desk/access", {"act": "password", "old": "mala", "password": OTHER})
    assert (wrong.status_code, OTHER in wrong.text, "mala" in wrong.text) == (422, False, False)
    right = {"act": "password", "old": PASSWORD, "password": OTHER}
    assert post(own, "/desk/access", right).headers["location"] == "/desk/access?done=1"
    assert own.client.get("/desk/access").status_code == 200
    assert people.begin(own.house, "maria", OTHER)


def test_the_page_sends_an_old_session_to_sign_in_and_back(own: Site) -> None:
    sign_in(own, "maria", "auditor")
    own.clock.forward(minutes=11)
    page = own.client.get("/desk/access").text
    assert 'href="/login?to=access"' in page
    assert 'name="old"' not in page
    begun = post(own, "/login", {"login": "maria", "password": PASSWORD, "to": "access"}, "/login?to=access")
    assert begun.headers["location"] == "/login/code?to=access"
    assert 'name="to" value="access"' in own.client.get("/login/code?to=access").text
    assert 'value="//evil' not in own.client.get("/login?to=//evil.example").text


def test_codes_are_set_up_again_on_the_page(own: Site) -> None:
    token = maria(own)
    add_passkey(own, token, Authenticator())
    own_access.drop_totp(own.house, token)
    own.client.cookies.set("huella_session", token)
    own.clock.forward(minutes=1)
    assert post(own, "/desk/access", {"act": "begin"}).headers["location"] == "/desk/access"
    secret = own_access.told(own.house, token)["setting"]
    assert secret in own.client.get("/desk/access").text
    code = pyotp.TOTP(secret).at(own.clock())
    assert (
        post(own, "/desk/access", {"act": "code", "code": code}).headers["location"] == "/desk/access?done=1"
    )
    assert second(own) == ["totp", "passkey"]
