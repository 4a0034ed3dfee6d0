"""PostgreSQL: numbers are bigint or numeric with their real value.

Its time starts in 4714 BC and raises before it, and a duration can be 31 688 years long: dates are computed 40 000
years later (100 cycles of the calendar), what is not in the years 1 to 9999 is cut off, and the result comes back.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.kinds import DATETIME, LIMIT, T

from . import pattern
from .context import Ctx
from .schema import ExprFunction
from .spoken import MONTH, date_form, number_form, number_pattern
from .sql_common import Common
from .sql_elements import (
    BIG,
    NUM,
    TEXT,
    BackInYears,
    Clip,
    Element,
    InYears,
    LateDays,
    LateInterval,
    LateMonths,
    Lower,
    MomentBackInYears,
    Quotient,
    Upper,
    number,
    operate,
)  # fmt: skip
from .sql_frame import YesNo
from .typed import Typed
from .values import SECONDS, SPACE

DATE, INTEGER = sa.Date(), sa.Integer()
UNNAMED = ("decimal", "bool")
DAY = 86_400_000_000


def in_collation(x: Element, name: str) -> Element:
    """The whole of x in a collation: without the brackets COLLATE binds to the last part of a || b."""
    return sa.type_coerce(sa.collate(sa.sql.elements.Grouping(x), name), TEXT)


def _mark(name: str, c: Ctx) -> str:
    """A mark of numbers in the language of the one who reads."""
    return str(getattr(number_form(c.language, c.date_order), name))


class Postgres(Common):
    """The PostgreSQL dialect."""

    def sql_type(self, t: T) -> TypeEngine[Any]:
        """A decimal is computed with as numeric of any length."""
        return NUM if t.kind == "decimal" else super().sql_type(t)

    def param(self, n: Typed, truth: YesNo = False) -> Element:
        """With its type: SQLAlchemy names that of numbers and yes/no nowhere, and null alone would count as text."""
        x = super().param(n, truth)
        return sa.cast(x, self.sql_type(n.type)) if n.type.kind in UNNAMED and not truth else x

    def literal(self, v: Any, t: T) -> Element:
        """With its type, where it is null."""
        x = super().literal(v, t)
        return sa.cast(x, self.sql_type(t)) if t.kind in UNNAMED and v is None else x

    def ordered(self, x: Element) -> Element:
        """Text in code point order."""
        return in_collation(x, "C")

    def value(self, n: Typed) -> Element:
        """Durations are computed with as microseconds."""
        x = super().value(n)
        return sa.type_coerce(x, BIG) if n.type.kind == "duration" else x

    def clip(self, x: Element, top: int) -> Element:
        """Null where abs(x) >= top."""
        return Clip(x, number(top, NUM), NUM)

    def guarded(self, x: Element, n: Typed) -> Element:
        """Null where the number has more than 18 digits."""
        x = self.clip(x, LIMIT // 10**n.type.scale)
        return sa.cast(x, BIG) if n.type.kind == "int" else x

    def on_arith(self, n: Typed) -> Element:
        """+ - * / %."""
        (op, guard), (a, b) = n.value, n.args
        x, y, s = self.value(a), self.value(b), n.type.scale
        if op == "/":
            return self.guarded(Quotient(sa.cast(x, NUM), sa.cast(y, NUM), NUM), n)
        if op == "%":
            return x % sa.func.nullif(y, number(0), type_=BIG)
        if guard or n.type.kind == "decimal":
            x, y = (v if k.type.kind == "decimal" else sa.cast(v, NUM) for v, k in ((x, a), (y, b)))
        r = x + y if op == "+" else x - y if op == "-" else x * y
        if op == "*" and a.type.scale + b.type.scale > s:
            r = sa.func.round(r, number(s), type_=NUM)
        return self.guarded(r, n) if guard else r

    def unit(self, n: Typed, x: Element) -> Element:
        """A duration: x times the seconds of its unit, in microseconds."""
        return sa.cast(self.clip(sa.cast(x, NUM) * number(SECONDS[n.value] * 10**6, NUM), LIMIT), BIG)

    def fn_duration_add(self, n: Typed, a: Element, b: Element) -> Element:
        """Sum of durations."""
        return sa.cast(self.clip(sa.cast(a, NUM) + b, LIMIT), BIG)

    def fn_duration_sub(self, n: Typed, a: Element, b: Element) -> Element:
        """Difference of durations."""
        return sa.cast(self.clip(sa.cast(a, NUM) - b, LIMIT), BIG)

    def in_column(self, x: Element, items: Element, t: T) -> Element:
        """Whether the JSON array holds x."""
        return sa.func.jsonb_exists(items, sa.cast(x, TEXT) if t.kind == "ref" else x, type_=sa.Boolean())

    def sum(self, x: Element, n: Typed) -> Element:
        """Exact sum; 0 without rows."""
        return self.guarded(sa.func.coalesce(sa.func.sum(sa.cast(x, NUM)), number(0)), n)

    def plugin_name(self, f: ExprFunction) -> str | None:
        """As the plugin says."""
        return f.postgresql

    # ---- text
    def fn_list_size(self, n: Typed, x: Element) -> Element:
        """Items of a list."""
        return sa.cast(sa.func.jsonb_array_length(x, type_=INTEGER), BIG)

    def fn_contains(self, n: Typed) -> Element:
        """Never LIKE: its rules differ between databases."""
        return sa.func.strpos(self.value(n.args[0]), self.value(n.args[1])) > number(0)

    def fn_startsWith(self, n: Typed) -> Element:
        """Begins with."""
        return sa.func.starts_with(self.value(n.args[0]), self.value(n.args[1]), type_=sa.Boolean())

    def fn_endsWith(self, n: Typed) -> Element:
        """Turned around, so that each side is written once."""
        x, y = (sa.func.reverse(self.value(a)) for a in n.args)
        return sa.func.starts_with(x, y, type_=sa.Boolean())

    def fn_matches(self, n: Typed) -> Element:
        """Its own regular expressions; the subset means the same."""
        regex = sa.literal(pattern.translate(n.args[1].value).postgres, TEXT)
        return self.value(n.args[0]).op("~", precedence=5, is_comparison=True)(regex)

    def fn_lower(self, n: Typed, x: Element) -> Element:
        """Simple mapping."""
        return Lower(x, TEXT)

    def fn_upper(self, n: Typed, x: Element) -> Element:
        """Simple mapping."""
        return Upper(x, TEXT)

    def fn_trim(self, n: Typed, x: Element) -> Element:
        """Space, tab and line ends only."""
        return sa.func.btrim(x, SPACE, type_=TEXT)

    def fn_string_decimal(self, n: Typed, x: Element) -> Element:
        """All places of the scale."""
        return sa.cast(sa.cast(x, sa.Numeric(38, n.args[0].type.scale)), TEXT)

    def fn_string_date(self, n: Typed, x: Element) -> Element:
        """ISO 8601."""
        return sa.func.to_char(x, "YYYY-MM-DD", type_=TEXT)

    def fn_written_date(self, n: Typed, x: Element) -> Element:
        """The form of dates and the names of months are the reader's."""
        pattern = self.spoken(("date", "pattern"), lambda c: date_form(c.language, c.date_order).pattern)
        months = self.spoken(("date", "months"), lambda c: date_form(c.language, c.date_order).months)
        month = sa.func.split_part(months, "|", sa.cast(sa.extract("month", x), sa.Integer), type_=TEXT)
        return sa.func.replace(sa.func.to_char(x, pattern, type_=TEXT), MONTH, month, type_=TEXT)

    def fn_written_decimal(self, n: Typed, x: Element) -> Element:
        """The marks are the reader's."""
        marks = {"group": ",", "decimal": ".", "minus": "-"}
        held = {"group": "\x01", "decimal": "\x02", "minus": "\x03"}
        text: Element = sa.func.to_char(x, number_pattern(n.args[0].type.scale), type_=TEXT)
        text = sa.func.translate(text, "".join(marks.values()), "".join(held.values()), type_=TEXT)
        for name, mark in held.items():
            said = self.spoken(("number", name), partial(_mark, name))
            text = sa.func.replace(text, mark, said, type_=TEXT)
        return text

    fn_written_int = fn_written_decimal

    # ---- numbers
    def extreme(self, n: Typed, f: Any, xs: tuple[Element, ...]) -> Element:
        """Leaves nulls out."""
        if n.type.kind == "text":
            xs = tuple(self.ordered(x) for x in xs)
        found: Element = f(*xs, type_=self.sql_type(n.type))
        return found

    def fn_least(self, n: Typed, *xs: Element) -> Element:
        """The least that is not null."""
        return self.extreme(n, sa.func.least, xs)

    def fn_greatest(self, n: Typed, *xs: Element) -> Element:
        """The greatest that is not null."""
        return self.extreme(n, sa.func.greatest, xs)

    def fn_round(self, n: Typed, x: Element) -> Element:
        """Half away from zero."""
        of = n.args[0].type
        if of.scale <= n.type.scale and of.kind == n.type.kind:
            return x
        r = sa.func.round(x, number(n.type.scale), type_=NUM)
        return r if n.type.kind == "decimal" else sa.cast(r, BIG)

    def whole(self, f: Any, n: Typed, x: Element) -> Element:
        """A whole number of a decimal."""
        return sa.cast(f(x), BIG) if n.args[0].type.kind == "decimal" else x

    def fn_floor(self, n: Typed, x: Element) -> Element:
        """Down."""
        return self.whole(sa.func.floor, n, x)

    def fn_ceil(self, n: Typed, x: Element) -> Element:
        """Up."""
        return self.whole(sa.func.ceil, n, x)

    def fn_int(self, n: Typed, x: Element) -> Element:
        """Cut."""
        return self.whole(sa.func.trunc, n, x)

    def fn_div(self, n: Typed, a: Element, b: Element) -> Element:
        """Null where b is 0."""
        return operate(a, "/", sa.func.nullif(b, number(0), type_=BIG))

    # ---- dates
    def fn_date(self, n: Typed, x: Element) -> Element:
        """The date in the reader's zone."""
        return InYears(sa.cast(sa.func.timezone(self.tz(), x), DATE))

    def fn_date_add(self, n: Typed, d: Element, x: Element) -> Element:
        """Date plus duration."""
        return BackInYears(operate(d, "+", LateDays(x, INTEGER)), DATE)

    def fn_date_sub(self, n: Typed, d: Element, x: Element) -> Element:
        """Date minus duration."""
        return BackInYears(operate(d, "+", LateDays(-x, INTEGER)), DATE)

    def fn_date_diff(self, n: Typed, a: Element, b: Element) -> Element:
        """Microseconds between two dates."""
        return sa.cast(operate(a, "-", b, INTEGER), BIG) * number(DAY)

    def fn_datetime_add(self, n: Typed, t: Element, x: Element) -> Element:
        """Moment plus duration."""
        return MomentBackInYears(operate(t, "+", LateInterval(x)), sql_type(DATETIME))

    def fn_datetime_sub(self, n: Typed, t: Element, x: Element) -> Element:
        """Moment minus duration."""
        return MomentBackInYears(operate(t, "+", LateInterval(-x)), sql_type(DATETIME))

    def fn_datetime_diff(self, n: Typed, a: Element, b: Element) -> Element:
        """Microseconds between two moments."""
        return sa.cast((sa.extract("epoch", a) - sa.extract("epoch", b)) * number(10**6), BIG)

    def fn_daysBetween(self, n: Typed, a: Element, b: Element) -> Element:
        """Days from a to b."""
        return sa.cast(operate(b, "-", a, INTEGER), BIG)

    def fn_addMonths(self, n: Typed, d: Element, m: Element) -> Element:
        """Same day of another month."""
        return BackInYears(sa.cast(operate(d, "+", LateMonths(m)), DATE))

    def on_fy(self, n: Typed) -> Element:
        """The year of the date moved so that the fiscal year begins in January of the year in which it ends."""
        month, day = n.value
        back = operate(self.value(n.args[0]), "-", number(day - 1, INTEGER), DATE)
        moved = operate(back, "+", sa.literal_column(f"interval '{13 - month} months'"), sa.DateTime())
        return self.part("year", moved)

    def part(self, name: str, d: Element) -> Element:
        """A part of a date."""
        return sa.cast(sa.extract(name, d), BIG)

    def fn_year(self, n: Typed, d: Element) -> Element:
        """Year."""
        return self.part("year", d)

    def fn_month(self, n: Typed, d: Element) -> Element:
        """Month."""
        return self.part("month", d)

    def fn_day(self, n: Typed, d: Element) -> Element:
        """Day of the month."""
        return self.part("day", d)

    def fn_weekday(self, n: Typed, d: Element) -> Element:
        """1 is Monday."""
        return self.part("isodow", d)
