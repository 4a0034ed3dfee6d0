"""Expressions as sentences and as rows of the filter builder."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.expressions import (
    ExprEntity,
    ExprError,
    ExprField,
    Schema,
    from_filter,
    one_of,
    parse,
    quote,
    sentence,
    to_filter,
    unparse,
)
from xrm_core.expressions.functions import FUNCTIONS, MACROS
from xrm_core.expressions.phrases import CALLS, HEADS, PLAIN, STARTS, TESTS
from xrm_core.expressions.sentence import Manner
from xrm_core.language import speaking
from xrm_core.metamodel.kinds import DATE

from .conftest import P2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("record.amount > 100 && record.stage == 'active'", "amount is more than 100 and stage is In work"),
        ("record.due < today() || record.due == null", "due is before today or due is empty"),
        ("record.stage == 'new' || record.stage == 'active'", "stage is Brand new or In work"),
        ("record.stage != 'new' && !record.flag", "stage is not Brand new (or is empty) and flag is not set"),
        ("(record.n > 1 || record.flag) && record.n in [1, 2]", "(n is more than 1 or flag is set) and n is one of 1 or 2"),
        ("record.party.name.startsWith('A')", "party › name begins with A"),
        ("record.gifts.sum(g, g.value, g.on > date('2024-01-01')) > 5",
         "the sum of value over gifts where on is after 1 Jan 2024 is more than 5"),
        ("record.party == actor.id", "party is you"),
        ("code(record.stage).probability > 20", "probability of stage is more than 20"),
        ("record.n + 1 == 2 * record.n", "n plus 1 is 2 times n"),
        ("record.due <= today() - days(7)", "due is not after today minus 7 days"),
    ],
)  # fmt: skip
def test_sentence(small: Any, text: str, said: str) -> None:
    """A rule can be said; its rows and its text lead back to it."""
    e = small.compile(text, "bool")
    assert sentence(e.syntax, small.schema, "deal") == said
    assert from_filter(to_filter(e.syntax)) == parse(text) == parse(unparse(parse(text)))
    assert e.text() == text


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("record.amount > 100", {"field": "amount", "op": "gt", "value": "100"}),
        ("record.party.name == 'x'", {"field": "party.name", "op": "is", "value": "'x'"}),
        ("record.name == null", {"field": "name", "op": "empty"}),
        ("record.flag", {"field": "flag", "op": "yes"}),
        ("record.name.contains('x')", {"field": "name", "op": "contains", "value": "'x'"}),
        ("record.n in [1, 2]", {"field": "n", "op": "in", "value": "[1, 2]"}),
        ("record.due < today() - days(7)", {"field": "due", "op": "lt", "value": "today() - days(7)"}),
        ("record.n > record.amount", {"text": "record.n > record.amount"}),
        ("!(record.flag && record.n > 1)", {"not": {"all": [{"field": "flag", "op": "yes"},
                                                            {"field": "n", "op": "gt", "value": "1"}]}}),
    ],
)  # fmt: skip
def test_rows(text: str, row: dict[str, Any]) -> None:
    """A condition that the builder knows is a row; any other stays a text."""
    assert to_filter(parse(text)) == row
    assert from_filter(row) == parse(text)


@pytest.mark.parametrize("value", ["1 || true", "1) || (true", "1 //", "'a' == 'a"])
def test_values_are_parsed_and_not_pasted(value: str) -> None:
    """A value can not change the condition around it."""
    try:
        tree = from_filter({"field": "n", "op": "is", "value": value})
    except ExprError:
        return
    assert tree.op == "=="


def test_unknown_operator() -> None:
    """An operator that the builder does not have is refused."""
    with pytest.raises(ExprError, match="no operator 'like'"):
        from_filter({"field": "n", "op": "like", "value": "1"})


def test_empty_groups() -> None:
    """All of nothing is true, any of nothing is false."""
    assert unparse(from_filter({"all": []})) == "true"
    assert unparse(from_filter({"any": []})) == "false"


def test_texts_become_literals() -> None:
    """Any text is one constant of the language, alone and among others; read again it is the text."""
    nasty = "it's \\ a\nline\tor\r two'] || true || record.id in ['"
    assert parse(quote(nasty)).value == nasty
    node = parse(one_of("record.name", [nasty, "b"]))
    assert (node.op, [arg.value for arg in node.args[1].args]) == ("in", [nasty, "b"])
    assert one_of("record.id", ()) == "record.id in []"


@pytest.mark.parametrize(
    ("text", "de", "ar"),
    [
        ("record.amount > 1234.5 && record.stage == 'active'", "amount ist größer als 1.234,5 und stage ist In work", "amount أكثر من 1,234.5 و stage هو In work"),
        ("record.due < addDays(today(), -7)", "due liegt vor heute − 7 Tage", "due قبل اليوم ناقص 7 أيام"),
        ("record.due >= monthStart(-1)", "due liegt nicht vor Monatsbeginn − 1 Monat", "due ليس قبل بداية هذا الشهر ناقص شهر واحد"),
        ("!record.flag || record.gifts.count() > 3", "flag ist nicht gesetzt oder die Anzahl von gifts ist größer als 3",
         "flag غير محدَّد أو عدد gifts أكثر من 3"),
        ("now() - timestamp('2026-03-05T10:00:00Z') > duration('1d1h')", "jetzt minus 05.03.2026, 10:00 ist größer als 1 Tag und 1 Stunde",
         "الآن ناقص 05‏/03‏/2026، 10:00 ص أكثر من يوم وساعة"),
        ("record.due == date('2026-03-05')", "due ist 05.03.2026", "due هو 05‏/03‏/2026"),
    ],
)  # fmt: skip
def test_sentences_are_said_in_the_language_spoken(small: Any, text: str, de: str, ar: str) -> None:
    """Operators, functions, days and numbers are told as the reader's language has them; nothing stays English."""
    e = small.compile(text, "bool")
    for language, told in (("de", de), ("ar", ar)):
        with speaking(language):
            assert sentence(e.syntax, small.schema, "deal") == told


def test_every_function_has_words() -> None:
    """No function of the language is told as code: each has a phrase for the arguments that it takes."""
    told = {name for name, __ in CALLS} | set(PLAIN) | set(TESTS) | set(STARTS) | {"now", "today"}
    assert set(FUNCTIONS) - told == set()
    assert set(MACROS) - set(HEADS) == set()


def test_labels_and_titles_are_those_of_the_reader(small: Any) -> None:
    """A field is called as the reader's language has it, an id is told as the title of its record."""
    manner = Manner(title=lambda entity, record: f"{entity} no. {record[-1]}")
    e = small.compile(f"record.party == '{P2}' && record.due != null", "bool")
    assert sentence(e.syntax, small.schema, "deal", manner) == f"party is party no. {P2[-1]} and due is not empty"
    fields = {
        **small.schema.entities["deal"].fields,
        "due": ExprField("due", DATE, label={"en": "Due", "de": "Fällig"}),
    }
    schema = Schema({**small.schema.entities, "deal": ExprEntity("deal", fields)}, codes=small.schema.codes)
    with speaking("de"):
        assert sentence(parse("record.due != null"), schema, "deal") == "Fällig ist nicht leer"


def test_moments_are_said_as_the_reader_writes_them(small: Any) -> None:
    """A constant moment is told by his clock, and without one in UTC in his language; what is no moment stays as it is written."""
    asked = parse("record.due >= timestamp('2026-03-04T09:05:00+01:00')")
    manner = Manner(clock=lambda moment: f"at {moment.hour} o'clock")
    assert sentence(asked, small.schema, "deal", manner).endswith("at 9 o'clock")
    with speaking("de"):
        told = sentence(asked, small.schema, "deal")
    assert "04.03.2026" in told
    assert "08:05" in told
    assert "2026-03-04T" not in told
    assert "PT1H" in sentence(parse("record.due >= now() - duration('PT1H')"), small.schema, "deal")
