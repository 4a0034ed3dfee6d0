"""The phrases that sentences are made of, as they are in English; `sentence` says them in the language that is spoken."""

from __future__ import annotations

from xrm_core.language import N_, ngettext

COMPARED = {
    "==": N_("{left} is {right}"), "!=": N_("{left} is not {right}"), "<": N_("{left} is less than {right}"),
    "<=": N_("{left} is at most {right}"), ">": N_("{left} is more than {right}"), ">=": N_("{left} is at least {right}"),
}  # fmt: skip
DATED = {
    "<": N_("{left} is before {right}"), "<=": N_("{left} is not after {right}"), ">": N_("{left} is after {right}"),
    ">=": N_("{left} is not before {right}"),
}  # fmt: skip
"""The same, of days and moments."""
TESTS = {
    "contains": N_("{left} contains {right}"), "startsWith": N_("{left} begins with {right}"),
    "endsWith": N_("{left} ends with {right}"), "matches": N_("{left} matches {right}"),
}  # fmt: skip
SIGNS = {
    "+": N_("{left} plus {right}"), "-": N_("{left} minus {right}"), "*": N_("{left} times {right}"),
    "/": N_("{left} divided by {right}"), "%": N_("the rest of {left} divided by {right}"),
}  # fmt: skip
HEADS = {
    "count": N_("the number of {set}"), "exists": N_("there are {set}"), "sum": N_("the sum of {value} over {set}"),
    "min": N_("the least {value} of {set}"), "max": N_("the greatest {value} of {set}"),
    "latest": N_("the latest {value} of {set}"), "first": N_("the first {value} of {set}"),
}  # fmt: skip
"""Roll-ups over a set of records."""
MOMENTS = ("now", "today", "date", "timestamp", "addDays", "addMonths", "addYears", "weekStart", "monthStart", "quarterStart", "yearStart", "fyStart")  # fmt: skip
ACTOR = {
    "id": N_("you"), "roles": N_("your roles"), "departments": N_("your departments"), "leads": N_("the departments that you lead"),
}  # fmt: skip
STARTS = {
    "weekStart": ("weeks", N_("the beginning of this week")), "monthStart": ("months", N_("the beginning of this month")),
    "quarterStart": ("quarters", N_("the beginning of this quarter")), "yearStart": ("years", N_("the beginning of this year")),
    "fyStart": ("years", N_("the beginning of this fiscal year")),
}  # fmt: skip
PLAIN = {
    "coalesce": N_("the first of {values} that is not empty"), "min": N_("the least of {values}"),
    "max": N_("the greatest of {values}"),
}  # fmt: skip
CALLS: dict[tuple[str, int], str] = {
    ("has", 1): N_("{x} is not empty"), ("lower", 1): N_("{x} in small letters"), ("upper", 1): N_("{x} in capital letters"),
    ("trim", 1): "{x}", ("string", 1): "{x}", ("written", 1): "{x}", ("codeLabel", 1): "{x}", ("size", 1): N_("the length of {x}"),
    ("abs", 1): N_("{x} without its sign"), ("round", 1): N_("{x} rounded"), ("round", 2): N_("{x} rounded to {y} places"),
    ("floor", 1): N_("{x} rounded down"), ("ceil", 1): N_("{x} rounded up"), ("int", 1): N_("{x} without its places"),
    ("div", 2): N_("{x} divided by {y} without a rest"), ("date", 1): N_("the day of {x}"), ("days", 1): N_("{x} days"),
    ("hours", 1): N_("{x} hours"), ("minutes", 1): N_("{x} minutes"), ("daysBetween", 2): N_("the days from {x} to {y}"),
    ("addDays", 2): N_("{y} days after {x}"), ("addMonths", 2): N_("{y} months after {x}"), ("addYears", 2): N_("{y} years after {x}"),
    ("year", 1): N_("the year of {x}"), ("month", 1): N_("the month of {x}"), ("day", 1): N_("the day of the month of {x}"),
    ("weekday", 1): N_("the weekday of {x}"), ("fy", 1): N_("the fiscal year of {x}"),
}  # fmt: skip
"""Functions by name and number of arguments: `x` is the first, `y` the second."""


def after(unit: str, start: str, n: int) -> str:
    """A day so many units after another."""
    if unit == "days":
        return ngettext("one day after {start}", "{n} days after {start}", n, start=start)
    if unit == "weeks":
        return ngettext("one week after {start}", "{n} weeks after {start}", n, start=start)
    if unit == "months":
        return ngettext("one month after {start}", "{n} months after {start}", n, start=start)
    if unit == "quarters":
        return ngettext("one quarter after {start}", "{n} quarters after {start}", n, start=start)
    return ngettext("one year after {start}", "{n} years after {start}", n, start=start)


def before(unit: str, start: str, n: int) -> str:
    """A day so many units before another."""
    if unit == "days":
        return ngettext("one day before {start}", "{n} days before {start}", n, start=start)
    if unit == "weeks":
        return ngettext("one week before {start}", "{n} weeks before {start}", n, start=start)
    if unit == "months":
        return ngettext("one month before {start}", "{n} months before {start}", n, start=start)
    if unit == "quarters":
        return ngettext("one quarter before {start}", "{n} quarters before {start}", n, start=start)
    return ngettext("one year before {start}", "{n} years before {start}", n, start=start)
