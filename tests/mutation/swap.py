"""Put a changed module in place of the one that is loaded: functions get the new code and defaults, constants the new values,
wherever they were imported to."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from tests.mutation.mutants import Mutant


def put(mutant: Mutant, module: ModuleType) -> None:
    """Change the loaded module. For a process of its own: there is no way back. Raises what the changed module raises when it
    is loaded."""
    _put(mutant.tree, mutant.path, module)


def put_same(path: Path, module: ModuleType) -> None:
    """Put a module in its own place: nothing may come of that."""
    _put(ast.parse(path.read_text("utf-8")), path, module)


def _put(tree: ast.Module, path: Path, module: ModuleType) -> None:
    _functions(tree, path, module)
    _constants(tree, path, module)
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _functions(tree: ast.Module, path: Path, module: ModuleType) -> None:
    fresh: dict[str, Any] = {key: vars(module)[key] for key in ("__name__", "__package__", "__file__")}
    made = ModuleType(module.__name__)
    vars(made).update(fresh)
    exec(compile(tree, str(path), "exec"), vars(made))  # our own module with one change
    changed = {function.__qualname__: function for _, _, function in _those_of(made)}
    for owner, name, function in _those_of(module):
        other = changed[function.__qualname__]
        function.__defaults__, function.__kwdefaults__ = other.__defaults__, other.__kwdefaults__
        if function.__code__.co_freevars == other.__code__.co_freevars:
            function.__code__ = other.__code__
        else:  # `super()` came or went: only another function can have that
            bound = FunctionType(other.__code__, vars(module), name, other.__defaults__, other.__closure__)
            setattr(owner, name, bound)


def _constants(tree: ast.Module, path: Path, module: ModuleType) -> None:
    """The constants, worked out anew with the classes that are loaded."""
    space = dict(vars(module))
    for part in tree.body:
        names = (
            part.targets if isinstance(part, ast.Assign) else [part.target] if isinstance(part, ast.AnnAssign) else []
        )
        said = {n.id for name in names for n in ast.walk(name) if isinstance(n, ast.Name) and n.id.isupper()}
        if said:
            exec(compile(ast.Module([part], []), str(path), "exec"), space)  # the same
        for name in said:
            value = vars(module)[name]
            if space[name] != value:
                for other in [m for m in sys.modules.values() if isinstance(m, ModuleType)]:
                    if vars(other).get(name) is value:
                        setattr(other, name, space[name])


def _those_of(module: ModuleType) -> Iterator[tuple[Any, str, FunctionType]]:
    """Functions and methods of a module: what holds them, their name there, and they themselves."""
    for name, value in list(vars(module).items()):
        if getattr(value, "__module__", None) == module.__name__:
            yield from ((module, name, function) for function in _in(value))
            if isinstance(value, type):
                for inner, member in list(vars(value).items()):
                    yield from ((value, inner, function) for function in _in(member))


def _in(value: Any) -> Iterator[FunctionType]:
    """The functions behind a method, a property, a cached function."""
    for inner in (value, *(getattr(value, name, None) for name in ("__func__", "fget", "func", "__wrapped__"))):
        if isinstance(inner, FunctionType):
            yield inner
