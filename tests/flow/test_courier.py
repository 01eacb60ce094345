"""A courier keeps what it carries until it is taken, in order, and nobody waits for it."""

import threading
from subprocess import SubprocessError

import pytest

from huella.flow import courier
from huella.flow.courier import Courier, post, run_hook


class Door:
    """Takes alerts when it is open; counts the knocks."""

    def __init__(self, *, opens_at: int = 1) -> None:
        self.opens_at = opens_at
        self.knocks = 0
        self.taken: list[bytes] = []
        self.all_taken = threading.Event()
        self.failures: list[str] = []

    def __call__(self, body: bytes) -> None:
        self.knocks += 1
        if self.knocks < self.opens_at:
            raise OSError("closed")
        self.taken.append(body)
        if len(self.taken) == 3:
            self.all_taken.set()

    def failed(self, name: str, error: Exception) -> None:
        self.failures.append(f"{name} {type(error).__name__}")


def carried(door: Door) -> Courier:
    made = Courier("--webhook", door, door.failed, ["1"])
    for body in (b"2", b"3"):
        made.put(body)
    return made


def test_alerts_come_in_order_those_of_an_earlier_run_first() -> None:
    door = Door()
    sent = carried(door)
    assert door.all_taken.wait(10)
    sent.close()
    assert (door.taken, sent.waiting, door.failures) == ([b"1", b"2", b"3"], [], [])


def test_a_closed_door_is_told_once_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FIRST", 0.001)
    door = Door(opens_at=5)
    sent = carried(door)
    assert door.all_taken.wait(10)
    sent.close()
    assert (door.taken, door.knocks, door.failures) == ([b"1", b"2", b"3"], 7, ["--webhook OSError"])


def test_what_is_not_taken_is_kept_and_closing_does_not_wait_for_it() -> None:
    door = Door(opens_at=99)
    sent = carried(door)
    sent.close()
    assert (sent.waiting, door.knocks) == (["1", "2", "3"], 1)


def test_no_more_is_kept_than_is_allowed_and_the_newest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "KEPT", 2)
    door = Door(opens_at=99)
    sent = carried(door)
    sent.close()
    assert sent.waiting == ["2", "3"]


def test_a_hook_that_fails_or_is_none_and_an_address_that_is_no_webhook_are_errors() -> None:
    run_hook("cat", b"{}")
    for wrong in ("false", "/no/such/program", "'"):
        with pytest.raises((OSError, ValueError, SubprocessError)):
            run_hook(wrong, b"{}")
    with pytest.raises(ValueError, match="http"):
        post("file:///etc/passwd", b"{}", None)
