"""Check of entities: options and defaults of fields, former names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ..metamodel.catalog import Entity, Field
from ..metamodel.field_type import Env, FieldFault
from .blocks import Block
from .check_lifecycles import check_lifecycle
from .check_uses import check_keys, check_search, check_shown, check_similar
from .draft import Draft
from .merge import Definition
from .names import expect_field
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
        check_keys(draft, definition, entity, authored)
        check_search(draft, definition, entity, authored)
        check_similar(draft, definition, entity, authored)
        for index, rule in enumerate(authored.rules):
            if rule.field is not None:
                expect_field(draft, definition, ("rules", index, "field"), entity, rule.field)
        if authored.lifecycle is not None:
            check_lifecycle(draft, catalog, definition, entity, authored.lifecycle)
        check_shown(draft, definition, entity, authored, known)
        if authored.was is not None and authored.was in catalog.entities:
            draft.problem(
                definition,
                ("was",),
                f"'{authored.was}' is an entity that is still there",
                "live_name",
                "take `was` out, or rename one of the two",
            )


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
        _check_worked_out(draft, definition, entity, field)


def _check_worked_out(draft: Draft, definition: Definition, entity: Entity, field: Field) -> None:
    """What is not stored cannot be required or unique; the currency of an amount comes from a field that is there."""
    stored = any(column.stored for column in field.columns)
    rows = field.name in entity.children
    for key, said in (("required", field.required and not rows), ("unique", field.unique)):
        if said and not stored:
            message = f"'{field.name}' is not stored, so it cannot be {key}"
            draft.problem(definition, ("fields", field.name, key), message, "bad_option", f"take '{key}' out")
    source = getattr(field.options, "currency_from", None)
    assert draft.catalog is not None
    if source is not None and draft.catalog.currency_of(field) is None:
        owners = [e for e in (entity, draft.catalog.entities.get(entity.parent or "")) if e is not None]
        sayers = [n for e in owners for n, f in e.fields.items() if f.type.name in ("money", "currency")]
        where = " or ".join(f"'{e.name}'" for e in owners)
        message = f"there is no field '{source}' on {where}"
        if any(source in e.fields for e in owners):
            message = f"'{source}' is no money or currency field"
        draft.problem(
            definition, ("fields", field.name, "currency_from"), message, "unknown_field", nearest(source, sayers)
        )


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
    if value is None or not field.columns or (isinstance(value, str) and value.startswith("=")):
        return
    if value in ("today", "now") and field.columns[0].kind.kind in ("date", "datetime"):
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
