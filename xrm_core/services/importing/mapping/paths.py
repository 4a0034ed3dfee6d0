"""Paths: how a mapping names a value of a row, compiled to a function of the row's scope."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from ....errors import ImportFault
from ....language import _


class Scope(Struct, eq=False):
    """A row, or an item of an array in it: its data, the scope around it, its place among its brothers, its named values."""

    data: Any
    around: Scope | None = None
    place: int = 0
    lets: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> Scope:
        """The scope of the whole row."""
        scope = self
        while scope.around is not None:
            scope = scope.around
        return scope

    def named(self, name: str) -> Any:
        """A value named by `let`, here or around."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.lets:
                return scope.lets[name]
            scope = scope.around
        return None


Getter = Callable[[Scope], Any]
Index = Mapping[tuple[str, ...], Mapping[str, Any]]


class Names(Struct):
    """What paths of a file may mean: its columns (None: nested data), values named by `let`, and joined files by name.

    `joins` give, per name, the paths of the columns here and the index of the other file's rows.
    """

    file: str
    columns: tuple[str, ...] | None
    lets: set[str] = field(default_factory=set)
    joins: dict[str, tuple[tuple[str, ...], Index]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def getter(self, path: str) -> Getter:
        """Compile a path. Raises ImportFault naming the nearest column where there is none of that name."""
        if path in self.lets:
            return lambda scope: scope.named(path)
        if path == "#":
            return lambda scope: scope.place
        join, _, column = path.partition(".")
        if join in self.joins:
            return self._joined(join, column)
        if self.columns is not None:
            return self._column(path)
        return nested(path)

    def plain(self, path: str) -> str | None:
        """The column that the path names, where it is one of a flat table and not something else; its values are texts."""
        if self.columns is None or path in self.lets or path == "#" or path.partition(".")[0] in self.joins:
            return None
        name = self._known(path.removesuffix("?") if path not in self.columns else path)
        if name is not None:
            self.used.add(name)
        return name

    def _known(self, name: str) -> str | None:
        known = self.columns or ()
        if name in known:
            return name
        folded = {fold_name(column): column for column in known}
        return folded.get(fold_name(name))

    def _column(self, path: str) -> Getter:
        known = self.columns or ()
        optional = path.endswith("?") and path not in known
        name = path[:-1] if optional else path
        found = self._known(name)
        if found is not None:
            name = found
        else:
            if optional:
                return lambda scope: None
            near = difflib.get_close_matches(name, known, 1)
            hint = (
                _("did you mean {near!r}?", near=near[0]) if near else _("it has {names}", names=", ".join(known[:12]))
            )
            raise ImportFault(
                _("{file} has no column {name!r}", file=self.file, name=name), code="unknown_column", hint=hint
            )
        self.used.add(name)
        return lambda scope: scope.data[name]

    def _joined(self, join: str, column: str) -> Getter:
        here, index = self.joins[join]
        keys = [self.getter(path) for path in here]

        def get(scope: Scope) -> Any:
            row = index.get(tuple(as_key(key(scope)) for key in keys))
            return None if row is None else row.get(column)

        return get


def fold_name(name: str) -> str:
    """A column name without regard to case and spaces."""
    return " ".join(name.casefold().split())


def as_key(value: Any) -> str:
    """A value as it is compared with another file's."""
    return "" if value is None else str(value).strip()


PART = re.compile(r"(?P<name>[^\[\]]*)(?P<all>\[\])?(?:\[(?P<n>-?\d+)\])?$")


def nested(path: str) -> Getter:
    """A path into nested data: `a.b`, `a[0].b`, `a[].b` (a list), `$.a` from the whole record, `^.a` one array out, `.` itself."""
    if path.startswith("$."):
        inner = nested(path[2:])
        return lambda scope: inner(scope.root)
    if path.startswith("^."):
        inner = nested(path[2:])
        return lambda scope: None if scope.around is None else inner(scope.around)
    if path == ".":
        return lambda scope: scope.data
    if "." not in path and "[" not in path:
        return lambda scope: scope.data.get(path) if isinstance(scope.data, Mapping) else None
    parts = _parts(path)
    return lambda scope: _walk(scope.data, parts, 0)


def _parts(path: str) -> list[tuple[str, bool, int | None]]:
    parts = []
    for text in path.split("."):
        match = PART.match(text)
        if match is None:
            raise ImportFault(
                _("the path {path!r} cannot be read", path=path), code="path", hint=_("write a.b, a[0].b or a[].b")
            )
        parts.append((match["name"], bool(match["all"]), int(match["n"]) if match["n"] else None))
    return parts


def _walk(data: Any, parts: list[tuple[str, bool, int | None]], at: int) -> Any:
    for place in range(at, len(parts)):
        name, every, n = parts[place]
        if name:
            data = data.get(name) if isinstance(data, Mapping) else None
        if data is None:
            return None
        if every:
            items = data if isinstance(data, list) else [data]
            found = [_walk(item, parts, place + 1) for item in items]
            return [x for item in found if item is not None for x in (item if isinstance(item, list) else [item])]
        if n is not None:
            data = data[n] if isinstance(data, list) and -len(data) <= n < len(data) else None
    return data


def items(scope: Scope, path: str) -> Iterator[Scope]:
    """The scopes of the items of an array, arrays inside of arrays one in the other: `awards[].suppliers[]`."""
    first, _, rest = path.partition("[].")
    found = nested(first.removesuffix("[]"))(scope)
    if found is None:
        return
    for place, item in enumerate(found if isinstance(found, list) else [found]):
        inner = Scope(item, scope, place)
        if rest:
            yield from items(inner, rest)
        else:
            yield inner
