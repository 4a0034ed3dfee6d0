"""Check of departments, roles, grants and the needs matrix, and of the data classes of fields."""

from __future__ import annotations

from difflib import get_close_matches

from ..metamodel.catalog import Catalog
from ..metamodel.rights import GrantDef
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field

VERBS = ("read", "create", "update", "delete", "restore", "purge", "export", "import", "history")
"""Verbs of every entity; beside them the names of transitions and actions."""
SPECIAL = ("anonymous", "everyone")


def check_access(draft: Draft) -> None:
    """Check all that decides about access."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, department in draft.all_of("department"):
        if department.parent is not None and expect(
            draft, definition, ("parent",), "department", department.parent, catalog.departments
        ):
            _check_tree(draft, catalog, definition, department.department)
    for definition, role in draft.all_of("role"):
        if role.department is not None:
            expect(draft, definition, ("department",), "department", role.department, catalog.departments)
    for definition, grant in draft.grants:
        _check_grant(draft, catalog, definition, grant)
    for name, cells in catalog.needs.needs.items():
        expect(draft, None, ("needs", name), "data class", name, catalog.needs.classes)
        for who in cells:
            expect(
                draft,
                None,
                ("needs", name, who),
                "department or role",
                who,
                [*catalog.departments, *catalog.roles, "steward", "everyone"],
                "department",
            )
    _check_classes(draft, catalog)


def _check_tree(draft: Draft, catalog: Catalog, definition: Definition, name: str) -> None:
    seen: list[str] = [name]
    here = catalog.departments[name].parent
    while here is not None and here in catalog.departments and here not in seen:
        seen.append(here)
        here = catalog.departments[here].parent
    if here == name and name == min(seen):
        draft.problem(
            definition,
            ("parent",),
            f"departments run in a circle: {' -> '.join([*seen, name])}",
            "circle",
            "take one parent out",
        )


def _check_grant(draft: Draft, catalog: Catalog, definition: Definition, grant: GrantDef) -> None:
    expect(draft, definition, ("role",), "role", grant.role, [*catalog.roles, *SPECIAL])
    if (grant.entity is None) == (grant.mixin is None):
        hint = "a grant opens one entity, or all that carry a mixin"
        draft.problem(definition, ("entity",), "exactly one of 'entity' and 'mixin' is needed", "missing", hint)
        return
    if grant.role == "anonymous":
        check_public(draft, definition, grant, ("role",), "this opens records to everybody on the network")
    elif grant.role == "everyone" and grant.rows is True:
        check_public(draft, definition, grant, ("role",), "this opens all records to everybody who is signed in")
    if grant.entity is not None:
        names = (
            [grant.entity] if expect(draft, definition, ("entity",), "entity", grant.entity, catalog.entities) else []
        )
    else:
        expect(draft, definition, ("mixin",), "mixin", grant.mixin or "", catalog.mixins)
        names = sorted(catalog.mixins.get(grant.mixin or "", ()))
    _check_verbs(draft, catalog, definition, grant, names)
    for key in ("fields", "without"):
        for index, field in enumerate(getattr(grant, key) or ()):
            for name in names:
                if not expect_field(draft, definition, (key, index), catalog.entities[name], field):
                    break


def check_public(draft: Draft, definition: Definition, grant: GrantDef, path: tuple[str, ...], message: str) -> None:
    """A grant that opens records to everybody is a fault, unless it says that this is meant."""
    if grant.public is None and not grant.deny:
        draft.problem(definition, path, message, "public", "write 'public: acknowledged' if that is meant")


def _check_verbs(draft: Draft, catalog: Catalog, definition: Definition, grant: GrantDef, names: list[str]) -> None:
    own = {t for n in names if (cycle := catalog.entities[n].lifecycle) for t in cycle.transitions}
    own |= {action for entity, action in draft.actions if entity in names}
    if not grant.verbs:
        hint = f"one of: {', '.join([*VERBS, *sorted(own)])}"
        draft.problem(definition, ("verbs",), "this names no verb, and so opens or closes nothing", "no_verb", hint)
    for index, verb in enumerate(grant.verbs):
        if verb in VERBS or verb in own:
            continue
        near = get_close_matches(verb, [*VERBS, *own], 1, 0.6)
        if near or not draft.unknown_actions:
            hint = f"did you mean '{near[0]}'?" if near else f"one of: {', '.join([*VERBS, *sorted(own)])}"
            draft.problem(definition, ("verbs", index), f"there is no verb '{verb}'", "unknown_verb", hint)


def _check_classes(draft: Draft, catalog: Catalog) -> None:
    for definition, _ in draft.all_of("entity"):
        for field in catalog.entities[definition.name].fields.values():
            if field.data_class is not None:
                expect(
                    draft,
                    definition,
                    ("fields", field.name, "class"),
                    "data class",
                    field.data_class,
                    catalog.needs.classes,
                )
