"""Which indexes an entity gets: its links, fields marked `index`, and the filters and sorts of its views.

Indexes for lists end with `id`, so that a page begins at a key instead of being counted to.
"""

from __future__ import annotations

from collections.abc import Iterable

from xrm_core.expressions import ExprError, Node, parse
from xrm_core.metamodel.catalog import Catalog, Entity, View

from .tables import stored_columns

MAX_LIST_INDEXES = 8
"""Indexes made for views, at most; every one is paid by each write."""


def indexes_of(catalog: Catalog, entity: Entity) -> tuple[tuple[str, ...], ...]:
    """The columns of each index, none the beginning of another one."""
    links = [(c.name,) for c in stored_columns(entity) if _is_link(entity, c.name)]
    marked = [
        (f.columns[0].name, "id") for f in entity.fields.values() if f.index and f.columns and f.columns[0].stored
    ]
    lists = list(dict.fromkeys(_of_views(catalog, entity)))[:MAX_LIST_INDEXES]
    return _distinct([*lists, *marked, ("created_at", "id"), *links])


def _is_link(entity: Entity, column: str) -> bool:
    return entity.columns[column].kind.kind == "ref" and column in entity.field_of_column


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
