"""Plugins' actions compiled: their conditions checked, what they ask for as typed fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from ..compiler import compiled
from ..errors import BadRequest, NotFound, PluginError, Problem
from ..expressions import ExprError
from ..metamodel.catalog import Catalog, Field
from ..metamodel.definitions import FieldDef
from ..metamodel.field_type import Column
from ..metamodel.text import as_text, humanise
from ..plugin.contributions import ActionSpec
from ..plugin.host import Host
from ..plugin.screens import PREFIX

HOOK = "xrm_actions"
TAKEN = frozenset({"actions", "bulk", "export", "history", "new", "restore", "restore_values", "transitions"})
"""Names that mean something else at the address of a record."""


class Compiled(Struct, frozen=True):
    """An action with its fields typed."""

    spec: ActionSpec
    label: Mapping[str, str]
    fields: tuple[Field, ...] = ()


def check_actions(host: Host, catalog: Catalog) -> None:
    """Compile all actions of all plugins. Raises PluginError with every fault: unknown entities, names that are taken,
    conditions and fields that are not valid."""
    problems: list[Problem] = []
    for entity, name in sorted(host.actions):
        try:
            action_of(host, catalog, entity, name)
        except PluginError as fault:
            problems.append(Problem(fault.message, fault.code, hint=fault.hint))
    if problems:
        raise PluginError("some actions of plugins cannot be used", code="plugin_action", problems=problems)


def action_of(host: Host, catalog: Catalog, entity: str, name: str) -> Compiled:
    """An action, compiled once for each catalog. Raises NotFound, and PluginError where it is not sound."""
    spec = host.actions.get((entity, name))
    if spec is None:
        known = [n for e, n in host.actions if e == entity]
        raise NotFound(
            f"there is no action {name!r} on a {entity}",
            code="unknown_action",
            hint=f"known are {', '.join(known)}" if known else None,
        )
    return catalog.derive(f"action:{entity}:{name}", lambda: _compile(host, catalog, spec))


def plugin_of(host: Host, spec: ActionSpec) -> str:
    """The name of the plugin that an action comes from."""
    return next(
        (plugin for plugin, specs in host.answers(HOOK) if any(s is spec or s.name == spec.name for s in specs)), "?"
    )


def screen_of(host: Host, spec: ActionSpec, id: str) -> str:
    """The address of the screen where an action is asked for and answered; '' where it has none."""
    return f"{PREFIX}/{plugin_of(host, spec)}/{spec.screen.format(id=id)}" if spec.screen else ""


def _compile(host: Host, catalog: Catalog, spec: ActionSpec) -> Compiled:
    where = f"plugin {plugin_of(host, spec)!r}, action {spec.name!r} on {spec.entity!r}"

    def wrong(fault: str, hint: str | None = None) -> PluginError:
        return PluginError(f"{where}: {fault}", code="plugin_action", hint=hint)

    entity = catalog.entities.get(spec.entity)
    if entity is None:
        raise wrong("there is no such entity", "make the plugin require the one that has it")
    if spec.name in TAKEN or not spec.name.isidentifier():
        raise wrong(
            "the name is taken" if spec.name in TAKEN else "the name is no name",
            f"taken are {', '.join(sorted(TAKEN))}",
        )
    if entity.lifecycle is not None and spec.name in entity.lifecycle.transitions:
        raise wrong("a transition of the lifecycle has this name", "rename the action")
    states = entity.lifecycle.states if entity.lifecycle is not None else ()
    strange = [s for s in (*([spec.to] if spec.to else []), *spec.sources) if s not in states]
    if strange:
        raise wrong(
            f"{strange[0]!r} is no state of the lifecycle", f"states are {', '.join(states)}" if states else None
        )
    unasked = [name for name in spec.several or () if name not in spec.fields]
    if unasked:
        raise wrong(f"it has no field {unasked[0]!r} to ask for of several records")
    if spec.when is not None:
        try:
            compiled(catalog, spec.entity, spec.when, "bool")
        except ExprError as fault:
            raise wrong(f"its condition is not valid: {fault.message}", fault.hint) from fault
    try:
        fields = tuple(field_of(host, catalog, spec.entity, name, authored) for name, authored in spec.fields.items())
    except (ValidationError, BadRequest) as fault:
        raise wrong(f"its fields are not valid: {fault}") from fault
    return Compiled(
        spec,
        as_text(spec.label if isinstance(spec.label, str) else dict(spec.label), humanise(spec.name), "en"),
        fields,
    )


def field_of(host: Host, catalog: Catalog, entity: str, name: str, authored: Mapping[str, Any]) -> Field:
    """A field in force, made of what a plugin wrote, as the compiler makes those of entities. Raises BadRequest, ValidationError."""
    model = FieldDef.model_validate(authored)
    kind = host.field_types.get(model.type)
    if kind is None or kind.virtual:
        raise BadRequest(f"{name}: {model.type} cannot be asked for", code="unknown_type")
    made = Field(
        name, entity, kind, kind.Options.model_validate(model.model_extra or {}), as_text(model.label, humanise(name), "en"),
        as_text(model.help, "", "en"), required=model.required, default=model.default,
    )  # fmt: skip
    return replace(made, columns=tuple(_complete(catalog, c, name) for c in kind.columns(made)))


def _complete(catalog: Catalog, column: Column, name: str) -> Column:
    """The column with the codes of its list and the entities that carry its mixin."""
    kind = column.kind
    if kind.codes is not None:
        if kind.codes not in catalog.codes:
            raise BadRequest(f"{name}: there is no code list {kind.codes!r}; name one by `codes`", code="unknown_codes")
        return replace(column, kind=replace(kind, of=tuple(catalog.codes[kind.codes].values)))
    if kind.kind == "ref" and kind.of:
        return replace(column, kind=replace(kind, of=catalog.targets(kind.of)))  # type: ignore[arg-type]
    return column
