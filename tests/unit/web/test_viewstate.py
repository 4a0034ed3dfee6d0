"""What is in force on a list, as a value and as an address."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.web.viewstate import (
    EMPTY,
    MOST_FROZEN,
    NARROWEST,
    WIDEST,
    State,
    moved,
    read_state,
    sized,
    turned,
    write_state,
)

PATHS = st.from_regex(r"[a-z][a-z_]{0,6}(\.[a-z]{1,5}){0,2}", fullmatch=True)
SORTS = st.builds(lambda down, path: ("-" if down else "") + path, st.booleans(), PATHS)
TEXTS = st.text(min_size=1, max_size=30).map(str.strip).filter(bool)
STATES = st.builds(
    State,
    filters=st.lists(TEXTS, max_size=3).map(tuple),
    sort=st.lists(SORTS, max_size=3, unique=True).map(tuple),
    columns=st.lists(PATHS, max_size=4, unique=True).map(tuple),
    group=st.one_of(st.just(""), PATHS),
    widths=st.dictionaries(PATHS, st.integers(NARROWEST, WIDEST), max_size=3).map(lambda d: tuple(d.items())),
    frozen=st.integers(0, MOST_FROZEN),
)


@given(STATES, STATES)
def test_what_is_written_is_read_back(state: State, base: State) -> None:
    """An address tells a state to whoever knows the view that it changes, and nothing where they are the same."""
    query = urlencode(write_state(state, base))
    assert read_state(parse_qsl(query, keep_blank_values=True), base) == state
    assert write_state(base, base) == []


def test_nonsense_is_left_out() -> None:
    """Widths that are none, blanks and doubles do no harm."""
    state = read_state([("width", "a:x,b:99999999,:5,c:10,d:80"), ("sort", " ,a,,a"), ("filter", "  "), ("cols", "")])
    assert state == State(sort=("a",), widths=(("c", NARROWEST), ("d", 80)))
    assert read_state([], State(group="g")) == State(group="g")
    assert read_state([("q", "x")]) == EMPTY
    assert [read_state([("freeze", text)]).frozen for text in ("3", "0", "99", "-1", "x", "")] == [3, 0, 1, 1, 1, 1]


def test_columns_grow_and_shrink_by_steps() -> None:
    """A column without a width begins in the middle; at the ends it stays."""
    assert sized((), "a", 1) == (("a", 200),)
    assert sized((), "a", -1) == (("a", 160),)
    assert sized((("b", 90), ("a", 200)), "a", 1) == (("b", 90), ("a", 240))
    assert sized((("a", WIDEST),), "a", 1) == (("a", WIDEST),)
    assert sized((("a", NARROWEST),), "a", -1) == (("a", NARROWEST),)


@pytest.mark.parametrize(
    ("sort", "further", "want"),
    [
        ((), False, ("a",)),
        (("a",), False, ("-a",)),
        (("-a",), False, ("a",)),
        (("b",), False, ("a",)),
        (("b",), True, ("b", "a")),
        (("b", "a"), True, ("b", "-a")),
        (("b", "-a"), True, ("b",)),
    ],
)
def test_a_click_on_a_head_turns_the_order(sort: tuple[str, ...], further: bool, want: tuple[str, ...]) -> None:
    """A click orders by a column alone and then turns it round; with Shift it comes behind the others, and goes again."""
    assert turned(sort, "a", further) == want


def test_names_are_moved() -> None:
    """One place up or down, never over the ends."""
    assert moved("abc", "b", 1) == ("a", "c", "b")
    assert moved("abc", "a", -1) == ("a", "b", "c")
    assert moved("abc", "x", 1) == ("a", "b", "c")
