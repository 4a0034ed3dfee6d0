"""link: a reference to a record of one, or of several allowed, entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import BaseModel
from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.definitions import Label, Name
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, Widget
from xrm_core.metamodel.kinds import T, ref

from .characters import clean, shown, text_of
from .options import Options, Target, may_be_empty
from .schemas import describe
from .uuids import uuid_text

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

OPERATORS = ("eq", "ne", "in", "empty", "notEmpty")


class LinkEnd(Options):
    """What every link says about its far end."""

    on_delete: Literal["restrict", "cascade", "empty"] = Key(
        "restrict",
        description="When the record linked to is deleted: refuse (`restrict`), delete this one too (`cascade`), "
        "or clear the link (`empty`)",
    )
    reverse: Name | None = Key(
        None, description="Name of the set of linking records at the other end; default `{entity}_via_{field}`"
    )
    reverse_label: Label | None = Key(None, description="Heading of that set where it is shown")


class LinkOptions(Target, LinkEnd):
    """Options of link."""


class LinkType(FieldType):
    """A reference to one record, by its id. Where several entities are allowed, the column `{field}_entity` names
    the one meant.

    Here only the form of the id is checked; that the record exists and may be seen is checked where records are saved.
    """

    name = "link"
    Options: ClassVar[type[BaseModel]] = LinkOptions

    def columns(self, field: Field) -> tuple[Column, ...]:
        """The id, and the entity when there are several targets (mixins as `mixin:name`)."""
        target = cast(LinkOptions, field.options)
        kind = ref(*target.targets, null=may_be_empty(field))
        if target.is_single:
            return (Column(field.name, kind, references=target.targets[0]),)
        return (Column(field.name, kind), Column(f"{field.name}_entity", T("text", may_be_empty(field))))

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """The id in canonical form, the name of an entity that may be linked to; those that are given."""
        part = f"{field.name}_entity"
        result: dict[str, Any] = {}
        if field.name in given:
            raw = given[field.name]
            result[field.name] = None if raw is None else uuid_text(raw)
        if given.get(part) and not cast(LinkOptions, field.options).is_single:
            result[part] = self._entity(given[part], part, field)
        elif part in given:
            result[part] = None
        return result

    @staticmethod
    def _entity(raw: Any, part: str, field: Field) -> str:
        entity = clean(text_of(raw))
        known = field.columns[0].kind.entities if field.columns else cast(LinkOptions, field.options).targets
        if entity not in known and not any(name.startswith("mixin:") for name in known):
            told = f"{shown(entity)} cannot be linked here"
            raise FieldFault(told, code="wrong_entity", part=part, hint=_("use {names}", names=", ".join(known)))
        return entity

    def settles(self, field: Field, env: Env) -> bool:
        """Only where several entities are allowed."""
        return not cast(LinkOptions, field.options).is_single

    def settle(self, record: Mapping[str, Any], before: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Where several entities are allowed, the one meant must be said; without an id there is none."""
        options, part = cast(LinkOptions, field.options), f"{field.name}_entity"
        if options.is_single:
            return {}
        if record.get(field.name) is None:
            return {part: None}
        if record.get(part) is None:
            known = field.columns[0].kind.entities if field.columns else options.targets
            hint = _("give {field}: one of {names}", field=part, names=", ".join(known))
            raise FieldFault(
                _("It is not said which kind of record is meant"), code="entity_missing", part=part, hint=hint
            )
        return {}

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """An id; several targets may be written `donor:ID` in one text. Titles and codes are looked up by forms and
        imports."""
        part = f"{field.name}_entity"
        texts = {name: given[name].strip() or None for name in (field.name, part) if name in given}
        named, mark, id = (texts.get(field.name) or "").partition(":")
        if mark and not cast(LinkOptions, field.options).is_single:
            texts[field.name], texts[part] = id.strip() or None, named.strip() or texts.get(part)
        return self.accept(texts, field, env)

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
        result = {
            field.name: describe(field, {"type": "string", "format": "uuid", "x-references": list(options.targets)})
        }
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
    """Sentences about targets that are neither an entity nor a mixin. Kinds that `names` does not have are not
    checked."""
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
