"""Syntax tree -> a sentence for people, in the language that is spoken: fields and codes by their labels, days and numbers as
they are written there. Each phrase is whole, so that a language may put its parts where they belong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from xrm_core.fields.duration import show_duration
from xrm_core.fields.locales import show_date, show_datetime, show_number
from xrm_core.language import _, ngettext, spoken
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.text import say

from .check_calls import read_constant
from .check_names import path_text
from .functions import MACROS
from .phrases import (
    ACTOR,
    CALLS,
    COMPARED,
    DATED,
    HEADS,
    MOMENTS,
    PLAIN,
    SIGNS,
    STARTS,
    TESTS,
    after,
    before,
)
from .schema import ExprField, Schema
from .syntax import Literal, Node
from .text import unparse

BETWEEN = " › "
BARE = 10_000
"""Whole numbers below it are written without a mark between their thousands: it may be a year."""


class Named(NamedTuple):
    """A path as people read it, and the field at its end."""

    words: str
    field: ExprField


@dataclass(frozen=True)
class Manner:
    """How values are said: a day; a moment; a record by its entity and id ('' for one that cannot be named)."""

    day: Callable[[date], str] = lambda day: show_date(day, spoken())
    clock: Callable[[datetime], str] = lambda moment: show_datetime(moment, spoken(), "UTC")
    title: Callable[[str, str], str] = lambda entity, record: ""


def sentence(n: Node, schema: Schema, entity: str, manner: Manner | None = None) -> str:
    """A sentence that says what a rule asks."""
    return Speaker(schema, {"record": entity, "old": entity}, manner or Manner()).claim(n)


class Speaker:
    """Says parts of a tree. variables: variable -> entity."""

    def __init__(self, schema: Schema, variables: Mapping[str, str], manner: Manner) -> None:
        self.schema, self.vars, self.manner = schema, variables, manner

    def path(self, n: Node) -> Named | None:
        """'Donor › Amount' for record.donor.amount; None for what is no path of fields."""
        names: list[str] = []
        while n.op == "dot":
            names.append(n.name)
            n = n.args[0]
        if n.op != "name" or n.name not in self.vars or not names:
            return None
        entity, labels, last = self.vars[n.name], [], None
        for name in names[::-1]:
            known = self.schema.entities.get(entity)
            last = known.fields.get(name) if known is not None else None
            if last is None:
                return None
            labels.append(say(last.label, spoken()) or name.replace("_", " "))
            entity = last.children.entity if last.children else (last.type.entities or (entity,))[0]
        assert last is not None
        words = BETWEEN.join(labels)
        return Named(_("{field} before", field=words) if n.name == "old" else words, last)

    # ---- what holds or does not
    def claim(self, n: Node, level: int = 0) -> str:
        """The words of what is true or not; in brackets where it stands in a tighter one."""
        op, a = n.op, n.args
        if op in ("&&", "||"):
            return self.junction(n, level)
        if op == "not":
            return self.denied(a[0])
        if op == "dot" and self.path(n):
            return _("{field} is set", field=self.say(n))
        if op in COMPARED:
            return self.comparison(n)
        if op == "in":
            return self.membership(n)
        return self.say(n, level)

    def denied(self, n: Node) -> str:
        """What is not so."""
        if n.op == "dot":
            return _("{field} is not set", field=self.say(n))
        if n.op == "in":
            return self.membership(n, denied=True)
        if n.op == "call" and n.name == "has" and len(n.args) == 1:
            return _("{left} is empty", left=self.say(n.args[0]))
        if n.op == "call" and n.name == "exists" and (p := self.set_of(n)):
            return self.rollup(n, p, _("there are no {set}", set=p.words))
        return _("not ({condition})", condition=self.claim(n))

    def junction(self, n: Node, level: int) -> str:
        """and, or; the same field compared with several values is said once."""
        a, is_and = n.args, n.op == "&&"
        if not is_and and all(x.op == "==" and x.args[0] == a[0].args[0] for x in a):
            kind = self.kind_of(a[0].args[0])
            values = _(" or ").join(self.say(x.args[1], 0, kind) for x in a)
            return _("{left} is {right}", left=self.say(a[0].args[0]), right=values)
        own = 2 if is_and else 1
        text = (_(" and ") if is_and else _(" or ")).join(self.claim(x, own) for x in a)
        return f"({text})" if level > own or (level == 2 and not is_and) else text

    def comparison(self, n: Node) -> str:
        """A comparison."""
        left, right = n.args
        p, words = self.path(left), {"left": self.say(left)}
        if right.op == "lit" and right.value is None:
            return _("{left} is empty", **words) if n.op == "==" else _("{left} is not empty", **words)
        words["right"] = self.say(right, 0, self.kind_of(left))
        if n.op == "!=" and p and p.field.type.null:
            return _("{left} is not {right} (or is empty)", **words)
        dated = (p and p.field.type.kind in ("date", "datetime")) or (right.op == "call" and right.name in MOMENTS)
        return _(DATED[n.op] if dated and n.op in DATED else COMPARED[n.op], **words)

    def membership(self, n: Node, denied: bool = False) -> str:
        """Whether a value is among others: constants, those of the reader, those of a field."""
        left, right = n.args
        if right.op == "list":
            values = enumeration([self.say(x, 0, self.kind_of(left)) for x in right.args])
        else:
            values = self.say(right)
            kind = self.kind_of(right)
            if kind is not None and kind.kind == "list":
                words = {"left": values, "right": self.say(left, 0, kind.item)}
                return _("{left} does not contain {right}", **words) if denied else _(TESTS["contains"], **words)
        words = {"left": self.say(left), "right": values}
        return _("{left} is none of {right}", **words) if denied else _("{left} is one of {right}", **words)

    # ---- values
    def kind_of(self, n: Node) -> T | None:
        """The type of what a path leads to."""
        p = self.path(n)
        return p.field.type if p else None

    def say(self, n: Node, level: int = 0, beside: T | None = None) -> str:
        """The words of a value; `beside` is the type that a constant is compared with."""
        op, a = n.op, n.args
        if op in ("&&", "||", "not", "in") or op in COMPARED:
            return self.claim(n, level)
        if op == "lit":
            return self.constant(n.value, beside)
        if op == "list":
            return enumeration([self.say(x, 0, beside) for x in a])
        if op == "dot":
            return self.dot(n)
        if op == "cond":
            parts = {"yes": self.say(a[1]), "condition": self.claim(a[0]), "no": self.say(a[2])}
            return _("{yes} if {condition}, otherwise {no}", **parts)
        if op == "call":
            return self.call(n)
        if op == "neg":
            number = whole_of(n)
            return self.constant(number, None) if number is not None else f"-({self.say(a[0])})"
        if op in SIGNS:
            return _(SIGNS[op], left=self.say(a[0], 3), right=self.say(a[1], 3))
        return unparse(n)

    def constant(self, value: Literal, beside: T | None) -> str:
        """A literal as its reader writes it: a code by its label, a record by its title."""
        if isinstance(value, str):
            if beside is not None and beside.codes in self.schema.codes:
                table = self.schema.codes[beside.codes or ""]
                label = table.labels.get(value)
                return say(label, spoken()) if label else str(table.rows.get(value, {}).get("label") or value)
            named = next((t for e in beside.entities if (t := self.manner.title(e, value))), "") if beside else ""
            return named or value
        if value is None:
            return _("empty")
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(value) if isinstance(value, int) and abs(value) < BARE else show_number(Decimal(value), spoken())

    def dot(self, n: Node) -> str:
        """A path."""
        p = self.path(n)
        if p:
            return p.words
        base = n.args[0]
        if base.op == "name" and base.name == "actor":
            return _(ACTOR[n.name]) if n.name in ACTOR else _("your {fact}", fact=n.name.replace("_", " "))
        if base.op == "call" and base.name == "code" and base.args:
            return _("{part} of {whole}", part=n.name.replace("_", " "), whole=self.say(base.args[0]))
        return path_text(n)

    def call(self, n: Node) -> str:
        """A call."""
        a, name = n.args, n.name
        if name in TESTS and len(a) == 2:
            left = a[0].args[0] if a[0].op == "call" and a[0].name == "lower" and len(a[0].args) == 1 else a[0]
            return _(TESTS[name], left=self.say(left), right=self.say(a[1]))
        if name in ("today", "now") and not a:
            return _("today") if name == "today" else _("now")
        if name in ("date", "timestamp") and len(a) == 1 and a[0].op == "lit":
            return self.moment(str(a[0].value))
        if name == "duration" and len(a) == 1 and a[0].op == "lit":
            return length(str(a[0].value))
        p = self.set_of(n)
        if p and name in HEADS:
            return self.rollup(n, p)
        if p and name == "size":
            count = HEADS["count"]
            return _(count, set=p.words)
        return self.counted(n) or self.plain(n)

    def moment(self, text: str) -> str:
        """A constant day or moment; other constants as they are written."""
        try:
            return self.manner.day(date.fromisoformat(text))
        except ValueError:
            pass
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return text
        return self.manner.clock(found if found.tzinfo else found.replace(tzinfo=UTC))

    def counted(self, n: Node) -> str:
        """Calls in which a whole number makes the words: days, days after another, the beginning of a period."""
        a, name = n.args, n.name
        number = whole_of(a[-1]) if a else None
        if number is None:
            return ""
        if name in ("days", "hours", "minutes") and len(a) == 1:
            if name == "days":
                return ngettext("one day", "{n} days", number)
            return (
                ngettext("one hour", "{n} hours", number)
                if name == "hours"
                else ngettext("one minute", "{n} minutes", number)
            )
        if name in ("addDays", "addMonths", "addYears") and len(a) == 2:
            return moved(name.removeprefix("add").lower(), self.say(a[0]), number)
        if name in STARTS and len(a) == 1:
            unit, start = STARTS[name]
            return moved(unit, _(start), number)
        return ""

    def plain(self, n: Node) -> str:
        """A function by its phrase; one that has none as it is written."""
        a, name = [self.say(x) for x in n.args], n.name
        if name in ("coalesce", "min", "max") and len(a) > 1:
            return _(PLAIN[name], values=_(", ").join(a))
        phrase = CALLS.get((name, len(a)))
        return _(phrase, **dict(zip(("x", "y"), a, strict=False))) if phrase else f"{name}({_(', ').join(a)})"

    # ---- sets
    def set_of(self, n: Node) -> Named | None:
        """The set of records that a call is about."""
        p = self.path(n.args[0]) if n.args and (n.name in MACROS or n.name == "size") else None
        return p if p and p.field.children else None

    def rollup(self, n: Node, p: Named, head: str = "") -> str:
        """A roll-up."""
        rest = list(n.args[2:])
        names: dict[str, str] = {**self.vars}
        if len(n.args) > 1 and p.field.children:
            names[n.args[1].name] = p.field.children.entity
        inner = Speaker(self.schema, names, self.manner)
        value = inner.say(rest.pop(0)) if rest and "{value}" in HEADS[n.name] else ""
        if n.name in ("latest", "first") and rest:
            rest.pop(0)
        told = head or _(HEADS[n.name], set=p.words, value=value)
        return _("{what} where {condition}", what=told, condition=inner.claim(rest[0], 3)) if rest else told


def length(text: str) -> str:
    """A constant length of time in words: '1 hour 30 minutes'."""
    found = read_constant("duration", text)
    return show_duration(found.value, spoken(), "long") if found is not None else text


def whole_of(n: Node) -> int | None:
    """The whole number that a part is."""
    sign, n = (-1, n.args[0]) if n.op == "neg" else (1, n)
    is_whole = n.op == "lit" and isinstance(n.value, int) and not isinstance(n.value, bool)
    return sign * int(n.value or 0) if is_whole else None


def moved(unit: str, start: str, n: int) -> str:
    """A day so many units after or before another."""
    return start if n == 0 else after(unit, start, n) if n > 0 else before(unit, start, -n)


def enumeration(words: Sequence[str]) -> str:
    """a, b or c."""
    if not words:
        return _("nothing")
    return _(" or ").join([_(", ").join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
