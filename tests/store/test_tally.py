"""Orders that are alike are counted together, and give the rows that each of them gives alone."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from huella.store import figures
from huella.store.tally import Profile, Tally

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
