"""text: one line of text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.definitions import Name
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.text import say

from .boolean import yes_no
from .characters import check_length, clean, is_unseen, one_line, shown, text_of
from .locales import show_date, show_number
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

OPERATORS = ("eq", "ne", "contains", "startsWith", "in", "empty", "notEmpty")


class Worded(Options):
    """What a text is, said by a choice of the same record."""

    by: Name = Key(description="Field with the choice")
    codes: Name = Key(
        description="Its code list; the attribute `kind` of a code is `number`, `date`, `yes_no`, `choice` (of `list`) or `text`"
    )


class TextOptions(Options):
    """Options of text."""

    max: int = Key(255, ge=1, le=10_000, description="Most characters that fit")
    min: int = Key(0, ge=0, description="Fewest characters of a text that is given")
    pattern: str | None = Key(
        None, description="Regular expression that the whole text must match, as in `[A-Z]{2}[0-9]{4}`"
    )
    multiline: bool = Key(False, description="Line breaks are kept, and the input has several lines")
    worded: Worded | None = Key(
        None, description="`{by: fact, codes: facts}`: a choice beside it says what the text is; it is shown as that"
    )


class TextType(ValueType):
    """A text, kept as typed but for blanks at both ends. An empty text is no value. Control characters are refused."""

    name = "text"
    Options = TextOptions

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The text without blanks around it."""
        options = cast(TextOptions, field.options)
        text = clean(text_of(raw), lines=options.multiline)
        if not text:
            return None
        if not options.min <= len(text) <= options.max:
            check_length(text, options.min, options.max)
        if options.pattern is not None and compiled(options.pattern).fullmatch(text) is None:
            raise FieldFault(
                _("{value} does not have the form {pattern}", value=shown(text), pattern=options.pattern),
                code="pattern",
            )
        return text

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """A line break in a file or a form becomes a blank where the field has one line."""
        options: Any = field.options
        text = text.strip()
        if (
            options.pattern is None
            and text.isprintable()
            and options.min <= len(text) <= options.max
            and not is_unseen(text)
        ):
            return text or None  # most texts, without a detour
        return self.value(text if options.multiline else one_line(text), field, env)

    def many(self, given: Mapping[str, Sequence[Any]], field: Field, env: Env) -> Mapping[str, Sequence[Any]] | None:
        """Texts of printable characters, without blanks around them."""
        raws, options = given[field.name], cast(TextOptions, field.options)
        if options.pattern is not None or set(map(type, raws)) != {str}:
            return None
        texts = list(map(str.strip, raws))
        together, sizes = "".join(texts), list(map(len, texts))
        if not together.isprintable() or min(sizes) < max(options.min, 1) or max(sizes) > options.max:
            return None
        return {field.name: texts} if together.isascii() or not any(map(is_unseen, texts)) else None

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The text; where a choice beside it says what it is, in the words of the reader."""
        said, text = cast(TextOptions, field.options).worded, record.get(field.name)
        if said is None or not isinstance(text, str) or said.codes not in env.codes:
            return super().text(record, field, env)
        code = env.codes[said.codes].values.get(str(record.get(said.by)))
        return text if code is None else worded(text, code.attributes, env)

    def widget(self, field: Field) -> Widget:
        """An input of one line, or of several."""
        options = cast(TextOptions, field.options)
        props: dict[str, Any] = {"max": options.max}
        if options.pattern:
            props["pattern"] = options.pattern
        return Widget("long_text" if options.multiline else "text", props)

    def operators(self, field: Field) -> tuple[str, ...]:
        """Texts are compared and searched."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string with its limits."""
        options = cast(TextOptions, field.options)
        schema: dict[str, Any] = {"type": "string", "maxLength": options.max}
        if options.min:
            schema["minLength"] = options.min
        if options.pattern:
            schema["pattern"] = f"^(?:{options.pattern})$"
        return {field.name: describe(field, schema)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The pattern must compile, the limits must leave room."""
        options = cast(TextOptions, field.options)
        faults = [f"min {options.min} is more than max {options.max}"] if options.min > options.max else []
        if options.worded is not None and options.worded.codes not in names.get("codes", ()):
            faults.append(f"worded names no code list {options.worded.codes!r}")
        if options.worded is not None and options.worded.by not in names.get("fields", ()):
            faults.append(f"worded names no field {options.worded.by!r}")
        if options.pattern is not None:
            try:
                re.compile(options.pattern)
            except re.error as fault:
                faults.append(f"pattern {options.pattern!r} is no regular expression: {fault}")
        return faults


def worded(text: str, told: Mapping[str, Any], env: Env) -> str:
    """A text as what it is told to be; as it stands where it is none of its kind."""
    kind = told.get("kind")
    try:
        if kind == "number":
            return show_number(Decimal(text), env.language)
        if kind == "date":
            return show_date(date.fromisoformat(text), env.language, env.date_order)
    except (ArithmeticError, ValueError):
        return text
    if kind == "yes_no":
        return {"yes": yes_no(env.language)[0], "no": yes_no(env.language)[1]}.get(text, text)
    named = env.codes.get(str(told.get("list"))) if kind == "choice" else None
    return say(named.values[text].label, env.language) if named is not None and text in named.values else text


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression, compiled once."""
    return re.compile(pattern)
