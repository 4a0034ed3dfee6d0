"""Check of imports: the entities and fields that rows become, the targets that values name, regular expressions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import BaseModel

from ..metamodel.catalog import Catalog, Entity
from ..metamodel.imports import ConditionDef, FileDef, TargetDef, ValueDef
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field


def check_imports(draft: Draft) -> None:
    """Check all import sets."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, authored in draft.all_of("import"):
        for f, file in enumerate(authored.files):
            _check_texts(draft, definition, ("files", f), file)
            for t, target in enumerate(file.targets):
                path = ("files", f, "targets", t)
                if expect(draft, definition, (*path, "entity"), "entity", target.entity, catalog.entities):
                    _check_target(draft, catalog, definition, path, target)


def _check_target(
    draft: Draft, catalog: Catalog, definition: Definition, path: tuple[str | int, ...], target: TargetDef
) -> None:
    entity = catalog.entities[target.entity]
    for key in ("key", "fold", "unordered"):
        for index, name in enumerate(getattr(target, key)):
            expect_field(draft, definition, (*path, key, index), entity, name)
    for key in ("fields", "create"):
        for name, value in getattr(target, key).items():
            if _takes(entity, name) or expect_field(draft, definition, (*path, key, name), entity, name):
                link = getattr(value, "link", None)
                if link is not None:
                    expect(draft, definition, (*path, key, name, "link"), "entity", link, catalog.entities)


def _check_texts(draft: Draft, definition: Definition, path: tuple[str | int, ...], file: FileDef) -> None:
    """The names of targets in values, and the regular expressions of values and conditions."""
    targets = [target.name for target in file.targets]
    for place, found in _parts(file, path):
        if isinstance(found, ValueDef):
            if found.target is not None:
                expect(draft, definition, (*place, "target"), "target", found.target, targets)
            for step in found.steps:
                if step.name in ("extract", "whole"):
                    _check_pattern(draft, definition, (*place, step.name), step.argument)
        elif found.matches is not None:
            _check_pattern(draft, definition, (*place, "matches"), found.matches)


def _check_pattern(draft: Draft, definition: Definition, path: tuple[str | int, ...], text: object) -> None:
    try:
        re.compile(str(text))
    except re.error as fault:
        draft.problem(
            definition, path, f"{str(text)!r} is no regular expression: {fault}", "pattern", "a bracket that is meant itself is written \\("
        )  # fmt: skip


def _parts(model: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], ValueDef | ConditionDef]]:
    """All values and conditions within a part of a mapping, each with its place."""
    if isinstance(model, ValueDef | ConditionDef):
        yield path, model
    if isinstance(model, BaseModel):
        for name, field in type(model).model_fields.items():
            yield from _parts(getattr(model, name), (*path, field.alias or name))
    elif isinstance(model, dict):
        for key, value in model.items():
            yield from _parts(value, (*path, key))
    elif isinstance(model, Collection) and not isinstance(model, str | bytes):
        for index, value in enumerate(model):
            yield from _parts(value, (*path, index))


def _takes(entity: Entity, name: str) -> bool:
    return name in entity.columns or name in entity.fields
