"""Which characters a text may have. Texts are kept as typed (no Unicode normalisation), but for blanks at both ends.

Refused: NUL and lone surrogates (PostgreSQL cannot store them) and the other control characters, which no reader sees;
a tab is kept, line breaks only where the field has several lines, always as one line feed.
"""

from __future__ import annotations

import re
from typing import Any

from xrm_core.metamodel.field_type import FieldFault

_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n?|[\n\u2028\u2029]")


def shown(raw: object) -> str:
    """A value for a message: quoted, short, one line."""
    text = raw if isinstance(raw, str) else str(raw)
    text = "".join(c if c.isprintable() else "·" for c in text[:41])
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def text_of(raw: Any) -> str:
    """The value, when it is a text. Raises FieldFault."""
    if isinstance(raw, str):
        return raw
    raise FieldFault(f"{shown(raw)} is not a text", code="not_text", hint="send it in quotes")


def clean(text: str, *, lines: bool = False) -> str:
    """The text without blanks at its ends, and with line feeds only when `lines`. Raises FieldFault for what cannot
    be kept."""
    text = text.strip()
    if text.isprintable():
        return text
    if "\r" in text or "\u2028" in text or "\u2029" in text:
        text = _BREAKS.sub("\n", text)
    bad = _BAD.search(text)
    if bad:
        raise _refusal(bad.group())
    if not lines and "\n" in text:
        raise FieldFault("A line break does not fit into this field", code="line_break", hint="write it in one line")
    return text


def one_line(text: str) -> str:
    """The text with each run of line breaks as one blank: how a pasted or imported text comes into a field of one
    line."""
    return _BREAKS.sub(" ", text) if not text.isprintable() else text


def _refusal(char: str) -> FieldFault:
    code = ord(char)
    if code == 0:
        return FieldFault(
            "The text has a NUL character, which cannot be stored", code="control_character", hint="remove it"
        )
    if 0xD800 <= code <= 0xDFFF:
        return FieldFault(
            "The text has half a character (a lone surrogate)",
            code="control_character",
            hint="read the source as UTF-8",
        )
    hint = (
        "the source was probably read in the wrong encoding; read it as Windows-1252" if code >= 0x80 else "remove it"
    )
    return FieldFault(f"The text has the control character U+{code:04X}", code="control_character", hint=hint)


def check_length(text: str, low: int, high: int | None) -> None:
    """Raise FieldFault unless the text has from `low` to `high` characters."""
    size = len(text)
    if size < low:
        raise FieldFault(f"The text has {size} characters; at least {low} are needed", code="too_short")
    if high is not None and size > high:
        raise FieldFault(f"The text has {size} characters; {high} fit", code="too_long", hint="shorten it")
