"""Check of code lists: replacements, parents, former names, stewards, attributes that name codes of other lists."""

from __future__ import annotations

from ..expressions import UNSAYABLE
from ..metamodel.catalog import Catalog, CodeList, CodeValue
from ..metamodel.definitions import CodeListDef
from .draft import Draft
from .entities import unsayable
from .merge import Definition
from .names import expect, expect_path, over_of
from .schema import target_of
from .validate import nearest


def check_codes(draft: Draft) -> None:
    """Check all lists, inline ones included."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, authored in draft.all_of("codes"):
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
            if kind.startswith("entity:"):
                known = {*catalog.entities, *catalog.mixins}
                expect(draft, definition, ("attributes", name), "entity or mixin", target_of(name, kind), known)
            if kind.startswith(("expression:", "transition:", "field:")):
                entities = [other for other, its in codes.attributes.items() if its.partition(":")[0] == "entity"]
                over, _ = over_of(kind)
                expect(draft, definition, ("attributes", name), "attribute of type entity", over, entities)
        for name in codes.required:
            expect(draft, definition, ("required",), "attribute", name, codes.attributes)
        for value in codes.values.values():
            _check_value(draft, definition, codes, value)
            _check_attributes(draft, catalog, definition, codes, value)
        _check_required_when(draft, definition, authored, codes)


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
        place = ("values", value.code, name)
        if kind == "entity" and said is not None:
            expect(draft, definition, place, "entity or mixin", said, {*catalog.entities, *catalog.mixins})
        if kind.startswith("entity:") and said is not None:
            _check_entity(draft, catalog, definition, place, target_of(name, kind), said)
        if kind == "department" and said is not None:
            expect(draft, definition, place, "department", said, catalog.departments)
        if kind == "list" and said is not None:
            expect(draft, definition, place, "code list", said, catalog.codes, "codes")
        if kind.startswith(("transition:", "field:")) and said is not None:
            _check_part(draft, catalog, definition, place, kind, said)
        if name in codes.required and said is None and not value.retired and not _is_said(draft, place, definition):
            message = f"the code says no {name}"
            draft.problem(definition, place, message, "required", f"give {name}: every code of '{codes.name}' has one")
        other = catalog.codes.get(target_of(name, kind)) if kind.startswith("codes") else None
        if other is not None and isinstance(said, str) and said not in other.values:
            message = f"'{said}' is no code of '{other.name}'"
            draft.problem(definition, place, message, "unknown_code", nearest(said, other.values))


def _check_required_when(draft: Draft, definition: Definition, authored: CodeListDef, codes: CodeList) -> None:
    """What a code has to say because of something else that it says."""
    for name, when in authored.required_when.items():
        for one in (name, *when):
            expect(draft, definition, ("required_when", name), "attribute", one, codes.attributes)
        if not {name, *when} <= codes.attributes.keys():
            continue
        for value in codes.values.values():
            place = ("values", value.code, name)
            holds = not value.retired and all(value.attributes.get(other) == said for other, said in when.items())
            if not holds or value.attributes.get(name) is not None or _is_said(draft, place, definition):
                continue
            why = " and ".join(f"its {other} is {said}" for other, said in when.items())
            message = f"the code says no {name}, and {why}"
            draft.problem(definition, place, message, "required", f"give {name}, or say another {', '.join(when)}")


def _check_entity(
    draft: Draft, catalog: Catalog, definition: Definition, place: tuple[str, str, str], wanted: str, said: str
) -> None:
    """An entity or mixin that there is, and that is the one wanted, or carries it."""
    known = {*catalog.entities, *catalog.mixins}
    allowed = sorted({wanted, *catalog.mixins.get(wanted, ())} & known)
    if said in known and said not in allowed:
        hint = f"write {allowed[0]}" if len(allowed) == 1 else nearest(said, allowed)
        draft.problem(definition, place, f"this is about '{wanted}', not about '{said}'", "wrong_entity", hint)
    else:
        expect(draft, definition, place, "entity or mixin", said, allowed or known)


def _check_part(
    draft: Draft, catalog: Catalog, definition: Definition, place: tuple[str, str, str], kind: str, said: str
) -> None:
    """A field of an entity, or a step of its lifecycle; of a mixin, one that all who carry it have."""
    over = catalog.codes[definition.name].values[place[1]].attributes.get(over_of(kind)[0]) or ""
    for name in sorted(catalog.mixins.get(over, ())) or [over]:
        entity = catalog.entities.get(name)
        if entity is None:
            continue
        if kind.startswith("field:"):
            known = expect_path(draft, definition, place, entity, said) is not None
        else:
            steps = entity.lifecycle.transitions if entity.lifecycle is not None else ()
            known = expect(draft, definition, place, f"transition of '{name}' called", said, steps)
        if not known:
            return


def _is_said(draft: Draft, place: tuple[str, str, str], definition: Definition) -> bool:
    """Whether something is written there; where it could not be read, that was told already."""
    values = definition.block.get("values")
    value = values.get(place[1]) if isinstance(values, dict) else None
    return isinstance(value, dict) and value.get(place[2]) is not None
