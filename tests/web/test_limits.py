"""The moving window: so many a minute for each address, wherever the minute begins."""

from __future__ import annotations

import pytest

from huella.web import limits
from huella.web.limits import Window


class Clock:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture(params=[0.0, 17.0, 59.9])
def clock(request: pytest.FixtureRequest) -> Clock:
    return Clock(600.0 + request.param)


def test_the_next_one_after_the_limit_waits(clock: Clock) -> None:
    window = Window(3, clock)
    assert [window.hit("a") for _ in range(3)] == [0, 0, 0]
    assert window.hit("a") > 0


def test_another_address_is_another_count(clock: Clock) -> None:
    window = Window(1, clock)
    assert (window.hit("a"), window.hit("b")) == (0, 0)


def test_who_waits_as_told_may_ask_again(clock: Clock) -> None:
    window = Window(5, clock)
    while not (wait := window.hit("a")):
        pass
    clock.at += wait
    assert window.hit("a") == 0


def test_two_minutes_later_all_is_forgotten(clock: Clock) -> None:
    window = Window(2, clock)
    assert [window.hit("a") for _ in range(2)] == [0, 0]
    clock.at += 121
    assert [window.hit("a") for _ in range(2)] == [0, 0]


def test_no_stretch_of_a_minute_has_many_more_than_the_limit() -> None:
    clock, taken = Clock(600.0), []
    window = Window(60, clock)
    for step in range(6_000):  # ten a second, for ten minutes
        clock.at = 600.0 + step / 10
        if not window.hit("a"):
            taken.append(clock.at)
    most = max(sum(begin <= at < begin + 60 for at in taken) for begin in range(600, 1_140))
    assert 55 <= most <= 66


def test_the_addresses_that_are_remembered_have_a_limit(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(limits, "KNOWN", 2)
    window = Window(1, clock)
    assert [window.hit(name) for name in "abca"] == [0, 0, 0, 0]


def test_addresses_of_one_household_are_one_of_ipv6() -> None:
    assert limits.network_of("2001:db8:1:2:aa::1") == limits.network_of("2001:db8:1:2:bb::2")
    assert limits.network_of("2001:db8:1:2::1") != limits.network_of("2001:db8:1:3::1")
    assert limits.network_of("192.0.2.1") != limits.network_of("192.0.2.2")
    assert limits.network_of("testclient") == "testclient"
