"""The reference of all hooks, written from their specifications: `python -m xrm_core.plugin.reference > docs/hooks.md`."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

from . import hookspec
from .hookspec import DECLARING, REACTING

HEAD = """\
# Hooks

Written by `python -m xrm_core.plugin.reference`; a test holds this page against the specifications.

A plugin implements a hook by a function in its `plugin.py`, marked with `@hook`. It asks for the arguments that it needs, by name. Hooks that react to
saves may be limited: `@hook(entity="donation")`, `@hook(entity=("donation", "pledge"))`, `@hook(mixin="relationship")`. With `batch=True` such a function gets
`changes` in place of `change` and answers one value for each. A function of another name says which hook it is: `@hook("xrm_before_save", entity="party")`.

Implementations run in the order of `requires`, then of the plugins' names. A hook that raises refuses the save (or the start) with an error that names plugin, hook and reason.
"""


def specifications() -> dict[str, Callable[..., Any]]:
    """All hook specifications by name, in the order of the source."""
    return {name: f for name, f in vars(hookspec).items() if name.startswith("xrm_") and inspect.isfunction(f)}


def signature(function: Callable[..., Any]) -> str:
    """Arguments and answer as they are written in the source, on one line."""
    source = inspect.getsource(function)
    start = source.index("def ")
    text = source[start : source.index('"""')].strip().removesuffix(":")
    return re.sub(r"\s+", " ", text.removeprefix("def "))


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
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
