"""Which texts that people read are missing in a language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import Problem, Where
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.text import Text, as_text, say

Labelled = tuple[str, Text, Where | None]
"""Key path, text, place."""


def missing_labels(catalog: Catalog, languages: Iterable[str]) -> list[Problem]:
    """A doubt for each text that lacks one of the languages, sorted by file and line. Empty texts are left out."""
    wanted = tuple(languages)
    found: list[Problem] = []
    for path, text, where in texts_of(catalog):
        lacking = [language for language in wanted if language not in text and language.split("-")[0] not in text]
        if lacking and any(text.values()):
            place = Where(where.file, where.line, path) if where is not None else None
            message = f"'{say(text)}' has no text in {', '.join(lacking)}"
            found.append(Problem(message, "missing_label", where=place, hint=f"write {{en: ..., {lacking[0]}: ...}}"))
    return sorted(found, key=lambda p: (p.where.file, p.where.line) if p.where else ("", 0))


def summary(catalog: Catalog, languages: Sequence[str]) -> dict[str, tuple[int, int]]:
    """For each language: (texts there, texts in all)."""
    texts = [text for _, text, _ in texts_of(catalog) if any(text.values())]
    return {one: (sum(one in text or one.split("-")[0] in text for text in texts), len(texts)) for one in languages}


def texts_of(catalog: Catalog) -> Iterator[Labelled]:
    """Every text of the catalog that people read."""
    for entity in catalog.entities.values():
        if not entity.retired:
            yield from _entity_texts(entity)
    for codes in catalog.codes.values():
        yield f"codes:{codes.name}.label", codes.label, codes.where
        yield f"codes:{codes.name}.description", codes.description, codes.where
        for value in codes.values.values():
            yield f"codes:{codes.name}.values.{value.code}.label", value.label, codes.where
            yield f"codes:{codes.name}.values.{value.code}.help", value.help, codes.where
    for view in catalog.views.values():
        yield f"view:{view.name}.label", view.label, _place(catalog, f"view:{view.name}")
    for dashboard in catalog.dashboards.values():
        place = _place(catalog, f"dashboard:{dashboard.name}")
        yield f"dashboard:{dashboard.name}.label", dashboard.label, place
        for tile in dashboard.tiles.values():
            yield f"dashboard:{dashboard.name}.tiles.{tile.name}.label", tile.label, place
            yield f"dashboard:{dashboard.name}.tiles.{tile.name}.text", tile.text, place
    for key, form in catalog.forms.items():
        for tab in form.tabs:
            yield f"form:{key}.tabs", tab.label, _place(catalog, f"form:{key}")
            for section in tab.sections:
                yield f"form:{key}.sections", section.label, _place(catalog, f"form:{key}")
    for group in catalog.menu:
        yield f"menu:{group.name}.label", group.label, _place(catalog, f"menu:{group.name}")
    everybody: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("role", catalog.roles),
        ("department", catalog.departments),
    )
    for kind, defs in everybody:
        for name, authored in defs.items():
            yield f"{kind}:{name}.label", as_text(authored.label), _place(catalog, f"{kind}:{name}")


def _entity_texts(entity: Entity) -> Iterator[Labelled]:
    yield f"{entity.name}.label", entity.label, entity.where
    yield f"{entity.name}.plural", entity.plural, entity.where
    yield f"{entity.name}.description", entity.description, entity.where
    for field in entity.fields.values():
        if not field.retired and not field.hidden and field.name != entity.parent:
            yield f"{entity.name}.{field.name}.label", field.label, field.where
            yield f"{entity.name}.{field.name}.help", field.help, field.where
    for index, rule in enumerate(entity.rules):
        yield f"{entity.name}.rules[{index}].message", rule.message, rule.where
    for transition in entity.lifecycle.transitions.values() if entity.lifecycle else ():
        yield f"{entity.name}.lifecycle.transitions.{transition.name}.label", transition.label, entity.where
        yield f"{entity.name}.lifecycle.transitions.{transition.name}.message", transition.message or {}, entity.where


def _place(catalog: Catalog, path: str) -> Where | None:
    try:
        return catalog.provenance[path][0].where
    except KeyError:
        return None
