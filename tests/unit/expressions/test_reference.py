"""The reference page says what the language knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from xrm_core.expressions import ExprError, parse
from xrm_core.expressions.functions import FORMS, FUNCTIONS, MACROS
from xrm_core.expressions.reference import renewed

PAGE = Path(__file__).parents[3] / "docs" / "expressions.md"


def test_page_is_current() -> None:
    """The tables of the page are those of the signatures (python -m xrm_core.expressions.reference docs/expressions.md)."""
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text) == text


@pytest.mark.parametrize("name", [*MACROS, *FORMS])
def test_usage_is_the_language(name: str) -> None:
    """What the page says to write can be read."""
    parse((MACROS.get(name) or FORMS[name])[0])


def test_examples_of_the_page_parse() -> None:
    """The examples of the page are expressions."""
    block = re.search(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert block is not None
    for line in block[1].splitlines():
        parse(line)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_wrong_call_says_how_it_is_written(small: Any, name: str) -> None:
    """A call without sense is answered with the form of the function."""
    with pytest.raises(ExprError) as e:
        small.compile(f"{name}(record.tags, record.tags, record.tags, record.tags) == null")
    assert FUNCTIONS[name].usage in str(e.value)
