"""People who sign in: a password, then a one-time password or a passkey; or an organisation's own identity provider.

password (argon2) ─► half a session ─► second factor ─► session, whose token only the browser has

A person without a second factor gets no more than the right to set one up. Wrong passwords cost time, then a pause.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import orjson
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from huella.errors import InputError, NotAllowed, NotFound, NotSignedIn, RuleError, TooMany
from huella.flow import pages
from huella.flow.access import ENTITY, SUPPLIER, Caller, check_scopes
from huella.flow.house import House
from huella.records.disclosure import b64
from huella.records.identifiers import check_ruc, moment, parse_moment
from huella.store.desk import Desk
from huella.store.tables_access import passkeys, people, sessions

HALF, FULL = "half", "full"
HALF_LIFE, LIFE = timedelta(minutes=10), timedelta(hours=10)
FRESH = timedelta(minutes=10)
"""How long after signing in somebody may change his own ways in: passkeys, one-time passwords, the password."""
FAILURES, PAUSE = 5, timedelta(minutes=15)
LEAST = 12
"""Characters of a password (NIST SP 800-63B asks for 8 beside a second factor)."""
_STEP = 30
_hasher = PasswordHasher()
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$sfJ5D2u9G/mEVhAXI5p8pA$VqihoH5t5zFzGpsWfnfxqxSu7pS5ajEtASbDSkgMReI"
"""What is checked for a login that nobody has, so that both answers take as long: of today's parameters (a test)."""
_WRONG = "login, password or code is wrong"
_TIED = "somebody else signs in with this account"


def make_person(
    house: House, login: str, password: str, scopes: Sequence[str], party: str | None = None
) -> str:
    """A new person; returns the id. InputError for a login that is taken, a short password, an unknown scope."""
    check_person(house, login, password, scopes, party)
    person = house.randomness(8).hex()
    row = {
        "id": person, "login": login.lower(), "password": hashed(password), "ruc": party,
        "scopes": " ".join(sorted(set(scopes))), "totp_step": 0, "created_at": moment(house.now()), "failures": 0,
    }  # fmt: skip
    if not Desk(house.engine).put(people, row):
        raise InputError("this login is taken", field="login")
    return person


def check_person(house: House, login: str, password: str, scopes: Sequence[str], party: str | None) -> None:
    """The errors of `make_person`, without making anybody."""
    chosen = check_scopes(scopes)
    if not (3 <= len(login) <= 80 and login.isascii() and login.isprintable() and " " not in login):
        raise InputError("a login has 3 to 80 printable ASCII characters", field="login")
    check_password(password)
    if party is not None:
        check_ruc(party, "ruc")
    elif chosen & {ENTITY, SUPPLIER}:
        raise InputError("an entity's or supplier's person is bound to its RUC", field="ruc")
    if Desk(house.engine).one(people, {"login": login.lower()}) is not None:
        raise InputError("this login is taken", field="login")


def check_password(password: str) -> None:
    """InputError for one that is too short or too long to be hashed in time."""
    if not LEAST <= len(password) <= 200:
        raise InputError(f"a password has {LEAST} to 200 characters", field="password")


def set_password(house: House, login: str, password: str) -> None:
    """A new password from whoever runs the registry: sessions and second factors of the person end, also those that
    a thief may have added; the next sign-in sets one up."""
    check_password(password)
    row = person_of(house, login)
    desk = Desk(house.engine)
    fresh = {"password": hashed(password), "failures": 0, "locked_until": None, "totp": None}
    desk.change(people, {"id": row["id"]}, fresh)
    desk.drop(passkeys, {"person": row["id"]})
    desk.drop(sessions, {"person": row["id"]})


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher.hash(password)


def disable(house: House, login: str) -> None:
    """End a person's rights, sessions and API keys now."""
    row = person_of(house, login)
    desk = Desk(house.engine)
    desk.change(people, {"id": row["id"]}, {"disabled_at": moment(house.now())})
    desk.drop(sessions, {"person": row["id"]})


def list_people(house: House) -> list[dict[str, Any]]:
    """Everybody, without passwords and secrets; `second` tells which second factors somebody has."""
    return _told(house, Desk(house.engine).many(people, {}, order="created_at"))


def page_of_people(house: House, asked: pages.Asked = pages.FIRST) -> pages.Page:
    """A page of the same, the newest first."""
    rows, following = pages.page(house, people, {}, asked)
    return pages.Page(_told(house, rows), following)


def others(house: House, scopes: Iterable[str], person: str) -> bool:
    """Whether somebody else than this person has one of these scopes and may use it."""
    wanted = set(scopes)
    return any(
        row["id"] != person and wanted & set(row["scopes"].split())
        for row in Desk(house.engine).many(people, {"disabled_at": None}, order="created_at")
    )


def _told(house: House, rows: Iterable[RowMapping]) -> list[dict[str, Any]]:
    desk = Desk(house.engine)
    told = []
    for row in rows:
        keys = desk.many(passkeys, {"person": row["id"]}, order="created_at", limit=1)
        second = (["totp"] if row["totp"] else []) + (["passkey"] if keys else [])
        shown = {
            name: row[name]
            for name in ("id", "login", "ruc", "subject", "created_at", "disabled_at", "locked_until")
        }
        told.append({**shown, "scopes": row["scopes"].split(), "second": second})
    return told


def begin(house: House, login: str, password: str) -> tuple[str, tuple[str, ...]]:
    """Half a session for the right password: its token, and the second factors that the person has (none: one is to be
    set up). NotSignedIn where anything is wrong, TooMany during a pause; neither tells whether the login exists."""
    desk = Desk(house.engine)
    row = desk.one(people, {"login": login[:80].lower()})
    if row is not None:
        check_pause(house, row)
    right = is_right(row["password"] if row is not None else NOBODY, password[:200])
    if row is None or not right or row["disabled_at"] is not None:
        if row is not None:
            count_failure(house, row)
        raise NotSignedIn(_WRONG)
    second = ("totp",) if row["totp"] else ()
    if desk.many(passkeys, {"person": row["id"]}, order="created_at", limit=1):
        second = (*second, "passkey")
    return open_session(house, row["id"], HALF), second


def open_session(house: House, person: str, level: str) -> str:
    """A new session of a person; its token, which only the browser keeps."""
    token = b64(house.randomness(32))
    now = house.now()
    Desk(house.engine).put(
        sessions,
        {
            "digest": digest_of(token), "person": person, "level": level, "created_at": moment(now),
            "expires_at": moment(now + (LIFE if level == FULL else HALF_LIFE)),
        },
    )  # fmt: skip
    return token


def end_session(house: House, token: str) -> None:
    """Sign out."""
    Desk(house.engine).drop(sessions, {"digest": digest_of(token)})


def totp_secret(house: House, token: str) -> tuple[str, str]:
    """A new secret of one-time passwords for who has none yet: the secret and its otpauth address. It counts once
    `totp` was right for it."""
    session, row = session_row(house, token)
    check_fresh(house, session)
    if row["totp"] or (session["level"] != FULL and has_passkey(house, row["id"])):
        raise RuleError("a second factor is set up already", rule="second-once")
    secret = pyotp.random_base32()
    set_challenge(house, session, totp=secret)
    return secret, pyotp.TOTP(secret).provisioning_uri(name=row["login"], issuer_name=house.operator)


def setting_up(house: House, token: str) -> tuple[str, str] | None:
    """The secret that a person without a second factor is setting up, with its otpauth address: the one that waits
    for its first code, else a new one. None for who has a second factor. NotSignedIn without half a session."""
    session, row = session_row(house, token)
    if row["totp"] or has_passkey(house, row["id"]):
        return None
    pending = challenge(house, session).get("totp")
    if pending is None:
        return totp_secret(house, token)
    return pending, pyotp.TOTP(pending).provisioning_uri(name=row["login"], issuer_name=house.operator)


def totp(house: House, token: str, code: str) -> str:
    """A whole session for half of one and a right one-time password, which counts once. NotSignedIn otherwise, TooMany
    during a pause; RuleError where half a session would set one up beside another second factor."""
    session, row = session_row(house, token)
    check_pause(house, row)
    if not row["totp"]:
        check_fresh(house, session)
        if session["level"] != FULL and has_passkey(house, row["id"]):
            raise RuleError("a second factor is set up already", rule="second-once")
    pending = challenge(house, session).get("totp")
    kept = house.vault.unwrap(row["totp"]).decode() if row["totp"] else pending
    step = _step_of(house, kept, code, row["totp_step"])
    if step is None:
        count_failure(house, row)
        raise NotSignedIn(_WRONG)
    values: dict[str, Any] = {"totp_step": step}
    if not row["totp"]:
        values["totp"] = house.vault.wrap(str(kept).encode())
    if not Desk(house.engine).change(people, {"id": row["id"], "totp_step": row["totp_step"]}, values):
        raise NotSignedIn(_WRONG)
    return finish(house, token, row["id"])


def _step_of(house: House, kept: str | None, code: str, last: int) -> int | None:
    """The step of time, behind the last one used, whose one-time password this is; a clock may be one step off."""
    current = int(house.now().timestamp()) // _STEP
    for step in (current - 1, current, current + 1):
        if kept and step > last and hmac.compare_digest(pyotp.TOTP(kept).at(step * _STEP), code.strip()[:10]):
            return step
    return None


def finish(house: House, token: str, person: str) -> str:
    """A whole session in the place of half of one: a new token, so that the old one is worth nothing.

    Wrong passwords and codes are forgotten only now: who knows the password has no more guesses at codes than anybody.
    """
    desk = Desk(house.engine)
    desk.drop(sessions, {"digest": digest_of(token)})
    desk.change(people, {"id": person}, {"failures": 0, "locked_until": None})
    return open_session(house, person, FULL)


def caller_of_session(house: House, token: str) -> Caller:
    """Whose whole session this is. NotSignedIn where it is none."""
    session, row = session_row(house, token)
    if session["level"] != FULL:
        raise NotSignedIn("the second factor is still to come")
    return Caller(
        f"person:{row['id']}", row["login"], frozenset(row["scopes"].split()), row["ruc"], row["id"]
    )


def whole(house: House, token: str) -> Any:
    """The row of the person whose whole and fresh session this is. NotSignedIn, NotAllowed otherwise."""
    session, row = session_row(house, token)
    if session["level"] != FULL:
        raise NotSignedIn("the second factor is still to come")
    check_fresh(house, session)
    return row


def check_fresh(house: House, session: Any) -> None:
    """NotAllowed unless the person signed in a few minutes ago: who finds or steals a session changes no way in."""
    if not is_fresh(house, session):
        raise NotAllowed(
            "this needs a fresh sign-in",
            advice=f"Sign in again, and do it within {int(FRESH.total_seconds()) // 60} minutes.",
        )


def is_fresh(house: House, session: Any) -> bool:
    """Whether a session began a few minutes ago; half a session ends as soon."""
    return str(session["created_at"]) > moment(house.now() - FRESH)


def by_subject(house: House, subject: str, level: str = HALF) -> str:
    """A session, half of one unless a second factor was asked elsewhere, for who an identity provider says it is.
    NotSignedIn where nobody here is that."""
    row = Desk(house.engine).one(people, {"subject": subject})
    if row is None or row["disabled_at"] is not None:
        raise NotSignedIn("nobody here signs in with this account")
    return open_session(house, row["id"], level)


def link_subject(house: House, login: str, subject: str | None) -> None:
    """Tie a person to a subject at the identity provider; None: to none, and the sessions end, as who was signed in
    there may still have one. InputError for a subject that somebody else is tied to."""
    row, desk = person_of(house, login), Desk(house.engine)
    check_subject(house, row["login"], subject)
    try:
        desk.change(people, {"id": row["id"]}, {"subject": subject})
    except IntegrityError:  # another request was faster
        raise InputError(_TIED, field="subject") from None
    if subject is None:
        desk.drop(sessions, {"person": row["id"]})


def check_subject(house: House, login: str, subject: str | None) -> None:
    """InputError for a subject that somebody else is tied to."""
    tied = None if subject is None else Desk(house.engine).one(people, {"subject": subject})
    if tied is not None and tied["login"] != login:
        raise InputError(_TIED, field="subject")


def csrf(house: House, token: str) -> str:
    """What the forms of a session carry."""
    return house.vault.blind("csrf " + token)


def session_row(house: House, token: str) -> tuple[Any, Any]:
    """A session's row and its person's. NotSignedIn where it has ended or the person may not."""
    desk = Desk(house.engine)
    session = desk.one(sessions, {"digest": digest_of(token)})
    row = None if session is None else desk.one(people, {"id": session["person"]})
    if session is None or row is None or row["disabled_at"] or session["expires_at"] <= moment(house.now()):
        raise NotSignedIn("this session has ended")
    return session, row


def challenge(house: House, session: Any) -> dict[str, Any]:
    """What a session waits for."""
    if session["challenge"] is None:
        return {}
    found: dict[str, Any] = orjson.loads(house.vault.unwrap(session["challenge"]))
    return found


def set_challenge(house: House, session: Any, **asked: str | None) -> None:
    """Keep what a session waits for beside what it waits for already; None: no longer. RuleError where another request
    of the session changed it meanwhile: a challenge counts once."""
    value = {name: told for name, told in {**challenge(house, session), **asked}.items() if told is not None}
    wrapped = house.vault.wrap(orjson.dumps(value))
    before = {"digest": session["digest"], "challenge": session["challenge"]}
    if not Desk(house.engine).change(sessions, before, {"challenge": wrapped}):
        raise RuleError("another request of this session came in between", rule="once")


def has_passkey(house: House, person: str) -> bool:
    """Whether a person has a passkey."""
    return bool(Desk(house.engine).many(passkeys, {"person": person}, order="created_at", limit=1))


def check_pause(house: House, row: Any) -> None:
    """TooMany while a person's passwords and codes are not looked at."""
    now = house.now()
    if row["locked_until"] is not None and row["locked_until"] > moment(now):
        wait = parse_moment(row["locked_until"], "locked_until") - now
        raise TooMany("too many wrong passwords", wait=max(1, int(wait.total_seconds())))


def count_failure(house: House, row: Any) -> None:
    """One more wrong password or code; too many are a pause."""
    values: dict[str, Any] = {"failures": row["failures"] + 1}
    if values["failures"] >= FAILURES:
        values = {"failures": 0, "locked_until": moment(house.now() + PAUSE)}
    Desk(house.engine).change(people, {"id": row["id"]}, values)


def is_right(kept: str, password: str) -> bool:
    """Whether a password is the one of which this is kept."""
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def person_of(house: House, login: str) -> Any:
    """A person's row. NotFound where nobody has the login."""
    row = Desk(house.engine).one(people, {"login": login.lower()})
    if row is None:
        raise NotFound("nobody has this login", field="login")
    return row


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
