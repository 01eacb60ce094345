"""Keys and people: shown once, kept as digests, ended at once; a person needs two factors."""

from __future__ import annotations

import pyotp
import pytest
from argon2 import PasswordHasher

from huella.errors import InputError, NotSignedIn, TooMany
from huella.flow import access, people
from web.desks import key, post
from web.site import Site

PASSWORD = "una frase larga de paso"


def test_a_key_is_made_used_rotated_and_revoked_over_http(own: Site) -> None:
    admin = key(own, "administrator")
    made = post(own, "keys", admin, {"name": "SIGA", "scopes": ["entity"], "ruc": "20131257750"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    who = {"Authorization": f"Bearer {made.json()['key']}"}
    assert own.client.get("/api/v1/session", headers=who).json()["scopes"] == ["entity"]
    listed = own.client.get("/api/v1/keys", headers=admin)
    row = next(row for row in listed.json()["keys"] if row["id"] == made.json()["id"])
    assert row["used_at"] is not None
    assert made.json()["key"].split("_", 2)[2] not in listed.text
    turned = post(own, f"keys/{made.json()['id']}/rotate", admin).json()
    assert own.client.get("/api/v1/session", headers=who).status_code == 401
    new = {"Authorization": f"Bearer {turned['key']}"}
    assert own.client.get("/api/v1/session", headers=new).status_code == 200
    assert post(own, f"keys/{turned['id']}/revoke", admin).status_code == 204
    assert own.client.get("/api/v1/session", headers=new).status_code == 401


def test_only_an_administrator_sees_or_makes_keys(own: Site) -> None:
    who = key(own, "registrar")
    assert own.client.get("/api/v1/keys", headers=who).status_code == 403
    assert post(own, "keys", who, {"name": "x", "scopes": ["administrator"]}).status_code == 403


def test_the_database_holds_no_key(own: Site) -> None:
    text = access.make_key(own.house, "x", ["auditor"]).text
    with own.house.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM api_keys").all())
    assert text.split("_", 2)[2] not in kept


def test_a_key_ends_by_itself_and_an_old_one_after_its_hours(own: Site) -> None:
    made = access.make_key(own.house, "x", ["auditor"], days=1)
    turned = access.rotate_key(own.house, made.id, hours=2)
    assert access.caller_of_key(own.house, made.text).scopes == {"auditor"}
    own.clock.forward(hours=3)
    with pytest.raises(NotSignedIn):
        access.caller_of_key(own.house, made.text)
    assert access.caller_of_key(own.house, turned.text)


@pytest.mark.parametrize(
    ("scopes", "ruc"), [(["king"], None), ([], None), (["entity"], None), (["supplier"], "1")]
)
def test_a_key_without_a_known_scope_or_its_party_is_refused(
    own: Site, scopes: list[str], ruc: str | None
) -> None:
    with pytest.raises(InputError):
        access.make_key(own.house, "x", scopes, ruc)


def test_a_person_signs_in_with_password_and_code(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["administrator"])
    begun = own.client.post("/api/v1/session", json={"login": "maria", "password": PASSWORD})
    assert begun.json() == {"second": []}
    assert own.client.get("/api/v1/session").status_code == 401
    secret = own.client.post("/api/v1/session/totp/new").json()["secret"]
    code = pyotp.TOTP(secret).at(own.clock())
    done = own.client.post("/api/v1/session/totp", json={"code": code})
    assert "httponly" in done.headers["set-cookie"].lower()
    assert "samesite=strict" in done.headers["set-cookie"].lower()
    told = own.client.get("/api/v1/session").json()
    assert (told["name"], told["csrf"]) == ("maria", done.json()["csrf"])


def test_a_code_counts_once(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    token, _ = people.begin(own.house, "maria", PASSWORD)
    secret, _ = people.totp_secret(own.house, token)
    code = pyotp.TOTP(secret).at(own.clock())
    people.totp(own.house, token, code)
    again, second = people.begin(own.house, "maria", PASSWORD)
    assert second == ("totp",)
    with pytest.raises(NotSignedIn):
        people.totp(own.house, again, code)


def test_a_sessions_change_needs_its_csrf_token(own: Site) -> None:
    token = sign_in(own)
    given = {"name": "x", "scopes": ["auditor"]}
    assert own.client.post("/api/v1/keys", json=given).status_code == 403
    right = people.csrf(own.house, token)
    assert own.client.post("/api/v1/keys", json=given, headers={"X-CSRF-Token": right}).status_code == 201


def test_wrong_passwords_end_in_a_pause_and_tell_nothing(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    for login in ("maria", "nobody"):
        with pytest.raises(NotSignedIn, match="login, password or code is wrong"):
            people.begin(own.house, login, "wrong")
    for _ in range(people.FAILURES - 1):
        with pytest.raises(NotSignedIn):
            people.begin(own.house, "maria", "wrong")
    with pytest.raises(TooMany):
        people.begin(own.house, "maria", PASSWORD)
    own.clock.forward(minutes=16)
    assert people.begin(own.house, "maria", PASSWORD)


def test_wrong_codes_end_in_a_pause_whoever_begins_again_with_the_password(own: Site) -> None:
    secret = enrolled(own)
    for _ in range(people.FAILURES):
        half, _ = people.begin(own.house, "maria", PASSWORD)
        with pytest.raises(NotSignedIn):
            people.totp(own.house, half, "000000")
    with pytest.raises(TooMany):
        people.totp(own.house, half, pyotp.TOTP(secret).at(own.clock()))
    own.clock.forward(minutes=16)
    again, _ = people.begin(own.house, "maria", PASSWORD)
    assert people.totp(own.house, again, pyotp.TOTP(secret).at(own.clock()))


def enrolled(own: Site) -> str:
    """The secret of maria, who has set up her codes."""
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    token, _ = people.begin(own.house, "maria", PASSWORD)
    secret, _ = people.totp_secret(own.house, token)
    people.totp(own.house, token, pyotp.TOTP(secret).at(own.clock()))
    own.clock.forward(minutes=2)
    return secret


def test_signing_out_and_disabling_end_sessions(own: Site) -> None:
    sign_in(own)
    assert own.client.get("/api/v1/session").status_code == 200
    own.client.delete("/api/v1/session")
    assert own.client.get("/api/v1/session").status_code == 401
    own.clock.forward(minutes=2)
    sign_in(own, "rosa")
    people.disable(own.house, "rosa")
    assert own.client.get("/api/v1/session").status_code == 401


def test_a_session_ends_after_its_hours(own: Site) -> None:
    sign_in(own)
    own.clock.forward(hours=11)
    assert own.client.get("/api/v1/session").status_code == 401


def test_an_identity_providers_subject_signs_in_who_is_tied_to_it(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    people.link_subject(own.house, "maria", "https://idp.example|42")
    token = people.by_subject(own.house, "https://idp.example|42", people.FULL)
    assert people.caller_of_session(own.house, token).name == "maria"
    with pytest.raises(NotSignedIn):
        people.by_subject(own.house, "https://idp.example|43")


def sign_in(site: Site, login: str = "maria") -> str:
    people.make_person(site.house, login, PASSWORD, ["administrator"])
    token, _ = people.begin(site.house, login, PASSWORD)
    secret, _ = people.totp_secret(site.house, token)
    token = people.totp(site.house, token, pyotp.TOTP(secret).at(site.clock()))
    site.client.cookies.set("huella_session", token)
    return token


def test_who_has_no_account_waits_as_long_as_who_has_one() -> None:
    assert people.NOBODY.split("$")[:-2] == PasswordHasher().hash("x").split("$")[:-2]
