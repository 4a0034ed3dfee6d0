"""tags, json, colour, and lists in one text."""

import pytest

from xrm_core.fields.lists import join, split


def test_tags(ask):
    """Each tag once, as first written; blanks folded."""
    assert ask.accept("tags", [" vip ", "VIP", "press  office", ""]) == ["vip", "press office"]
    assert ask.accept("tags", []) is None
    assert ask.read("tags", 'vip; press, "a, b"\nnew') == ["vip", "press", "a, b", "new"]
    assert ask.accept("tags", ["Zoe\u0308", "ZOË"]) == ["Zoë"]
    assert ask.refused("tags", "vip") == "not_a_list"
    assert ask.refused("tags", [5]) == "not_text"
    assert ask.refused("tags", ["x" * 51]) == "too_long"
    assert ask.refused("tags", ["a", "b"], max=1) == "too_many"
    assert ask.shown("tags", ["a", "b"]) == "a, b"
    assert ask.faults("tags", length=2, suggest=("abc",)) == ["the suggested tag 'abc' is longer than 2"]


@pytest.mark.parametrize(
    "values", [["a"], ["a, b", 'say "x"', ";"], ['"', '""', "a\nb"], ["a;b", " c "], ["=1+1", "-"]]
)
def test_lists_in_one_text(values):
    """Joined values are taken apart again, whatever marks they hold."""
    assert split(join(values)) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [('a "b" c, d', ['a "b" c', "d"]), ('"open, b', ['"open', "b"]), (",,;", []), ('"a" b, c', ['"a" b', "c"])],
)
def test_loose_quotes_are_taken_as_written(text, values):
    """Quotes that hold nothing together are part of the value."""
    assert split(text) == values


def test_json_values(ask):
    """Any JSON value within depth and size; whole floats are integers, as databases give them back."""
    assert ask.accept("json", {"a": [1, 2.0, 2.5, None, True, "x"]}) == {"a": [1, 2, 2.5, None, True, "x"]}
    assert isinstance(ask.accept("json", [2.0])[0], int)
    assert ask.read("json", '{"a": "ä"}') == {"a": "ä"}
    deep = "x"
    for _ in range(20):
        deep = [deep]
    assert ask.refused("json", deep) == "too_deep"
    assert ask.accept("json", deep[0]) == deep[0]
    for raw, code in [
        ({"a": float("nan")}, "not_a_number"), ({"a": 10**18}, "too_large"), ({1: 2}, "not_json"), ({"a": "\0"}, "control_character"),
        ({"a\ud800": 1}, "control_character"), ({"a": object()}, "not_json"), ("x" * 100_000, "too_long"),
    ]:  # fmt: skip
        assert ask.refused("json", raw) == code
    assert ask.refused("json", [], shape="object") == "wrong_shape"


@pytest.mark.parametrize("text", ["{", "{'a': 1}", "NaN", '{"a": 1, "a": 2}', "[" * 100_000, "1e999", "9" * 5000])
def test_json_texts_refused(ask, text):
    """What is not JSON, or not one value, says where."""
    assert ask.unread("json", text).code in ("not_json", "not_a_number", "too_large")


def test_colour(ask):
    """Six digits in lower case; short forms are doubled."""
    assert ask.accept("colour", "#0B5CAD") == "#0b5cad"
    assert ask.accept("colour", "#abc") == "#aabbcc"
    assert ask.read("colour", "0b5cad") == "#0b5cad"
    for raw in ("red", "#12", "#12345g", "url(#x)"):
        assert ask.refused("colour", raw) == "not_a_colour"
