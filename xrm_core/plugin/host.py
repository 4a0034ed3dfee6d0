"""The host: one pluggy manager per application, plugins in order, and who answers which hook for which entity."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from time import perf_counter
from types import ModuleType, SimpleNamespace
from typing import Any

import pluggy

from ..errors import PluginError, Problem
from ..language import add_texts
from ..metamodel.catalog import Catalog
from ..metamodel.field_type import FieldType
from ..metamodel.values import Actor, Change, Reader
from . import hookspec
from .contributions import ActionSpec, FunctionSpec, MetadataRoot, SampleStep, Schedule
from .discovery import Broken, Found, in_order
from .errands import Errand
from .marker import ATTRIBUTE, HookMark
from .screens import Placed, fault_of

log = logging.getLogger("xrm.plugins")
SLOW_SECONDS = 1.0
"""A hook that takes longer is named in the log: it works inside a transaction, and on SQLite all other writers wait for it."""


@dataclass(frozen=True, slots=True)
class Reactor:
    """One implementation of a reacting hook. `call` takes the hook's arguments by keyword and wraps failures."""

    plugin: str
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    batch: bool

    def call(self, **arguments: Any) -> Any:
        """Run it with the arguments it asks for. Raises PluginError naming plugin, hook, place and reason."""
        begun = perf_counter()
        try:
            return self.function(**{name: arguments[name] for name in self.arguments})
        except PluginError:
            raise
        except (Exception, SystemExit) as fault:  # a stranger's code may raise anything
            raise failure(self.plugin, self.hook, self.function, fault) from fault
        finally:
            self._tell_slow(begun)

    def call_each(self, changes: Iterable[Change], actor: Actor, reader: Reader) -> list[Any]:
        """`call` for each of many changes; their answers."""
        function, names = self.function, self.arguments
        given = {name: value for name, value in (("actor", actor), ("reader", reader)) if name in names}
        begun = perf_counter()
        try:
            if "change" not in names:
                return [function(**given) for _ in changes]
            if not given:
                return [function(change=change) for change in changes]
            return [function(change=change, **given) for change in changes]
        except PluginError:
            raise
        except (Exception, SystemExit) as fault:  # a stranger's code may raise anything
            raise failure(self.plugin, self.hook, function, fault) from fault
        finally:
            self._tell_slow(begun)

    def _tell_slow(self, begun: float) -> None:
        took = perf_counter() - begun
        if took > SLOW_SECONDS:
            told = "plugin %r, hook %s (%s) took %.1f s; work that waits for others belongs into xrm_after_commit"
            log.warning(told, self.plugin, self.hook, place_of(self.function), took)


def place_of(function: Callable[..., Any]) -> str:
    """Where a function is defined: `plugin.py:12`."""
    code = inspect.unwrap(function).__code__
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}"


def failure(plugin: str, hook: str, function: Callable[..., Any], fault: BaseException) -> PluginError:
    """The error for a hook that raised: plugin, hook, where it is defined, and what it said."""
    error = PluginError(
        f"plugin {plugin!r}, hook {hook} ({place_of(function)}) failed: {type(fault).__name__}: {fault}",
        code="plugin_failed",
        hint="nothing was saved; the plugin has to be mended or taken out of use",
    )
    error.plugin, error.hook, error.reason = plugin, hook, f"it raised {type(fault).__name__}"
    return error


def _is_own(function: Callable[..., Any], module: ModuleType) -> bool:
    """Whether a hook is the plugin's own, be it written in another of its modules; what it borrows from others is theirs."""
    package = module.__name__.rpartition(".")[0]
    return function.__module__ == module.__name__ or (bool(package) and function.__module__.startswith(f"{package}."))


class Host:
    """The plugins of one application. Building it runs the declaring hooks; raises PluginError on any clash or misspelling."""

    def __init__(self, plugins: Sequence[Found], broken: Sequence[Broken] = ()) -> None:
        ordered, unmet = in_order(plugins)
        self.plugins: tuple[Found, ...] = tuple(ordered)
        self.broken: tuple[Broken, ...] = (*broken, *unmet)
        self.manager = pluggy.PluginManager(hookspec.PROJECT)
        self.manager.add_hookspecs(hookspec)
        self.published: dict[str, str] = {}
        """Hooks that plugins publish, and which plugin each comes from."""
        self._specs: dict[str, Callable[..., Any]] = {
            name: found for name, found in vars(hookspec).items() if name.startswith("xrm_")
        }
        for plugin in self.plugins:
            self._publish(plugin)
        self._reactors: dict[str, list[tuple[HookMark, Reactor]]] = {}
        self._index: dict[tuple[str, str], tuple[Reactor, ...]] = {}
        for plugin in reversed(self.plugins):  # pluggy calls the last registered first
            if plugin.module is not None:
                self._register(plugin.name, plugin.module)
        for implementations in self._reactors.values():
            implementations.reverse()
        try:
            self.manager.check_pending()
        except pluggy.PluginValidationError as fault:
            raise PluginError(str(fault)) from fault
        self.field_types: Mapping[str, FieldType] = self._field_types()
        self.functions: Mapping[str, FunctionSpec] = self._named("xrm_functions", lambda f: f.name)
        self.actions: Mapping[tuple[str, str], ActionSpec] = self._named("xrm_actions", lambda a: (a.entity, a.name))
        self.schedules: Mapping[str, Schedule] = self._named("xrm_schedule", lambda s: s.name)
        self.errands: Mapping[str, Errand] = self._named("xrm_errands", lambda e: e.name)
        self.screens: tuple[Placed, ...] = self._screens()
        for plugin in self.plugins:
            add_texts(plugin.root / "language")

    # ---- registration
    def _publish(self, plugin: Found) -> None:
        """Take the hooks that a plugin publishes: functions marked with `@spec` in the module `hooks.py` of its package."""
        package = plugin.module.__package__ if plugin.module is not None else None
        if not package or importlib.util.find_spec(f"{package}.hooks") is None:
            return
        module = importlib.import_module(f"{package}.hooks")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if not hasattr(function, f"{hookspec.PROJECT}_spec"):
                continue
            if not name.startswith("xrm_") or name in self._specs:
                said = "is there already" if name in self._specs else "does not begin with xrm_"
                raise PluginError(f"plugin {plugin.name!r} publishes the hook {name}, which {said}")
            published: Any = SimpleNamespace(**{name: function})
            self.manager.add_hookspecs(published)
            self._specs[name], self.published[name] = function, plugin.name

    def _register(self, plugin: str, module: ModuleType) -> None:
        known, in_use = set(self._specs), {found.name for found in self.plugins}
        marked = [
            f for _, f in inspect.getmembers(module, inspect.isfunction) if hasattr(f, ATTRIBUTE) and _is_own(f, module)
        ]
        for function in sorted(marked, key=lambda f: f.__code__.co_firstlineno, reverse=True):
            mark: HookMark = getattr(function, ATTRIBUTE)
            if mark.of and mark.of not in in_use:
                continue
            if mark.name not in known:
                raise PluginError(
                    f"plugin {plugin!r}: {function.__name__} implements {mark.name}, which is no hook",
                    hint=_nearest(mark.name, known),
                )
            if inspect.iscoroutinefunction(function):
                raise PluginError(f"plugin {plugin!r}: {function.__name__} is a coroutine; hooks are plain functions")
            self._take(plugin, function, mark)

    def _take(self, plugin: str, function: Callable[..., Any], mark: HookMark) -> None:
        arguments = tuple(inspect.signature(function).parameters)
        allowed = tuple(inspect.signature(self._specs[mark.name]).parameters)
        if mark.batch:
            allowed = tuple("changes" if a == "change" else a for a in allowed)
        unknown = [a for a in arguments if a not in allowed]
        if unknown:
            raise PluginError(
                f"plugin {plugin!r}: {function.__name__} asks for {', '.join(unknown)}",
                hint=f"{mark.name} gives {', '.join(allowed) or 'nothing'}",
            )
        if mark.name in hookspec.REACTING:
            reactor = Reactor(plugin, mark.name, function, arguments, mark.batch)
            self._reactors.setdefault(mark.name, []).append((mark, reactor))
            return
        if mark.entities or mark.mixins or mark.batch:
            raise PluginError(f"plugin {plugin!r}: {mark.name} takes no entity, mixin or batch")
        marked = pluggy.HookimplMarker(hookspec.PROJECT)(function)
        self.manager.register(SimpleNamespace(**{mark.name: marked}), name=f"{plugin}:{mark.name}:{function.__name__}")

    def _field_types(self) -> dict[str, FieldType]:
        made: dict[str, FieldType] = {}
        owner: dict[str, str] = {}
        for plugin, classes in self.answers("xrm_field_types"):
            for cls in classes:
                name = getattr(cls, "name", cls.__name__)
                if name in made:
                    raise PluginError(f"field type {name!r} comes from plugin {owner[name]!r} and from {plugin!r}")
                try:
                    made[name], owner[name] = cls(), plugin
                except TypeError as fault:
                    raise PluginError(f"plugin {plugin!r}: field type {name!r} is incomplete: {fault}") from fault
        return made

    def _named(self, hook: str, key: Callable[[Any], Any]) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        owner: dict[Any, str] = {}
        for plugin, values in self.answers(hook):
            for value in values:
                if key(value) in made:
                    raise PluginError(
                        f"{hook}: {key(value)} comes from plugin {owner[key(value)]!r} and from {plugin!r}"
                    )
                made[key(value)], owner[key(value)] = value, plugin
        return made

    def _screens(self) -> tuple[Placed, ...]:
        made: dict[str, Placed] = {}
        for plugin, screens in self.answers("xrm_screens"):
            for screen in screens:
                if said := fault_of(screen):
                    raise PluginError(f"plugin {plugin!r}: {said}")
                placed = Placed(plugin, screen)
                if placed.address in made:
                    raise PluginError(f"plugin {plugin!r}: there are two screens {screen.path!r}")
                made[placed.address] = placed
        return tuple(made.values())

    # ---- asking
    def answers(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """(plugin, answer) of every implementation of a hook that is not a reacting one, in plugin order. None is left out."""
        given: list[tuple[str, Any]] = []
        for impl in reversed(getattr(self.manager.hook, hook).get_hookimpls()):
            plugin = impl.plugin_name.split(":")[0]
            try:
                answer = impl.function(**{name: arguments[name] for name in impl.argnames})
            except Exception as fault:  # a stranger's code may raise anything
                raise failure(plugin, hook, impl.function, fault) from fault
            if answer is not None:
                given.append((plugin, answer))
        return given

    def implements(self, hook: str) -> bool:
        """Does any plugin implement a hook that is not a reacting one?"""
        return bool(getattr(self.manager.hook, hook).get_hookimpls())

    def reactors(self, hook: str, catalog: Catalog, entity: str) -> tuple[Reactor, ...]:
        """Implementations of a reacting hook for one entity, in plugin order; () when there is none (the common case)."""
        key = (hook, entity)
        if key not in self._index:
            mixins = catalog.entity(entity).mixins
            self._index[key] = tuple(
                reactor
                for mark, reactor in self._reactors.get(hook, ())
                if not (mark.entities or mark.mixins) or entity in mark.entities or mark.mixins & mixins
            )
        return self._index[key]

    def started(self, catalog: Catalog) -> None:
        """A catalog comes into force: forget what depended on the old one and let plugins object. Raises PluginError."""
        self._index = {}
        for problem in self.doubts(catalog):
            log.log(logging.WARNING if problem.hint else logging.DEBUG, "%s", problem)
        self.answers("xrm_started", catalog=catalog)

    def doubts(self, catalog: Catalog) -> list[Problem]:
        """Hooks for entities or mixins that do not exist, which are never called: misspelt, or meant for a plugin not in use."""
        found: list[Problem] = []
        for mark, reactor in (one for many in self._reactors.values() for one in many):
            for what, names, known in (
                ("entity", mark.entities, catalog.entities),
                ("mixin", mark.mixins, catalog.mixins),
            ):
                for name in sorted(names - known.keys()):
                    near = get_close_matches(name, known, 1, 0.8)
                    hint = f"did you mean {near[0]!r}?" if near else None
                    told = f"plugin {reactor.plugin!r}, hook {reactor.hook} ({place_of(reactor.function)}): there is no {what} {name!r}"
                    found.append(Problem(told, "unknown_hooked", hint=hint))
        return found

    # ---- what plugins bring
    def metadata_roots(self) -> list[MetadataRoot]:
        """The metadata folders of all plugins, in order."""
        extra: dict[str, list[Path]] = {}
        for name, paths in self.answers("xrm_metadata"):
            extra.setdefault(name, []).extend(paths)
        roots: list[MetadataRoot] = []
        below: set[str] = set()
        for plugin in self.plugins:
            known = plugin.definition
            under = (*known.requires, *(name for name in known.after if name in below and name not in known.requires))
            below.add(known.name)
            for path in (plugin.root, *extra.get(plugin.name, ())):
                roots.append(MetadataRoot(known.name, path, under, known.title))
        return roots

    def sample_steps(self) -> list[SampleStep]:
        """Functions that make sample records, in plugin order."""
        return [step for _, steps in self.answers("xrm_sample") for step in steps]

    def static_folders(self) -> dict[str, Path]:
        """Folders with files for browsers, by plugin: `static` beside its metadata."""
        return {p.name: p.root / "static" for p in self.plugins if (p.root / "static").is_dir()}

    def template_folders(self) -> list[Path]:
        """Folders with templates of plugins, the last plugin first."""
        return [Path(p) for _, paths in reversed(self.answers("xrm_templates")) for p in paths]


def _nearest(name: str, known: set[str]) -> str | None:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else None
