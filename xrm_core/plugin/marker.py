"""The decorator that makes a function a hook implementation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, overload

Function = TypeVar("Function", bound=Callable[..., Any])
ATTRIBUTE = "xrm_hook"


@dataclass(frozen=True, slots=True)
class HookMark:
    """Which hook a function implements, and for which entities (none: all). `batch` takes and answers for many changes; `of` is
    the plugin that publishes the hook, where it may be absent."""

    name: str
    entities: frozenset[str] = frozenset()
    mixins: frozenset[str] = frozenset()
    batch: bool = False
    of: str = ""


@overload
def hook(arg: Function) -> Function: ...


@overload
def hook(
    arg: str | None = None,
    *,
    entity: str | tuple[str, ...] = (),
    mixin: str | tuple[str, ...] = (),
    batch: bool = False,
    of: str = "",
) -> Callable[[Function], Function]: ...


def hook(
    arg: Any = None,
    *,
    entity: str | tuple[str, ...] = (),
    mixin: str | tuple[str, ...] = (),
    batch: bool = False,
    of: str = "",
) -> Any:
    """Mark a function as a hook implementation.

    `@hook` alone takes the hook's name from the function's; `@hook("xrm_before_save", entity="party")` lets the function have
    a name of its own. `entity` and `mixin` limit reacting hooks to some entities. With `batch=True` the function gets
    `changes` (a sequence) in place of `change`, and returns one answer per change, in order. `of` names the plugin that publishes
    the hook: where that plugin is not in use, the function is left out.
    """

    def mark(function: Function) -> Function:
        name = arg if isinstance(arg, str) else function.__name__
        names = frozenset((entity,) if isinstance(entity, str) else entity)
        mixins = frozenset((mixin,) if isinstance(mixin, str) else mixin)
        setattr(function, ATTRIBUTE, HookMark(name, names, mixins, batch, of))
        return function

    return mark(arg) if callable(arg) else mark
