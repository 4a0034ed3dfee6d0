"""Schemas of what an entity's operations take and answer.

What is taken (`donor_new`, `donor_change`, `donor_row`) is as strict as the field types are. What is answered (`donor`) is as
strict as the tables are: codes, lengths and limits may have been others when a value was stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Children, Entity, Field
from ..metamodel.text import say
from ..services.action_specs import Compiled
from .openapi_examples import example_of

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MIXED: Schema = {"type": ["string", "null"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
LOOSE = frozenset(
    {
        "enum",
        "maxLength",
        "minLength",
        "minimum",
        "maximum",
        "maxItems",
        "minItems",
        "uniqueItems",
        "pattern",
        "readOnly",
    }
)
"""What a stored value need not keep to any more."""
UNSURE = frozenset({"email"})
"""Formats that checkers of clients are stricter about than what is stored."""
LENGTH = r"^-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+(\.\d{1,6})?S)?)?$"
DECIMAL = r"^-?\d{1,18}(\.\d{1,18})?$"
SYSTEM: dict[str, Schema] = {
    "id": {"type": "string", "format": "uuid"},
    "version": {"type": "integer", "minimum": 1},
    "created_at": {"type": "string", "format": "date-time"},
    "created_by": {"type": ["string", "null"], "format": "uuid"},
    "updated_at": {"type": "string", "format": "date-time"},
    "updated_by": {"type": ["string", "null"], "format": "uuid"},
    "deleted_at": {"type": ["string", "null"], "format": "date-time"},
}


def _object(required: Sequence[str], properties: Mapping[str, Schema], *, closed: bool = True) -> Schema:
    made: Schema = {"type": "object", "required": list(required), "properties": dict(properties)}
    return {**made, "additionalProperties": False} if closed else made


def _fixed(required: Sequence[str], **properties: Schema) -> Schema:
    return _object(required, properties)


def _open(required: Sequence[str], **properties: Schema) -> Schema:
    return _object(required, properties, closed=False)


def items(schema: Schema) -> Schema:
    """An answer that lists things."""
    return _fixed(("items",), items={"type": "array", "items": schema})


PLATFORM: dict[str, Schema] = {
    "problem": _open(
        ("type", "title", "status", "detail", "code"),
        type={"type": "string", "format": "uri-reference"}, title=TEXT, status={"type": "integer"}, detail=TEXT, code=TEXT, hint=TEXT, id=TEXT,
        errors={"type": "array", "items": {"$ref": "#/components/schemas/problem_entry"}},
        current={"type": "object", "description": "The stored record, where the version was not the one named"},
    ),
    "problem_entry": _fixed(("message", "code"), field=TEXT, message=TEXT, code=TEXT, hint=TEXT),
    "history_entry": _fixed(
        ("id", "at", "actor_id", "actor_name", "actor_for", "door", "entity", "record_id", "parent_entity", "parent_id", "version", "action", "transition", "reason", "changes"),
        id=SYSTEM["id"], at=SYSTEM["created_at"], actor_id={"type": ["string", "null"], "format": "uuid"}, actor_name=TEXT, actor_for={"type": ["string", "null"], "format": "uuid"}, door=TEXT,
        entity=TEXT, record_id=SYSTEM["id"], parent_entity=MIXED, parent_id={"type": ["string", "null"], "format": "uuid"}, version=COUNT,
        action={"enum": ["create", "update", "delete", "restore", "purge"]}, transition=MIXED, reason=MIXED,
        changes={"type": "object", "additionalProperties": _fixed(("before", "after"), before={}, after={})},
    ),
    "history": _fixed(("items", "next"), items={"type": "array", "items": {"$ref": "#/components/schemas/history_entry"}}, next=MIXED),
    "transition_offer": _fixed(
        ("name", "label", "target", "allowed", "reason", "require", "asks_reason"),
        name=TEXT, label=TEXT, target=TEXT, allowed={"type": "boolean"}, reason=TEXT, require={"type": "array", "items": TEXT},
        asks_reason={"enum": ["no", "asked", "required"]},
    ),
    "action_offer": _fixed(
        ("name", "label", "allowed", "reason", "effect"),
        name=TEXT, label=TEXT, allowed={"type": "boolean"}, reason=TEXT, effect={"enum": ["write", "read"]},
    ),
    "kept_file": _fixed(("id", "size"), id=SYSTEM["id"], size=COUNT),
    "carried": _fixed(("entity", "id", "action"), entity=TEXT, id=SYSTEM["id"], action={"enum": ["create", "update"]}),
    "restore_values": _fixed(
        ("entry", "columns"), entry={**SYSTEM["id"], "description": "Id of an entry of the history"},
        columns={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 500},
    ),
    "bulk_result": _fixed(
        ("line", "status", "id"), line={"type": "integer", "minimum": 1}, status={"enum": ["created", "updated", "unchanged", "refused"]},
        id={"type": ["string", "null"], "format": "uuid"}, errors={"type": "array", "items": {"$ref": "#/components/schemas/problem_entry"}},
    ),
}  # fmt: skip


def schemas_of(catalog: Catalog, entity: Entity, actions: Sequence[Compiled], language: str) -> dict[str, Schema]:
    """The components of one entity, by name."""
    name, title = entity.name, say(entity.label, language)
    stored, worked_out = _read(entity, language)
    write, required = _write(catalog, entity, language)
    nested = {n: _nested(c) for n, c in entity.children.items() if not catalog.entity(c.entity).retired}
    reason = (
        {} if "reason" in write else {"reason": {**MIXED, "maxLength": 1000, "description": "Why; kept in the history"}}
    )
    made: dict[str, Schema] = {
        name: {"title": title, **_object(tuple(stored), stored)},
        f"{name}_part": {"title": title, "description": "What `fields` asks for; paths through links under their full names", **_object(("id", "version"), {**stored, **worked_out, **nested}, closed=False)},
        f"{name}_page": _fixed(
            ("items", "next", "previous"), items={"type": "array", "items": either(name)}, next=MIXED, previous=MIXED, count=COUNT,
            count_is={"enum": ["exact", "capped", "estimate"]},
        ),
        f"{name}_new": {"title": title, **_object(required, write), **_shown(example_of(write, required))},
        f"{name}_change": {"title": title, **_object((), write), **_shown(example_of(write, ()))},
    }  # fmt: skip
    if entity.lifecycle is not None:
        made[f"{name}_transition"] = {"title": title, **_object((), {**write, **reason})}
    if entity.parent:
        own = {k: v for k, v in write.items() if k != entity.parent}
        made[f"{name}_row"] = {
            "title": title,
            **_object(
                tuple(n for n in required if n != entity.parent),
                {"id": SYSTEM["id"], "version": SYSTEM["version"], **own},
            ),
        }
        shown = {
            k: v
            for k, v in stored.items()
            if (k not in SYSTEM_COLUMNS or k in ("id", "version")) and k != entity.parent
        }
        made[f"{name}_nested"] = {"title": title, **_object(tuple(shown), shown)}
    for action in actions:
        made[f"{name}_{action.spec.name}_values"] = _values(catalog, action, language)
    return made


def _shown(example: Schema | None) -> Schema:
    return {"examples": [example]} if example else {}


def either(entity: str) -> Schema:
    """A whole record, or the part of it that was asked for."""
    return _either(entity, f"{entity}_part")


def _either(*names: str) -> Schema:
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]}


def _read(entity: Entity, language: str) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Schemas of stored columns, and of those worked out when they are asked for."""
    stored: dict[str, Schema] = dict(SYSTEM)
    worked_out: dict[str, Schema] = {}
    for field in entity.fields.values():
        for column, schema in _columns(field).items():
            known = entity.columns.get(column)
            if known is not None:
                stored[column] = loosened(_titled(schema, field, language), null=known.kind.null)
            elif field.virtual and not field.retired and column == field.name and field.columns:
                worked_out[column] = loosened(_titled(schema, field, language), null=True)
    return {c: stored.get(c, {}) for c in entity.columns if entity.columns[c].stored}, worked_out


def _columns(field: Field) -> dict[str, Schema]:
    return {c: _lengths(s) for c, s in field.type.schema(field).items() if any(c == k.name for k in field.columns)}


def _lengths(schema: Schema) -> Schema:
    """Lengths of time by their form: the format `duration` (RFC 3339) knows neither fractions nor negative ones."""
    return (
        {**{k: v for k, v in schema.items() if k != "format"}, "pattern": LENGTH}
        if schema.get("format") == "duration"
        else schema
    )


def _titled(schema: Schema, field: Field, language: str) -> Schema:
    return {**schema, "title": say(field.label, language)} if schema.get("title") == say(field.label) else schema


def loosened(schema: Schema, *, null: bool) -> Schema:
    """The schema of a stored value: its type and format, without limits that may have changed since."""
    made = {k: v for k, v in schema.items() if k not in LOOSE and not (k == "format" and v in UNSURE)}
    if made.get("format") == "decimal":
        made["pattern"] = DECIMAL
    if schema.get("pattern") == LENGTH:
        made["pattern"] = LENGTH
    if isinstance(made.get("items"), dict):
        made["items"] = loosened(made["items"], null=False)
    kinds = [made["type"]] if isinstance(made.get("type"), str) else list(made.get("type", ()))
    if kinds:
        kinds = [k for k in kinds if k != "null"] + ["null"] * null
        made["type"] = kinds[0] if len(kinds) == 1 else kinds
    return made


def _write(catalog: Catalog, entity: Entity, language: str) -> tuple[dict[str, Schema], list[str]]:
    """Schemas of columns and child rows that may be given, and the names of those that a new record needs."""
    write: dict[str, Schema] = {}
    required: list[str] = []
    for field in entity.fields.values():
        if field.virtual or field.retired or field.read_only or field.type.name == "sequence":
            continue
        for column, schema in _columns(field).items():
            write[column] = _or_key(
                catalog, entity, column, with_codes(catalog, field, _titled(schema, field, language))
            )
        if field.required and field.default is None and field.visible_when is None:
            required.append(field.columns[0].name)
    write |= {n: _rows(c, "row") for n, c in entity.children.items() if c.kind != "reverse"}
    return write, required


def _or_key(catalog: Catalog, entity: Entity, column: str, schema: Schema) -> Schema:
    """The schema of a link: an id, or the values of a key of a record that it may lead to."""
    known = entity.columns.get(column)
    targets = known.kind.entities if known is not None and known.kind.kind == "ref" else ()
    keys = [
        _key(catalog.entity(t), key.columns)
        for t in targets
        if t in catalog.entities
        for key in catalog.entity(t).keys
        if key.when is None
    ]
    if not keys:
        return schema
    about = {k: v for k, v in schema.items() if k in ("title", "description", "default", "x-entities")}
    return {**about, "anyOf": [{k: v for k, v in schema.items() if k not in about}, *keys]}


def _key(entity: Entity, columns: Sequence[str]) -> Schema:
    """The values that name a record."""
    kinds = {c: s for f in entity.fields.values() for c, s in _columns(f).items() if c in columns}
    return {"title": f"Key of {entity.name}", **_object(columns, {c: loosened(kinds[c], null=False) for c in columns})}


def with_codes(catalog: Catalog, field: Field, schema: Schema) -> Schema:
    """The schema with all codes of the field's list, wherever they were declared."""
    items = schema.get("items")
    if isinstance(items, dict) and "x-codes" in items:
        return {**schema, "items": with_codes(catalog, field, items)}
    codes = catalog.codes.get(str(schema.get("x-codes", "")))
    if codes is None:
        return schema
    null = [None] if isinstance(schema.get("type"), list) else []
    return {**schema, "enum": [*codes.values, *null]}


def _rows(children: Children, kind: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{children.entity}_{kind}"}}


def _nested(children: Children) -> Schema:
    """Records that a set holds: whole rows, or the parts that `fields` asks for."""
    whole = children.entity if children.kind == "reverse" else f"{children.entity}_nested"
    return {"type": "array", "items": _either(whole, f"{children.entity}_part")}


def _values(catalog: Catalog, action: Compiled, language: str) -> Schema:
    """What an action asks for."""
    properties = {
        c: with_codes(catalog, f, _titled(s, f, language)) for f in action.fields for c, s in _columns(f).items()
    }
    needed = [f.columns[0].name for f in action.fields if f.required and f.default is None]
    return {"title": say(action.label, language), **_object(needed, properties)}
