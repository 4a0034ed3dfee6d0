"""text and long_text."""

import pytest
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("Ann", "Ann"),
        ("  Ann  Bell ", "Ann  Bell"),
        ("", None),
        (" \t ", None),
        ("Zoë", "Zoë"),
        ("Zoe\u0308", "Zoe\u0308"),
        ("a\tb", "a\tb"),
        ("😀", "😀"),
        ("שלום\u200f", "שלום\u200f"),
        ("x" * 255, "x" * 255),
    ],
)
def test_text_is_kept_as_typed(ask, raw, stored):
    """A text is stored as typed but for blanks at both ends; a blank one is no value."""
    assert ask.accept("text", raw) == stored


@pytest.mark.parametrize(
    "raw", ["\u200b", "\u200d\u2060 \ufeff", "\u3164", "\u2800\u2800", "\ufe0f", "\u00ad", "\U000e0041"]
)
def test_what_nobody_sees_is_no_text(ask, raw):
    """A text of characters that draw nothing is an empty one, by every way in; next to a letter they stay."""
    for kind in ("text", "long_text"):
        assert ask.accept(kind, raw) is None
        assert ask.read(kind, raw) is None
    assert ask.accept("text", f"{raw}a").endswith("a")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a\0b", "control_character"),
        ("a\ud800b", "control_character"),
        ("a\x1bb", "control_character"),
        ("it\x92s", "control_character"),
        ("a\nb", "line_break"),
        ("a\r\nb", "line_break"),
        ("x" * 256, "too_long"),
        (5, "not_text"),
        (["a"], "not_text"),
        (True, "not_text"),
    ],
)
def test_text_refuses_what_cannot_be_kept(ask, raw, code):
    """What PostgreSQL cannot store, no reader sees, or does not fit is refused with a reason."""
    assert ask.refused("text", raw) == code


def test_text_limits(ask):
    """min, max and pattern hold for the text without blanks around it."""
    assert ask.accept("text", " AB12 ", pattern="[A-Z]{2}[0-9]{2}") == "AB12"
    assert ask.refused("text", "AB12x", pattern="[A-Z]{2}[0-9]{2}") == "pattern"
    assert ask.refused("text", "a", min=2) == "too_short"
    assert ask.refused("text", "abc", max=2) == "too_long"


def test_text_of_several_lines(ask):
    """Line breaks of all systems become line feeds where the field has lines; else a file's become blanks."""
    assert ask.accept("text", "a\r\nb\rc\u2028d", multiline=True) == "a\nb\nc\nd"
    assert ask.read("text", "a\r\nb", multiline=True) == "a\nb"
    assert ask.read("text", "a\r\nb") == "a b"


def test_text_options_are_checked(ask):
    """A pattern that does not compile and limits without room are faults of the metadata."""
    assert "no regular expression" in ask.faults("text", pattern="[")[0]
    assert ask.faults("text", min=3, max=2) == ["min 3 is more than max 2"]
    worded = {"by": "fact", "codes": "facts"}
    assert ask.faults("text", {"codes": ["facts"], "fields": ["fact"]}, worded=worded) == []
    assert ask.faults("text", {"codes": ["others"], "fields": ["value"]}, worded=worded) == [
        "worded names no code list 'facts'",
        "worded names no field 'fact'",
    ]
    with pytest.raises(ValidationError):
        ask.field("text", maximum=3)


def test_text_schema_and_widget(ask):
    """The schema tells the limits; the widget has one line unless the field has several."""
    field = ask.field("text", max=5, min=1, pattern="[a-z]+")
    assert field.type.schema(field) == {
        "x": {"title": "X", "type": ["string", "null"], "maxLength": 5, "minLength": 1, "pattern": "^(?:[a-z]+)$"}
    }
    assert field.type.widget(field).name == "text"
    assert ask.field("text", multiline=True).type.widget(ask.field("text", multiline=True)).name == "long_text"


def test_long_text_keeps_lines(ask):
    """A long text keeps its lines and its Markdown; lists show its beginning in one line."""
    text = "# Title\n\nSome *text* of\nseveral lines."
    assert ask.accept("long_text", text) == text
    assert ask.shown("long_text", text) == "Title Some text of several lines."
    assert ask.shown("long_text", "word " * 100).endswith("…")
    assert ask.shown("long_text", "snake_case_name 2*3*4") == "snake_case_name 2*3*4"
    assert ask.refused("long_text", "x" * 11, max=10) == "too_long"
    assert ask.refused("long_text", "a\0") == "control_character"
