"""Step 3: the implicit field `display` of every entity: its title template as a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..expressions import ExprError, template_to_expression
from ..metamodel.catalog import CodeList, Entity, Field
from ..metamodel.text import as_text
from .draft import Draft
from .entities import with_columns
from .schema import make_schema

DISPLAY = "display"
PLAIN = "written(record.created_at.date())"
"""The title where the template cannot be used."""
SLOT = re.compile(r"\{\s*([a-z][a-z0-9_]*)\s*\}")


def add_display(draft: Draft, entities: Mapping[str, Entity], codes: Mapping[str, CodeList]) -> None:
    """Give every entity (just made, not yet seen by anyone) its `display`. Faults of templates are problems."""
    kind = draft.field_types.get("formula")
    if kind is None:
        return
    schema = make_schema(entities, codes, draft.settings, draft.functions)
    for entity in entities.values():
        definition = draft.expanded.entities[entity.name]
        if DISPLAY in entity.fields:
            draft.problem(
                definition,
                ("fields", DISPLAY),
                "'display' is the title of every record",
                "reserved",
                "rename the field",
            )
            continue
        broken = any(draft.is_broken(f"{entity.name}.{name}") for name in SLOT.findall(entity.title))
        try:
            text = (
                PLAIN if broken else template_to_expression(written_out(entity), schema.entities[entity.name], schema)
            )
        except ExprError as fault:
            text = PLAIN
            if entity.name not in draft.expanded.unknown:
                draft.problem(definition, ("title",), str(fault.message), "bad_title", fault.hint)
        options = kind.Options.model_validate(title_options(text))
        field = Field(
            name=DISPLAY, entity=entity.name, type=kind, options=options, label=as_text({"en": "Title", "de": "Titel", "ar": "العنوان"}), help=as_text(""),
            read_only=True, hidden=True, formula=text, layer=entity.domain, where=entity.where,
        )  # fmt: skip
        object.__setattr__(entity, "fields", {**entity.fields, DISPLAY: with_columns(field, kind.columns(field))})
        object.__setattr__(entity, "field_of_column", {**entity.field_of_column, DISPLAY: DISPLAY})


def title_options(text: str) -> dict[str, str]:
    """What stands for the title's formula where an author would write it."""
    return {"of": "text", "is": text}


def written_out(entity: Entity) -> str:
    """The template with compound fields replaced by their texts: `{person}` by `{person_given} {person_family}`."""

    def parts(found: re.Match[str]) -> str:
        field = entity.fields.get(found.group(1))
        if field is None or not field.columns or field.columns[0].name == field.name:
            return found.group(0)
        names = [c.name for c in field.columns if c.kind.kind == "text"]
        short = [n for n in names if n.endswith(("_given", "_family"))]
        return " ".join(f"{{{name}}}" for name in short or names)

    return SLOT.sub(parts, entity.title)
