"""Signing in by plain forms: two factors, a token in each form, errors in words, and out again."""

from __future__ import annotations

import pytest

from huella.flow import people
from web.site import Site
from web.visits import PASSWORD, post, sign_in, token_in


def test_somebody_signs_in_with_password_and_code_and_out_again(own: Site) -> None:
    assert 'href="/login"' in own.client.get("/").text
    assert 'href="/desk"' not in own.client.get("/").text
    sign_in(own, "maria", "auditor")
    assert own.client.get("/api/v1/session").json()["name"] == "maria"
    assert 'href="/desk"' in own.client.get("/").text
    csrf = own.client.get("/api/v1/session").json()["csrf"]
    assert own.client.post("/logout", data={"csrf": "x"}).status_code == 403
    out = own.client.post("/logout", data={"csrf": csrf}, follow_redirects=False)
    assert out.headers["location"] == "/"
    assert own.client.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    ("language", "words"), [("es", "el usuario, la contraseña"), ("en", "login, password")]
)
def test_a_wrong_password_is_told_in_words_and_the_login_stays(own: Site, language: str, words: str) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    own.client.headers["accept-language"] = language
    told = post(own, "/login", {"login": "maria", "password": "wrong"})
    assert told.status_code == 401
    assert words in told.text.lower()
    assert 'value="maria"' in told.text


def test_a_form_without_its_browsers_cookie_is_refused(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    csrf = token_in(own.client.get("/login").text)
    own.client.cookies.clear()
    told = own.client.post("/login", data={"csrf": csrf, "login": "maria", "password": PASSWORD})
    assert told.status_code == 403
    assert "huella_session" not in own.client.cookies


def test_a_wrong_code_keeps_the_secret_that_is_being_set_up(own: Site) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    post(own, "/login", {"login": "maria", "password": PASSWORD})
    page = own.client.get("/login/code").text
    told = post(own, "/login/code", {"code": "000000"})
    assert told.status_code == 401
    assert page[page.index("<code") : page.index("</code>")] in told.text
    assert own.client.get("/api/v1/session").status_code == 401


def test_the_code_is_asked_of_nobody_without_the_password(own: Site) -> None:
    told = own.client.get("/login/code", follow_redirects=False)
    assert (told.status_code, told.headers["location"]) == (303, "/login")
