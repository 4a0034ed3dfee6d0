"""Which indexes an entity gets: its links, fields marked `index`, the filters and sorts of its views, and what grants compare.

Indexes for lists end with `id`, so that a page begins at a key instead of being counted to.
"""

from __future__ import annotations

from collections.abc import Iterable

from xrm_core.expressions import ExprError, Node, parse
from xrm_core.metamodel.catalog import Catalog, Entity, View

from .tables import stored_columns

MAX_SCOPES = 2
"""Columns that grants compare which get indexes: those that most grants name."""
MAX_SCOPED_LISTS = 2
"""The first lists of an entity are read in this way."""
MAX_LIST_INDEXES = 8
"""Indexes made for views, at most; every one is paid by each write."""


def indexes_of(catalog: Catalog, entity: Entity) -> tuple[tuple[str, ...], ...]:
    """The columns of each index, none the beginning of another one."""
    links = [(c.name,) for c in stored_columns(entity) if _is_link(entity, c.name)]
    marked = [
        (f.columns[0].name, "id") for f in entity.fields.values() if f.index and f.columns and f.columns[0].stored
    ]
    lists = list(dict.fromkeys(_of_views(catalog, entity)))[:MAX_LIST_INDEXES]
    return _distinct([*lists, *marked, ("created_at", "id"), *links, *_of_grants(catalog, entity)])


def _of_grants(catalog: Catalog, entity: Entity) -> Iterable[tuple[str, ...]]:
    """A reader whose grant compares a column (`record.department in actor.departments`) reads the newest of his rows, and the
    entity's first lists, from an index that begins with it."""
    counts: dict[str, int] = {}
    for grant in catalog.grants:
        if (grant.entity == entity.name or grant.mixin in entity.mixins) and "read" in grant.verbs and not grant.deny:
            for name in _scopes(grant.rows):
                counts[name] = counts.get(name, 0) + 1
    stored = {c.name for c in stored_columns(entity)}
    lists = list(dict.fromkeys(_of_views(catalog, entity)))[:MAX_SCOPED_LISTS]
    for name in sorted((n for n in counts if n in stored), key=lambda n: -counts[n])[:MAX_SCOPES]:
        yield name, "id"
        for columns in lists:
            yield tuple(dict.fromkeys((name, *columns)))


def _scopes(rows: str | bool) -> set[str]:
    """The columns that a rule compares with something of the actor, or with a constant."""
    try:
        return _compared(parse(rows)) if isinstance(rows, str) else set()
    except ExprError:
        return set()


def _compared(node: Node) -> set[str]:
    if node.op in ("&&", "||"):
        return set().union(*(_compared(a) for a in node.args))
    name = _column(node.args[0]) if node.op in ("==", "in") else None
    return (
        {name}
        if name is not None and node.args[1].op in ("dot", "list", "lit") and _column(node.args[1]) is None
        else set()
    )


def _is_link(entity: Entity, column: str) -> bool:
    return entity.columns[column].kind.kind == "ref" and column in entity.field_of_column


def is_open_link(entity: Entity, columns: tuple[str, ...]) -> bool:
    """Is it the index of a link alone that may be empty? Such an index leaves the empty ones out: where most are, it is small, is
    not paid by writes that leave the link empty, and the database does not take its values for common ones."""
    return len(columns) == 1 and _is_link(entity, columns[0]) and entity.columns[columns[0]].kind.null


def _of_views(catalog: Catalog, entity: Entity) -> Iterable[tuple[str, ...]]:
    for view in catalog.views_of(entity.name):
        equal = [c for c in _equalities(view) if c in entity.columns and entity.columns[c].stored]
        sort = [name.lstrip("-") for name in view.sort]
        if all(c in entity.columns and entity.columns[c].stored for c in sort):
            found = tuple(dict.fromkeys([*equal, *sort, "id"]))
            if len(found) > 1:
                yield found


def _equalities(view: View) -> list[str]:
    """Columns that the view's filter compares with a constant by `==`, in their order."""
    if view.filter is None:
        return []
    try:
        tree = parse(view.filter)
    except ExprError:
        return []
    parts = tree.args if tree.op == "&&" else (tree,)
    return [name for part in parts if part.op == "==" and (name := _column(part.args[0])) and part.args[1].op == "lit"]


def _column(node: Node) -> str | None:
    """`record.name` -> name."""
    if node.op == "dot" and node.args and node.args[0].op == "name" and node.args[0].value == "record":
        return str(node.value)
    return None


def _distinct(found: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    longest = sorted(dict.fromkeys(found), key=len, reverse=True)
    kept: list[tuple[str, ...]] = []
    for columns in longest:
        if not any(other[: len(columns)] == columns for other in kept):
            kept.append(columns)
    return tuple(sorted(kept))
