"""What somebody changes of his own ways in: the password, the one-time passwords. Each needs a fresh sign-in.

Passkeys have a module of their own (`passkeys`): what they need takes long to load.
"""

from __future__ import annotations

from typing import Any

from huella.errors import InputError, RuleError
from huella.flow import people
from huella.flow.house import House
from huella.store.desk import Desk
from huella.store.tables_access import passkeys, sessions
from huella.store.tables_access import people as persons


def told(house: House, token: str) -> dict[str, Any]:
    """How somebody signs in: his passkeys (id, name, when registered and last used), whether he has one-time
    passwords, and whether the session is fresh enough to change any of it."""
    session, row = people.session_row(house, token)
    shown = ("id", "name", "created_at", "used_at")
    mine = Desk(house.engine).many(passkeys, {"person": row["id"]}, order="created_at")
    return {
        "passkeys": [{name: each[name] for name in shown} for each in mine],
        "totp": row["totp"] is not None, "fresh": people.is_fresh(house, session),
        "minutes": int(people.FRESH.total_seconds()) // 60,
        "setting": people.challenge(house, session).get("totp") if row["totp"] is None else None,
    }  # fmt: skip


def change_password(house: House, token: str, old: str, new: str) -> str:
    """Another password; every other session ends, and this one goes on under the token that is returned.

    InputError where the present one is wrong (which counts as a wrong password does: TooMany in the end) or the new one
    too short; NotAllowed without a fresh sign-in.
    """
    row = people.whole(house, token)
    people.check_password(new)
    people.check_pause(house, row)
    if not people.is_right(row["password"], old[:200]):
        people.count_failure(house, row)
        raise InputError("this is not the present password", field="old")
    desk = Desk(house.engine)
    if not desk.change(
        persons,
        {"id": row["id"], "password": row["password"]},
        {"password": people.hashed(new), "failures": 0},
    ):
        raise RuleError("another request of this session came in between", rule="once")
    desk.drop(sessions, {"person": row["id"]})
    return people.open_session(house, row["id"], people.FULL)


def drop_totp(house: House, token: str) -> None:
    """No one-time passwords any more. RuleError for the last second factor; NotAllowed without a fresh sign-in."""
    row = people.whole(house, token)
    if not people.has_passkey(house, row["id"]):
        raise RuleError("this is the only second factor", rule="second-last")
    Desk(house.engine).change(persons, {"id": row["id"]}, {"totp": None})
