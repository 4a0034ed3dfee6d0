"""Put a changed module in place of the one that is loaded: functions get the new code, constants the new values, wherever they
were imported to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutation.mutants import Mutant


def put(mutant: Mutant, module: ModuleType) -> None:
    """Change the loaded module. For a process of its own: there is no way back."""
    code = compile(mutant.tree, str(mutant.path), "exec")
    codes = dict(_codes(code))
    for function in _functions(module):
        if function.__qualname__ in codes:
            function.__code__ = codes[function.__qualname__]
    fresh: dict[str, Any] = {
        "__name__": module.__name__,
        "__package__": module.__package__,
        "__file__": module.__file__,
    }
    exec(code, fresh)  # our own module with one change
    for name, value in list(vars(module).items()):
        if name.isupper() and name in fresh and fresh[name] != value:
            for other in list(sys.modules.values()):
                if isinstance(other, ModuleType) and vars(other).get(name) is value:
                    setattr(other, name, fresh[name])
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one.co_qualname, one
            yield from _codes(one)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    for value in vars(module).values():
        if getattr(value, "__module__", None) == module.__name__:
            yield from _in(value)
            if isinstance(value, type):
                for member in vars(value).values():
                    yield from _in(member)


def _in(value: Any) -> Iterator[FunctionType]:
    """The functions behind a method, a property, a cached function."""
    for inner in (value, *(getattr(value, name, None) for name in ("__func__", "fget", "func", "__wrapped__"))):
        if isinstance(inner, FunctionType):
            yield inner
