"""Many values at once: what a type says of all of them is what it says of each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from random import Random
from typing import Any

import pytest

from xrm_core.fields.text import TextType
from xrm_core.metamodel.field_type import FieldFault
from xrm_core.services.columns import speaks

ODD: list[Any] = [
    "a", " a ", "", "\t", "a\nb", "x" * 40, "\u200b", "Zoë", "\u00adx", "a\x00", "1", "2.50", 0, 1, 5, 6, -1, True, False, 10**18, 10**17,
    D(1), D("-0.00"), D("1.25"), D("1.255"), D("NaN"), D("Infinity"), D("1e17"), 1.5, date(2026, 5, 1), date(1999, 1, 1), "2026-05-01",
    "a@example.org", "A@EXAMPLE.org", ".a@example.org", "a..b@example.org", "a.@example.org", "a@xn--bcher-kva.example", "mailto:a@b.org",
    "a@b@example.org", "<a@example.org>", "EUR", "USD", "eur", ["a"],
]  # fmt: skip
FIELDS: list[tuple[str, dict[str, Any]]] = [
    ("text", {"max": 12}), ("text", {"min": 2}), ("text", {"pattern": "[a-z]+"}), ("text", {"multiline": True}), ("long_text", {}), ("email", {}),
    ("integer", {}), ("integer", {"min": 0, "max": 5}), ("integer", {"digits": 1}), ("decimal", {}), ("decimal", {"scale": 3, "min": 0}),
    ("percent", {"max": 3}), ("rating", {}), ("boolean", {}), ("date", {}), ("date", {"not_before": "today"}), ("date", {"max": "2026-01-01"}),
    ("money", {}), ("money", {"min": 0, "only": ("EUR",)}), ("choice", {"codes": "method"}), ("country", {}),
]  # fmt: skip


def one_by_one(ask: Any, field: Any, column: str, values: list[Any], *, texts: bool) -> list[Any] | None:
    """What the type answers for each; None where it refuses one."""
    try:
        return [
            (field.type.read if texts and isinstance(value, str) else field.type.accept)({column: value}, field, ask.env)[column]
            for value in values
        ]  # fmt: skip
    except FieldFault:
        return None


@pytest.mark.parametrize(("name", "options"), FIELDS)
def test_many_values_are_what_each_is(ask: Any, name: str, options: dict[str, Any]) -> None:
    """Of any mixture of values: the same values of the same types, or no answer; and an answer for what is in order."""
    random, field, told = Random(5), ask.field(name, **options), 0
    kind = type(field.type)
    for column in [c.name for c in field.columns]:
        for size in (1, 1, 2, 3):
            for _ in range(150):
                values = random.choices(ODD, k=size) if random.random() < 0.5 else [random.choice(ODD)] * size
                texts = any(isinstance(value, str) for value in values)
                found = field.type.many({column: values}, field, ask.env) if speaks(kind, texts) else None
                if found is None:
                    continue
                told += 1
                for reads in (False, True):
                    each = one_by_one(ask, field, column, values, texts=reads)
                    assert each == list(found[column]), values
                    assert [type(value) for value in each] == [type(value) for value in found[column]]
                    assert list(map(str, each)) == list(map(str, found[column]))
    assert told or name in ("long_text", "choice", "country") or "pattern" in options or "digits" in options


def test_amounts_and_currencies_come_together(ask: Any) -> None:
    """Both columns of money are told at once; where one code is none, or an amount is refused, nothing is."""
    field = ask.field("money", min=0)
    both = {"x": [D("1.5"), 2], "x_currency": ["EUR", "USD"]}
    assert field.type.many(both, field, ask.env) == {"x": [D("1.50"), D("2.00")], "x_currency": ["EUR", "USD"]}
    assert field.type.many({**both, "x_currency": ["EUR", "ABC"]}, field, ask.env) is None
    assert field.type.many({**both, "x": [D(-1), D(1)]}, field, ask.env) is None


def test_a_type_with_checks_of_its_own_is_asked_for_each() -> None:
    """What a class says of many values does not hold for a class below it that checks or reads otherwise."""

    class Loud(TextType):
        """Texts in capitals."""

        name = "loud"

        def value(self, raw: Any, field: Any, env: Any) -> Any:
            """The text in capitals."""
            return str(raw).upper()

    class Quiet(TextType):
        """Read otherwise, checked alike."""

        name = "quiet"

        def parse(self, text: str, field: Any, env: Any) -> Any:
            """The text in small letters."""
            return text.lower()

    assert speaks(TextType, texts=True)
    assert not speaks(Loud, texts=False)
    assert speaks(Quiet, texts=False)
    assert not speaks(Quiet, texts=True)
