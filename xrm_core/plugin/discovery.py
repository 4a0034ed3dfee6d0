"""Finding plugins: installed packages by entry point, and folders dropped into the organisation's `plugins` directory."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pydantic import Field, ValidationError

from ..errors import PluginError
from ..metamodel.definitions import Def, Name

GROUP = "xrm.plugins"


class PluginDef(Def):
    """What `plugin.yaml` says."""

    name: Name
    title: str
    version: str
    requires: list[Name] = Field([], description="Names of plugins that this one builds on")
    after: list[Name] = Field(
        [],
        description="Names of plugins that this one comes after where they are in use: it extends them, and works without",
    )
    description: str = ""
    commands: dict[str, str] = Field(
        {},
        description="Commands that the plugin adds, with what `xrm --help` says of each; the plugin is loaded when one is called",
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A plugin that was found: its manifest, the folder of its metadata, and its hook module (None: metadata alone)."""

    definition: PluginDef
    root: Path
    module: ModuleType | None

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.definition.name


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that could not be loaded, and why."""

    name: str
    reason: str


def read_manifest(folder: Path) -> PluginDef:
    """Read `plugin.yaml` of a plugin's folder. Raises PluginError naming file and fault."""
    import yaml  # for plugins alone: most of a start's metadata comes from the cache

    path = folder / "plugin.yaml"
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)  # a safe loader
        return PluginDef.model_validate(data)
    except FileNotFoundError:
        raise PluginError(f"{folder} has no plugin.yaml", hint="add one with name, title and version") from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise PluginError(f"{path} is not valid YAML: {fault}") from fault
    except ValidationError as fault:
        first = fault.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        raise PluginError(f"{path}: {key}: {first['msg']}") from fault


def _installed(entry: importlib.metadata.EntryPoint) -> Found:
    package = importlib.import_module(entry.value)
    if package.__file__ is None:
        raise PluginError(f"package {entry.value} has no __init__.py")
    root = Path(package.__file__).parent
    has_module = importlib.util.find_spec(f"{entry.value}.plugin") is not None
    module = importlib.import_module(f"{entry.value}.plugin") if has_module else None
    return Found(read_manifest(root), root, module)


def _dropped(folder: Path) -> Found:
    definition = read_manifest(folder)
    path = folder / "plugin.py"
    if not path.exists():
        return Found(definition, folder, None)
    name = f"xrm_local_plugins.{definition.name}"
    init = folder / "__init__.py"
    package_spec = importlib.util.spec_from_file_location(
        name, init if init.exists() else path, submodule_search_locations=[str(folder)]
    )
    if package_spec is None or package_spec.loader is None:
        raise PluginError(f"{path} cannot be loaded")
    package = importlib.util.module_from_spec(package_spec)
    sys.modules[name] = package
    package_spec.loader.exec_module(package)
    module = importlib.import_module(f"{name}.plugin") if init.exists() else package
    return Found(definition, folder, module)


def _folders(folder: Path) -> Iterable[Path]:
    """Folders with a plugin.yaml, or with one package inside that has one."""
    for child in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))):
        if (child / "plugin.yaml").exists():
            yield child
        else:
            yield from (p.parent for p in sorted(child.glob("*/plugin.yaml")))


def unused_folders(plugins: Iterable[Found], folder: Path) -> list[Path]:
    """Dropped folders that are not used, because a plugin of their name is installed."""
    roots = {p.name: p.root for p in plugins}
    dropped = [(path, _name_of(path)) for path in _folders(folder)] if folder.is_dir() else []
    return [path for path, name in dropped if name in roots and roots[name] != path]


def _name_of(folder: Path) -> str:
    try:
        return read_manifest(folder).name
    except PluginError:
        return ""


def discover(use: Sequence[str] | None = None, folder: Path | None = None) -> tuple[list[Found], list[Broken]]:
    """All plugins in use (None: all that are installed), and those that are broken with the reason.

    An installed plugin goes before a dropped folder of the same name. The built-in `core` is always in use.
    """
    found: dict[str, Found] = {}
    broken: list[Broken] = []

    def take(name: str, load: object, source: object) -> None:
        if use is not None and name not in use and name != "core":
            return
        try:
            plugin = load(source)  # type: ignore[operator]  # one of the two loaders above, with its own source
        except PluginError as fault:
            broken.append(Broken(name, fault.message))
        except Exception as fault:  # a stranger's module may raise anything at import
            broken.append(Broken(name, f"{type(fault).__name__}: {fault}"))
        else:
            found.setdefault(plugin.name, plugin)

    for entry in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: (e.name != "core", e.name)):
        take(entry.name, _installed, entry)
    if folder is not None and folder.is_dir():
        for path in _folders(folder):
            try:
                name = read_manifest(path).name
            except PluginError as fault:
                broken.append(Broken(path.name, fault.message))
                continue
            if name not in found and all(b.name != name for b in broken):
                take(name, _dropped, path)
    wanted = set(use or ()) - set(found) - {b.name for b in broken}
    broken += [
        Broken(name, "is not installed; install its package or drop its folder into the plugins directory")
        for name in sorted(wanted)
    ]
    return list(found.values()), broken


def in_order(plugins: Iterable[Found]) -> tuple[list[Found], list[Broken]]:
    """Plugins ordered by `requires`, then `after`, then name; those whose requirements are missing or circular are broken.
    A circle that comes of `after` alone is no fault: there the name decides."""
    left = {p.name: p for p in plugins}
    names = set(left)
    ordered: list[Found] = []
    broken: list[Broken] = []
    for name in sorted(left):
        missing = [r for r in left[name].definition.requires if r not in names]
        if missing:
            broken.append(Broken(name, f"requires {', '.join(missing)}, which is not in use"))
            del left[name]
    done: set[str] = set()
    while left:
        able = [n for n, p in left.items() if set(p.definition.requires) <= done]
        waiting = {n for n in able if set(left[n].definition.after) & set(left)}
        ready = sorted(able, key=lambda n: (n in waiting, n != "core", n))
        if not ready:
            broken += [
                Broken(n, "requires itself in a circle, or a broken plugin: " + ", ".join(left[n].definition.requires))
                for n in sorted(left)
            ]
            break
        ordered.append(left.pop(ready[0]))
        done.add(ready[0])
    return ordered, broken
