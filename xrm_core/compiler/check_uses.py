"""Check of what an entity does with its fields: keys, search, timeline, the picture of ties."""

from __future__ import annotations

from collections.abc import Mapping

from ..expressions import ExprError, compile_text
from ..metamodel.catalog import Entity
from ..metamodel.definitions import EntityDef, KeyDef
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field, expect_path
from .schema import schema_of


def check_keys(draft: Draft, definition: Definition, entity: Entity, authored: EntityDef) -> None:
    """Keys name stored fields, and their conditions read stored fields of the record itself."""
    for index, key in enumerate(authored.keys):
        inner: tuple[str | int, ...] = ("fields",) if isinstance(key, KeyDef) else ()
        names = key.fields if isinstance(key, KeyDef) else key
        if not names:
            message = "a key needs at least one field"
            draft.problem(definition, ("keys", index, *inner), message, "bad_key", "name the fields, or take it out")
        if isinstance(key, KeyDef) and key.when is not None:
            _check_condition(draft, definition, ("keys", index, "when"), entity, key.when)
        for position, name in enumerate(names):
            path = ("keys", index, *inner, position)
            if (
                expect_field(draft, definition, path, entity, name)
                and name in entity.fields
                and not any(c.stored for c in entity.fields[name].columns)
            ):
                draft.problem(
                    definition,
                    path,
                    f"'{name}' is not stored, so it cannot be part of a key",
                    "bad_key",
                    "use stored fields",
                )


def _check_condition(
    draft: Draft, definition: Definition, path: tuple[str | int, ...], entity: Entity, text: str
) -> None:
    """The condition of a key is part of an index, which holds nothing but the record's own columns."""
    if draft.catalog is None:
        return
    try:
        reads = compile_text(text, schema_of(draft.catalog), entity.name, "bool").needs
    except ExprError:
        return  # told where expressions are checked
    beyond = next((".".join((*read.path, read.field)) for read in reads.reads if read.path), None)
    if beyond is not None or reads.rollups or reads.actor or reads.clock:
        what = f"'{beyond}'" if beyond is not None else "other records, the actor or the clock"
        message = f"the condition of a key cannot depend on {what}"
        draft.problem(definition, path, message, "bad_key", "use fields of the record itself")


def check_search(draft: Draft, definition: Definition, entity: Entity, authored: EntityDef) -> None:
    """Search fields exist; a dotted one leads into a child table, or through a link to another link."""
    hint = "name a link itself: records are found by the search fields of what it points to"
    for index, dotted in enumerate(authored.search):
        if not _leads_on(draft, entity, dotted):
            _check_row_path(draft, definition, ("search", index), entity, dotted, hint)


def _leads_on(draft: Draft, entity: Entity, dotted: str) -> bool:
    """Whether it is two links, stored both, one after the other."""
    at: list[Entity] = [entity]
    names = dotted.split(".")
    for name in names:
        fields = [f for one in at if (f := one.fields.get(name)) is not None and f.columns and name not in one.children]
        column = fields[0].columns[0] if len(fields) == len(at) == 1 else None
        if column is None or not column.stored or column.kind.kind != "ref" or draft.catalog is None:
            return False
        at = [draft.catalog.entities[e] for e in column.kind.entities if e in draft.catalog.entities]
    return len(names) == 2


def check_similar(draft: Draft, definition: Definition, entity: Entity, authored: EntityDef) -> None:
    """What is compared of similar records exists; they are merged by a transition that asks for the record to keep."""
    similar = authored.similar
    if similar is None:
        return
    hint = "compare the record's own fields and those of its child tables"
    for part in ("like", "sure", "same", "near"):
        for index, dotted in enumerate(getattr(similar, part)):
            _check_row_path(draft, definition, ("similar", part, index), entity, dotted, hint)
    if similar.by is not None:
        kind_of(draft, definition, ("similar", "by"), entity, similar.by, ("text",), "text")
    if similar.merge is None:
        return
    kind_of(draft, definition, ("similar", "merge", "into"), entity, similar.merge.into, ("ref",), "link")
    ways = entity.lifecycle.transitions if entity.lifecycle is not None else {}
    expect(draft, definition, ("similar", "merge", "transition"), "transition", similar.merge.transition, list(ways))


def _check_row_path(
    draft: Draft, definition: Definition, path: tuple[str | int, ...], entity: Entity, dotted: str, hint: str
) -> None:
    """A field of the entity, or with a dot one of a child table."""
    first, _, rest = dotted.partition(".")
    child = entity.children.get(first)
    if rest and (child is None or "." in rest):
        through = first if child is None else rest.partition(".")[0]
        message = f"'{dotted}' leads through '{through}', which is no child table"
        draft.problem(definition, path, message, "bad_search", hint)
    elif rest and child is not None and draft.catalog is not None and child.entity in draft.catalog.entities:
        expect_path(draft, definition, path, draft.catalog.entities[child.entity], rest)
    else:
        expect_path(draft, definition, path, entity, dotted)


def check_shown(
    draft: Draft, definition: Definition, entity: Entity, authored: EntityDef, known: Mapping[str, list[str]]
) -> None:
    """What the integrated page asks for: a mixin, two links, a date and an amount."""
    if authored.integrates is not None:
        expect(draft, definition, ("integrates",), "mixin", authored.integrates, known["mixins"])
    for index, name in enumerate(authored.connects):
        kind_of(draft, definition, ("connects", index), entity, name, ("ref",), "link")
    if authored.timeline is not None:
        on, amount = authored.timeline.on, authored.timeline.amount
        kind_of(draft, definition, ("timeline", "on"), entity, on, ("date", "datetime"), "date")
        if amount is not None:
            kind_of(draft, definition, ("timeline", "amount"), entity, amount, ("int", "decimal"), "amount")
    if authored.next_step is not None:
        step = authored.next_step
        kind_of(draft, definition, ("next_step", "what"), entity, step.what, ("text",), "text")
        if step.on is not None:
            kind_of(draft, definition, ("next_step", "on"), entity, step.on, ("date", "datetime"), "date")
        if step.who is not None:
            kind_of(draft, definition, ("next_step", "who"), entity, step.who, ("ref",), "user")


def kind_of(
    draft: Draft,
    definition: Definition,
    path: tuple[str | int, ...],
    entity: Entity,
    name: str,
    kinds: tuple[str, ...],
    what: str,
) -> None:
    """A problem where the field does not exist, or holds another kind of value."""
    if not expect_field(draft, definition, path, entity, name):
        return
    field = entity.fields.get(name)
    columns = field.columns if field is not None else (entity.columns[name],)
    if columns and columns[0].kind.kind not in kinds:
        draft.problem(definition, path, f"'{name}' is no {what}", "bad_field", "name a field that holds one")
