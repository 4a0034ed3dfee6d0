"""Functions that every SQLite connection needs: they take and give stored values and mean what values.py says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from xrm_core.metamodel.kinds import LIMIT

from . import values as v
from .schema import ExprFunction
from .spoken import written_date, written_number
from .sqlite_programs import PROGRAMS
from .sqlite_values import PLUGIN_PREFIX, day, instant, iso, micros, read, stored, write


def clip(n: int) -> int | None:
    """The number, or None with more than 18 digits."""
    return n if -LIMIT < n < LIMIT else None


def half(n: int, d: int) -> int | None:
    """n / d, half away from zero."""
    q = (2 * abs(n) + abs(d)) // (2 * abs(d))
    return clip(q if (n < 0) == (d < 0) else -q)


def quotient(a: int | None, b: int | None, up: int) -> int | None:
    """a * up / b, half away from zero; None where b is 0. A number with more than 18 digits is none: what is divided comes without
    a guard of its own, and as a float where SQLite found no room for it."""
    if a is None or not b or not -LIMIT < a < LIMIT or not -LIMIT < b < LIMIT:
        return None
    return half(a * up, b)


def ratio(a: int | None, b: int | None, up: int, down: int) -> int | None:
    """A quotient with fewer places, half away from zero: `half(quotient(a, b, up), down)`, written out, for lists ask it of each record
    of very many."""
    if a is None or not b or not -LIMIT < a < LIMIT or not -LIMIT < b < LIMIT:
        return None
    n, d = 2 * up * abs(a), abs(b)
    q = (n + d) // (2 * d)
    if q >= LIMIT:
        return None
    q = (2 * q + down) // (2 * down)
    return q if (a < 0) == (b < 0) else -q


@lru_cache(1 << 16)
def _day_of_hour(hour: str, tz: str) -> str | None:
    """The date in a zone of every moment of an hour in UTC, `2026-01-31 10`; None where there may be two. Moments of many records
    share hours, and a zone takes longer to ask than SQLite takes for a row."""
    try:
        first = instant(f"{hour}:00:00.000000")
    except ValueError:
        return None
    days = {v.local_date(first + timedelta(seconds=n), tz) for n in (0, 900, 1800, 2700, 3599)}
    return iso(days.pop()) if len(days) == 1 else None


FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "x_mul": (3, lambda a, b, k: half(a * b, 10**k)),
    "x_round": (2, lambda a, k: half(a, 10**k)),
    "x_floor": (2, lambda a, k: a // 10**k),
    "x_ceil": (2, lambda a, k: -(-a // 10**k)),
    "x_decimal_text": (2, lambda a, s: v.decimal_text(Decimal(a).scaleb(-s, v.CTX), s)),
    "x_written_date": (3, lambda d, language, order: written_date(day(d), language, order)),
    "x_written_number": (
        4,
        lambda a, s, language, order: written_number(Decimal(a).scaleb(-s, v.CTX), s, language, order),
    ),
    "x_lower": (1, v.lower),
    "x_upper": (1, v.upper),
    "x_ends_with": (2, lambda s, end: int(s.endswith(end))),
    "x_matches": (2, lambda s, pattern: int(v.matches(s, pattern))),
    "x_date_add": (2, lambda d, n: iso(v.date_add(day(d), micros(n)))),
    "x_date_diff": (2, lambda a, b: (day(a) - day(b)) // v.MICRO),
    "x_add_months": (2, lambda d, n: iso(v.add_months(day(d), n))),
    "x_weekday": (1, lambda d: day(d).isoweekday()),
    "x_fiscal_year": (3, lambda d, m, first: v.fiscal_year(day(d), m, first)),
    "x_datetime_add": (2, lambda t, n: stored(v.datetime_add(instant(t), micros(n)))),
    "x_datetime_diff": (2, lambda a, b: (instant(a) - instant(b)) // v.MICRO),
    "x_local_date": (2, lambda t, tz: _day_of_hour(t[:13], tz) or iso(v.local_date(instant(t), tz))),
}
"""Functions that give null where an argument is null."""
DIRECT: dict[str, tuple[int, Callable[..., Any]]] = {
    "x_div": (3, quotient),
    "x_ratio": (4, ratio),
    "x_clip": (2, lambda n, top: n if n is not None and -top < n < top else None),
    "x_least": (-1, lambda *xs: v.least(list(xs))),
    "x_greatest": (-1, lambda *xs: v.greatest(list(xs))),
    "x_eval": (-1, PROGRAMS.evaluate),
}
"""Functions that look at null themselves; filters call the first ones for each record of very many."""


def or_null(f: Callable[..., Any]) -> Callable[..., Any]:
    """Null where an argument is null."""
    return lambda *args: None if None in args else f(*args)


def plugin_call(f: ExprFunction) -> Callable[..., Any]:
    """A plugin's function on stored values."""

    def call(*args: Any) -> Any:
        return write(f.python(*[read(a, t) for a, t in zip(args, f.arguments, strict=True)]), f.result)

    return or_null(call)


def register_sqlite_functions(dbapi_connection: Any, functions: Iterable[ExprFunction] = ()) -> None:
    """Make the functions known to a sqlite3 connection, those of plugins too; call it in SQLAlchemy's `connect` event."""
    for spec in functions:
        name = PLUGIN_PREFIX + spec.name
        dbapi_connection.create_function(name, len(spec.arguments), plugin_call(spec), deterministic=True)
    for name, (count, f) in FUNCTIONS.items():
        dbapi_connection.create_function(name, count, or_null(f), deterministic=True)
    for name, (count, f) in DIRECT.items():
        dbapi_connection.create_function(name, count, f, deterministic=True)
