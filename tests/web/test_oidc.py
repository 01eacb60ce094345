"""Signing in at an identity provider: who is tied to its subject, and nobody by anything that does not hold."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pyotp
import pytest
from joserfc import jwt

from huella.errors import InputError, NotAllowed, NotSignedIn, SettingsError
from huella.flow import access, oidc, people, proposals
from huella.flow.access import Caller
from huella.flow.provider import is_safe, of, subject_of
from web.identity import CLIENT, SECRET, Claims, Identity, provider, rsa
from web.site import Site
from web.visits import PASSWORD, post, sign_in


@pytest.fixture
def idp(own: Site) -> Iterator[Identity]:
    with provider(lambda: own.clock().timestamp()) as found:
        configure(own, found)
        yield found


def configure(site: Site, found: Identity, **more: str) -> None:
    given = {"oidc.issuer": found.issuer, "oidc.client": CLIENT, "oidc.secret": SECRET, "oidc.acr": "two"}
    values = {
        **site.house.settings.values,
        **given,
        **{f"oidc.{name}": value for name, value in more.items()},
    }
    site.house = replace(site.house, settings=replace(site.house.settings, values=values))
    site.app.state.house = site.house


def tied(site: Site, login: str = "maria", sub: str = "maria@idp", scope: str = "auditor") -> None:
    people.make_person(site.house, login, PASSWORD, [scope])
    people.link_subject(site.house, login, subject_of(site.house, sub))


def go(site: Site) -> str:
    """To the provider, whose page sends back to this address."""
    sent = site.client.get("/login/oidc", follow_redirects=False)
    assert sent.status_code == 303, sent.text
    return str(httpx.get(sent.headers["location"]).headers["location"])


def through(site: Site) -> httpx.Response:
    """There and back."""
    found: httpx.Response = site.client.get(go(site), follow_redirects=False)
    return found


def me(site: Site) -> Any:
    return site.client.get("/api/v1/session").json()


def refused(site: Site, found: httpx.Response) -> None:
    assert found.status_code == 401
    assert "huella_session" not in found.headers.get("set-cookie", "")
    assert site.client.get("/api/v1/session").status_code == 401


def test_the_button_is_there_where_a_provider_is(own: Site, reader: Site) -> None:
    assert "/login/oidc" not in reader.client.get("/login").text
    assert reader.client.get("/login/oidc", follow_redirects=False).status_code == 404
    with provider(lambda: 0.0) as found:
        configure(own, found, name="Directorio")
        for language, said in (("es", "Ingresar con Directorio"), ("en", "Sign in with Directorio")):
            assert said in own.client.get("/login", headers={"accept-language": language}).text


def test_who_is_tied_signs_in_wholly_where_the_second_factor_was_asked_there(
    own: Site, idp: Identity
) -> None:
    tied(own)
    idp.more = {"acr": "two"}
    page = through(own)
    assert (page.status_code, page.headers["refresh"]) == (200, "0; url=/desk")
    assert page.headers["cache-control"] == "no-store"
    assert me(own)["name"] == "maria"
    assert own.client.get("/desk").status_code == 200


def test_methods_may_prove_it_too(own: Site, idp: Identity) -> None:
    configure(own, idp, acr="", amr="otp hwk")
    tied(own)
    idp.more = {"amr": ["pwd", "otp"]}
    assert through(own).headers["refresh"] == "0; url=/desk"


@pytest.mark.parametrize("more", [{}, {"acr": "one"}, {"amr": ["otp"]}, {"acr": ["two"]}])
def test_elsewhere_it_stands_for_the_password_alone(own: Site, idp: Identity, more: Claims) -> None:
    tied(own)
    idp.more = more
    found = through(own)
    assert found.headers["refresh"] == "0; url=/login/code"
    assert own.client.get("/api/v1/session").status_code == 401
    secret, _ = people.setting_up(own.house, own.client.cookies["huella_session"]) or ("", "")
    sent = post(own, "/login/code", {"code": pyotp.TOTP(secret).at(own.clock())})
    assert sent.headers["location"] == "/desk"
    assert me(own)["name"] == "maria"


def test_a_fresh_sign_in_leads_back_to_where_it_was_asked_for(own: Site, idp: Identity) -> None:
    tied(own)
    idp.more = {"acr": "two"}
    sent = own.client.get("/login/oidc?to=access", follow_redirects=False)
    back = httpx.get(sent.headers["location"]).headers["location"]
    assert own.client.get(back).headers["refresh"] == "0; url=/desk/access"


def unsigned(claims: Claims) -> str:
    parts = ({"alg": "none"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


def with_the_public_key(claims: Claims) -> str:
    """HS256 whose key is the provider's public key, which everybody has."""
    head = {"alg": "HS256", "kid": "one"}
    text = ".".join(
        base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in (head, claims)
    )
    mac = hmac.new(rsa("one").as_pem(private=False), text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def of_another_key(claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, rsa("other"))


def changed(claims: Claims) -> str:
    head, _, mac = jwt.encode({"alg": "RS256", "kid": "one"}, {**claims, "sub": "x"}, rsa("one")).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{body}.{mac}"


@pytest.mark.parametrize(
    "sign", [unsigned, with_the_public_key, of_another_key, changed, lambda _: "no token"]
)
def test_a_token_that_the_provider_did_not_sign_is_refused(
    own: Site, idp: Identity, sign: Callable[[Claims], str]
) -> None:
    tied(own)
    idp.more = {"acr": "two"}
    through(own)
    assert me(own)["name"] == "maria"
    own.client.cookies.clear()
    idp.sign = sign
    idp.metadata = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
    refused(own, through(own))


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": None}, {"aud": [CLIENT, "another"]},
        {"azp": "another"}, {"iss": "https://other.example"}, {"iss": None}, {"exp": 1_700_000_000}, {"exp": None},
        {"exp": "tomorrow"}, {"iat": 9_999_999_999}, {"iat": None}, {"nbf": 9_999_999_999}, {"sub": None},
        {"sub": ""}, {"sub": "maria@idp "}, {"sub": 7}, {"amr": "otp"},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_for_another_moment_party_or_sign_in_is_refused(
    own: Site, idp: Identity, wrong: Claims
) -> None:
    tied(own)
    idp.more = {"acr": "two", **wrong}
    refused(own, through(own))


def test_a_token_for_several_that_names_us_as_its_party_holds(own: Site, idp: Identity) -> None:
    tied(own)
    idp.more = {"acr": "two", "aud": ["another", CLIENT], "azp": CLIENT}
    through(own)
    assert me(own)["name"] == "maria"


def test_who_is_nobody_here_is_told_by_which_name_he_can_be_tied(own: Site, idp: Identity) -> None:
    idp.sub = "<jose>"
    before = people.list_people(own.house)
    found = through(own)
    assert "&lt;jose&gt;" in found.text
    refused(own, found)
    assert people.list_people(own.house) == before


def test_a_disabled_person_does_not_sign_in(own: Site, idp: Identity) -> None:
    tied(own)
    people.disable(own.house, "maria")
    idp.more = {"acr": "two"}
    refused(own, through(own))


def test_another_providers_same_subject_is_somebody_else(own: Site, idp: Identity) -> None:
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    people.link_subject(own.house, "maria", "https://other.example|maria@idp")
    refused(own, through(own))


def test_what_came_back_once_counts_no_more(own: Site, idp: Identity) -> None:
    tied(own)
    idp.more = {"acr": "two"}
    kept: dict[str, str] = {}
    own.client.get("/login")
    back = go(own)
    kept = dict(own.client.cookies)
    assert own.client.get(back).status_code == 200
    own.client.cookies.clear()
    own.client.cookies.update(kept)
    refused(own, own.client.get(back))


def test_a_code_counts_once_at_the_provider(own: Site, idp: Identity) -> None:
    tied(own)
    first = httpx.URL(go(own))
    idp.codes.clear()
    refused(own, own.client.get(str(first)))


def test_another_browser_gets_nothing(own: Site, idp: Identity) -> None:
    tied(own)
    back = go(own)
    own.client.cookies.clear()
    refused(own, own.client.get(back))
    assert "/token" not in idp.asked


@pytest.mark.parametrize(
    "change",
    [{"state": "another"}, {"iss": "https://other.example"}, {"error": "access_denied"}, {"code": ""}],
)
def test_what_comes_back_changed_is_refused(own: Site, idp: Identity, change: dict[str, str]) -> None:
    tied(own)
    refused(own, own.client.get(str(httpx.URL(go(own)).copy_merge_params(change))))


def test_a_sign_in_ends_after_ten_minutes(own: Site, idp: Identity) -> None:
    tied(own)
    back = go(own)
    own.clock.forward(minutes=11)
    refused(own, own.client.get(back))


def test_a_page_of_another_site_sends_nobody_there(own: Site, idp: Identity) -> None:
    sent = own.client.get("/login/oidc", headers={"sec-fetch-site": "cross-site"}, follow_redirects=False)
    assert sent.headers["location"] == "/login"
    assert not idp.asked


@pytest.mark.parametrize(
    "told", [{"issuer": "https://other.example"}, {"authorization_endpoint": "http://other.example/a"}]
)
def test_a_provider_that_is_another_one_is_not_gone_to(
    own: Site, idp: Identity, told: dict[str, str]
) -> None:
    idp.metadata = told
    assert own.client.get("/login/oidc", follow_redirects=False).status_code == 401


def test_where_it_does_not_answer_the_password_still_does(own: Site, idp: Identity) -> None:
    configure(own, idp, issuer="http://127.0.0.1:9")
    page = own.client.get("/login/oidc", headers={"accept-language": "es"}, follow_redirects=False)
    assert (page.status_code, "no responde" in page.text) == (401, True)
    sign_in(own, "rosa", "auditor")


def test_a_wrong_secret_gets_no_token(own: Site, idp: Identity) -> None:
    tied(own)
    configure(own, idp, secret="another")
    refused(own, through(own))


def test_what_waits_for_the_return_is_not_in_clear(own: Site, idp: Identity) -> None:
    sent = oidc.begin(own.house)
    state = httpx.URL(sent.address).params["state"]
    with own.house.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM sessions").all())
    assert state not in kept
    assert sent.token not in kept
    with pytest.raises(NotSignedIn):
        people.caller_of_session(own.house, sent.token)


def administrator(site: Site, login: str) -> Caller:
    person = people.make_person(site.house, login, PASSWORD, ["administrator"])
    made = access.make_key(site.house, login, ["administrator"], owner=person)
    return access.caller_of_key(site.house, made.text)


def test_two_administrators_tie_who_may_be_one_of_two_persons(own: Site, idp: Identity) -> None:
    ana, eva = administrator(own, "ana"), administrator(own, "eva")
    mine = subject_of(own.house, "ana-again")
    made = proposals.link_subject(own.house, ana, "eva", mine)
    assert made is not None
    with pytest.raises(NotSignedIn):
        people.by_subject(own.house, mine)
    with pytest.raises(NotAllowed):
        proposals.confirm(own.house, ana, made["id"])
    (waiting,) = proposals.page_of_proposals(own.house, eva).rows
    assert waiting["about"] == {"subject": mine}
    proposals.confirm(own.house, eva, made["id"])
    assert people.by_subject(own.house, mine)


def test_one_administrator_ties_an_auditor_and_unties_anybody(own: Site, idp: Identity) -> None:
    ana = administrator(own, "ana")
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    subject = subject_of(own.house, "maria@idp")
    assert proposals.link_subject(own.house, ana, "maria", subject) is None
    token = people.by_subject(own.house, subject, people.FULL)
    proposals.link_subject(own.house, ana, "maria", None)
    for gone in (
        lambda: people.by_subject(own.house, subject),
        lambda: people.caller_of_session(own.house, token),
    ):
        with pytest.raises(NotSignedIn):
            gone()


def test_a_subject_is_one_persons(own: Site, idp: Identity) -> None:
    tied(own)
    people.make_person(own.house, "rosa", PASSWORD, ["auditor"])
    with pytest.raises(InputError, match="somebody else"):
        people.link_subject(own.house, "rosa", subject_of(own.house, "maria@idp"))
    people.link_subject(own.house, "maria", subject_of(own.house, "maria@idp"))


def test_the_administrations_page_ties_and_unties(own: Site, idp: Identity) -> None:
    sign_in(own, "ana", "administrator")
    people.make_person(own.house, "maria", PASSWORD, ["auditor"])
    form = {"act": "subject", "login": "maria", "subject": "maria@idp"}
    assert post(own, "/admin/people", form).headers["location"] == "/admin/people?done=1"
    assert f"{idp.issuer}|maria@idp" in own.client.get("/admin/people").text
    assert post(own, "/admin/people", {"act": "subject", "login": "maria"}).status_code == 303
    assert f"{idp.issuer}|maria@idp" not in own.client.get("/admin/people").text


def test_a_provider_that_is_named_by_half_or_unsafe_is_refused(own: Site, idp: Identity) -> None:
    for wrong in ({"client": ""}, {"issuer": "http://idp.example"}, {"issuer": "https://idp.example/?x=1"}):
        configure(own, idp, **wrong)
        with pytest.raises(SettingsError):
            of(own.house)
    assert is_safe("https://idp.example/realms/a")
    assert not is_safe("https://user@idp.example")
