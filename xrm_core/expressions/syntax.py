"""The syntax tree of an expression, its limits, and the error that names the place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeAlias

from xrm_core.errors import ExpressionFault

MAX_TEXT, MAX_NODES, MAX_DEPTH = 4000, 400, 40

Literal: TypeAlias = bool | int | Decimal | str | None


class ExprError(ExpressionFault):
    """An error in an expression, with its place: `start` and `end` are offsets into `text`."""

    def __init__(
        self, message: str, start: int = 0, end: int | None = None, text: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, code="expression", hint=hint)
        self.start, self.end, self.text = start, start + 1 if end is None else end, text
        self.args = (message,)

    @property
    def column(self) -> int:
        """The place counted from 1."""
        return self.start + 1

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}" + (f" ({self.hint})" if self.hint else "")

    def show(self) -> str:
        """The text with a marker below the wrong part."""
        text = (self.text or "").replace("\n", " ")
        marker = "^" * max(1, min(self.end, len(text) + 1) - self.start)
        return f"{text}\n{' ' * self.start}{marker}\n{self}"


class Node:
    """One part of the tree. op: lit list name dot call not neg cond && || == != < <= > >= in + - * / %

    `value` is the literal of a lit, the name of a name, dot or call; `args` the parts. Two nodes are equal when they
    say the same, wherever they stand in their texts.
    """

    __slots__ = ("args", "depth", "end", "op", "start", "value")

    def __init__(self, op: str, args: Iterable[Node] = (), value: Literal = None, start: int = 0, end: int = 0) -> None:
        self.op, self.args, self.value, self.start, self.end = op, tuple(args), value, start, end
        self.depth: int = 1 + max((a.depth for a in self.args), default=0)

    @property
    def name(self) -> str:
        """The name of a name, dot or call."""
        return str(self.value)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Node)
            and self.op == other.op
            and type(self.value) is type(other.value)
            and self.value == other.value
            and self.args == other.args
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        said = [] if self.value is None else [repr(self.value)]
        return f"({' '.join([self.op, *said, *map(repr, self.args)])})"


BINARY = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "in": 3, "+": 4, "-": 4, "*": 5} | {
    "/": 5,
    "%": 5,
}
"""Operators with two sides: how tightly they bind."""

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?"}
WIDTHS = {"u": 4, "U": 8, "x": 2}


def unquote(raw: str, start: int, text: str) -> str:
    """The value of a quoted text; `start` is its place in `text`. Refuses what PostgreSQL cannot store."""
    body, out, i = raw[1:-1], [], 0
    while i < len(body):
        if body[i] != "\\":
            out.append(body[i])
            i += 1
            continue
        escape = body[i + 1]
        if escape in ESCAPES:
            out.append(ESCAPES[escape])
            i += 2
            continue
        width = WIDTHS.get(escape, 0)
        digits = body[i + 2 : i + 2 + width]
        if not width or not re.fullmatch(f"[0-9a-fA-F]{{{width}}}", digits):
            raise ExprError(f"unknown escape '\\{escape}'", start + 1 + i, start + 3 + i, text)
        code = int(digits, 16)
        if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            raise ExprError("this character cannot be stored", start + 1 + i, start + 3 + i + width, text)
        out.append(chr(code))
        i += 2 + width
    return "".join(out)
