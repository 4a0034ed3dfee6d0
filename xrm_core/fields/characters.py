"""Which characters a text may have. Texts are kept as typed (no Unicode normalisation), but for blanks at both ends.

Refused: NUL and lone surrogates (PostgreSQL cannot store them) and the other control characters, which no reader sees;
a tab is kept, line breaks only where the field has several lines, always as one line feed. A text of nothing but
characters that draw nothing is an empty one.
"""

from __future__ import annotations

import re
from typing import Any

from xrm_core.language import _
from xrm_core.metamodel.field_type import FieldFault

_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n?|[\n\u2028\u2029]")
_UNSEEN = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]*"
).fullmatch
"""Blanks, joiners, marks of direction, variation selectors, tags and fillers: characters that draw nothing (Unicode
Standard, 5.21, default ignorable code points, and the blanks that look like nothing)."""


def shown(raw: object) -> str:
    """A value for a message: in the quotation marks of the reader's language, short, one line."""
    text = raw if isinstance(raw, str) else str(raw)
    text = "".join(c if c.isprintable() else "·" for c in text[:41])
    return _("“{text}”", text=f"{text[:40]}…" if len(text) > 40 else text)


def is_unseen(text: str) -> bool:
    """Whether a text without blanks at its ends has characters, and none that draws anything."""
    return text[:1] >= "\xad" and _UNSEEN(text) is not None


def text_of(raw: Any) -> str:
    """The value, when it is a text. Raises FieldFault."""
    if isinstance(raw, str):
        return raw
    raise FieldFault(_("{value} is not a text", value=shown(raw)), code="not_text", hint=_("send it in quotes"))


def clean(text: str, *, lines: bool = False) -> str:
    """The text without blanks at its ends, and with line feeds only when `lines`; empty where nothing of it can be seen.
    Raises FieldFault for what cannot be kept."""
    text = text.strip()
    if text.isprintable():
        return "" if is_unseen(text) else text
    if "\r" in text or "\u2028" in text or "\u2029" in text:
        text = _BREAKS.sub("\n", text)
    bad = _BAD.search(text)
    if bad:
        raise _refusal(bad.group())
    if not lines and "\n" in text:
        raise FieldFault(
            _("A line break does not fit into this field"), code="line_break", hint=_("write it in one line")
        )
    return "" if is_unseen(text) else text


def one_line(text: str) -> str:
    """The text with each run of line breaks as one blank: how a pasted or imported text comes into a field of one
    line."""
    return _BREAKS.sub(" ", text) if not text.isprintable() else text


def _refusal(char: str) -> FieldFault:
    code = ord(char)
    if code == 0:
        return FieldFault(
            _("The text has a NUL character, which cannot be stored"), code="control_character", hint=_("remove it")
        )
    if 0xD800 <= code <= 0xDFFF:
        return FieldFault(
            _("The text has half a character (a lone surrogate)"),
            code="control_character",
            hint=_("read the source as UTF-8"),
        )
    hint = (
        _("the source was probably read in the wrong encoding; read it as Windows-1252")
        if code >= 0x80
        else _("remove it")
    )
    return FieldFault(
        _("The text has the control character U+{code:04X}", code=code), code="control_character", hint=hint
    )


def check_length(text: str, low: int, high: int | None) -> None:
    """Raise FieldFault unless the text has from `low` to `high` characters."""
    size = len(text)
    if size < low:
        raise FieldFault(
            _("The text has {size} characters; at least {low} are needed", size=size, low=low), code="too_short"
        )
    if high is not None and size > high:
        raise FieldFault(
            _("The text has {size} characters; {high} fit", size=size, high=high), code="too_long", hint=_("shorten it")
        )
