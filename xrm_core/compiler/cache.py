"""The cache: what metadata was compiled to, under a hash of everything it was made from. What is in it was checked without
errors, so a warm start skips reading YAML, all checks and the making of the catalog (`kept.py`). JSON and not pickle: a cache
file can hold data only.

Beside the catalog stand the merged layers, from which provenance is told when somebody asks (`kept_layers.py`).
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from .. import __version__
from ..metamodel.catalog import Catalog
from ..metamodel.field_type import FieldType
from ..plugin.contributions import MetadataRoot
from . import kept
from .provenance import Provenance
from .watch import content_hash

if TYPE_CHECKING:
    from .merge import Definitions

FORMAT = 3
"""Raised when the form of the cache changes, or what a database gets from the same metadata: its indexes."""
OWN_ROOMS = ("compiler", "expressions", "fields", "metamodel")
"""Rooms of the platform whose code decides what metadata is compiled to."""
BROKEN = (OSError, msgspec.MsgspecError, KeyError, TypeError, ValueError, IndexError, AttributeError)
"""What a damaged cache raises."""


class CacheFile(msgspec.Struct):
    """A cache file. `mark`: what it was made with, beside the files; `sum`: of the two parts that follow."""

    mark: str
    sum: str
    catalog: msgspec.Raw
    layers: msgspec.Raw


def load(
    roots: Sequence[MetadataRoot],
    field_types: Mapping[str, FieldType],
    settings: Mapping[str, Any],
    cache_dir: Path | None = None,
    functions: Mapping[str, Any] | None = None,
    actions: Mapping[tuple[str, str], Any] | None = None,
    *,
    later: Callable[[Callable[[], None]], None] | None = None,
) -> Catalog:
    """The catalog, from the cache where nothing has changed. Raises MetadataError with every problem.

    A damaged or unwritable cache is passed over: it only costs time. `later`: is handed the writing of the cache, to be done when
    the catalog is in force; else it is written here.
    """
    with no_collection():
        catalog, path, mark = _load(roots, field_types, settings, cache_dir, functions, actions)
        if path is not None and later is None:
            write_cache(path, catalog, mark)
    if path is not None and later is not None:
        later(lambda: write_cache(path, catalog, mark))
    return catalog


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
) -> tuple[Catalog, Path | None, str]:  # fmt: skip
    """The catalog; where it was compiled anew, also the file of the cache that it goes to, and its mark."""
    made_with = context(field_types, settings, functions, actions)
    version = content_hash(roots, made_with)
    path = cache_dir / f"catalog-{version}.json" if cache_dir is not None else None
    if path is not None and (found := read_cache(path, field_types, settings, functions)) is not None:
        return found, None, ""
    from .compile import inspect, refusal  # reading YAML and checking: most starts do without

    report = inspect(roots, field_types, settings, functions, actions, version)
    if report.catalog is None:
        raise refusal(report.problems)
    return report.catalog, path, mark_of(roots, made_with)


def last_good(
    roots: Sequence[MetadataRoot], field_types: Mapping[str, FieldType], settings: Mapping[str, Any], cache_dir: Path,
    functions: Mapping[str, Any] | None = None, actions: Mapping[tuple[str, str], Any] | None = None,
) -> Catalog | None:  # fmt: skip
    """The catalog that was in force last, of the same platform, plugins and settings; None where the cache holds none.

    For starts while the files have faults: what is in the cache was checked without errors.
    """
    mark = mark_of(roots, context(field_types, settings, functions, actions))
    for path in cache_dir.glob("catalog-*.json"):
        with no_collection():
            found = read_cache(path, field_types, settings, functions, mark)
        if found is not None:
            return found
    return None


def mark_of(roots: Sequence[MetadataRoot], made_with: str) -> str:
    """A short mark of what a cache was made with, beside the files: the layers by name, platform, field types, settings."""
    layers = " ".join(root.layer for root in roots)
    return hashlib.blake2b(f"{layers}\n{made_with}".encode(), digest_size=16).hexdigest()


# ---- what it is made with
def context(
    field_types: Mapping[str, FieldType], settings: Mapping[str, Any], functions: Mapping[str, Any] | None, actions: Any
) -> str:
    """Everything beside the files that the result depends on: the platform and the plugins that bring field types, each with
    its code, settings, names."""
    parts = [
        f"{FORMAT} {__version__} {code_of_platform()}",
        repr(sorted((str(k), str(v)) for k, v in settings.items())),
    ]
    for name, kind in sorted(field_types.items()):
        parts.append(f"{name} {type(kind).__module__}.{type(kind).__qualname__} {_code_of(type(kind))}")
    parts += [repr(sorted(functions or {})), repr(sorted(actions or {}))]
    return "\n".join(parts)


@cache
def code_of_platform() -> str:
    """A mark of the code that turns metadata into a catalog."""
    here = os.path.dirname(os.path.dirname(__file__))
    digest = hashlib.blake2b(digest_size=16)
    for room in OWN_ROOMS:
        for name in sorted(os.listdir(os.path.join(here, room))):
            if name.endswith(".py"):
                digest.update(f"\0{room}/{name}\0".encode())
                digest.update(_bytes(os.path.join(here, room, name)))
    return digest.hexdigest()


def _code_of(kind: type) -> str:
    """A mark of the modules beside the one that defines a plugin's field type: a changed type is checked again."""
    if kind.__module__.partition(".")[0] == __package__.partition(".")[0]:
        return ""  # see `code_of_platform`
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return _code_beside(file) if file else ""


@cache
def _code_beside(file: str) -> str:
    """A mark of a module's file and of all those beside and below it, whichever of them are imported by now."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(Path(file).parent.rglob("*.py")) or [Path(file)]:
        digest.update(f"\0{path.name}\0".encode())
        digest.update(_bytes(str(path)))
    return digest.hexdigest()


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read()
    except OSError:
        return b""


# ---- reading and writing
def write_cache(path: Path, catalog: Catalog, mark: str = "") -> None:
    """Write a catalog that was just compiled, whole or not at all; older caches of the folder go. `mark`: what it was made with."""
    from .kept_layers import pack_layers

    provenance = catalog.provenance
    assert isinstance(provenance, Provenance)
    try:
        data = msgspec.json.encode(kept.pack(catalog, provenance.options))
        layers = msgspec.json.encode(pack_layers(provenance.definitions))
        whole = CacheFile(mark, _sum(data, layers), msgspec.Raw(data), msgspec.Raw(layers))
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f"{path.name}.{os.getpid()}")
        scratch.write_bytes(msgspec.json.encode(whole))
        scratch.replace(path)
        for other in path.parent.glob("catalog-*.json"):
            if other != path:
                other.unlink(missing_ok=True)
    except (OSError, TypeError, msgspec.MsgspecError):
        return


def read_cache(
    path: Path, field_types: Mapping[str, FieldType], settings: Mapping[str, Any],
    functions: Mapping[str, Any] | None = None, mark: str | None = None,
) -> Catalog | None:  # fmt: skip
    """The catalog of a cache file; None if there is none, it is damaged, or was made with something else than `mark`."""
    try:
        data = msgspec.json.decode(path.read_bytes(), type=CacheFile)
        if (mark is not None and data.mark != mark) or data.sum != _sum(data.catalog, data.layers):
            return None
        parts = kept.unpack(msgspec.json.decode(data.catalog, type=kept.Table), field_types)
        layers = bytes(data.layers)
        return Catalog(
            version=path.stem.removeprefix("catalog-"),
            settings=settings,
            functions=functions or {},
            provenance=Provenance(lambda: _layers(layers)),
            **parts,
        )
    except BROKEN:
        return None


def _sum(*parts: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _layers(data: bytes) -> Definitions:
    from .kept_layers import unpack_layers

    return unpack_layers(msgspec.json.decode(data))
