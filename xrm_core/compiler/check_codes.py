"""Check of code lists: replacements, parents, former names, stewards, attributes that name codes of other lists."""

from __future__ import annotations

from ..expressions import UNSAYABLE
from ..metamodel.catalog import Catalog, CodeList, CodeValue
from .draft import Draft
from .entities import unsayable
from .merge import Definition
from .names import expect, target_of
from .validate import nearest


def check_codes(draft: Draft) -> None:
    """Check all lists, inline ones included."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, _ in draft.all_of("codes"):
        codes = catalog.codes[definition.name]
        if codes.steward is not None:
            expect(draft, definition, ("steward",), "role", codes.steward, catalog.roles)
        for name, kind in codes.attributes.items():
            if name in UNSAYABLE:
                draft.problem(definition, ("attributes", name), *unsayable(name))
            if kind.startswith("codes"):
                expect(
                    draft, definition, ("attributes", name), "code list", target_of(name, kind), catalog.codes, "codes"
                )
            if kind.startswith("expression:"):
                entities = [other for other, its in codes.attributes.items() if its == "entity"]
                over = target_of(name, kind)
                expect(draft, definition, ("attributes", name), "attribute of type entity", over, entities)
        for value in codes.values.values():
            _check_value(draft, definition, codes, value)
            _check_attributes(draft, catalog, definition, codes, value)


def _check_value(draft: Draft, definition: Definition, codes: CodeList, value: CodeValue) -> None:
    for key, name in (("replaced_by", value.replaced_by), ("parent", value.parent)):
        if name is None:
            continue
        if name == value.code:
            draft.problem(definition, ("values", value.code, key), f"'{name}' is the code itself", "bad_code", None)
        else:
            expect(draft, definition, ("values", value.code, key), "code", name, codes.values)
    if value.was is not None and value.was in codes.values:
        draft.problem(
            definition,
            ("values", value.code, "was"),
            f"'{value.was}' is a code that is still there",
            "live_name",
            "take `was` out, or write replaced_by on the old code",
        )
    if value.valid_from and value.valid_until and value.valid_from > value.valid_until:
        draft.problem(
            definition, ("values", value.code, "valid_until"), "valid_until is before valid_from", "bad_value", None
        )
    _check_circle(draft, definition, codes, value, "parent", "parents")
    _check_circle(draft, definition, codes, value, "replaced_by", "replacements")


def _check_circle(draft: Draft, definition: Definition, codes: CodeList, value: CodeValue, key: str, what: str) -> None:
    seen, here = [value.code], getattr(value, key)
    while here is not None and here in codes.values and here not in seen:
        seen.append(here)
        here = getattr(codes.values[here], key)
    if here == value.code and len(seen) > 1 and value.code == min(seen):
        told = f"{what} run in a circle: {' -> '.join([*seen, here])}"
        draft.problem(definition, ("values", value.code, key), told, "circle", None)


def _check_attributes(
    draft: Draft, catalog: Catalog, definition: Definition, codes: CodeList, value: CodeValue
) -> None:
    for name, kind in codes.attributes.items():
        said = value.attributes.get(name)
        if kind == "entity" and said is not None:
            known = {*catalog.entities, *catalog.mixins}
            expect(draft, definition, ("values", value.code, name), "entity or mixin", said, known)
        other = catalog.codes.get(target_of(name, kind)) if kind.startswith("codes") else None
        if other is not None and isinstance(said, str) and said not in other.values:
            message = f"'{said}' is no code of '{other.name}'"
            draft.problem(
                definition, ("values", value.code, name), message, "unknown_code", nearest(said, other.values)
            )
