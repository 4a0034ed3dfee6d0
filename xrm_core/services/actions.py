"""Plugins' actions on records: which are offered and why one is closed, what they ask for, and running one.

An action answers further changes, as a hook does; they are saved in the same transaction and through the same path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import Struct

from ..access.words import may_not
from ..compiler import compiled
from ..errors import InvalidRecord, PluginError, Problem
from ..language import _
from ..metamodel.catalog import Field
from ..metamodel.field_type import FieldFault
from ..metamodel.text import say
from ..metamodel.values import NewRecord, Patch, Record
from ..plugin.host import failure
from ..storage import query
from .action_specs import HOOK, Compiled, action_of, plugin_of, screen_of
from .drafts import fault_problem
from .permits import (
    changed_since,
    condition,
    is_free,
    left,
    may_run,
    missing,
    opens_action,
    refusal,
    sees,
    sees_all,
    shown,
    unseen,
    verdict,
)
from .records import stored_record
from .saving import carry_out
from .work import Work
from .writer import label_of


class ActionOffer(Struct, frozen=True):
    """An action as a record's page offers it. `fields` are what it asks for; `reason` says why it is closed."""

    name: str
    label: str
    allowed: bool
    reason: str = ""
    effect: str = "write"
    fields: tuple[Field, ...] = ()
    screen: str = ""
    """The address of the screen that asks and answers in its place."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One change that an action brought about: "create" or "update" of a record."""

    entity: str
    id: str
    action: str


class Done(Struct, frozen=True):
    """What an action did: its record as it is now, the changes it asked for, and for one that only reads its answer."""

    record: Record
    changes: tuple[Carried, ...] = ()
    result: Any = None


def actions_of(work: Work, entity: str, record: Record) -> list[ActionOffer]:
    """Every action on records of the entity, open or closed with the reason."""
    work.access.require(entity, "read")
    found = [action_of(work.host, work.catalog, e, n) for e, n in work.host.actions if e == entity]
    found = [one for one in found if opens_action(work, entity, one.spec.name, one.spec.effect)]
    if found and not sees_all(work):
        record = query.get(work.tx, work.catalog, entity, str(record["id"]), deleted=True) or record
    made = []
    for one in found:
        open_here = may_run(work, entity, one.spec.name, one.spec.effect, record)
        shut = _shut(work, one, record) if open_here else may_not(work.catalog, work.host, entity, one.spec.name)
        made.append(
            ActionOffer(
                one.spec.name,
                say(one.label, work.language),
                not shut,
                shut,
                one.spec.effect,
                one.fields,
                screen_of(work.host, one.spec, str(record["id"])),
            )
        )
    return made


def run_action(
    work: Work,
    entity: str,
    id: str,
    name: str,
    values: Mapping[str, Any] | None = None,
    version: int | None = None,
    *,
    texts: bool = False,
) -> Done:
    """Run an action on a record with the values that it asks for; `texts` says that they are texts of a form.

    Raises NotFound, VersionConflict, InvalidRecord (values, or its condition does not hold), Refused, PluginError.
    """
    one = action_of(work.host, work.catalog, entity, name)
    if not opens_action(work, entity, name, one.spec.effect):
        work.access.require(entity, name)
        raise refusal(work, entity, name)
    record = stored_record(work, entity, id)
    if record is None:
        raise missing(entity, id)
    if version is not None and record["version"] != version:
        raise changed_since(work, entity, record, version)
    if not may_run(work, entity, name, one.spec.effect, record):
        raise refusal(work, entity, name)
    shut = _shut(work, one, record)
    if shut:
        raise InvalidRecord(
            _("{label} is not possible now", label=say(one.label, work.language)),
            code="action_closed",
            problems=(Problem(shut, "guard"),),
        )
    given = _accept(work, one, values or {}, texts)
    _require_others(work, one, given)
    answer = _call(work, one, record, given)
    if one.spec.effect == "read":
        return Done(shown(work, entity, record) or left(id), result=answer)
    carried = _carry_out(work, one, answer)
    _require_made(work, one, carried)
    now = query.get(work.tx, work.catalog, entity, id)
    told = [c for c in carried if sees_all(work) or sees(work, c.entity, work.load(c.entity, c.id))]
    return Done(shown(work, entity, now or record) or left(id), tuple(told))


def _shut(work: Work, one: Compiled, record: Record) -> str:
    """Why the action's condition does not hold for a record; '' when it does."""
    if one.spec.when is None:
        return ""
    rule = compiled(work.catalog, one.spec.entity, one.spec.when, "bool")
    if rule.python(work.context(record)):
        return ""
    return (_told_why(work, one, record) if one.spec.why is not None else "") or condition(work, rule)


def _told_why(work: Work, one: Compiled, record: Record) -> str:
    """What the plugin says of a closed action, of the record as the actor may see it."""
    spec = one.spec
    try:
        return str(spec.why(record=shown(work, spec.entity, record) or record, reader=work.reader)) if spec.why else ""
    except Exception as fault:  # a stranger's code may raise anything
        raise failure(plugin_of(work.host, spec), f"{HOOK}:{spec.name}", spec.why or spec.run, fault) from fault


def _call(work: Work, one: Compiled, record: Record, values: Mapping[str, Any]) -> Any:
    spec = one.spec
    try:
        return spec.run(record=record, values=values, actor=work.actor, reader=work.reader)
    except PluginError:
        raise
    except Exception as fault:  # a stranger's code may raise anything
        raise failure(plugin_of(work.host, spec), f"{HOOK}:{spec.name}", spec.run, fault) from fault


def _carry_out(work: Work, one: Compiled, answer: Any) -> tuple[Carried, ...]:
    changes: Sequence[Any] = tuple(answer or ())
    objections = tuple(c for c in changes if isinstance(c, Problem))
    if objections:
        said = _("{label} was not done", label=say(one.label, work.language))
        raise InvalidRecord(said, code="action_refused", problems=objections)
    wrong = next((c for c in changes if not isinstance(c, NewRecord | Patch)), None)
    if wrong is not None:
        raise PluginError(
            f"action {one.spec.name} answers a {type(wrong).__name__}",
            code="plugin_failed",
            hint="answer NewRecord and Patch values, or Problem values to refuse",
        )
    why = say(one.label, work.language)
    told = [replace(c, reason=c.reason or why) if isinstance(c, Patch) else c for c in changes]
    try:
        ids = carry_out(work, one.spec.entity, told)
    except PluginError as fault:
        raise fault.named(plugin_of(work.host, one.spec), f"{HOOK}:{one.spec.name}") from None
    return tuple(
        Carried(c.entity, id, "create" if isinstance(c, NewRecord) else "update")
        for c, id in zip(told, ids, strict=True)
    )


def _require_made(work: Work, one: Compiled, carried: Sequence[Carried]) -> None:
    """What the action is there to make is what its actor could have made himself, record by record. Raises Refused."""
    made = one.spec.makes
    for change in () if not made or is_free(work) else carried:
        if change.entity == made and change.action == "create":
            record = work.load(made, change.id)
            if record is not None and not verdict(work, made, "create", record).allowed:
                raise refusal(work, made, "create")


# ---- what an action asks for
def _accept(work: Work, one: Compiled, values: Mapping[str, Any], texts: bool) -> dict[str, Any]:
    owner = {c.name: f for f in one.fields for c in f.columns}
    problems = [
        Problem(_("{name} takes no {n!r}", name=one.spec.name, n=n), "unknown_field", n)
        for n in values
        if n not in owner
    ]
    made: dict[str, Any] = {}
    for f in one.fields:
        names = [c.name for c in f.columns]
        raw = {n: values[n] for n in names if n in values}
        if not raw and f.default is not None:
            raw = {names[0]: f.default}
        try:
            as_text = texts and all(isinstance(v, str) for v in raw.values())
            made |= dict.fromkeys(names) | (
                (f.type.read if as_text else f.type.accept)(raw, f, work.env) if raw else {}
            )
        except FieldFault as fault:
            problems.append(fault_problem(fault, f))
            continue
        if f.required and all(made.get(n) is None for n in names):
            problems.append(Problem(_("{field} is required", field=label_of(f, work.language)), "required", f.name))
        problems += _lost_link(work, f, made)
    if problems:
        fields = ", ".join(dict.fromkeys(p.field for p in problems if p.field))
        raise InvalidRecord(
            _("{label} was not done: see {fields}", label=say(one.label, work.language), fields=fields),
            code="invalid_values",
            problems=tuple(problems),
        )
    return made


def _require_others(work: Work, one: Compiled, given: Mapping[str, Any]) -> None:
    """Further records of its entity that an action is given are asked like the one that it runs on. Raises Refused."""
    spec = one.spec
    for field in () if is_free(work) else one.fields:
        column = field.columns[0]
        id = given.get(column.name)
        if id is None or column.kind.kind != "ref" or column.kind.entities != (spec.entity,):
            continue
        other = work.load(spec.entity, str(id))
        if other is not None and not may_run(work, spec.entity, spec.name, spec.effect, other):
            raise refusal(work, spec.entity, spec.name)


def _lost_link(work: Work, f: Field, made: Mapping[str, Any]) -> list[Problem]:
    """A link must lead to a record that is there."""
    main = f.columns[0]
    id = made.get(main.name)
    if main.kind.kind != "ref" or id is None or not main.kind.entities:
        return []
    target = made.get(f.columns[1].name) if len(f.columns) > 1 else main.kind.entities[0]
    there = target in main.kind.entities and query.exists_links(work.tx, work.catalog, {str(target): [id]})
    if there and (sees_all(work) or not unseen(work, {str(target): [str(id)]})):
        return []
    return [Problem(_("{field} points to no record", field=label_of(f, work.language)), "link", f.name)]
