"""Authored data that knows its places: mappings and lists that remember, for each key and item, which file and line wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from msgspec import Struct, field

from ..errors import Where

LINE_BITS = 20
"""A place is `file << LINE_BITS | line`: one number for each key keeps the whole small."""
LINE_MASK = (1 << LINE_BITS) - 1

Path = tuple[str | int, ...]


class Block(dict[str, Any]):
    """A mapping. `places` has the place of each key; `before` the settings that a later layer replaced, lowest layer first."""

    __slots__ = ("before", "places")

    def __init__(self, items: Any = (), places: dict[str, int] | None = None) -> None:
        super().__init__(items)
        self.places: dict[str, int] = {} if places is None else places
        self.before: dict[str, list[tuple[int, Any]]] | None = None

    def put(self, key: str, value: Any, place: int) -> None:
        """Set a key together with the place that wrote it."""
        self[key] = value
        self.places[key] = place

    def copied(self) -> Block:
        """A deep copy, so that one mixin can serve several entities."""
        made = Block(((k, copied(v)) for k, v in self.items()), dict(self.places))
        made.before = dict(self.before) if self.before else None
        return made


class Items(list[Any]):
    """A list. `places` has the place of each item."""

    __slots__ = ("places",)

    def __init__(self, items: Any = (), places: list[int] | None = None) -> None:
        super().__init__(items)
        self.places: list[int] = [] if places is None else places

    def put(self, value: Any, place: int) -> None:
        """Append an item together with the place that wrote it."""
        self.append(value)
        self.places.append(place)


def copied(value: Any) -> Any:
    """A deep copy of authored data."""
    if isinstance(value, Block):
        return value.copied()
    if isinstance(value, Items):
        return Items((copied(v) for v in value), list(value.places))
    return value


class SourceFile(Struct, frozen=True):
    """A file that was read: the layer it belongs to and its path as shown to people."""

    layer: str
    shown: str


class Files(Struct):
    """All files of a compilation, by number; resolves places."""

    items: list[SourceFile] = field(default_factory=list)

    def add(self, layer: str, shown: str) -> int:
        """Number of a new file."""
        self.items.append(SourceFile(layer, shown))
        return len(self.items) - 1

    def layer(self, place: int) -> str:
        """The layer that a place belongs to."""
        return self.items[place >> LINE_BITS].layer

    def where(self, place: int, key: str = "") -> Where:
        """The place as people read it."""
        return Where(self.items[place >> LINE_BITS].shown, place & LINE_MASK, key)


def place_of(block: Block | Items, path: Sequence[str | int], start: int) -> int:
    """The place of the deepest part of `path` that exists in `block`; `start` when not even the first part does."""
    place, node = start, block
    for step in path:
        if isinstance(node, Block) and step in node:
            place, node = node.places.get(str(step), place), node[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node):
            place, node = node.places[step], node[step]
        else:
            break
    return place


def shown(path: FilePath) -> str:
    """A path as people read it: below the working directory without it."""
    try:
        return path.relative_to(FilePath.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def key_path(path: Sequence[str | int]) -> str:
    """A key path as people read it: `fields.amount.min`, `rules[0].check`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
