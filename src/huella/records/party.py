"""A party's side of its own acts: it seals and signs what it says, the registry takes it unchanged.

open draft ─► checked, personal fields sealed with the party's own salts ─► signed behind the subject's last record
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from huella.records import act
from huella.records import draft as drafts
from huella.records.act import PrivateKey
from huella.records.draft import Draft


def signed(draft: Draft, key: PrivateKey, prev: str | None, salt: Callable[[], bytes]) -> Draft:
    """The ready form of an open draft, with the party's act.

    `prev` is the leaf hash (hex) of the subject's last record, None for a first one; the act holds for that place only.
    `salt` gives 16 fresh random bytes. Raises InputError with the field at fault, as sealing does.
    """
    made = drafts.prepare(draft, salt)
    members: dict[str, Any] = {
        "annexes": [{"sha256": hashlib.sha256(body).hexdigest(), "size": len(body)} for body in made.annexes],
        "data": made.data,
        "files": [msgspec.to_builtins(file) for file in made.files],
        "kind": made.kind,
        "prev": prev,
        "sealed": made.sealed,
        "subject": made.subject,
    }
    return Draft(
        kind=made.kind, subject=made.subject, data=made.data, files=made.files, sealed=made.sealed,
        disclosures=made.disclosures, annexes=tuple(body.decode() for body in made.annexes), prev=prev,
        act=act.sign(key, members), row=draft.row,
    )  # fmt: skip
