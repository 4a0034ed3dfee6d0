"""Signatures of the functions: argument kinds, result type, and the words for the reference page.

The meaning stands under the same name in python_functions.py (with values.py) and in the SQL compilers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xrm_core.metamodel.kinds import BOOL, DATE, DATETIME, DURATION, MAX_SCALE, NUMBER, TEXT, T

from . import pattern
from .syntax import Node
from .typed import Typed, unify

if TYPE_CHECKING:
    from .check_calls import Calls

Args = Sequence[Typed]


class Result(Protocol):
    """Gives the type of a call, or None where no signature fits; raises through the checker where it can say more."""

    def __call__(self, c: Calls, n: Node, args: Args) -> T | None:
        """The type of the call `n`."""


@dataclass(frozen=True)
class Fn:
    """A function. usage: how it is written; says: what it gives; method: printed as x.f(...); internal: its name in
    the compilers, by its arguments, where that differs."""

    usage: str
    result: Result
    says: str
    method: bool = False
    internal: Callable[[Args], str] | None = None


Kinds = tuple[str, ...]
TX: Kinds = ("text",)
INTS: Kinds = ("int",)
NUM: Kinds = NUMBER
DAY: Kinds = ("date",)
DT: Kinds = ("date", "datetime")
ORDERED: Kinds = (*NUMBER, "date", "datetime", "text", "duration")
WRITTEN: Kinds = ("int", "decimal", "date")
SHOWN: Kinds = ("int", "decimal", "date", "bool", "text")


def fits(kinds: Sequence[Kinds], args: Args) -> bool:
    """Whether the arguments are of these kinds."""
    return len(args) == len(kinds) and all(a.type.kind in k for a, k in zip(args, kinds, strict=True))


def sig(kinds: Sequence[Kinds], result: T, null: bool = False) -> Result:
    """Null where an argument is null; `null`: also where the result would be out of range."""

    def check(c: Calls, n: Node, args: Args) -> T | None:
        return result.with_null(null or any(a.type.null for a in args)) if fits(kinds, args) else None

    return check


def like_first(kinds: Sequence[Kinds], null: bool = False) -> Result:
    """The type of the first argument."""

    def check(c: Calls, n: Node, args: Args) -> T | None:
        return args[0].type.with_null(null or any(a.type.null for a in args)) if fits(kinds, args) else None

    return check


def test(kinds: Sequence[Kinds]) -> Result:
    """Yes or no; no where an argument is null."""
    return lambda c, n, args: BOOL if fits(kinds, args) else None


def small(bound: int) -> T:
    """A whole number up to this bound."""
    return T("int", False, 0, bound)


def round_result(c: Calls, n: Node, args: Args) -> T | None:
    """round(x) and round(x, places)."""
    if not args or len(args) > 2 or args[0].type.kind not in NUM:
        return None
    places = 0
    if len(args) == 2:
        if args[1].op != "const" or type(args[1].value) is not int:
            return None
        places = args[1].value
    if not 0 <= places <= MAX_SCALE:
        c.fail(n.args[1], f"0 to {MAX_SCALE} places")
    t = args[0].type
    s = min(places, t.scale)
    return T("decimal" if s else "int", t.null, s, t.bound // 10 ** (t.scale - s) + 1)


def whole_result(c: Calls, n: Node, args: Args) -> T | None:
    """floor, ceil and int."""
    if not fits((NUM,), args):
        return None
    t = args[0].type
    return T("int", t.null, 0, t.bound // 10**t.scale + 1)


def common(c: Calls, n: Node, args: Args) -> T:
    """The common type of all arguments."""
    t = args[0].type
    for a, node in zip(args[1:], n.args[1:], strict=True):
        both = unify(t, a.type)
        if both is None:
            c.fail(node, f"all values must be of one kind, found {t} and {a.type}")
        t = both
    return t.with_null(all(a.type.null for a in args))


def coalesce_result(c: Calls, n: Node, args: Args) -> T | None:
    """coalesce(a, b, ...)."""
    return common(c, n, args) if len(args) >= 2 and args[0].type.kind != "list" else None


def extreme_result(c: Calls, n: Node, args: Args) -> T | None:
    """min(a, b, ...) and max(a, b, ...)."""
    if len(args) < 2 or any(a.type.kind not in ORDERED for a in args):
        return None
    return common(c, n, args)


def matches_result(c: Calls, n: Node, args: Args) -> T | None:
    """text.matches(constant pattern)."""
    if not fits((TX, TX), args) or args[1].op != "const":
        return None
    try:
        pattern.translate(args[1].value)
    except ValueError as e:
        c.fail(n.args[1], str(e))
    return BOOL


def size_result(c: Calls, n: Node, args: Args) -> T | None:
    """size(text) and size(list)."""
    return small(10**9).with_null(args[0].type.null) if fits((("text", "list"),), args) else None


def by_kind(name: str) -> Callable[[Args], str]:
    """A compiler function for each kind of the first argument."""
    return lambda args: f"{name}_{args[0].type.kind}"


FUNCTIONS: dict[str, Fn] = {
    "contains": Fn("text.contains('x')", test((TX, TX)), "whether the text holds another; no where one is empty", True),
    "startsWith": Fn("text.startsWith('x')", test((TX, TX)), "whether the text begins with another", True),
    "endsWith": Fn("text.endsWith('x')", test((TX, TX)), "whether the text ends with another", True),
    "matches": Fn("text.matches('^[A-Z]{2}[0-9]+$')", matches_result, "whether the pattern is found in the text", True),
    "lower": Fn("text.lower()", sig((TX,), TEXT), "lower case, the length stays", True),
    "upper": Fn("text.upper()", sig((TX,), TEXT), "upper case, the length stays", True),
    "trim": Fn("text.trim()", sig((TX,), TEXT), "without spaces, tabs and line ends around it", True),
    "size": Fn(
        "size(text or list)",
        size_result,
        "number of characters, of items, or of records in a set",
        internal=lambda a: "size" if a[0].type.kind == "text" else "list_size",
    ),
    "string": Fn(
        "string(number, date, yes/no or text)",
        sig((SHOWN,), TEXT),
        "the value as text: a number with all places of its scale, a date as 2026-01-31, yes/no as true or false",
        internal=by_kind("string"),
    ),
    "written": Fn(
        "written(number or date)",
        sig((WRITTEN,), TEXT),
        "the value as the one who reads writes it: 1,234.50 or 1.234,50, 31 Jan 2026 or 31.01.2026; `string(…)` is the same for everybody",
        internal=by_kind("written"),
    ),
    "coalesce": Fn("coalesce(a, b)", coalesce_result, "the first value that is not empty"),
    "min": Fn(
        "min(a, b)", extreme_result, "the least of the values; empty ones are left out", internal=lambda a: "least"
    ),
    "max": Fn(
        "max(a, b)",
        extreme_result,
        "the greatest of the values; empty ones are left out",
        internal=lambda a: "greatest",
    ),
    "abs": Fn("abs(number)", like_first((NUM,)), "the number without its sign"),
    "round": Fn("round(number, places)", round_result, "rounded to 0 to 6 places, half away from zero"),
    "floor": Fn("floor(number)", whole_result, "the next whole number below"),
    "ceil": Fn("ceil(number)", whole_result, "the next whole number above"),
    "int": Fn("int(number)", whole_result, "the whole number, places cut off"),
    "div": Fn(
        "div(whole number, whole number)",
        like_first((INTS, INTS), null=True),
        "whole quotient, cut toward zero; empty when divided by 0",
    ),
    "now": Fn("now()", sig((), DATETIME), "this moment, the same throughout one request"),
    "today": Fn("today()", sig((), DATE), "the current date in the time zone of the one who asks"),
    "date": Fn(
        "date(date and time)", sig((("datetime",),), DATE, null=True), "the date in the time zone of the one who asks"
    ),
    "days": Fn("days(whole number)", sig((INTS,), DURATION, null=True), "a duration"),
    "hours": Fn("hours(whole number)", sig((INTS,), DURATION, null=True), "a duration"),
    "minutes": Fn("minutes(whole number)", sig((INTS,), DURATION, null=True), "a duration"),
    "daysBetween": Fn(
        "daysBetween(from date, to date)", sig((DAY, DAY), small(4 * 10**6)), "days from the first date to the second"
    ),
    "addDays": Fn("addDays(date, whole number)", like_first((DT, INTS), null=True), "so many days later"),
    "addMonths": Fn(
        "addMonths(date, whole number)",
        sig((DAY, INTS), DATE, null=True),
        "same day so many months later, or the last day of a shorter month",
    ),
    "addYears": Fn(
        "addYears(date, whole number)",
        sig((DAY, INTS), DATE, null=True),
        "same day so many years later (29 February: the 28th in other years)",
    ),
    "year": Fn("year(date)", sig((DT,), small(9999), null=True), "the year"),
    "month": Fn("month(date)", sig((DT,), small(12), null=True), "the month, 1 to 12"),
    "day": Fn("day(date)", sig((DT,), small(31), null=True), "the day of the month"),
    "weekday": Fn("weekday(date)", sig((DT,), small(7), null=True), "the day of the week, 1 is Monday"),
    "fy": Fn(
        "fy(date)", sig((DT,), small(10000), null=True), "the calendar year in which the fiscal year of the date ends"
    ),
    "fyStart": Fn(
        "fyStart(whole number)",
        sig((INTS,), DATE, null=True),
        "first day of the fiscal year so many years from now: 0 this year, -1 last year",
    ),
    "yearStart": Fn(
        "yearStart(whole number)",
        sig((INTS,), DATE, null=True),
        "first day of the calendar year so many years from now: 0 this year, -1 last year",
    ),
    "quarterStart": Fn("quarterStart(whole number)", sig((INTS,), DATE, null=True), "the same for quarters"),
    "monthStart": Fn("monthStart(whole number)", sig((INTS,), DATE, null=True), "the same for months"),
    "weekStart": Fn(
        "weekStart(whole number)", sig((INTS,), DATE, null=True), "the same for weeks, which begin on Monday"
    ),
    "codeLabel": Fn(
        "codeLabel(record.stage)",
        sig((TX,), TEXT, null=True),
        "the label of a choice's code in the language of the one who reads; `code(record.stage).label` is the same for everybody",
    ),
}
"""All functions by name."""

MACROS: dict[str, tuple[str, str]] = {
    "exists": ("record.children.exists(c, condition)", "whether there is such a record"),
    "count": ("record.children.count(c, condition)", "how many records there are"),
    "sum": ("record.children.sum(c, c.amount, condition)", "sum of a number over the records; 0 where there are none"),
    "min": ("record.children.min(c, c.amount, condition)", "least value; empty where there is none"),
    "max": ("record.children.max(c, c.amount, condition)", "greatest value; empty where there is none"),
    "latest": (
        "record.children.latest(c, c.value, c.date, condition)",
        "the value of the record with the greatest date (or other ordered value); among equal ones, the greatest id",
    ),
    "first": (
        "record.children.first(c, c.value, c.date, condition)",
        "the value of the record with the least date (or other ordered value); among equal ones, the least id",
    ),
}
"""Roll-ups over a set of records: how they are written and what they give. The condition may be left out."""

FORMS: dict[str, tuple[str, str]] = {
    "has": ("has(record.name)", "whether the field is not empty"),
    "code": ("code(record.stage).probability", "an attribute of a choice's code, from its code list"),
    "date": ("date('2026-01-31')", "a date constant"),
    "timestamp": ("timestamp('2026-01-31T10:00:00Z')", "a moment constant"),
    "duration": ("duration('1d12h30m')", "a duration constant"),
}
"""Calls with a form of their own."""
