"""What is as it should be is checked some hundreds at a time, and what is not is told as one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from attacks.thief import Thief
from huella.flow import subjects_audit
from huella.flow.audit import audit
from huella.flow.house import House
from huella.flow.log_audit import Log
from huella.flow.subjects_audit import Subjects
from huella.store.tables import disclosures, entries, log


def swap(thief: Thief) -> None:
    one, other = (thief.read(entries, entries.c.index == n)[0] for n in (2, 3))
    thief.remove(entries, entries.c.index.in_([2, 3]))
    thief.put(entries, **{**one, "index": 3})
    thief.put(entries, **{**other, "index": 2})


FORGERIES: dict[str, Callable[[Thief], None]] = {
    "a record": lambda thief: thief.set(entries, entries.c.index == 1, record=b"{}"),
    "a leaf": lambda thief: thief.set(entries, entries.c.index == 1, leaf=b"\1" * 32),
    "a word of the sealing process": lambda thief: thief.set(entries, entries.c.index == 1, mac=b"\1" * 32),
    "a time": lambda thief: thief.set(entries, entries.c.index == 1, recorded_at="2020-01-01T00:00:00.000Z"),
    "a gap": lambda thief: thief.remove(entries, entries.c.index == 2),
    "two swapped": swap,
    "the head's time": lambda thief: thief.set(log, True, recorded_at="2020-01-01T00:00:00.000Z"),
    "a box": lambda thief: thief.set(disclosures, disclosures.c.index == 0, boxes=b"\0" * 40),
    "boxes gone": lambda thief: thief.remove(disclosures, disclosures.c.index >= 0),
}


def one_by_one(house: House, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    with monkeypatch.context() as patch:
        patch.setattr(Log, "_fits", lambda *_: False)
        patch.setattr(subjects_audit, "opens", lambda _: False)
        return audit(house).to_dict()


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_told_as_it_is_one_by_one(
    name: str, house: House, thief: Thief, monkeypatch: pytest.MonkeyPatch
) -> None:
    FORGERIES[name](thief)
    report = audit(house).to_dict()
    assert report == one_by_one(house, monkeypatch)
    assert not report["clean"]


def test_a_clean_register_is_never_looked_at_one_by_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = one_by_one(house, monkeypatch)
    monkeypatch.delattr(Log, "_extend")
    monkeypatch.delattr(Subjects, "_check_boxes")
    assert audit(house).to_dict() == plain
