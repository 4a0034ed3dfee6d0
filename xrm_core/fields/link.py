"""link: a reference to a record of one, or of several allowed, entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import Field as Key

from xrm_core.metamodel.definitions import Label, Name
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, Widget
from xrm_core.metamodel.kinds import T, ref

from .characters import clean, shown, text_of
from .options import Options, Target
from .schemas import describe
from .uuids import uuid_text

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

OPERATORS = ("eq", "ne", "in", "empty", "notEmpty")


class LinkEnd(Options):
    """What every link says about its far end."""

    on_delete: Literal["restrict", "cascade", "empty"] = Key(
        "restrict",
        description="When the record linked to is deleted: refuse (`restrict`), delete this one too (`cascade`), or clear the link (`empty`)",
    )
    reverse: Name | None = Key(
        None, description="Name of the set of linking records at the other end; default `{entity}_via_{field}`"
    )
    reverse_label: Label | None = Key(None, description="Heading of that set where it is shown")


class LinkOptions(Target, LinkEnd):
    """Options of link."""


class LinkType(FieldType):
    """A reference to one record, by its id. Where several entities are allowed, the column `{field}_entity` names the one meant.

    Here only the form of the id is checked; that the record exists and may be seen is checked where records are saved.
    """

    name = "link"
    Options = LinkOptions

    def columns(self, field: Field) -> tuple[Column, ...]:
        """The id, and the entity when there are several targets (mixins as `mixin:name`)."""
        target = cast(LinkOptions, field.options)
        kind = ref(*target.targets, null=not field.required)
        if target.is_single:
            return (Column(field.name, kind, references=target.targets[0]),)
        return (Column(field.name, kind), Column(f"{field.name}_entity", T("text", not field.required)))

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """The id in canonical form, and the entity's name where one is needed."""
        options = cast(LinkOptions, field.options)
        raw = given[field.name] if field.name in given else None
        id = None if raw is None else uuid_text(raw)
        if options.is_single:
            return {field.name: id}
        return {field.name: id, **self._entity(id, given, field, options)}

    def _entity(self, id: str | None, given: Mapping[str, Any], field: Field, options: LinkOptions) -> dict[str, str | None]:
        part = f"{field.name}_entity"
        raw = given.get(part)
        if id is None:
            return {part: None}
        if raw is None or raw == "":
            hint = f"give {part}: " + ", ".join(name.removeprefix("mixin:") for name in options.targets)
            raise FieldFault("It is not said which kind of record is meant", code="entity_missing", part=part, hint=hint)
        entity = clean(text_of(raw))
        named = options.targets
        if entity not in named and not any(name.startswith("mixin:") for name in named):
            raise FieldFault(f"{shown(entity)} cannot be linked here", code="wrong_entity", part=part, hint=f"use {', '.join(named)}")
        return {part: entity}

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """An id; several targets may be written `donor:ID` in one text. Titles and codes are looked up by forms and imports."""
        text = given.get(field.name, "").strip()
        part = f"{field.name}_entity"
        entity = given.get(part, "").strip() or None
        if not cast(LinkOptions, field.options).is_single and ":" in text:
            named, _, text = text.partition(":")
            entity = named.strip() or entity
        return self.accept({field.name: text or None, part: entity}, field, env)

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The title of the record linked to where the query brought it (`{field}.display`), else the id."""
        title = record.get(f"{field.name}.display")
        return str(title) if title else record.get(field.name) or ""

    def widget(self, field: Field) -> Widget:
        """A search for records of the entities linked to."""
        return Widget("lookup", {"targets": cast(LinkOptions, field.options).targets})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it one of these records."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A UUID, and the name of an entity."""
        options = cast(LinkOptions, field.options)
        result = {field.name: describe(field, {"type": "string", "format": "uuid", "x-references": list(options.targets)})}
        if not options.is_single:
            name: dict[str, Any] = {"type": "string"}
            if not any(target.startswith("mixin:") for target in options.targets):
                name["enum"] = list(options.targets)
            result[f"{field.name}_entity"] = describe(field, name, title=f"Entity of {field.name}", optional=True)
        return result

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The targets must exist; a required link cannot be emptied."""
        options = cast(LinkOptions, field.options)
        faults = target_faults(options.targets, names)
        if options.on_delete == "empty" and field.required:
            faults.append("on_delete: empty does not go with required: true; use restrict or cascade")
        return faults


def target_faults(targets: Sequence[str], names: Mapping[str, Sequence[str]]) -> list[str]:
    """Sentences about targets that are neither an entity nor a mixin. Kinds that `names` does not have are not checked."""
    faults = []
    for target in targets:
        kind, name = ("mixins", target[6:]) if target.startswith("mixin:") else ("entities", target)
        known = names.get(kind)
        if known is not None and name not in known:
            faults.append(f"there is no {'mixin' if kind == 'mixins' else 'entity'} {name!r}" + nearest(name, known))
    return faults


def nearest(name: str, known: Sequence[str]) -> str:
    """`; did you mean ...?` for a misspelt name, or nothing."""
    near = get_close_matches(name, known, 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
