"""The reference of all hooks, written from their specifications: `python -m xrm_core.plugin.reference > docs/hooks.md`."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

from ..errors import Problem
from ..metamodel.values import Actor, BatchReader, Change, NewRecord, Patch, Reader, Reverse
from . import hookspec
from .contributions import ActionSpec, FunctionSpec, MenuEntry, PageSlot, SampleMaker, Schedule
from .errands import Desk, Errand, Later, Office
from .hookspec import DECLARING, REACTING
from .screens import Answered, Download, Offered, Run, Screen, ScreenAsked, ScreenReader

HEAD = """\
# Hooks

Written by `python -m xrm_core.plugin.reference`; a test holds this page against the specifications.

A plugin implements a hook by a function in its `plugin.py`, marked with `@hook`. It asks for the arguments that it needs, by name. Hooks that react to
saves may be limited: `@hook(entity="donation")`, `@hook(entity=("donation", "pledge"))`, `@hook(mixin="relationship")`. With `batch=True` such a function gets
`changes` in place of `change` and answers one value for each. A function of another name says which hook it is: `@hook("xrm_before_save", entity="party")`.

Implementations run in the order of `requires`, then of the plugins' names. A hook that raises refuses the save (or the start) with an error that names plugin, hook and reason.
A hook for an entity that does not exist is never called: the log names it where it looks misspelt, `xrm check` always does.

Hooks of a save work inside its transaction. On SQLite all other writers wait for it, 30 seconds at most, then they are answered with 503; a hook that takes
longer than a second is named in the log. What waits for other systems belongs into `xrm_after_commit`.

A plugin may publish hooks of its own: functions without a body in the module `hooks.py` of its package, marked with `@spec`, their names beginning with
`xrm_`. Plugins that build on it implement them like any other; it asks for the answers by `reader.asked(name, **arguments)`. A plugin that does
without the other one too says whose hook it is, `@hook(of="communications")`: the function is left out where that plugin is not in use.

`xrm_core.plugin.working` is the clock of working time that plugins share: opening hours, holidays,
daylight saving, working minutes between two moments and the moment after so many. `xrm_core.plugin.repeats` reads the
rules of calendars (RRULE) and gives their times.
"""


def specifications() -> dict[str, Callable[..., Any]]:
    """All hook specifications by name, in the order of the source."""
    return {name: f for name, f in vars(hookspec).items() if name.startswith("xrm_") and inspect.isfunction(f)}


def signature(function: Callable[..., Any]) -> str:
    """Arguments and answer as they are written in the source, on one line."""
    source = inspect.getsource(function)
    start = source.index("def ")
    text = source[start : source.index('"""')].strip().removesuffix(":")
    return re.sub(r"\s+", " ", text.removeprefix("def ")).replace("( ", "(").replace(" )", ")").replace(",)", ")")


def reference() -> str:
    """The page."""
    parts = [HEAD]
    kinds = (
        ("Declaring hooks: once at start, pure", [n for n in specifications() if n in DECLARING]),
        ("Reacting hooks: in the life of a save", [n for n in specifications() if n in REACTING]),
        ("Others", [n for n in specifications() if n not in DECLARING and n not in REACTING]),
    )
    for title, names in kinds:
        parts.append(f"\n## {title}\n")
        for name in names:
            function = specifications()[name]
            lines = inspect.cleandoc(function.__doc__ or "")
            parts.append(f"\n### {name}\n\n```python\n{signature(function)}\n```\n\n{lines}\n")
    parts.append(f"\n## Values\n\n{VALUES}")
    parts += [described(cls) for cls in GIVEN]
    return "".join(parts)


GIVEN = (
    Actor, Change, Reader, BatchReader, Reverse, Problem, NewRecord, Patch, Later, ActionSpec, Schedule, Errand, Office, Desk,
    FunctionSpec, MenuEntry, PageSlot, SampleMaker,
    Screen, ScreenAsked, ScreenReader, Offered, Answered, Download, Run,
)  # fmt: skip
VALUES = """\
What hooks are given and what they answer. All are imported from `xrm_core.plugin`. A record is a mapping of column names to values: texts,
`int`, `Decimal` (money, decimals, percent), `bool`, `date`, aware `datetime` in UTC, `timedelta`, ids as texts, lists. Compound fields have a column for
each part (`amount`, `amount_currency`; `address_line1`, `address_country`).
"""


def described(cls: type[Any]) -> str:
    """A value: its fields with their types and defaults, or its methods, each with what it says of itself."""
    methods = [f for name, f in vars(cls).items() if inspect.isfunction(f) and not name.startswith("_")]
    properties = [name for name, f in vars(cls).items() if isinstance(f, property)]
    text = inspect.cleandoc(cls.__doc__ or "")
    said = f"\n### {cls.__name__}\n\n{text}\n"
    if dataclasses.is_dataclass(cls):
        fields = [_field(f) for f in dataclasses.fields(cls)]
        said += "\n```python\n" + "\n".join(fields) + "\n```\n"
    else:
        notes = inspect.get_annotations(cls)
        said += "".join(f"- `{name}: {kind}`\n" for name, kind in notes.items()).join(("\n", "")) if notes else "\n"
        said += "".join(
            f"- `{signature(f).replace('self, ', '').replace('(self)', '()')}`: {_said(f)}\n" for f in methods
        )
    return said + "".join(f"- `.{name}`: {_said(getattr(cls, name).fget)}\n" for name in properties)


def _field(field: dataclasses.Field[Any]) -> str:
    kind = field.type if isinstance(field.type, str) else field.type.__name__
    if field.default is not dataclasses.MISSING:
        return f"{field.name}: {kind} = {field.default!r}"
    if field.default_factory is not dataclasses.MISSING:
        return f"{field.name}: {kind} = {field.default_factory()!r}"
    return f"{field.name}: {kind}"


def _said(function: Callable[..., Any]) -> str:
    return re.sub(r"\s+", " ", inspect.cleandoc(function.__doc__ or ""))


if __name__ == "__main__":
    sys.stdout.write(reference())
