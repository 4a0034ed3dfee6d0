"""SQLite: numbers are integers (value * 10**scale), dates and times are text, some functions are ours (x_...)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.kinds import DATETIME, LIMIT, MAX_SCALE, T

from .depth import CUT, is_beside, is_divided
from .schema import ExprFunction
from .sql_common import Common
from .sql_cut import Cut
from .sql_elements import BIG, TEXT, Clip, Element, QuickSum, number, operate
from .sql_frame import YesNo
from .sql_gather import depth_left
from .sqlite_values import PLUGIN_PREFIX, write
from .typed import Typed
from .values import CTX, SECONDS, SPACE

INT64 = 2**63 - 1
DATE = sa.Date()
COMPUTED = ("decimal", "duration", "int")


class Sqlite(Common):
    """The SQLite dialect."""

    @classmethod
    def stored(cls, v: Any, t: T) -> Any:
        """A decimal as its integer; beyond 64 bits the greatest integer, which no number reaches."""
        if t.kind == "list" and v is not None:
            return [write(i, t.item) for i in v]
        if t.kind != "decimal" or v is None:
            return super().stored(v, t)
        return max(-INT64, min(INT64, int(Decimal(v).scaleb(t.scale, CTX))))

    def sql_type(self, t: T) -> TypeEngine[Any]:
        """A decimal is computed with as an integer."""
        return BIG if t.kind == "decimal" else super().sql_type(t)

    def value(self, n: Typed) -> Element:
        """The stored form, which SQLAlchemy must not convert on the way."""
        x = self.cut(n, False)
        x = super().value(n) if x is None else x
        return sa.type_coerce(x, BIG) if n.type.kind in COMPUTED else x

    def bool(self, n: Typed, strict: YesNo) -> Element:
        """Yes or no."""
        x = self.cut(n, True)
        return super().bool(n, strict) if x is None else x

    def cut(self, n: Typed, is_condition: YesNo) -> Element | None:
        """The call that computes a part that nests too deep; None for any other."""
        if not n.is_cut:
            return None
        is_apart = self.gathers and ((self.is_whole_written and not self.is_rule) or depth_left(n) <= CUT)
        return None if is_apart else Cut(self).compile(n, is_condition)

    def scaled(self, x: Element, up: int) -> Element:
        """More places."""
        return x * number(10**up) if up else x

    def clip(self, x: Element, n: Typed) -> Element:
        """Null where abs(x) has more than 18 digits; SQLite's own functions are faster, but nest deeper."""
        return Clip(x, number(LIMIT), BIG) if self.is_shallow else sa.func.x_clip(x, number(LIMIT), type_=BIG)

    guarded = clip

    def on_arith(self, n: Typed) -> Element:
        """+ - * / %."""
        (op, guard), (a, b) = n.value, n.args
        if op == "/":
            return sa.func.x_div(*self.divided(n), type_=BIG)
        over = a.type.scale + b.type.scale - n.type.scale
        if op == "%":
            return self.value(a) % self.value(b)
        if op == "*" and over:
            return sa.func.x_mul(self.value(a), self.value(b), over, type_=BIG)
        x = self.bare(n)
        return self.clip(x, n) if guard else x

    def unguarded(self, n: Typed) -> Element:
        """A number that may have more than 18 digits, for what looks at that itself."""
        if n.op != "arith" or n.free or n.value[0] not in ("+", "-", "*"):
            return self.value(n)
        if n.value[0] == "*" and n.args[0].type.scale + n.args[1].type.scale != n.type.scale:
            return self.value(n)
        cut = self.cut(n, False)
        return self.bare(n) if cut is None else cut

    def bare(self, n: Typed) -> Element:
        """A sum, difference or product without its guard. What is multiplied by a whole number needs none before: it has more digits
        still."""
        (op, guard), (a, b) = n.value, n.args
        if op in "+-":
            x, y = self.aligned(n.args, n.type.scale)
            return x + y if op == "+" else x - y
        is_grown = guard and any(c.op == "const" and c.value is not None and abs(c.value) >= 1 for c in n.args)
        return self.unguarded(a) * self.unguarded(b) if is_grown else self.value(a) * self.value(b)

    def divided(self, n: Typed) -> tuple[Element, Element, Element]:
        """What x_div is given: both numbers, and how many times the first is taken."""
        a, b = n.args
        return self.unguarded(a), self.unguarded(b), number(10 ** (MAX_SCALE - a.type.scale + b.type.scale))

    def in_column(self, x: Element, items: Element, t: T) -> Element:
        """Whether the JSON array holds x."""
        each = sa.func.json_each(items).table_valued("value")
        found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(each).where(each.c.value == x)
        return found.correlate_except(each).exists()

    def sum(self, x: Element, n: Typed) -> Element:
        """sum() of SQLite raises where it passes 64 bits: add the upper and the lower digits apart. A list over very many records
        tries it first (see `exact_sums`)."""
        if self.gathers:
            return QuickSum(x, BIG)
        cut, f = number(10**9), sa.func
        return self.clip(f.coalesce(f.sum(operate(x, "/", cut)), 0) * cut + f.coalesce(f.sum(x % cut), 0), n)

    def unit(self, n: Typed, x: Element) -> Element:
        """A duration: x times the seconds of its unit, in microseconds."""
        return self.clip(x * number(SECONDS[n.value] * 10**6), n)

    def plugin_name(self, f: ExprFunction) -> str | None:
        """As `register_sqlite_functions` names it."""
        return PLUGIN_PREFIX + f.name

    # ---- text
    def fn_list_size(self, n: Typed, x: Element) -> Element:
        """Items of a list."""
        return sa.func.json_array_length(x, type_=BIG)

    def fn_contains(self, n: Typed) -> Element:
        """Never LIKE: its rules differ between databases."""
        return sa.func.instr(self.value(n.args[0]), self.value(n.args[1])) > number(0)

    def fn_startsWith(self, n: Typed) -> Element:
        """Found at the first place."""
        return sa.func.instr(self.value(n.args[0]), self.value(n.args[1])) == number(1)

    def fn_endsWith(self, n: Typed) -> Element:
        """Ours."""
        return sa.func.x_ends_with(self.value(n.args[0]), self.value(n.args[1]), type_=BIG) == number(1)

    def fn_matches(self, n: Typed) -> Element:
        """Python's re."""
        return sa.func.x_matches(self.value(n.args[0]), n.args[1].value, type_=BIG) == number(1)

    def fn_lower(self, n: Typed, x: Element) -> Element:
        """Ours: SQLite's knows ASCII only."""
        return sa.func.x_lower(x, type_=TEXT)

    def fn_upper(self, n: Typed, x: Element) -> Element:
        """Ours: SQLite's knows ASCII only."""
        return sa.func.x_upper(x, type_=TEXT)

    def fn_trim(self, n: Typed, x: Element) -> Element:
        """Space, tab and line ends only."""
        return sa.func.trim(x, SPACE, type_=TEXT)

    def fn_string_decimal(self, n: Typed, x: Element) -> Element:
        """All places of the scale."""
        return sa.func.x_decimal_text(x, n.args[0].type.scale, type_=TEXT)

    def fn_string_date(self, n: Typed, x: Element) -> Element:
        """Dates are stored as this text."""
        return sa.type_coerce(x, TEXT)

    def fn_written_date(self, n: Typed, x: Element) -> Element:
        """The language is the reader's."""
        return sa.func.x_written_date(x, *self.reader(), type_=TEXT)

    def fn_written_decimal(self, n: Typed, x: Element) -> Element:
        """The language is the reader's."""
        return sa.func.x_written_number(sa.type_coerce(x, BIG), n.args[0].type.scale, *self.reader(), type_=TEXT)

    fn_written_int = fn_written_decimal

    def reader(self) -> tuple[Element, Element]:
        """Language and order of dates of the one who reads."""
        language = self.spoken(("reader", "language"), lambda c: c.language)
        return language, self.spoken(("reader", "order"), lambda c: c.date_order)

    # ---- numbers
    def extreme(self, n: Typed, ours: str, own: str, xs: tuple[Element, ...]) -> Element:
        """SQLite's own gives null where one is null: beside a number that is known, then it is that number."""
        kind = self.sql_type(n.type)
        if is_beside(n):
            known = next(x for a, x in zip(n.args, xs, strict=True) if a.free and not a.type.null)
            return sa.func.coalesce(getattr(sa.func, own)(*xs, type_=kind), known, type_=kind)
        name = ours if any(a.type.null for a in n.args) else own
        return getattr(sa.func, name)(*xs, type_=kind)  # type: ignore[no-any-return]

    def fn_least(self, n: Typed, *xs: Element) -> Element:
        """The least that is not null."""
        return self.extreme(n, "x_least", "min", xs)

    def fn_greatest(self, n: Typed, *xs: Element) -> Element:
        """The greatest that is not null."""
        return self.extreme(n, "x_greatest", "max", xs)

    def fn_round(self, n: Typed, x: Element) -> Element:
        """Half away from zero."""
        down = n.args[0].type.scale - n.type.scale
        whole = x.clause if isinstance(x, sa.TypeCoerce) else x
        if down > 0 and is_divided(n) and isinstance(whole, sa.sql.functions.Function) and whole.name == "x_div":
            return sa.func.x_ratio(*whole.clauses, number(10**down), type_=BIG)
        return sa.func.x_round(x, down, type_=BIG) if down > 0 else x

    def fn_floor(self, n: Typed, x: Element) -> Element:
        """Down."""
        s = n.args[0].type.scale
        return sa.func.x_floor(x, s, type_=BIG) if s else x

    def fn_ceil(self, n: Typed, x: Element) -> Element:
        """Up."""
        s = n.args[0].type.scale
        return sa.func.x_ceil(x, s, type_=BIG) if s else x

    def fn_int(self, n: Typed, x: Element) -> Element:
        """Cut."""
        s = n.args[0].type.scale
        return operate(x, "/", number(10**s)) if s else x

    def fn_div(self, n: Typed, a: Element, b: Element) -> Element:
        """Null where b is 0, as SQLite's division."""
        return operate(a, "/", b)

    # ---- dates
    def fn_date(self, n: Typed, x: Element) -> Element:
        """The date in the reader's zone."""
        return sa.func.x_local_date(x, self.tz(), type_=DATE)

    def fn_date_add(self, n: Typed, d: Element, x: Element) -> Element:
        """Date plus duration."""
        return sa.func.x_date_add(d, x, type_=DATE)

    def fn_date_sub(self, n: Typed, d: Element, x: Element) -> Element:
        """Date minus duration."""
        return sa.func.x_date_add(d, -x, type_=DATE)

    def fn_date_diff(self, n: Typed, a: Element, b: Element) -> Element:
        """Microseconds between two dates."""
        return sa.func.x_date_diff(a, b, type_=BIG)

    def fn_datetime_add(self, n: Typed, t: Element, x: Element) -> Element:
        """Moment plus duration."""
        return sa.func.x_datetime_add(t, x, type_=sql_type(DATETIME))

    def fn_datetime_sub(self, n: Typed, t: Element, x: Element) -> Element:
        """Moment minus duration."""
        return sa.func.x_datetime_add(t, -x, type_=sql_type(DATETIME))

    def fn_datetime_diff(self, n: Typed, a: Element, b: Element) -> Element:
        """Microseconds between two moments."""
        return sa.func.x_datetime_diff(a, b, type_=BIG)

    def fn_duration_add(self, n: Typed, a: Element, b: Element) -> Element:
        """Sum of durations."""
        return self.clip(a + b, n)

    def fn_duration_sub(self, n: Typed, a: Element, b: Element) -> Element:
        """Difference of durations."""
        return self.clip(a - b, n)

    def fn_daysBetween(self, n: Typed, a: Element, b: Element) -> Element:
        """Days from a to b. Julian days of midnights are whole numbers and a half, which are exact."""
        return sa.cast(sa.func.julianday(b) - sa.func.julianday(a), BIG)

    def fn_addMonths(self, n: Typed, d: Element, m: Element) -> Element:
        """Same day of another month."""
        return sa.func.x_add_months(d, m, type_=DATE)

    def on_fy(self, n: Typed) -> Element:
        """The year in which the fiscal year ends."""
        month, day = n.value
        return sa.func.x_fiscal_year(self.value(n.args[0]), number(month), number(day), type_=BIG)

    def part(self, d: Element, start: int, length: int) -> Element:
        """A part of the text of a date."""
        return sa.cast(sa.func.substr(d, number(start), number(length)), BIG)

    def fn_year(self, n: Typed, d: Element) -> Element:
        """Year."""
        return self.part(d, 1, 4)

    def fn_month(self, n: Typed, d: Element) -> Element:
        """Month."""
        return self.part(d, 6, 2)

    def fn_day(self, n: Typed, d: Element) -> Element:
        """Day of the month."""
        return self.part(d, 9, 2)

    def fn_weekday(self, n: Typed, d: Element) -> Element:
        """1 is Monday."""
        return sa.func.x_weekday(d, type_=BIG)
