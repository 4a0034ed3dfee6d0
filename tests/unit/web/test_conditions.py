"""Conditions as values and as expressions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xrm_core.web.conditions import COUNTED, PERIODS, Arms, Condition, Item, Written, read_arms, write_arms

KINDS = {
    "name": "text", "size": "int", "amount": "decimal", "live": "bool", "due": "date", "seen": "datetime", "owner": "ref", "tags": "list",
    "donor.party.name": "text", "donor.since": "date",
}  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
NUMBERS = st.integers(-999, 999).map(str)
DAYS = st.dates().map(lambda day: day.isoformat())


def kind_of(path: str) -> str:
    """The kind of a path."""
    return KINDS.get(path, "")


def of(paths: list[str], ops: list[str], values: st.SearchStrategy[tuple[str, ...]]) -> st.SearchStrategy[Item]:
    """Conditions of these operators."""
    return st.builds(Condition, st.sampled_from(paths), st.sampled_from(ops), values)


def period(name: str, days: int) -> tuple[str, ...]:
    """The values of a period."""
    return (name, str(days)) if name in COUNTED else (name,)


ITEMS: st.SearchStrategy[Item] = st.one_of(
    of(["name", "donor.party.name"], ["contains", "startsWith", "endsWith"], WORDS.map(lambda w: (w.lower(),)).filter(lambda v: v[0] == v[0].lower())),
    of(["name"], ["eq", "ne"], WORDS.map(lambda w: (w,))),
    of(["size", "amount"], ["eq", "ne", "lt", "gt"], NUMBERS.map(lambda n: (n,))),
    of(["size"], ["between"], st.tuples(NUMBERS, NUMBERS)),
    of(["due", "donor.since"], ["eq", "lt", "gt"], DAYS.map(lambda d: (d,))),
    of(["due", "seen"], ["period"], st.builds(period, st.sampled_from(sorted(PERIODS)), st.integers(0, 99))),
    of(["owner"], ["me", "mine", "empty", "notEmpty"], st.just(())),
    of(["owner", "name"], ["in", "notIn"], st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    of(["live"], ["eq"], st.sampled_from([("true",), ("false",)])),
    of(["tags"], ["contains"], WORDS.map(lambda w: (w,))),
    st.just(Written("record.size > record.amount")),
)  # fmt: skip
ARMS = st.lists(st.lists(ITEMS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)


@given(ARMS)
def test_what_is_clicked_is_read_back(arms: Arms) -> None:
    """A filter that was clicked together opens as it was; and what is opened and written again says the same."""
    text = write_arms(arms, kind_of)
    again = read_arms(text, kind_of)
    assert write_arms(again, kind_of) == text
    singles = [c for arm in arms for c in arm if not (isinstance(c, Condition) and c.op in ("ge", "le"))]
    assert [c for arm in again for c in arm] == singles


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("record.due >= yearStart(0) && record.due < yearStart(1)", Condition("due", "period", ("this_year",))),
        ("record.due>=addDays(today(),-30)&&record.due<=today()", Condition("due", "period", ("last_days", "30"))),
        ("record.due >= addDays(today(), -0) && record.due <= today()", Condition("due", "period", ("last_days", "0"))),
        ("date(record.seen) == today()", Condition("seen", "period", ("today",))),
        ("record.size >= 1 && record.size <= 5", Condition("size", "between", ("1", "5"))),
        ("!(record.owner in ['a'])", Condition("owner", "notIn", ("a",))),
        ("record.name.contains('Ann')", Written("record.name.contains('Ann')")),
        ("record.unknown == 1", Written("record.unknown == 1")),
        ("record.name ==", Written("record.name ==")),
    ],
)
def test_what_is_typed_is_recognised(text: str, want: Item) -> None:
    """An expression that says what the form can say opens as its condition; others stay as they are written."""
    assert read_arms(text, kind_of) == ((want,),)


def test_brackets_stand_where_they_are_needed() -> None:
    """A condition with an `or` of its own keeps its meaning among others."""
    arms: Arms = (
        (Written("record.live || record.size > 1"), Condition("name", "empty")),
        (Condition("size", "eq", ("1",)),),
    )
    assert write_arms(arms, kind_of) == "(record.live || record.size > 1) && record.name == null || record.size == 1"
