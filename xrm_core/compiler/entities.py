"""Step 3: authored entities to entities in force: fields with their types, options and columns, keys, rules, lifecycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import force_setattr, replace
from pydantic import BaseModel, ValidationError

from ..expressions import UNSAYABLE
from ..metamodel.catalog import SYSTEM_COLUMNS, Entity, Field
from ..metamodel.definitions import EntityDef, FieldDef, MixinDef
from ..metamodel.field_type import Column, FieldType
from ..metamodel.kinds import T
from ..metamodel.text import as_text, humanise
from .behaviour import build_keys, build_lifecycle, build_rules, default_title, plural
from .blocks import Block, key_path
from .draft import Draft, language_of
from .kept import without_options
from .merge import Definition
from .validate import MAX_NAME, nearest, validate

FIELD_KEYS = tuple(info.alias or name for name, info in FieldDef.model_fields.items())
OWN_KEYS = frozenset((*FIELD_KEYS, *FieldDef.model_fields))
RESERVED_PREFIX = "xrm_"
"""Tables of the platform begin with it."""


def check_models(draft: Draft) -> None:
    """Check the authored entities and mixins against their models; what is sound goes to `draft.models`."""
    files = draft.definitions.files
    for name, definition in draft.definitions.of("mixin").items():
        model = validate(MixinDef, definition.block, files, definition.place, draft.problems)
        if model is not None:
            draft.models["mixin", name] = model
            if not any(name in mixins for mixins in draft.expanded.mixins_of.values()):
                for field, authored in model.fields.items():
                    options_of(draft, definition, field, authored)
    for name, definition in draft.expanded.entities.items():
        entity = validate(EntityDef, definition.block, files, definition.place, draft.problems, definition.at)
        if entity is None:
            draft.broken.add(name)
            continue
        draft.models["entity", name] = entity
        written = definition.block.get("fields")
        draft.broken.update(
            f"{name}.{f}" for f in (written if isinstance(written, Block) else ()) if f not in entity.fields
        )


def build_fields(draft: Draft, definition: Definition, entity: EntityDef) -> dict[str, Field]:
    """The fields of one entity, without columns where the type could not be understood."""
    made: dict[str, Field] = {}
    language = language_of(draft, definition.layer)
    for name, authored in entity.fields.items():
        found = options_of(draft, definition, name, authored)
        if found is None:
            draft.broken.add(f"{definition.name}.{name}")
            continue
        field = make_field(draft, definition, name, authored, *found, language)
        made[name] = with_columns(field, complete(draft, found[0].columns(field)))
    return made


def options_of(
    draft: Draft, definition: Definition, name: str, authored: FieldDef
) -> tuple[FieldType, BaseModel] | None:
    """Type and options of a field; None (and a problem) when one of them is wrong."""
    kind = draft.field_types.get(authored.type)
    if kind is None:
        draft.problem(
            definition,
            ("fields", name, "type"),
            f"there is no field type '{authored.type}'",
            "unknown_type",
            nearest(authored.type, draft.field_types),
        )
        return None
    extra = authored.model_extra
    try:
        return kind, kind.Options.model_validate(extra) if extra else without_options(kind.Options)
    except ValidationError:
        block = definition.block["fields"][name]
        if block.before and "type" in block.before:
            _type_changed(draft, definition, name, block)
            return None
        own = Block({k: v for k, v in block.items() if k in (extra or {})}, block.places)
        place, files = definition.block["fields"].places[name], draft.definitions.files
        options = validate(
            kind.Options, own, files, place, draft.problems, (*definition.at, "fields", name), FIELD_KEYS
        )
        return None if options is None else (kind, options)


def own_options(block: Block) -> dict[str, Any]:
    """The keys of a field that belong to its type."""
    return {key: value for key, value in block.items() if key not in OWN_KEYS}


def _type_changed(draft: Draft, definition: Definition, name: str, block: Block) -> None:
    """A later layer gave the field another type, which does not take the keys that the earlier one set."""
    place, before = block.before["type"][-1] if block.before else (definition.place, "")
    set_at = draft.definitions.files.where(place)
    draft.problem(
        definition,
        ("fields", name, "type"),
        f"'{name}' is of type '{before}' ({set_at}), and its keys do not fit the type '{block['type']}'",
        "type_changed",
        "take `type` out of the extension, or add a field of another name",
    )


def make_field(
    draft: Draft,
    definition: Definition,
    name: str,
    authored: FieldDef,
    kind: FieldType,
    options: BaseModel,
    language: str,
) -> Field:
    """A field in force, without its columns."""
    fields = definition.block["fields"]
    place = fields.places[name]
    files = draft.definitions.files
    formula = getattr(options, "expression", None) if kind.virtual else None
    return Field(
        name=name,
        entity=definition.name,
        type=kind,
        options=options,
        label=as_text(authored.label, humanise(name), language if authored.label else "en"),
        help=as_text(authored.help, "", language),
        required=authored.required,
        default=Decimal(repr(authored.default)) if isinstance(authored.default, float) else authored.default,
        unique=authored.unique,
        read_only=authored.read_only or formula is not None,
        hidden=authored.hidden,
        index=authored.index,
        data_class=authored.data_class,
        visible_when=authored.visible_when,
        required_when=authored.required_when,
        read_only_when=authored.read_only_when,
        formula=formula,
        was=authored.was,
        retired=authored.retired,
        mixin=draft.expanded.field_mixin.get((definition.name, name)),
        layer=files.layer(place),
        where=files.where(place, key_path((*definition.at, "fields", name))),
    )


def with_columns(field: Field, columns: tuple[Column, ...]) -> Field:
    """Give a field that was just made its columns; nobody has seen it without them."""
    force_setattr(field, "columns", columns)
    return field


def complete(draft: Draft, columns: Iterable[Column]) -> tuple[Column, ...]:
    """Columns with what a type cannot know: the codes of a list, the entities that carry a mixin."""
    made: list[Column] = []
    for column in columns:
        kind = complete_kind(draft, column.kind)
        made.append(column if kind is column.kind else replace(column, kind=kind))
    return tuple(made)


def complete_kind(draft: Draft, kind: T) -> T:
    """A type with codes and entities filled in."""
    if kind.kind == "list" and isinstance(kind.of, T):
        item = complete_kind(draft, kind.of)
        return kind if item is kind.of else replace(kind, of=item)
    if kind.codes is not None and not kind.of and (codes := draft.code_def(kind.codes)) is not None:
        return replace(kind, of=tuple(codes.values))
    names = (kind.of,) if isinstance(kind.of, str) else kind.of if isinstance(kind.of, tuple) else ()
    if kind.kind == "ref" and any(name.startswith("mixin:") for name in names):
        return replace(kind, of=targets(draft, names))
    return kind


def targets(draft: Draft, to: Any) -> tuple[str, ...]:
    """Entities that a link may point to; `mixin:name` becomes every entity that carries it."""
    found: dict[str, None] = {}
    for name in (to,) if isinstance(to, str) else to:
        carriers = [e for e, mixins in draft.expanded.mixins_of.items() if name[6:] in mixins]
        found.update(dict.fromkeys(sorted(carriers) if name.startswith("mixin:") else (name,)))
    return tuple(found)


def build_entity(draft: Draft, definition: Definition, authored: EntityDef, fields: dict[str, Field]) -> Entity:
    """An entity in force, without reverse links (see `children.py`) and without `display` (see `titles.py`)."""
    language = language_of(draft, definition.layer)
    files = draft.definitions.files
    label = as_text(authored.label, humanise(definition.name), language if authored.label else "en")
    columns: dict[str, Column] = dict(SYSTEM_COLUMNS)
    owner: dict[str, str] = {}
    check_name(draft, definition, (), definition.name)
    for field in fields.values():
        if not field.columns:
            check_name(draft, definition, ("fields", field.name), field.name)
        for column in field.columns:
            check_name(draft, definition, ("fields", field.name), column.name)
            if column.name in columns:
                clash(draft, definition, field, column.name, owner)
            elif column.stored:
                columns[column.name] = column
            owner.setdefault(column.name, field.name)
    made = draft.expanded.made.get(definition.name)
    lifecycle = build_lifecycle(draft, authored.lifecycle, fields, language) if authored.lifecycle else None
    return Entity(
        name=definition.name,
        label=label,
        plural=as_text(authored.plural, "", language) if authored.plural else plural(label),
        description=as_text(authored.description, "", language),
        icon=authored.icon or ("rows-3" if made else "circle-dot"),
        title=authored.title or default_title(fields),
        fields=fields,
        columns=columns,
        children={},
        mixins=frozenset(draft.expanded.mixins_of.get(definition.name, ())),
        keys=build_keys(authored, fields),
        search=tuple(dict.fromkeys(authored.search)),
        rules=tuple(build_rules(draft, definition, authored, language)),
        lifecycle=lifecycle,
        parent=made[0] if made else None,
        history=authored.history,
        append_only=authored.append_only,
        integrates=authored.integrates,
        connects=tuple(authored.connects),
        timeline=authored.timeline,
        next_step=authored.next_step,
        similar=authored.similar,
        domain=definition.layer,
        was=authored.was,
        retired=authored.retired,
        where=files.where(definition.place),
        field_of_column=owner,
    )


def check_name(draft: Draft, definition: Definition, path: tuple[str, ...], name: str) -> None:
    """Say that the name of a table or column cannot be used in the database."""
    if len(name) > MAX_NAME:
        message = f"'{name}' has more than {MAX_NAME} characters"
        draft.problem(definition, path, message, "too_long", "shorten the name of the field or of its entity")
    elif name.startswith(RESERVED_PREFIX) and not path:
        message = f"names that begin with '{RESERVED_PREFIX}' are the platform's"
        draft.problem(definition, path, message, "reserved", "rename the entity")
    elif name in UNSAYABLE:
        draft.broken.add(f"{definition.name}.{name}" if path else name)
        draft.problem(definition, path, *unsayable(name))


def unsayable(name: str) -> tuple[str, str, str]:
    """Message, code and hint for a name that no expression can read."""
    return (
        f"'{name}' is a word of expressions and cannot be a name",
        "reserved",
        f"call it '{name}_' or by another word",
    )


def clash(draft: Draft, definition: Definition, field: Field, column: str, owner: Mapping[str, str]) -> None:
    """Say that a column name is taken."""
    taken = f"by field '{owner[column]}'" if column in owner else "by the platform"
    message = f"'{column}' is taken {taken}"
    draft.broken.add(f"{definition.name}.{field.name}")
    draft.problem(
        definition,
        ("fields", field.name),
        message,
        "reserved" if column not in owner else "column_clash",
        "rename the field",
    )
