"""Check of entities: options of fields, keys, search, rules, lifecycles, former names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field
from ..metamodel.definitions import EntityDef, KeyDef, LifecycleDef
from ..metamodel.field_type import Env, FieldFault
from .blocks import Block
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field, expect_path
from .validate import nearest


def check_entities(draft: Draft) -> None:
    """Check all entities, and the definitions of made ones like any other."""
    catalog = draft.catalog
    assert catalog is not None
    known = {
        "entities": [*catalog.entities, *(b for b in draft.broken if "." not in b and ":" not in b)],
        "codes": [*catalog.codes, *(b[6:] for b in draft.broken if b.startswith("codes:"))],
        "mixins": list(draft.definitions.of("mixin")),
        "roles": list(catalog.roles),
    }
    env = Env(codes=catalog.codes, currency=str(draft.settings.get("currency") or "EUR"), today=date.today())
    for definition, authored in draft.all_of("entity"):
        entity = catalog.entities[definition.name]
        _check_fields(draft, definition, entity, known, env)
        _check_keys(draft, definition, entity, authored)
        for index, rule in enumerate(authored.rules):
            if rule.field is not None:
                expect_field(draft, definition, ("rules", index, "field"), entity, rule.field)
        if authored.lifecycle is not None:
            check_lifecycle(draft, catalog, definition, entity, authored.lifecycle)
        _check_shown(draft, definition, entity, authored, known)
        if authored.was is not None and authored.was in catalog.entities:
            draft.problem(
                definition,
                ("was",),
                f"'{authored.was}' is an entity that is still there",
                "live_name",
                "take `was` out, or rename one of the two",
            )


def _check_shown(
    draft: Draft, definition: Definition, entity: Entity, authored: EntityDef, known: Mapping[str, list[str]]
) -> None:
    """What the integrated page asks for: a mixin, two links, a date and an amount."""
    if authored.integrates is not None:
        expect(draft, definition, ("integrates",), "mixin", authored.integrates, known["mixins"])
    for index, name in enumerate(authored.connects):
        expect_field(draft, definition, ("connects", index), entity, name)
    if authored.timeline is not None:
        expect_field(draft, definition, ("timeline", "on"), entity, authored.timeline.on)
        if authored.timeline.amount is not None:
            expect_field(draft, definition, ("timeline", "amount"), entity, authored.timeline.amount)


def _check_fields(
    draft: Draft, definition: Definition, entity: Entity, known: Mapping[str, list[str]], env: Env
) -> None:
    names = {
        **known,
        "fields": list(entity.fields),
        "transitions": list(entity.lifecycle.transitions) if entity.lifecycle else [],
    }
    former: dict[str, str] = {}
    for field in entity.fields.values():
        path = ("fields", field.name)
        for sentence in field.type.check_options(field, names):
            _option_fault(draft, definition, field, sentence)
        if field.was is not None:
            if field.was in entity.fields:
                draft.problem(
                    definition,
                    (*path, "was"),
                    f"'{field.was}' is a field that is still there",
                    "live_name",
                    "take `was` out, or rename one of the two",
                )
            elif field.was in former:
                draft.problem(
                    definition,
                    (*path, "was"),
                    f"'{field.was}' is also the former name of '{former[field.was]}'",
                    "live_name",
                )
            former[field.was] = field.name
        _check_default(draft, definition, field, env)


def _option_fault(draft: Draft, definition: Definition, field: Field, sentence: str) -> None:
    """A sentence of the field type, at the option that it quotes where there is one."""
    message, _, hint = sentence.partition("; did you mean ")
    block = definition.block["fields"].get(field.name)
    path: tuple[str, ...] = ("fields", field.name)
    if isinstance(block, Block):
        quoted = [k for k, v in block.items() if _mentions(message, v)] or [
            k for k in block if message.startswith(f"{k}:")
        ]
        path = (*path, quoted[0]) if quoted else path
    draft.problem(definition, path, message, "bad_option", f"did you mean {hint}" if hint else None)


def _mentions(message: str, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    texts = [v.get("mixin") if isinstance(v, dict) else v for v in values]
    return any(isinstance(text, str) and repr(text) in message for text in texts)


def _check_default(draft: Draft, definition: Definition, field: Field, env: Env) -> None:
    """A constant default must be a value that the field takes."""
    value = field.default
    if (
        value is None
        or not field.columns
        or (isinstance(value, str) and (value.startswith("=") or value in ("today", "now")))
    ):
        return
    given = (
        value
        if isinstance(value, dict)
        else {column.name: None for column in field.columns} | {field.columns[0].name: value}
    )
    try:
        field.type.accept(given, field, env)
    except FieldFault as fault:
        if fault.code != "no_code_list":
            draft.problem(
                definition,
                ("fields", field.name, "default"),
                f"the default does not fit: {fault.message}",
                "bad_default",
                fault.hint,
            )
    except (TypeError, ValueError, KeyError, AttributeError):
        draft.problem(
            definition,
            ("fields", field.name, "default"),
            f"'{value}' is no value of type {field.type.name}",
            "bad_default",
        )


def _check_keys(draft: Draft, definition: Definition, entity: Entity, authored: EntityDef) -> None:
    for index, key in enumerate(authored.keys):
        inner: tuple[str | int, ...] = ("fields",) if isinstance(key, KeyDef) else ()
        names = key.fields if isinstance(key, KeyDef) else key
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
    for index, dotted in enumerate(authored.search):
        first, _, rest = dotted.partition(".")
        child = entity.children.get(first)
        if rest and (child is None or "." in rest):
            draft.problem(
                definition,
                ("search", index),
                f"'{dotted}' leads through '{first if child is None else rest.partition('.')[0]}', which is no child table",
                "bad_search",
                "name a link itself: records are found by the search fields of what it points to",
            )
        elif rest and child is not None and draft.catalog is not None and child.entity in draft.catalog.entities:
            expect_path(draft, definition, ("search", index), draft.catalog.entities[child.entity], rest)
        else:
            expect_path(draft, definition, ("search", index), entity, dotted)


def check_lifecycle(
    draft: Draft, catalog: Catalog, definition: Definition, entity: Entity, authored: LifecycleDef
) -> None:
    """States are codes of the field; transitions name states, fields and roles that exist."""
    if not expect_field(draft, definition, ("lifecycle", "field"), entity, authored.field):
        return
    field = entity.fields.get(authored.field)
    codes = field.columns[0].kind.codes if field is not None and field.columns else None
    if codes is None or field is None:
        draft.problem(
            definition,
            ("lifecycle", "field"),
            f"'{authored.field}' is no choice, so it has no states",
            "bad_lifecycle",
            "give it type choice and a code list",
        )
        return
    if codes not in catalog.codes:
        return
    states = list(catalog.codes[codes].values)

    def state(name: str, path: tuple[str | int, ...]) -> None:
        if name not in states:
            draft.problem(
                definition,
                ("lifecycle", *path),
                f"'{name}' is no code of '{codes}'",
                "unknown_state",
                nearest(name, states),
            )

    for index, name in enumerate(authored.create_in):
        state(name, ("create_in", index))
    for name, transition in authored.transitions.items():
        path = ("transitions", name)
        for index, source in enumerate(transition.from_ if isinstance(transition.from_, list) else ()):
            state(source, (*path, "from", index))
        state(transition.to, (*path, "to"))
        for index, required in enumerate(transition.require):
            expect_field(draft, definition, ("lifecycle", *path, "require", index), entity, required)
        for index, role in enumerate(transition.may):
            expect(draft, definition, ("lifecycle", *path, "may", index), "role", role, catalog.roles)
        for column in transition.set:
            if expect_field(draft, definition, ("lifecycle", *path, "set", column), entity, column) and (
                column not in entity.columns or column in SYSTEM_COLUMNS
            ):
                draft.problem(
                    definition,
                    ("lifecycle", *path, "set", column),
                    f"'{column}' is not stored under that name",
                    "bad_set",
                    nearest(column, [c for c in entity.columns if c not in SYSTEM_COLUMNS]),
                )
    _check_reachable(draft, definition, entity, states)


def _check_reachable(draft: Draft, definition: Definition, entity: Entity, states: list[str]) -> None:
    lifecycle = entity.lifecycle
    if lifecycle is None or not lifecycle.transitions:
        return
    reached = {lifecycle.create_in[0]} if lifecycle.create_in else set()
    reached |= set(lifecycle.create_in)
    while True:
        more = {t.target for t in lifecycle.transitions.values() if reached & set(t.sources)} - reached
        if not more:
            break
        reached |= more
    for name in states:
        if name not in reached:
            hint = "add a transition to it, or name it in create_in"
            draft.problem(
                definition,
                ("lifecycle", "transitions"),
                f"no transition leads to '{name}'",
                "unreachable",
                hint,
                warning=True,
            )
