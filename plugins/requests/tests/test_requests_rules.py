"""Capacity, rank and scores: what holds for every week, every order and every person."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from xrm_requests import capacity, dropping, proposing, ranking
from xrm_requests.capacity import Day

MONDAY = date(2026, 3, 2)
DAYS = st.lists(
    st.tuples(st.integers(0, 1440), st.integers(0, 1440), st.integers(0, 1440)), min_size=1, max_size=30
).map(lambda rows: [Day(MONDAY + timedelta(days=n), *row) for n, row in enumerate(rows)])
EFFORT = st.integers(0, 400).map(lambda quarters: quarters * 15)
RANKS = st.lists(st.integers(1, 500), min_size=1, max_size=25, unique=True)


@settings(max_examples=150, deadline=None)
@given(days=DAYS, effort=EFFORT)
def test_effort_never_goes_beyond_what_is_free(days: list[Day], effort: int) -> None:
    """What is placed and what is left make up the effort, and no day takes more than its free quarters of an hour."""
    placed, left = capacity.place(days, effort)
    free = {day.on: day.free for day in days}
    assert sum(minutes for _, minutes in placed) + left == effort
    assert all(0 < minutes <= free[on] and minutes % 15 == 0 for on, minutes in placed)
    assert left == 0 or sum(free.values()) == effort - left
    assert [on for on, _ in placed] == sorted(on for on, _ in placed)


@settings(max_examples=150, deadline=None)
@given(days=DAYS, effort=EFFORT)
def test_a_week_keeps_a_fifth_free(days: list[Day], effort: int) -> None:
    """Of what is not reserved four fifths may be planned at most, and what is planned more leaves nothing free."""
    for day in days:
        assert day.plannable * 100 <= max(0, day.working - day.reserved) * 80
        assert 0 <= day.free <= max(0, day.plannable - day.planned)


@settings(max_examples=100, deadline=None)
@given(days=DAYS, effort=st.integers(0, 4000).map(lambda quarters: quarters * 15))
def test_what_is_forced_is_all_placed(days: list[Day], effort: int) -> None:
    """Taken on beyond capacity all of the effort stands on some day, none longer than a day is."""
    placed, left = capacity.place(days, effort)
    forced = capacity.forced(placed, left, days[0].on, days[-1].on)
    assert sum(minutes for _, minutes in forced) == effort
    assert all(0 < minutes <= 1440 for _, minutes in forced)


def test_other_plugins_weigh_who_does_it() -> None:
    """What other plugins say of doers is added to their scores; who gets -1 from one of them is out, whatever the others say."""
    doers = [proposing.Proposed(user, user.title(), 0.5, "", 3, 60, 0) for user in ("ann", "bob", "cem")]

    class Asked:
        """Two plugins that weigh."""

        def asked(self, hook: str, **given: Any) -> list[dict[str, float]]:
            """Their answers."""
            assert (hook, given["doers"]) == ("xrm_assignment", tuple(doers))
            return [{"ann": 0.2, "bob": -1}, {"ann": 0.1, "bob": 1}]

    found = proposing._weigh({}, doers, Asked())  # type: ignore[arg-type]
    assert [(one.user, one.score) for one in found] == [("ann", 0.8), ("cem", 0.5)]


@settings(max_examples=200, deadline=None)
@given(ranks=RANKS, place=st.integers(0, 24), to=st.integers(-3, 520))
def test_no_two_ranks_are_ever_equal(ranks: list[int], place: int, to: int) -> None:
    """After any rise all ranks differ, the one that rose stands where it was wanted, and the others keep their order."""
    before = {f"r{n}": rank for n, rank in enumerate(ranks)}
    one = f"r{place % len(ranks)}"
    after = before | ranking.moved(before, one, to)
    assert len(set(after.values())) == len(after)
    if 1 <= to < before[one]:
        assert after[one] == to
        others = [id for id in sorted(before, key=lambda one: before[one]) if id != one]
        assert others == sorted(others, key=lambda one: after[one])
        assert all(after[id] - before[id] in (0, 1) for id in others)
    else:
        assert after == before


@settings(max_examples=150, deadline=None)
@given(
    level=st.integers(1, 4), needed=st.integers(1, 4), free=st.integers(0, 6000), effort=st.integers(0, 3000),
    load=st.integers(0, 300),
)  # fmt: skip
def test_a_score_is_between_nothing_and_all(level: int, needed: int, free: int, effort: int, load: int) -> None:
    """A score lies between 0 and 1; more skill, more room and less load never lower it."""
    parts = proposing.Parts(max(level, needed), needed, free, effort, load)
    score = proposing.score_of(parts)
    assert 0 <= score <= 1
    more = proposing.Parts(parts.level + 1, needed, free + 60, effort, max(0, load - 10))
    assert proposing.score_of(more) >= score


def test_a_score_by_hand() -> None:
    """Level 3 where 2 is needed counts in full, half of the room half, a week loaded to three quarters a quarter."""
    assert proposing.score_of(proposing.Parts(3, 2, 60, 120, 75)) == 0.7


def test_only_a_lower_band_falls() -> None:
    """Good to watch and watch to risk are falls; unknown is neither above nor below."""
    assert dropping.fell("good", "watch")
    assert dropping.fell("watch", "risk")
    assert not any(
        dropping.fell(*pair)
        for pair in (("watch", "good"), ("risk", "risk"), ("unknown", "risk"), (None, "risk"), ("good", None))
    )
