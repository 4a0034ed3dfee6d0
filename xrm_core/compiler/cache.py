"""The cache: the merged layers as JSON under a hash of everything they were made from. What is in it was checked without errors,
so a warm start skips reading YAML and all checks. JSON and not pickle: a cache file can hold data only.

A block is `{"k": keys, "v": values, "p": places, "b": replaced settings}`, a list `{"i": items, "p": places}`; a place is one
number (see `blocks.py`).
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from .. import __version__
from ..errors import Problem
from ..metamodel.catalog import Catalog
from ..metamodel.field_type import FieldType
from ..plugin.contributions import MetadataRoot
from .blocks import Block, Files, Items, SourceFile
from .compile import inspect, refusal
from .merge import KINDS, Definition, Definitions
from .resolve import resolve
from .watch import content_hash

FORMAT = 2
"""Raised when the form of the cache changes, or what a database gets from the same metadata: its indexes."""


def load(
    roots: Sequence[MetadataRoot],
    field_types: Mapping[str, FieldType],
    settings: Mapping[str, Any],
    cache_dir: Path | None = None,
    functions: Mapping[str, Any] | None = None,
    actions: Mapping[tuple[str, str], Any] | None = None,
) -> Catalog:
    """The catalog, from the cache where nothing has changed. Raises MetadataError with every problem.

    A damaged or unwritable cache is passed over: it only costs time.
    """
    with no_collection():
        return _load(roots, field_types, settings, cache_dir, functions, actions)


@contextmanager
def no_collection() -> Iterator[None]:
    """Without garbage collection: a load makes a hundred thousand objects that all stay, and looking through them again and
    again would double its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(
    roots: Sequence[MetadataRoot], field_types: Mapping[str, FieldType], settings: Mapping[str, Any], cache_dir: Path | None,
    functions: Mapping[str, Any] | None, actions: Mapping[tuple[str, str], Any] | None,
) -> Catalog:  # fmt: skip
    made_with = context(field_types, settings, functions, actions)
    version = content_hash(roots, made_with)
    path = cache_dir / f"catalog-{version}.json" if cache_dir is not None else None
    if path is not None and (definitions := read_cache(path)) is not None:
        found = revive(definitions, field_types, settings, version, functions)
        if found is not None:
            return found
    report = inspect(roots, field_types, settings, functions, actions, version)
    if report.catalog is None:
        raise refusal(report.problems)
    if path is not None:
        write_cache(path, report.definitions, mark_of(roots, made_with))
    return report.catalog


def last_good(
    roots: Sequence[MetadataRoot], field_types: Mapping[str, FieldType], settings: Mapping[str, Any], cache_dir: Path,
    functions: Mapping[str, Any] | None = None, actions: Mapping[tuple[str, str], Any] | None = None,
) -> Catalog | None:  # fmt: skip
    """The catalog that was in force last, of the same platform, plugins and settings; None where the cache holds none.

    For starts while the files have faults: what is in the cache was checked without errors.
    """
    mark = mark_of(roots, context(field_types, settings, functions, actions))
    for path in cache_dir.glob("catalog-*.json"):
        definitions = read_cache(path, mark)
        if definitions is not None:
            with no_collection():
                return revive(definitions, field_types, settings, path.stem.removeprefix("catalog-"), functions)
    return None


def mark_of(roots: Sequence[MetadataRoot], made_with: str) -> str:
    """A short mark of what a cache was made with, beside the files: the layers by name, platform, field types, settings."""
    layers = " ".join(root.layer for root in roots)
    return hashlib.blake2b(f"{layers}\n{made_with}".encode(), digest_size=16).hexdigest()


def revive(
    definitions: Definitions, field_types: Mapping[str, FieldType], settings: Mapping[str, Any], version: str,
    functions: Mapping[str, Any] | None = None,
) -> Catalog | None:  # fmt: skip
    """The catalog of merged layers that were checked before; None if they do not hold after all."""
    problems: list[Problem] = []
    draft = resolve(definitions, field_types, settings, problems, [], version, functions)
    return None if problems else draft.catalog


def context(
    field_types: Mapping[str, FieldType], settings: Mapping[str, Any], functions: Mapping[str, Any] | None, actions: Any
) -> str:
    """Everything beside the files that the result depends on: platform, field types with their code, settings, names."""
    parts = [f"{FORMAT} {__version__}", repr(sorted((str(k), str(v)) for k, v in settings.items()))]
    for name, kind in sorted(field_types.items()):
        parts.append(f"{name} {type(kind).__module__}.{type(kind).__qualname__} {_code_of(type(kind))}")
    parts += [repr(sorted(functions or {})), repr(sorted(actions or {}))]
    return "\n".join(parts)


def _code_of(kind: type) -> str:
    """A mark of the file that defines a field type: a changed type is checked again."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    try:
        return hashlib.blake2b(Path(file).read_bytes(), digest_size=8).hexdigest() if file else ""
    except OSError:
        return ""


# ---- reading and writing
def write_cache(path: Path, definitions: Definitions, mark: str = "") -> None:
    """Write the merged layers, whole or not at all; older caches of the folder go. `mark`: what they were made with."""
    kinds = {kind: [_definition(d, key) for key, d in found.items()] for kind, found in definitions.kinds.items()}
    data = {
        "files": [[f.layer, f.shown] for f in definitions.files.items],
        "layers": definitions.layers,
        "kinds": kinds,
        "grants": [_definition(d, "") for d in definitions.grants],
        "needs": pack(definitions.needs),
        "mark": mark,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.{os.getpid()}")
        scratch.write_bytes(msgspec.json.encode(data))
        scratch.replace(path)
        for other in path.parent.glob("catalog-*.json"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError:
        return


def read_cache(path: Path, mark: str | None = None) -> Definitions | None:
    """The merged layers of a cache file; None if there is none, it is damaged, or was made with something else than `mark`."""
    try:
        data = msgspec.json.decode(path.read_bytes())
        if mark is not None and data.get("mark") != mark:
            return None
        files = Files([SourceFile(layer, shown) for layer, shown in data["files"]])
        made = Definitions(files, layers=tuple((name, title) for name, title in data["layers"]))
        for kind in KINDS:
            made.kinds[kind] = dict(_revived(kind, d) for d in data["kinds"][kind])
        made.grants = [_revived("grants", d)[1] for d in data["grants"]]
        made.needs = unpack(data["needs"])
        return made
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None


def _definition(definition: Definition, key: str) -> list[Any]:
    return [key, definition.name, definition.layer, definition.place, definition.stem, pack(definition.block)]


def _revived(kind: str, data: list[Any]) -> tuple[str, Definition]:
    key, name, layer, place, stem, block = data
    return key, Definition(kind, name, layer, unpack(block), place, stem)


def pack(value: Any) -> Any:
    """Authored data as plain JSON data."""
    if isinstance(value, Block):
        made: dict[str, Any] = {
            "k": list(value),
            "v": [pack(v) for v in value.values()],
            "p": [value.places.get(k, 0) for k in value],
        }
        if value.before:
            made["b"] = {key: [[place, pack(old)] for place, old in chain] for key, chain in value.before.items()}
        return made
    if isinstance(value, Items):
        return {"i": [pack(v) for v in value], "p": value.places}
    return value


def unpack(data: Any) -> Any:
    """The reverse of `pack`."""
    if not isinstance(data, dict):
        return data
    if "i" in data:
        return Items([unpack(v) for v in data["i"]], data["p"])
    keys = data["k"]
    made = Block(zip(keys, map(unpack, data["v"]), strict=True), dict(zip(keys, data["p"], strict=True)))
    if "b" in data:
        made.before = {key: [(place, unpack(old)) for place, old in chain] for key, chain in data["b"].items()}
    return made
