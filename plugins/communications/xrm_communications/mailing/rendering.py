"""Texts with places for values, in a small part of the Jinja language: values, a choice, a loop over a list, a few filters.

What somebody wrote is looked through before it is ever run: only these parts of the language are let in, no calls, no attributes of
Python, nothing that could grow. So a text ends soon, and its size is bounded by its own and by its values'. It runs in Jinja's
sandbox nevertheless. https://jinja.palletsprojects.com/templates/
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from xrm_core.plugin import _

LONGEST, DEEPEST, MOST_PARTS = 20_000, 12, 2_000
"""Characters of a text, parts within one another, parts of it at most."""
OUTPUT = 200_000
"""Characters that a text may come to."""
MOST_ITEMS, MOST_LOOPS = 500, 2
"""Items that a loop goes over, loops within one another."""
FILE = "<template>"
ITEMS = "items of a list"
LET_IN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.Filter, nodes.If, nodes.For,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or, nodes.Test, nodes.Concat,
)  # fmt: skip
TESTS = frozenset({"defined", "undefined"})


class BadTemplate(ValueError):
    """A text that cannot be used: what is wrong, in the reader's language, with the line (from 1) and the words at that place."""

    def __init__(self, message: str, line: int, near: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.near = message, line, near

    @property
    def told(self) -> str:
        """A sentence with the place."""
        if self.near:
            return _("Line {line}, at {near}: {message}", line=self.line, near=self.near, message=self.message)
        return _("Line {line}: {message}", line=self.line, message=self.message)


@dataclass(frozen=True, slots=True)
class Place:
    """A value that a text names: `party.name`, its first name apart from the rest, and the line."""

    root: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Text:
    """A text that may be run."""

    source: str
    template: Template
    places: tuple[Place, ...]


class Values(dict[str, Any]):
    """Values by name, as `party.name` in a text finds them."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Names of values are looked up in `Values`, and nowhere else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Values) and attribute in obj:
            return obj[attribute]
        return self.undefined(obj=obj, name=attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def _joined(value: Any, between: str = ", ") -> str:
    return str(between).join(str(v) for v in value) if isinstance(value, list | tuple) else str(value or "")


def _or(value: Any, other: Any = "") -> Any:
    return other if isinstance(value, StrictUndefined) or value is None or value == "" else value


def _items(value: Any) -> list[Any]:
    """What a loop goes over: the items of a list, not too many of them."""
    return list(value[:MOST_ITEMS]) if isinstance(value, list | tuple) else []


_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")
"""The language in which numbers and dates are written, while a text runs."""


def _written(value: Any, kind: str = "", *more: Any) -> str:
    """A value as the reader writes it: dates in words, numbers with his signs; `kind` is the filter that asks."""
    if value is None or isinstance(value, StrictUndefined):
        return str(value or "")
    locale = locale_of(_LANGUAGE.get())
    if isinstance(value, datetime) and kind != "date":
        return format_datetime(value, "long", locale=locale)
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return str(value)
    if kind == "money":
        return str(format_currency(value, str(more[0]) if more else "EUR", locale=locale))
    return str(format_decimal(value, locale=locale))


def locale_of(language: str) -> Locale:
    """The locale of a language; English where it is not known."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


FILTERS: Mapping[str, Callable[..., Any]] = {
    "upper": lambda v: str(v if v is not None else "").upper(),
    "lower": lambda v: str(v if v is not None else "").lower(),
    "capitalize": lambda v: str(v if v is not None else "")[:1].upper() + str(v if v is not None else "")[1:],
    "trim": lambda v: str(v if v is not None else "").strip(),
    "default": _or,
    "join": _joined,
    "length": lambda v: len(v) if isinstance(v, list | tuple | str) else 0,
    "first": lambda v: next(iter(v), "") if isinstance(v, list | tuple) else v,
    "last": lambda v: (v[-1] if v else "") if isinstance(v, list | tuple) else v,
}
"""Filters of texts; those that write numbers and dates follow the language, see `written`."""
LOCAL = ("date", "datetime", "number", "money")


def compiled(source: str) -> Text:
    """A text, looked through. Raises BadTemplate with the place of the first fault."""
    if len(source) > LONGEST:
        raise BadTemplate(_("a template has at most {n} characters", n=f"{LONGEST:,}"), 1)
    return _compiled(source)


@lru_cache(maxsize=256)
def _compiled(source: str) -> Text:
    env = _environment()
    try:
        tree = env.parse(source)
        places = tuple(_look_through(tree, source))
        code = env.compile(tree, FILE, FILE)
    except TemplateSyntaxError as fault:
        raise BadTemplate(str(fault.message), fault.lineno, _near(source, fault.lineno)) from None
    except (RecursionError, MemoryError, OverflowError):
        raise BadTemplate(_("this is nested too deep"), 1) from None
    return Text(source, Template.from_code(env, code, {}), places)


def _environment() -> _Sandbox:
    env = _Sandbox(undefined=StrictUndefined, autoescape=False, cache_size=0, keep_trailing_newline=True)
    env.globals.clear()
    env.filters.clear()
    env.filters.update(FILTERS)
    env.filters.update({name: lambda v, *more, _n=name: _written(v, _n, *more) for name in LOCAL})
    env.tests = {name: test for name, test in env.tests.items() if name in TESTS}
    env.filters[ITEMS] = _items
    env.finalize = _final
    return env


def _final(value: Any) -> Any:
    """A value as it is put into the text; of several named ones, what they are called."""
    if isinstance(value, Values):
        return str(value.get("name") or "")
    return value if isinstance(value, str | StrictUndefined) else _written(value)


def _look_through(tree: nodes.Template, source: str) -> Iterator[Place]:
    """The values that a text names. Raises BadTemplate for a part of the language that is not let in."""
    count = 0
    own: set[str] = set()

    def walk(node: nodes.Node, depth: int, loops: int = 0) -> Iterator[Place]:
        nonlocal count
        count += 1
        line = getattr(node, "lineno", 1)
        if depth > DEEPEST or count > MOST_PARTS:
            raise BadTemplate(_("this is nested too deep"), line, _near(source, line))
        if not isinstance(node, LET_IN):
            raise BadTemplate(_("this is not possible in a template"), line, _near(source, line))
        if isinstance(node, nodes.For):
            if node.recursive or not isinstance(node.target, nodes.Name):
                raise BadTemplate(_("this is not possible in a template"), line, _near(source, line))
            loops += 1
            if loops > MOST_LOOPS:
                raise BadTemplate(_("this is nested too deep"), line, _near(source, line))
            own.add(node.target.name)
        if isinstance(node, nodes.Filter) and node.name not in FILTERS and node.name not in LOCAL:
            raise _unknown(
                _("there is no filter {name}", name=repr(node.name)), node.name, (*FILTERS, *LOCAL), line, source
            )
        if isinstance(node, nodes.Test) and node.name not in TESTS:
            raise BadTemplate(_("there is no test {name}", name=repr(node.name)), line, _near(source, line))
        chain = _chain(node)
        if chain is not None:
            root, path = chain
            if root not in own:
                yield Place(root, path, line)
            return
        for child in node.iter_child_nodes():
            yield from walk(child, depth + 1, loops)
        if isinstance(node, nodes.For):
            node.iter = nodes.Filter(node.iter, ITEMS, [], [], None, None, lineno=line)

    yield from walk(tree, 0)


def _chain(node: nodes.Node) -> tuple[str, str] | None:
    """`party.name` as ("party", "name"); None where the node is no name."""
    names: list[str] = []
    while isinstance(node, nodes.Getattr):
        names.append(node.attr)
        node = node.node
    return (node.name, ".".join(reversed(names))) if isinstance(node, nodes.Name) else None


def check(text: Text, roots: Sequence[str]) -> None:
    """Every value begins with a known name. Raises BadTemplate."""
    for place in text.places:
        if place.root not in roots:
            message = _("there is no value {name}", name=repr(place.root))
            raise _unknown(message, place.root, roots, place.line, text.source)


def run(text: Text, values: Mapping[str, Any], language: str = "en") -> str:
    """The text with its values. Raises BadTemplate where one is missing, or it comes to too much."""
    token = _LANGUAGE.set(language)
    made: list[str] = []
    size = 0
    try:
        for piece in text.template.generate(dict(values)):
            size += len(piece)
            if size > OUTPUT:
                raise BadTemplate(_("it comes to more than {n} characters", n=f"{OUTPUT:,}"), 1)
            made.append(piece)
    except UndefinedError as fault:
        line = _line_of(fault)
        name = str(fault).rpartition("attribute ")[2] if "attribute" in str(fault) else str(fault).partition(" is ")[0]
        message = _("there is no value {name}, or it is not for you", name=name)
        raise BadTemplate(message, line, _near(text.source, line)) from None
    except (TypeError, ValueError, ArithmeticError) as fault:
        if isinstance(fault, BadTemplate):
            raise
        line = _line_of(fault)
        raise BadTemplate(_("this does not fit together"), line, _near(text.source, line)) from None
    finally:
        _LANGUAGE.reset(token)
    return "".join(made)


def _line_of(fault: BaseException) -> int:
    """The line of the text in which it happened."""
    frames = [frame for frame, _line in traceback.walk_tb(fault.__traceback__) if frame.f_code.co_filename == FILE]
    lines = [line for frame, line in traceback.walk_tb(fault.__traceback__) if frame in frames]
    return lines[-1] if lines else 1


def _near(source: str, line: int) -> str:
    """What stands in a line, shortened."""
    lines = source.splitlines()
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return text if len(text) <= 60 else text[:57] + "..."


def _unknown(message: str, name: str, known: Sequence[str], line: int, source: str) -> BadTemplate:
    near = get_close_matches(name, known, 1)
    if near:
        message = _("{message}; did you mean {near}?", message=message, near=near[0])
    return BadTemplate(message, line, _near(source, line))
