"""long_text: text of several lines in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import Field as Key

from xrm_core.metamodel.field_type import Env, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import check_length, clean, text_of
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class LongTextOptions(Options):
    """Options of long_text."""

    max: int = Key(100_000, ge=1, le=1_000_000, description="Most characters that fit")
    rows: int = Key(6, ge=2, le=40, description="Lines that the input shows")
    format: Literal["markdown", "plain", "html"] = Key(
        "markdown",
        description="Whether the text is shown as Markdown, as typed, or is HTML that is shown sanitised, without pictures",
    )


class LongTextType(ValueType):
    """A text of several lines, written in Markdown; it is stored as typed and made safe where it is shown."""

    name = "long_text"
    Options = LongTextOptions

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The text with line feeds as line breaks."""
        text = clean(text_of(raw), lines=True)
        if not text:
            return None
        check_length(text, 0, cast(LongTextOptions, field.options).max)
        return text

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The beginning in one line, for lists; pages render the Markdown themselves."""
        text = _MARKS.sub("", str(value)[:400])
        text = " ".join(text.split())
        return text if len(text) <= 200 else text[:199].rstrip() + "…"

    def widget(self, field: Field) -> Widget:
        """An input of several lines."""
        options = cast(LongTextOptions, field.options)
        return Widget("long_text", {"max": options.max, "rows": options.rows, "format": options.format})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Long texts are searched, not compared."""
        return ("contains", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string with its limit."""
        options = cast(LongTextOptions, field.options)
        schema: dict[str, Any] = {"type": "string", "maxLength": options.max}
        if options.format == "markdown":
            schema["contentMediaType"] = "text/markdown"
        return {field.name: describe(field, schema)}


_MARKS = re.compile(r"^[#>\s]*[#>]\s+|(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)", re.MULTILINE)
