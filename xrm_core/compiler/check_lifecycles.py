"""Check of lifecycles: states are codes, transitions name what exists, and records can be born."""

from __future__ import annotations

from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field
from ..metamodel.definitions import LifecycleDef
from .draft import Draft
from .merge import Definition
from .names import expect, expect_field
from .validate import nearest

TAKEN = frozenset({"restore", "restore_values"})
"""Addresses below a record that mean something else than a transition."""


def check_lifecycle(
    draft: Draft, catalog: Catalog, definition: Definition, entity: Entity, authored: LifecycleDef
) -> None:
    """States are codes of the field; transitions name states, fields and roles that exist."""
    if not expect_field(draft, definition, ("lifecycle", "field"), entity, authored.field):
        return
    field = entity.fields.get(authored.field)
    codes = field.columns[0].kind.codes if field is not None and field.columns else None
    if codes is None or field is None:
        draft.problem(
            definition,
            ("lifecycle", "field"),
            f"'{authored.field}' is no choice, so it has no states",
            "bad_lifecycle",
            "give it type choice and a code list",
        )
        return
    if codes not in catalog.codes:
        return
    states = list(catalog.codes[codes].values)

    def state(name: str, path: tuple[str | int, ...]) -> None:
        if name not in states:
            draft.problem(
                definition,
                ("lifecycle", *path),
                f"'{name}' is no code of '{codes}'",
                "unknown_state",
                nearest(name, states),
            )

    for index, name in enumerate(authored.create_in):
        state(name, ("create_in", index))
    _check_birth(draft, definition, field, authored, states)
    for name, transition in authored.transitions.items():
        path = ("transitions", name)
        if name in TAKEN:
            message = f"'{name}' is taken by the platform"
            draft.problem(definition, ("lifecycle", *path), message, "reserved", "rename the transition")
        for index, source in enumerate(transition.from_ if isinstance(transition.from_, list) else ()):
            state(source, (*path, "from", index))
        state(transition.to, (*path, "to"))
        for index, required in enumerate(transition.require):
            expect_field(draft, definition, ("lifecycle", *path, "require", index), entity, required)
        for index, role in enumerate(transition.may):
            expect(draft, definition, ("lifecycle", *path, "may", index), "role", role, catalog.roles)
        for column in transition.set:
            if expect_field(draft, definition, ("lifecycle", *path, "set", column), entity, column) and (
                column not in entity.columns or column in SYSTEM_COLUMNS
            ):
                draft.problem(
                    definition,
                    ("lifecycle", *path, "set", column),
                    f"'{column}' is not stored under that name",
                    "bad_set",
                    nearest(column, [c for c in entity.columns if c not in SYSTEM_COLUMNS]),
                )
    _check_reachable(draft, definition, entity, states)


def _check_birth(draft: Draft, definition: Definition, field: Field, authored: LifecycleDef, states: list[str]) -> None:
    """The state that new records get by default is one that they may be born in."""
    born = field.default
    if not authored.create_in or not isinstance(born, str) or born not in states or born in authored.create_in:
        return
    message = f"new records get '{born}', the default of '{field.name}', and may not be born in it"
    draft.problem(definition, ("lifecycle", "create_in"), message, "bad_lifecycle", f"add '{born}' to create_in")


def _check_reachable(draft: Draft, definition: Definition, entity: Entity, states: list[str]) -> None:
    lifecycle = entity.lifecycle
    if lifecycle is None or not lifecycle.transitions:
        return
    reached = {lifecycle.create_in[0]} if lifecycle.create_in else set()
    reached |= set(lifecycle.create_in)
    while True:
        more = {t.target for t in lifecycle.transitions.values() if reached & set(t.sources)} - reached
        if not more:
            break
        reached |= more
    for name in states:
        if name not in reached:
            hint = "add a transition to it, or name it in create_in"
            draft.problem(
                definition,
                ("lifecycle", "transitions"),
                f"no transition leads to '{name}'",
                "unreachable",
                hint,
                warning=True,
            )
