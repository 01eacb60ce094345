"""Signing in at an organisation's identity provider: OpenID Connect, the authorization code flow with PKCE.

state, nonce and verifier are kept here, once, under a token that this browser alone has ─► the provider's page ─►
back with the same state ─► the code for an ID token ─► signature, issuer, audience, time, nonce ─► the tied person

Nobody is made and nobody gets a right by what a provider says: who is tied to its subject signs in, and nobody else.
A sign-in there stands for the password. The second factor is asked here, unless the ID token tells that it was asked
there, in words that the settings name (`oidc.acr`, `oidc.amr`).
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from huella.errors import HuellaError, NotFound, NotSignedIn
from huella.flow import people, provider
from huella.flow.house import House
from huella.flow.provider import BACK, Provider
from huella.records.disclosure import b64
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.tables_access import sessions

ASKED = "asked"
"""The level of a session that nobody has yet: somebody was sent to the provider."""
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"}
)
"""Signatures of a key that the provider alone has. Never `none`, and never HMAC, whose key could be taken for one that
everybody knows."""
LEEWAY = 60
"""Seconds that the provider's clock may be off."""
SECONDS, MOST = 10.0, 1_000_000
"""What one answer of the provider may take, and its bytes."""
_LATER = "Try again later, or sign in with the password."
_AGAIN = "Begin again on the page for signing in."
_SILENT = "the identity provider does not answer as it should"
_INVALID = "what the identity provider says of this sign-in does not hold"


class Sent(NamedTuple):
    """Where the browser is to go, and the token with which it has to come back."""

    address: str
    token: str


class Arrived(NamedTuple):
    """A new session, and whether it is whole; else the second factor is asked next."""

    token: str
    whole: bool


class Unknown(NamedTuple):
    """The provider signed somebody in whom nobody here is tied to: its name for him, and what he is told."""

    subject: str
    error: NotSignedIn


def begin(house: House) -> Sent:
    """Send somebody to the provider. NotFound where there is none, NotSignedIn where it does not answer."""
    asked = _provider(house)
    with _client() as client:
        known = _metadata(client, asked)
    token, state, nonce, verifier = (b64(house.randomness(48)) for _ in range(4))
    desk, now = Desk(house.engine), moment(house.now())
    desk.drop_before(sessions, "expires_at", now)
    challenge = house.vault.wrap(orjson.dumps({"state": state, "nonce": nonce, "verifier": verifier}))
    row = {"digest": people.digest_of(token), "person": "", "level": ASKED, "challenge": challenge}
    desk.put(sessions, {**row, "created_at": now, "expires_at": moment(house.now() + people.HALF_LIFE)})
    more = {"acr_values": " ".join(sorted(asked.acr))} if asked.acr else {}
    address = prepare_grant_uri(
        _safe(known, "authorization_endpoint"), asked.client, "code", _back(house), "openid", state=state,
        nonce=nonce, code_challenge=create_s256_code_challenge(verifier), code_challenge_method="S256", **more,
    )  # fmt: skip
    return Sent(address, token)


def arrive(house: House, token: str, given: Mapping[str, str]) -> Arrived | Unknown:
    """The session of who comes back from the provider with these parameters. Unknown where it is nobody
    here, NotSignedIn where anything is wrong."""
    asked = _provider(house)
    kept = _kept(house, token)
    if not hmac.compare_digest(kept["state"].encode(), given.get("state", "").encode()):
        raise NotSignedIn("this sign-in was not begun in this browser", advice=_AGAIN)
    if given.get("iss", asked.issuer) != asked.issuer or "error" in given or not given.get("code"):
        raise NotSignedIn("the identity provider did not sign you in", advice=_AGAIN)
    with _client() as client:
        known = _metadata(client, asked)
        told = _exchange(
            client,
            known,
            asked,
            {"code": given["code"], "redirect_uri": _back(house), "code_verifier": kept["verifier"]},
        )
        keys = _fetch(client, "GET", _safe(known, "jwks_uri"))
    return _signed_in(house, asked, _claims(house, asked, (known, told, keys), kept["nonce"]))


def _signed_in(house: House, asked: Provider, claims: Mapping[str, Any]) -> Arrived | Unknown:
    try:
        subject = provider.subject_of(house, str(claims["sub"]))
    except HuellaError:
        raise NotSignedIn(_INVALID, advice=_AGAIN) from None
    level, methods = claims.get("acr"), claims.get("amr") or []
    twice = (isinstance(level, str) and level in asked.acr) or any(
        isinstance(each, str) and each in asked.amr for each in methods
    )
    try:
        session = people.by_subject(house, subject, people.FULL if twice else people.HALF)
    except NotSignedIn:
        told = NotSignedIn(
            "nobody here signs in with this account", advice="Give an administrator the account's name below."
        )
        return Unknown(str(claims["sub"]), told)
    return Arrived(session, twice)


def _kept(house: House, token: str) -> dict[str, str]:
    """What a sign-in was begun with: it counts once, whatever comes of it."""
    mine = {"digest": people.digest_of(token), "level": ASKED}
    row = Desk(house.engine).one(sessions, mine)
    fresh = row is not None and row["expires_at"] > moment(house.now())
    if row is None or not Desk(house.engine).drop(sessions, mine) or not fresh:
        raise NotSignedIn("this sign-in was not begun in this browser", advice=_AGAIN)
    found: dict[str, str] = orjson.loads(house.vault.unwrap(row["challenge"]))
    return found


def _claims(
    house: House, asked: Provider, answers: tuple[dict[str, Any], dict[str, Any], dict[str, Any]], nonce: str
) -> Mapping[str, Any]:
    """The claims of a valid ID token, of which the provider's metadata, its answer and its keys are given."""
    known, told, keys = answers
    algorithms = ALGORITHMS & set(known.get("id_token_signing_alg_values_supported", ["RS256"]))
    one = {"essential": True}
    options = {
        "iss": {**one, "value": asked.issuer},
        "sub": one,
        "aud": {**one, "value": asked.client},
        "exp": one,
        "iat": one,
    }
    try:
        public = [
            key
            for key in keys["keys"]
            if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
        ]
        token = jwt.decode(str(told["id_token"]), KeySet.import_key_set({"keys": public}), sorted(algorithms))
        params = {"nonce": nonce, "client_id": asked.client, "access_token": told.get("access_token")}
        claims = CodeIDToken(token.claims, token.header, options, params)
        claims.validate(now=int(house.now().timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise NotSignedIn(_INVALID, advice=_AGAIN) from None
    return dict(claims)


def _exchange(
    client: httpx.Client, known: dict[str, Any], asked: Provider, grant: dict[str, str]
) -> dict[str, Any]:
    """What the provider gives for a code, once."""
    form = {"grant_type": "authorization_code", "client_id": asked.client, **grant}
    methods = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    auth = None
    if asked.secret and "client_secret_basic" in methods:
        auth = httpx.BasicAuth(quote(asked.client, safe=""), quote(asked.secret, safe=""))
    elif asked.secret:
        form["client_secret"] = asked.secret
    return _fetch(client, "POST", _safe(known, "token_endpoint"), data=form, auth=auth)


def _metadata(client: httpx.Client, asked: Provider) -> dict[str, Any]:
    """What the provider tells of itself, which is to be the very one that the settings name."""
    known = _fetch(client, "GET", get_well_known_url(asked.issuer, external=True))
    if known.get("issuer") != asked.issuer:
        raise NotSignedIn(_SILENT, advice=_LATER)
    return known


def _fetch(client: httpx.Client, method: str, address: str, **more: Any) -> dict[str, Any]:
    """A JSON object of the provider. NotSignedIn where there is none in time."""
    body, end = bytearray(), time.monotonic() + SECONDS
    try:
        with client.stream(method, address, headers={"accept": "application/json"}, **more) as answer:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MOST or time.monotonic() > end:
                    raise NotSignedIn(_SILENT, advice=_LATER)
        found = orjson.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, orjson.JSONDecodeError):
        raise NotSignedIn(_SILENT, advice=_LATER) from None
    if answer.status_code != httpx.codes.OK or not isinstance(found, dict):
        raise NotSignedIn(_SILENT, advice=_LATER)
    return found


def _client() -> httpx.Client:
    return httpx.Client(timeout=SECONDS, follow_redirects=False)


def _safe(known: dict[str, Any], name: str) -> str:
    """One of the provider's addresses."""
    found = str(known.get(name, ""))
    if not provider.is_safe(found.partition("?")[0]):
        raise NotSignedIn(_SILENT, advice=_LATER)
    return found


def _back(house: House) -> str:
    return house.settings.text("registry.address").rstrip("/") + BACK


def _provider(house: House) -> Provider:
    found = provider.of(house)
    if found is None:
        raise NotFound("this registry has no identity provider")
    return found
