"""Step 3: departments, roles, grants, the needs matrix, imports and samples against their models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ..errors import Where
from ..metamodel.imports import ImportDef
from ..metamodel.rights import DepartmentDef, GrantDef, NeedsDef, RoleDef
from ..metamodel.samples import SampleDef
from .blocks import Block, Items, key_path
from .draft import Draft
from .merge import Definition
from .validate import validate

MODELS: dict[str, type[BaseModel]] = {
    "department": DepartmentDef,
    "role": RoleDef,
    "import": ImportDef,
    "sample": SampleDef,
}


def check_rights(draft: Draft) -> None:
    """Check what access metadata says; what is sound goes to `draft.models` and `draft.grants`."""
    files = draft.definitions.files
    for kind, model in MODELS.items():
        for name, definition in draft.definitions.of(kind).items():
            found: Any = validate(model, definition.block, files, definition.place, draft.problems)
            if found is None:
                draft.broken.add(f"{kind}:{name}")
            else:
                draft.models[kind, name] = found
    for definition in draft.definitions.grants:
        _check_grants(draft, definition)
    needs = draft.definitions.needs
    if needs:
        place = next(iter(needs.places.values()))
        found = validate(NeedsDef, needs, files, place, draft.problems)
        draft.models["needs", ""] = found or NeedsDef()


def _check_grants(draft: Draft, definition: Definition) -> None:
    files = draft.definitions.files
    grants = definition.block.get("grants")
    for key in definition.block:
        if key != "grants":
            draft.problem(
                definition,
                (key,),
                f"unknown key '{key}'",
                "unknown_key",
                "beside 'grants' only 'if_plugin' and 'if_mixin' are known",
            )
    if not isinstance(grants, Items):
        draft.problem(definition, ("grants",), "a list is expected", "wrong_type")
        return
    for index, (block, place) in enumerate(zip(grants, grants.places, strict=True)):
        path = ("grants", index)
        if not isinstance(block, Block):
            draft.problem(definition, path, "a grant is a mapping with role, entity, verbs", "wrong_type")
            continue
        grant = validate(GrantDef, block, files, place, draft.problems, path)
        if grant is not None:
            draft.grants.append((Definition("grant", str(index), definition.layer, block, place, at=path), grant))


def where_of_grant(draft: Draft, definition: Definition) -> Where:
    """Where a grant is written."""
    return draft.definitions.files.where(definition.place, key_path(definition.at))
