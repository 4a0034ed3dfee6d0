"""What screens count and add up: boards, charts, tiles of dashboards, the counts beside the menu, roll-ups. From that follow indexes
that hold all that such a question reads, so that no row of the table is touched for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from xrm_core.compiler import compiled
from xrm_core.expressions import ExprError, Typed, is_gathered
from xrm_core.metamodel.catalog import Catalog, Entity, View
from xrm_core.metamodel.dashboards import Tile

from .kept import kept_paths
from .kept_read import KeptReader

MAX_READS = 8
"""Columns that stand behind the others for such questions, at most: one that reads more reads the rows."""
RANGES = ("<", "<=", ">", ">=")


class Figured(Struct, frozen=True):
    """A question for figures of an entity: the columns that its filter compares with one value, those by which the rest is limited or
    put in order, and all others that it reads (None: also what no index holds). `place`: what asks, for people."""

    equal: tuple[str, ...]
    order: tuple[str, ...]
    reads: tuple[str, ...] | None
    place: str
    begins: bool = True
    """Whether it may have an index of its own; else it has its share of those that there are."""

    @property
    def columns(self) -> tuple[str, ...]:
        """An index for it."""
        return tuple(dict.fromkeys((*self.equal, *self.order)))

    def is_served(self, columns: Sequence[str]) -> bool:
        """Does an index with these columns begin with what it compares, and go on with its order?"""
        many = len(self.equal)
        return set(columns[:many]) == set(self.equal) and tuple(columns[many : many + len(self.order)]) == self.order


def figured(catalog: Catalog, entity: Entity) -> tuple[Figured, ...]:
    """The questions about an entity, those that people meet most first; each can be served by an index."""
    every: dict[str, tuple[Figured, ...]] = catalog.derive("storage.figured", dict)
    found = every.get(entity.name)
    if found is None:
        asked = [
            *_boards(catalog, entity),
            *_counts(catalog, entity),
            *_tiles(catalog, entity),
            *_charts(catalog, entity),
            *_lists(catalog, entity),
        ]
        found = every[entity.name] = tuple(dict.fromkeys(q for q in asked if q is not None and q.columns))
    return found


def _boards(catalog: Catalog, entity: Entity) -> Iterator[Figured | None]:
    """The cards of a column come in the order of the board, the newest first where it has none."""
    for view in catalog.views_of(entity.name):
        if view.kind == "board" and view.by is not None:
            sort = [name.lstrip("-") for name in view.sort]
            order = [view.by, *(sort if all(_is_stored(entity, name) for name in sort) else []), "id"]
            yield _question(
                catalog, entity, (view.filter,), order, (view.sum, view.lanes), f"board {view.name}", "board"
            )


def _counts(catalog: Catalog, entity: Entity) -> Iterator[Figured | None]:
    for view in dict.fromkeys(i.view for group in catalog.menu for i in group.items if i.count and i.view is not None):
        own = catalog.views.get(view)
        if own is not None and own.entity == entity.name:
            yield _question(catalog, entity, (own.filter,), (), (), f"count of {view}")


def _tiles(catalog: Catalog, entity: Entity) -> Iterator[Figured | None]:
    for board in catalog.dashboards.values():
        for tile in board.tiles.values():
            view = catalog.views.get(tile.view or "")
            if tile.kind not in ("text", "list") and tile.entity == entity.name:
                place = f"tile {tile.name} of {board.name}"
                yield _question(
                    catalog, entity, (view.filter if view else None, tile.filter), (tile.on,), _values(tile), place
                )


def _charts(catalog: Catalog, entity: Entity) -> Iterator[Figured | None]:
    for view in catalog.views_of(entity.name):
        if view.kind == "chart" and view.group is not None:
            yield _question(catalog, entity, (view.filter,), (), _values(view), f"chart {view.name}", "chart")


def _lists(catalog: Catalog, entity: Entity) -> Iterator[Figured | None]:
    """What the formulas in the filter of a list read stands in the index that gives its order: where few records are left, or all are
    counted, the others are passed over there."""
    for view in catalog.views_of(entity.name):
        held = _typed(catalog, entity, view.filter) if view.kind == "list" and view.filter and view.sort else None
        if held is not None and any(n.op == "formula" for n in held.walk()):
            order = [*(name.lstrip("-") for name in view.sort), "id"]
            yield _question(catalog, entity, (view.filter,), order, (), f"list {view.name}", "list")


def rolled_up(catalog: Catalog) -> dict[tuple[str, str], tuple[str, ...]]:
    """Entity and link -> what the roll-ups over its records read of them, where lists are filtered or sorted by these; in an index
    behind the link it is read without touching a row."""
    return catalog.derive("storage.rolled_up", lambda: _rolled_up(catalog))


def _rolled_up(catalog: Catalog) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for view in catalog.views.values():
        entity = catalog.entities.get(view.entity)
        if view.kind != "list" or entity is None or entity.retired:
            continue
        texts = [*([view.filter] if view.filter else []), *(f"record.{name.lstrip('-')}" for name in view.sort)]
        for n in (n for text in texts if (typed := _typed(catalog, entity, text)) for n in typed.walk()):
            if n.op != "rollup" or any(a.op == "rollup" for arg in n.args for a in arg.walk()):
                continue
            key, own = (n.value.entity, n.value.by_column), _of_child(n)
            if own is not None and all(is_short(catalog, catalog.entities[key[0]], name) for name in own):
                found[key] = tuple(dict.fromkeys((*found.get(key, ()), *own)))
    return {key: names for key, names in found.items() if len(names) <= MAX_READS}


def _of_child(n: Typed) -> list[str] | None:
    """The columns that a roll-up reads of its records, what it compares and what puts them in order first; None where it reads other
    records."""
    found: list[str] = []
    parts = dict(zip(n.value.parts, n.args, strict=True))
    for name in [p for p in ("cond", "by", "value") if p in parts]:
        todo = [(parts[name], n.value.name)]
        while todo:
            x, of = todo.pop(0)
            if x.op in ("path", "formula") and (x.value.hops or x.value.var != of):
                return None
            if x.op == "path":
                found.append(x.value.column)
            todo += [(a, "record" if x.op == "formula" else of) for a in x.args]
        found += ["id"] if name == "by" else []
    return list(dict.fromkeys(found))


def _values(asked: Tile | View) -> tuple[str | None, ...]:
    return asked.group, asked.stack, asked.value


def _question(
    catalog: Catalog, entity: Entity, filters: Iterable[str | None], order: Sequence[str | None], values: Sequence[str | None],
    place: str, kind: str = "",
) -> Figured | None:  # fmt: skip
    """The question; None where it cannot be read, or where no stored column limits it or puts it in order."""
    parts = [part for text in filters if text for part in _parts(_typed(catalog, entity, text))]
    equal = [name for part in parts if (name := _equal(part)) and _is_stored(entity, name)]
    ranges = [name for part in parts if (name := _ranged(part, among=not equal)) and _is_stored(entity, name)]
    ordered = [name for name in order if name]
    if not all(_is_stored(entity, name) for name in ordered):
        return None
    if kind == "board":
        equal = [name for name in equal if name != ordered[0]]
    else:
        ordered = ordered or ranges[:1]
    ordered = ordered or [name for name in values[:1] if name and _is_stored(entity, name)]
    texts = [v[1:].strip() if v.startswith("=") else f"record.{v}" for v in values if v]
    read = [_read(tree) for tree in [*parts, *(_typed(catalog, entity, text) for text in texts)]]
    names = list(dict.fromkeys(n for some in read for n in some or () if n not in (*equal, *ordered)))
    is_whole = all(some is not None for some in read) and all(is_short(catalog, entity, name) for name in names)
    reads = tuple(names) if is_whole else None
    own = tuple(dict.fromkeys(equal))
    return Figured(
        own, tuple(dict.fromkeys(n for n in ordered if n not in own)), reads, place, kind not in ("chart", "list")
    )


def _typed(catalog: Catalog, entity: Entity, text: str) -> Typed | None:
    try:
        return KeptReader(catalog, entity.name).typed(compiled(catalog, entity.name, text, None).typed)
    except ExprError:
        return None


def _parts(typed: Typed | None) -> list[Typed | None]:
    """The conditions that must all hold."""
    if typed is None or typed.op != "and":
        return [typed]
    return [part for arg in typed.args for part in _parts(arg)]


def _own(n: Typed) -> str | None:
    """The column of the record itself that a part is."""
    is_own = n.op == "path" and n.value.var == "record" and not n.value.hops
    return str(n.value.column) if is_own else None


def _equal(n: Typed | None) -> str | None:
    """The column that a condition compares with one value, with nothing, or that is itself a yes or no."""
    if n is None:
        return None
    if n.op == "isnull" or (n.op == "cmp" and n.value == "==" and n.args[1].free):
        return _own(n.args[0])
    return _own(n.args[0]) if n.op == "not" and n.args[0].type.kind == "bool" else _own(n)


def _ranged(n: Typed | None, *, among: bool) -> str | None:
    """The column that a condition limits; `among`: or compares with several values."""
    if n is None or not ((n.op == "cmp" and n.value in RANGES) or (among and n.op == "in")) or not n.args[1].free:
        return None
    return _own(n.args[0])


def _read(tree: Typed | None) -> list[str] | None:
    """The columns of the record itself that an expression reads, of roll-ups that are worked out once its id; None where it reads
    other records."""
    found: list[str] = []
    todo = [tree]
    while todo:
        n = todo.pop(0)
        if n is None or (n.op in ("path", "formula", "rollup") and (n.value.hops or n.value.var != "record")):
            return None
        if n.op == "rollup" and not is_gathered(n):
            return None
        if n.op in ("path", "rollup"):
            found.append(n.value.column if n.op == "path" else "id")
        todo.extend(n.args if n.op != "rollup" else ())
    return found


def _is_stored(entity: Entity, name: str) -> bool:
    return name in entity.columns and entity.columns[name].stored


def is_short(catalog: Catalog, entity: Entity, name: str) -> bool:
    """Is it a stored column, or one of a kept path, whose values are short: no list, no JSON, no text but codes and the part of a
    link that names an entity?"""
    kept = next((k for k in kept_paths(catalog).of(entity.name) if k.column.name == name), None)
    if kept is not None:
        entity, name = catalog.entities[kept.ways[0].hops[-1].entity], kept.ways[0].far
    if not _is_stored(entity, name):
        return False
    kind, field = entity.columns[name].kind, entity.fields.get(entity.field_of_column.get(name, ""))
    is_link = field is not None and bool(field.columns) and field.columns[0].kind.kind == "ref"
    return is_link or kind.kind not in ("list", "json", "text") or kind.codes is not None
