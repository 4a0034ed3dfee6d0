"""CEL's Rust implementation as oracle, where the meaning is the same: whole numbers, text, yes/no, lists, times, and null
against a value. Where CEL gives an error (overflow, division by zero) this language gives null or false."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xrm_core.expressions import Ctx, ExprEntity, ExprField, Schema, compile_text
from xrm_core.metamodel.kinds import BOOL, DATETIME, DURATION, INT, TEXT

cel = pytest.importorskip("cel", reason="common-expression-language is not installed")

TYPES = {"i": INT, "j": INT, "s": TEXT, "u": TEXT.with_null(True), "b": BOOL, "t": DATETIME, "d": DURATION}
TYPES["n"] = INT.with_null(True)
SCHEMA = Schema({"r": ExprEntity("r", {name: ExprField(name, t) for name, t in TYPES.items()})})

s = st.sampled_from
ascii_text = st.text(st.sampled_from("abAB%_\\ ."), max_size=4)
quoted = ascii_text.map(lambda x: "'" + x.replace("\\", "\\\\") + "'")
numbers = st.integers(-(10**6), 10**6).map(lambda n: f"({n})")
ints = st.one_of(s(["record.i", "record.j"]), numbers, st.just("size(record.s)"))
texts = st.one_of(s(["record.s"]), quoted)
tests = s(
    [
        "record.b", "true", "false", "record.u == null", "record.n != null", "record.u == 'a'", "record.u != 'a'",
        "record.n == 3", "record.n != 3", "has(record.s)",
    ]
)  # fmt: skip
moments = st.one_of(
    st.just("record.t"), s(["timestamp('2024-02-29T12:00:00Z')", "timestamp('1999-12-31T23:59:59.5Z')"])
)
spans = st.one_of(st.just("record.d"), s(["duration('36h')", "duration('90m')", "(record.t - record.t)"]))


def whole(x: tuple[str, str, str]) -> str:
    """An operation on whole numbers."""
    return f"div({x[0]}, {x[2]})" if x[1] == "div" else f"({x[0]} {x[1]} {x[2]})"


def grow(t: Any) -> Any:
    """Larger whole numbers."""
    return st.one_of(st.tuples(t, s(["+", "-", "*", "%", "div"]), t).map(whole), t.map(lambda x: f"(-{x})"))


INTS = st.recursive(ints, grow, max_leaves=5)
TEXTS = st.recursive(texts, lambda t: st.tuples(t, t).map(lambda x: f"({x[0]} + {x[1]})"), max_leaves=3)
MOMENTS = st.one_of(moments, st.tuples(moments, s("+-"), spans).map(lambda x: f"({x[0]} {x[1]} {x[2]})"))
COMPARED = s(["==", "!=", "<", "<=", ">", ">="])
COMPARISONS = st.one_of(
    *[st.tuples(k, COMPARED, k).map(" ".join) for k in (INTS, TEXTS, MOMENTS, spans)],
    st.tuples(TEXTS, s(["contains", "startsWith", "endsWith"]), TEXTS).map(lambda x: f"{x[0]}.{x[1]}({x[2]})"),
    st.tuples(INTS, st.lists(INTS, min_size=1, max_size=3)).map(lambda x: f"{x[0]} in [{', '.join(x[1])}]"),
    tests,
    st.tuples(TEXTS, s(["a", "^a", "b$", "[a-b]+", "a|B", "\\\\.", "^$"])).map(lambda x: f"{x[0]}.matches('{x[1]}')"),
)
RULES = st.recursive(
    COMPARISONS,
    lambda t: st.one_of(
        st.tuples(t, s(["&&", "||", "=="]), t).map(lambda x: f"(({x[0]}) {x[1]} ({x[2]}))"),
        t.map(lambda x: f"!({x})"),
        st.tuples(t, t, t).map(lambda x: f"(({x[0]}) ? ({x[1]}) : ({x[2]}))"),
    ),
    max_leaves=5,
)
times = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
records = st.fixed_dictionaries(
    {
        "i": st.integers(-(10**9), 10**9), "j": st.integers(-9, 9), "s": ascii_text, "u": st.none() | ascii_text,
        "b": st.booleans(), "t": times, "n": st.none() | st.integers(-5, 5),
        "d": st.integers(-(10**12), 10**12).map(lambda u: timedelta(microseconds=u)),
    }
)  # fmt: skip


def to_cel(text: str) -> str:
    """div(a, b) of ours is a / b of CEL."""
    while "div(" in text:
        at = text.rindex("div(")
        depth, cut, end = 0, 0, 0
        for i in range(at + 4, len(text)):
            depth += {"(": 1, ")": -1}.get(text[i], 0)
            if text[i] == "," and depth == 0:
                cut = i
            if depth < 0:
                end = i
                break
        text = f"{text[:at]}(({text[at + 4 : cut]}) / ({text[cut + 1 : end]})){text[end + 1 :]}"
    return text


@settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(RULES, INTS, TEXTS, MOMENTS), records)
def test_same_as_cel(text: str, record: dict[str, Any]) -> None:
    """Where CEL gives a value, ours is the same."""
    try:
        want = cel.evaluate(to_cel(text), {"record": record})
    except Exception:
        return
    got = compile_text(text, SCHEMA, "r").python(Ctx(record))
    if got is None and isinstance(want, int) and abs(want) >= 10**18:
        return
    assert got == want, (text, got, want)
