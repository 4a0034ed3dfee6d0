"""Which indexes an entity gets: its links, fields marked `index`, the filters and sorts of its views, what grants compare, and what
figures on screens are worked out of.

Indexes for lists end with `id`, so that a page begins at a key instead of being counted to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xrm_core.compiler import compiled
from xrm_core.expressions import ExprError, Node, Typed, parse
from xrm_core.metamodel.catalog import Catalog, Entity, View
from xrm_core.metamodel.rights import GrantDef

from .branches import MOST
from .figured import MAX_READS, figured, is_short, rolled_up
from .kept import kept_paths, without_links
from .tables import stored_columns

MAX_SCOPES = 3
"""Columns that grants compare which get indexes: those that most grants name."""
MAX_SCOPED_LISTS = 2
"""The first lists of an entity are read in this way."""
MAX_TAIL = 8
"""Columns of rules that stand behind the others in an index, at most."""
MAX_RULED = 3
"""Columns of rules that stand behind what roll-ups read, at most: of more none does, for then all rows are read anyway."""
MAX_LIST_INDEXES = 8
"""Indexes made for views, at most; every one is paid by each write."""
MAX_FIGURES = 4
"""Indexes made for boards, counts beside the menu, and tiles, at most, beside those of lists that serve them as well."""


def indexes_of(catalog: Catalog, entity: Entity) -> tuple[tuple[str, ...], ...]:
    """The columns of each index, none the beginning of another one."""
    every: dict[str, tuple[tuple[str, ...], ...]] = catalog.derive("storage.indexes", dict)
    if entity.name not in every:
        every[entity.name] = _indexes(catalog, entity)
    return every[entity.name]


def _indexes(catalog: Catalog, entity: Entity) -> tuple[tuple[str, ...], ...]:
    links = [(c.name,) for c in stored_columns(entity) if _is_link(entity, c.name)]
    marked = [
        (f.columns[0].name, "id") for f in entity.fields.values() if f.index and f.columns and f.columns[0].stored
    ]
    lists = list(dict.fromkeys(_of_views(catalog, entity)))[:MAX_LIST_INDEXES]
    found = _distinct([*lists, *marked, ("created_at", "id"), *links, *_of_grants(catalog, entity)])
    return _distinct([*found, *_of_figures(catalog, entity, found)])


def tails_of(catalog: Catalog, entity: Entity) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What stands behind the columns of indexes, so that a count or a sum reads no row, and a list only the rows that it shows: all
    that rules of restricted readers ask for, all that figures read, and whether the record is in the bin."""
    asked = list(dict.fromkeys(n for grant in _reading(catalog, entity) for n in _asked(catalog, entity, grant)))
    lists = list(dict.fromkeys(_of_views(catalog, entity)))[:MAX_SCOPED_LISTS]
    found = {}
    for columns in (*lists, *_of_grants(catalog, entity)) if asked else ():
        tail = [n for n in ("deleted_at", *asked) if n not in columns]
        found[columns] = tuple(tail[:MAX_TAIL])
    for columns, reads in _tails_of_figures(catalog, entity).items():
        tail = ["deleted_at", *reads, *asked[:MAX_TAIL]]
        found[columns] = tuple(dict.fromkeys(n for n in (*found.get(columns, ()), *tail) if n not in columns))
    ruled = asked if len(asked) <= MAX_RULED else []
    for columns, reads in _tails_of_roll_ups(catalog, entity).items():
        names = (*found.get(columns, ()), "deleted_at", *reads, *ruled)
        found[columns] = tuple(dict.fromkeys(n for n in names if n not in columns))
    return found


def _tails_of_roll_ups(catalog: Catalog, entity: Entity) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The index of a link -> what roll-ups read of the records that it leads to, in the shortest one that begins with it."""
    made: dict[tuple[str, ...], tuple[str, ...]] = {}
    for (of, link), reads in rolled_up(catalog).items():
        begun = [columns for columns in indexes_of(catalog, entity) if columns[0] == link] if of == entity.name else []
        if begun:
            made[min(begun, key=len)] = reads
    return made


def _tails_of_figures(catalog: Catalog, entity: Entity) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Index -> what the figures that it serves read behind its columns; no more than a few columns in all."""
    made: dict[tuple[str, ...], tuple[str, ...]] = {}
    indexes = indexes_of(catalog, entity)
    for question in figured(catalog, entity):
        columns = next((columns for columns in indexes if question.is_served(columns)), None)
        if columns is None or question.reads is None:
            continue
        reads = tuple(dict.fromkeys((*made.get(columns, ()), *(n for n in question.reads if n not in columns))))
        if len(reads) <= MAX_READS and all(is_short(catalog, entity, name) for name in reads):
            made[columns] = reads
    return made


def figures_left_out(catalog: Catalog, entity: Entity) -> tuple[str, ...]:
    """Boards, tiles and counts that no index serves: the entity has enough of such indexes already."""
    indexes = indexes_of(catalog, entity)
    asked = figured(catalog, entity)
    return tuple(q.place for q in asked if q.begins and not any(q.is_served(columns) for columns in indexes))


def lists_left_out(catalog: Catalog, entity: Entity) -> tuple[str, ...]:
    """Lists of the metadata whose records no index gives in their order: they are sorted by what is worked out or stands behind a
    link, or the entity has enough of such indexes already."""
    indexes = indexes_of(catalog, entity)
    lists = [view for view in catalog.views_of(entity.name) if view.kind == "list" and view.sort]
    return tuple(view.name for view in lists if not _is_served(_of_view(entity, view), indexes))


def _is_served(columns: tuple[str, ...] | None, indexes: Iterable[tuple[str, ...]]) -> bool:
    return columns is not None and any(index[: len(columns)] == columns for index in indexes)


def _of_figures(catalog: Catalog, entity: Entity, indexes: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """Indexes for boards, counts and tiles that none of `indexes` serves."""
    made: list[tuple[str, ...]] = []
    for question in figured(catalog, entity):
        if question.begins and not any(question.is_served(columns) for columns in (*indexes, *made)):
            made.append(question.columns)
    return made[:MAX_FIGURES]


def scopes_left_out(catalog: Catalog, entity: Entity) -> tuple[str, ...]:
    """Columns that grants compare, and that no index begins with: there are enough already."""
    begun = {columns[0] for columns in indexes_of(catalog, entity)}
    return tuple(name for name in _ranked(catalog, entity)[MAX_SCOPES:] if name not in begun)


def _of_grants(catalog: Catalog, entity: Entity) -> Iterable[tuple[str, ...]]:
    """A reader whose grant compares a column (`record.department in actor.departments`) reads the newest of his rows, and the
    entity's first lists, from an index that begins with it."""
    lists = list(dict.fromkeys(_of_views(catalog, entity)))[:MAX_SCOPED_LISTS]
    for name in _ranked(catalog, entity)[:MAX_SCOPES]:
        yield name, "id"
        for columns in lists:
            yield tuple(dict.fromkeys((name, *columns)))


def _reading(catalog: Catalog, entity: Entity) -> list[GrantDef]:
    """Grants and denies that say which records of the entity are read; denies first."""
    speaking = [g for g in catalog.grants_on(entity) if "read" in g.verbs and isinstance(g.rows, str)]
    return sorted(speaking, key=lambda g: not g.deny)


def _ranked(catalog: Catalog, entity: Entity) -> list[str]:
    """The columns that grants compare with something of the actor, or with a constant: first those that most of them do."""
    counts: dict[str, int] = {}
    for grant in _reading(catalog, entity):
        for name in set() if grant.deny else _compared(_rule(catalog, entity, grant)):
            counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda n: (-counts[n], n))


def _rule(catalog: Catalog, entity: Entity, grant: GrantDef) -> Typed | None:
    """The rule as statements read it, from what is kept of the paths that it follows."""
    try:
        rule = compiled(catalog, entity.name, str(grant.rows)).typed
    except ExprError:
        return None
    return without_links(rule, entity.name, kept_paths(catalog), frozenset())


def _asked(catalog: Catalog, entity: Entity, grant: GrantDef) -> list[str]:
    """The columns of the table that a rule reads."""
    found: list[str] = []
    todo = [rule] if (rule := _rule(catalog, entity, grant)) is not None else []
    while todo:
        n = todo.pop(0)
        if n.op in ("formula", "rollup"):
            continue
        if n.op == "path" and n.value.var == "record" and n.type.kind not in ("list", "json"):
            found.append(n.value.hops[0].column if n.value.hops else n.value.column)
        todo.extend(n.args)
    return found


def _compared(n: Typed | None) -> set[str]:
    if n is None:
        return set()
    if n.op in ("and", "or"):
        return set().union(*(_compared(a) for a in n.args))
    if (n.op == "in" or (n.op == "cmp" and n.value == "==")) and n.args[0].op == "path" and n.args[1].free:
        path = n.args[0].value
        return {path.column} if path.var == "record" and not path.hops else set()
    return set()


def _is_link(entity: Entity, column: str) -> bool:
    return entity.columns[column].kind.kind == "ref" and column in entity.field_of_column


def is_open_link(entity: Entity, columns: tuple[str, ...]) -> bool:
    """Is it the index of a link alone that may be empty? Such an index leaves the empty ones out: where most are, it is small, is
    not paid by writes that leave the link empty, and the database does not take its values for common ones."""
    return len(columns) == 1 and _is_link(entity, columns[0]) and entity.columns[columns[0]].kind.null


def _of_views(catalog: Catalog, entity: Entity) -> Iterable[tuple[str, ...]]:
    for view in catalog.views_of(entity.name):
        found = _of_view(entity, view)
        if found is not None and len(found) > 1:
            yield found


def _of_view(entity: Entity, view: View) -> tuple[str, ...] | None:
    """The columns of an index that gives the records of a view in its order; None where none can. Where it shows those of some
    values of a column, that comes first, and the list is read value by value (`branches.listed_parts`)."""
    equal = [c for c in (*_listed(view), *_equalities(view)) if c in entity.columns and entity.columns[c].stored]
    sort = [name.lstrip("-") for name in view.sort]
    if not all(c in entity.columns and entity.columns[c].stored for c in sort):
        return None
    return tuple(dict.fromkeys([*equal, *sort, "id"]))


def _equalities(view: View) -> list[str]:
    """Columns that the view's filter compares with a constant by `==`, in their order."""
    parts = _parts(view.filter) if view.filter is not None else ()
    return [name for part in parts if part.op == "==" and (name := _column(part.args[0])) and part.args[1].op == "lit"]


def _listed(view: View) -> list[str]:
    """The column of which the view shows some values (`record.status in ['draft', 'sent']`), where its filter does not name a person:
    then there are few records anyway."""
    parts = [] if view.filter is None or "actor." in view.filter else _parts(view.filter)
    listed = [p for p in parts if p.op == "in" and p.args[1].op == "list" and len(p.args[1].args) <= MOST]
    found = [name for p in listed if all(a.op == "lit" for a in p.args[1].args) and (name := _column(p.args[0]))]
    return found if len(found) == 1 else []


def _parts(text: str) -> Sequence[Node]:
    """The conditions of a filter that must all hold."""
    try:
        tree = parse(text)
    except ExprError:
        return []
    return tree.args if tree.op == "&&" else (tree,)


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
