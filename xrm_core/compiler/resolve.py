"""Step 3: merged definitions to a catalog. What is faulty is reported and left out, so that checking can go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Problem
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.field_type import FieldType
from ..metamodel.rights import NeedsDef
from .children import connect
from .codes import build_codes, check_codes
from .dashboards import build_dashboards
from .draft import Draft
from .entities import build_entity, build_fields, check_models
from .expand import expand
from .layouts import build_forms, build_menu, build_views, check_layouts
from .merge import Definitions
from .provenance import Provenance
from .rights import check_rights, where_of_grant
from .titles import add_display


def resolve(
    definitions: Definitions,
    field_types: Mapping[str, FieldType],
    settings: Mapping[str, Any],
    problems: list[Problem],
    warnings: list[Problem],
    version: str = "",
    functions: Mapping[str, Any] | None = None,
) -> Draft:
    """Everything in force, as a draft whose `catalog` is complete but not yet checked for references and expressions."""
    draft = Draft(definitions, field_types, settings, problems, warnings)
    draft.functions = functions or {}
    draft.expanded = expand(definitions, problems)
    check_models(draft)
    check_codes(draft)
    check_layouts(draft)
    check_rights(draft)
    codes = {d.name: build_codes(draft, d, model) for d, model in draft.all_of("codes")}
    entities: dict[str, Entity] = {}
    for definition, model in draft.all_of("entity"):
        entities[definition.name] = build_entity(draft, definition, model, build_fields(draft, definition, model))
    add_display(draft, entities, codes)
    connect(draft, entities)
    views = build_views(draft, entities)
    mixins = {
        name: frozenset(e for e, carried in draft.expanded.mixins_of.items() if name in carried)
        for name in definitions.of("mixin")
    }
    draft.catalog = Catalog(
        version=version,
        entities=entities,
        codes=codes,
        forms=build_forms(draft, entities),
        views=views,
        menu=build_menu(draft, entities, views),
        dashboards=build_dashboards(draft, views),
        departments={d.name: model for d, model in draft.all_of("department")},
        roles={d.name: model for d, model in draft.all_of("role")},
        grants=tuple(grant for _, grant in draft.grants),
        grant_places=tuple((d.layer, where_of_grant(draft, d)) for d, _ in draft.grants),
        needs=draft.models.get(("needs", ""), NeedsDef()),
        imports={d.name: model for d, model in draft.all_of("import")},
        samples={d.name: model for d, model in draft.all_of("sample")},
        mixins=mixins,
        settings=settings,
        functions=draft.functions,
        provenance=Provenance(lambda: definitions, draft.expanded),
    )
    return draft
