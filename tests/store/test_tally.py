"""Orders that are alike are counted together, and give the rows that each of them gives alone."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from huella.records import draft, generator, life
from huella.records.life import OrderLife
from huella.store import figures
from huella.store.derive import order_rows
from huella.store.tally import Profile, Tally
from huella.store.tally import profile as profile_of

_DEPARTMENTS = st.sampled_from(["", "08", "15"])
_PROFILES = st.builds(
    Profile,
    month=st.sampled_from(["", "2026-01", "2026-02"]),
    currency=st.sampled_from(["PEN", "USD"]),
    values=st.tuples(*[st.sampled_from(["", "a", "b"])] * 4),
    parts=st.dictionaries(_DEPARTMENTS, st.integers(0, 900), min_size=1).map(lambda d: tuple(d.items())),
    total=st.integers(0, 900),
    entity=st.sampled_from(["20100000001", "20100000002"]),
    supplier=st.sampled_from(["", "20100000003"]),
    stages=st.just(()),
)


@given(st.lists(_PROFILES, max_size=8))
def test_orders_counted_together_make_the_rows_of_each_alone(profiles: list[Profile]) -> None:
    together, alone = Tally(), Counter[tuple[str, ...]]()
    for profile in profiles:
        together.replace(None, profile)
        one = Tally()
        one.replace(None, profile)
        alone.update({key: amount for key, (_, amount) in one.figures.items()})
    assert {key: amount for key, (_, amount) in together.figures.items()} == dict(alone)


@given(st.lists(_PROFILES, min_size=1, max_size=8))
def test_what_is_taken_back_leaves_no_row_also_where_figures_were_read_between(
    profiles: list[Profile],
) -> None:
    tally = Tally()
    for profile in profiles:
        tally.replace(None, profile)
    assert tally.figures[("", "", "", profiles[0].month, profiles[0].currency)][0] >= 1
    for profile in profiles:
        tally.replace(profile, None)
    assert not any(figures.expected(tally).values())


@given(_PROFILES)
def test_one_order_makes_a_row_for_each_dimension_and_each_two_of_them(profile: Profile) -> None:
    tally = Tally()
    tally.replace(None, profile)
    month, currency, parts = profile.month, profile.currency, dict(profile.parts)
    assert tally.figures[("catalogue+state", profile.values[0], profile.values[3], month, currency)] == [
        1,
        profile.total,
    ]
    for department, amount in parts.items():
        assert tally.figures[("department", department, "", month, currency)] == [1, amount]
        assert tally.figures[("department+shape", department, profile.values[2], month, currency)] == [
            1,
            amount,
        ]
    assert len(tally.figures) == 1 + 4 + 6 + len(parts) * 5


def lives() -> list[OrderLife]:
    given = [*generator.orders(40, 7), generator.combined()]
    prepared = [draft.prepare(each, lambda: bytes(16)) for each in given]
    return [life.advance(None, each.kind, each.public, "2026-01-02T03:04:05.678Z") for each in prepared]


def test_an_orders_rows_tell_the_same_profile_as_the_order() -> None:
    for now in lives():
        assert profile_of(now, order_rows("x", now, 0, 0)) == profile_of(now)


def test_orders_taken_with_their_rows_are_counted_as_any_change() -> None:
    taken, changed = Tally(), Tally()
    for now in lives():
        taken.take(now, order_rows("x", now, 0, 0))
        changed.change(None, now)
    assert figures.expected(taken) == figures.expected(changed)


@given(st.lists(_PROFILES, max_size=8), st.integers(0, 8))
def test_two_tallies_joined_are_one_and_stay_two(profiles: list[Profile], at: int) -> None:
    whole, first, second = Tally(), Tally(), Tally()
    for place, one in enumerate(profiles):
        whole.replace(None, one)
        (first if place < at else second).replace(None, one)
    before = figures.expected(second)
    joined = Tally()
    for part in (first, second, second):
        joined.join(part)
    for one in profiles[at:]:
        joined.replace(one, None)
    assert figures.expected(joined) == figures.expected(whole)
    assert figures.expected(second) == before
