"""Check of imports: the entities and fields that rows become."""

from __future__ import annotations

from ..metamodel.catalog import Catalog, Entity
from ..metamodel.imports import TargetDef
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field


def check_imports(draft: Draft) -> None:
    """Check all import sets."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, authored in draft.all_of("import"):
        for f, file in enumerate(authored.files):
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


def _takes(entity: Entity, name: str) -> bool:
    return name in entity.columns or name in entity.fields
