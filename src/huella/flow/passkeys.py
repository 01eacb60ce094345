"""Passkeys: registered by who is signed in (or sets up the first second factor), and signed in with, alone.

challenge (kept here, counts once) ─► the authenticator signs it ─► py_webauthn checks origin, key and counter

A passkey that its authenticator unlocks for its person (user verification) is two factors in one: it signs in without a
password. Nothing biometric leaves the authenticator.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from huella.errors import InputError, NotFound, NotSignedIn, RuleError
from huella.flow import people
from huella.flow.house import House
from huella.records.disclosure import b64
from huella.records.identifiers import moment
from huella.store.desk import Desk
from huella.store.tables_access import passkeys, sessions
from huella.store.tables_access import people as persons

_WRONG = "the passkey does not answer this question"
_NOBODY, _ASKED = "", "asked"
"""Person and level of a question that nobody answered yet, beside the sessions."""
MOST = 10
"""Passkeys of one person."""
_REQUIRED = UserVerificationRequirement.REQUIRED


def registration(house: House, token: str) -> dict[str, Any]:
    """What the browser asks its authenticator for a new passkey of this session's person. RuleError where half a
    session would add one beside a second factor that is there already, NotSignedIn where there is no session."""
    session, row = people.session_row(house, token)
    mine = _mine(house, row["id"])
    _may_add(house, session, row, mine)
    options = webauthn.generate_registration_options(
        rp_id=_host(house),
        rp_name=house.operator,
        user_name=row["login"],
        user_id=bytes.fromhex(row["id"]),
        challenge=house.randomness(32),
        exclude_credentials=_described(mine),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
        ),
    )
    people.set_challenge(house, session, passkey=bytes_to_base64url(options.challenge))
    return _plain(options)


def register(house: House, token: str, answer: dict[str, Any], name: str) -> str:
    """Keep the passkey that was made; the token of a whole session. InputError where it answers another question."""
    session, row = people.session_row(house, token)
    mine = _mine(house, row["id"])
    _may_add(house, session, row, mine)
    asked = people.challenge(house, session).get("passkey")
    if not asked:
        raise InputError("no passkey was asked for in this session", field="credential")
    people.set_challenge(house, session, passkey=None)
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(asked),
            expected_rp_id=_host(house),
            expected_origin=_origin(house),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise InputError(_WRONG, field="credential") from None
    kept = {
        "id": bytes_to_base64url(made.credential_id), "person": row["id"], "public_key": made.credential_public_key,
        "sign_count": made.sign_count, "name": name.strip()[:80] or "passkey", "created_at": moment(house.now()),
    }  # fmt: skip
    if not Desk(house.engine).put(passkeys, kept):
        raise InputError("this passkey is registered already", field="credential")
    return token if session["level"] == people.FULL else people.finish(house, token, row["id"])


def question(house: House) -> tuple[str, dict[str, Any]]:
    """What the browser asks its authenticator to sign in with, and the question's own token, which the browser brings
    back: nobody has said who he is yet. It counts for some minutes."""
    options = webauthn.generate_authentication_options(
        rp_id=_host(house), challenge=house.randomness(32), user_verification=_REQUIRED
    )
    token, now = b64(house.randomness(32)), house.now()
    waiting = {
        "digest": people.digest_of(token), "person": _NOBODY, "level": _ASKED, "created_at": moment(now),
        "expires_at": moment(now + people.HALF_LIFE), "challenge": bytes_to_base64url(options.challenge),
    }  # fmt: skip
    desk = Desk(house.engine)
    desk.drop_before(sessions, "expires_at", moment(now))  # anybody may ask: what has ended makes room
    desk.put(sessions, waiting)
    return token, _plain(options)


def sign_in(house: House, asked: str, answer: dict[str, Any]) -> str:
    """A whole session for who holds a passkey and unlocked it. NotSignedIn where anything is wrong: an old question, an
    unknown passkey, another origin, a counter that went back (a copy)."""
    challenge = _challenge(house, asked)
    desk = Desk(house.engine)
    key = desk.one(passkeys, {"id": str(answer.get("id", ""))[:1400]})
    row = None if key is None else desk.one(persons, {"id": key["person"]})
    if key is None or row is None or row["disabled_at"] is not None:
        raise NotSignedIn(_WRONG)
    try:
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(house),
            expected_origin=_origin(house),
            credential_public_key=bytes(key["public_key"]),
            credential_current_sign_count=key["sign_count"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise NotSignedIn(_WRONG) from None
    counted = {"id": key["id"], "sign_count": key["sign_count"]}
    used = {"sign_count": found.new_sign_count, "used_at": moment(house.now())}
    if not desk.change(passkeys, counted, used):
        raise NotSignedIn(_WRONG)  # the same answer was given twice at once
    return people.open_session(house, row["id"], people.FULL)


def listed(house: House, person: str) -> list[dict[str, Any]]:
    """A person's passkeys: id, name, when they were registered and last signed in with."""
    shown = ("id", "name", "created_at", "used_at")
    return [{name: row[name] for name in shown} for row in _mine(house, person)]


def remove(house: House, token: str, key: str) -> None:
    """Take a passkey away. RuleError for the last second factor; NotFound where the person has no such passkey;
    NotAllowed without a fresh sign-in."""
    person = people.whole(house, token)["id"]
    mine = _mine(house, person)
    if key not in [row["id"] for row in mine]:
        raise NotFound("there is no such passkey", field="id")
    desk = Desk(house.engine)
    row = desk.one(persons, {"id": person})
    if len(mine) == 1 and (row is None or not row["totp"]):
        raise RuleError("this is the only second factor", rule="second-last")
    desk.drop(passkeys, {"id": key, "person": person})


def _may_add(house: House, session: Any, row: Any, mine: Sequence[Any]) -> None:
    people.check_fresh(house, session)
    if session["level"] != people.FULL and (row["totp"] or mine):
        raise RuleError("a second factor is set up already", rule="second-once")
    if len(mine) >= MOST:
        raise RuleError(f"a person has {MOST} passkeys at most", rule="passkeys-most")


def _mine(house: House, person: str) -> Sequence[Any]:
    return Desk(house.engine).many(passkeys, {"person": person}, order="created_at")


def _challenge(house: House, asked: str) -> bytes:
    """The question of a token, which is worth nothing afterwards: a synchronised passkey counts nothing itself."""
    desk, mine = Desk(house.engine), {"digest": people.digest_of(asked), "level": _ASKED}
    row = desk.one(sessions, mine)
    if row is None or row["expires_at"] <= moment(house.now()) or not desk.drop(sessions, mine):
        raise NotSignedIn(_WRONG)
    return base64url_to_bytes(row["challenge"])


def _described(mine: Sequence[Any]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(row["id"])) for row in mine]


def _plain(options: Any) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads(webauthn.options_to_json(options))
    return told


def _origin(house: House) -> str:
    parts = urlsplit(house.settings.text("registry.address"))
    return f"{parts.scheme}://{parts.netloc}"


def _host(house: House) -> str:
    """The relying party: the portal's host (WebAuthn, 4, RP ID)."""
    return urlsplit(house.settings.text("registry.address")).hostname or "localhost"
