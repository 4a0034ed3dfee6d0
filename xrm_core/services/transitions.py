"""Lifecycles: which transitions a record may make now, why one is closed, and making one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..compiler import compiled
from ..errors import BadRequest, Problem, Refused
from ..language import _, joined
from ..metamodel.catalog import Lifecycle, Transition
from ..metamodel.text import Text, called, humanise, say
from ..metamodel.values import Record
from ..storage import query
from .drafts import FREE_DOORS, OWN_DOORS, Draft, put_result
from .permits import condition, hidden, is_free, is_guarded, refusal, sees_all, verdict
from .work import Work
from .writer import Writer, label_of, writer_of

LONGEST_REASON = 1_000
"""Characters of the reason that somebody gives."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A transition as a record's page offers it. `reason` says why it is closed; `require` names fields it still needs."""

    name: str
    label: str
    target: str
    allowed: bool
    reason: str = ""
    require: tuple[str, ...] = ()
    asks_reason: str = "no"


def _lifecycle(writer: Writer) -> Lifecycle:
    if writer.entity.lifecycle is None:
        raise BadRequest(_("{name} has no lifecycle", name=writer.entity.name), code="no_lifecycle")
    return writer.entity.lifecycle


def may_make(work: Work, transition: Transition) -> bool:
    """May this actor make it? The system may; others need one of the roles that the transition names (or `admin`)."""
    actor = work.actor
    return not transition.may or actor.is_system or bool(actor.roles & {*transition.may, "admin"})


def transitions_of(work: Work, entity: str, record: Record) -> list[Offer]:
    """Every transition from the record's state (also one that stays in it, if it names it), open or closed with the reason."""
    writer = writer_of(work.catalog, entity)
    lifecycle = writer.entity.lifecycle
    if lifecycle is None:
        return []
    state = record.get(lifecycle.field)
    here = [
        t for t in lifecycle.transitions.values()
        if not t.automatic and (state in t.sources or (not t.sources and t.target != state))
    ]  # fmt: skip
    stored = (
        record
        if sees_all(work) or not here
        else query.get(work.tx, work.catalog, entity, str(record["id"]), deleted=True)
    )
    return [_offer(work, writer, t, stored or record) for t in here if lifecycle.field not in hidden(work, entity)]


def _is_open(work: Work, writer: Writer, name: str, record: Record) -> bool:
    return is_free(work) or verdict(work, writer.entity.name, name, record).allowed


def _offer(work: Work, writer: Writer, transition: Transition, record: Record) -> Offer:
    gone = hidden(work, writer.entity.name)
    need = tuple(name for name in transition.require if name not in gone and _is_empty(writer, record, name))
    label = say(transition.label, work.language)
    shut = ""
    if not may_make(work, transition):
        shut = _("needs the role {needed}", needed=_needed(work, transition))
    elif not _is_open(work, writer, transition.name, record):
        shut = _("your rights do not cover it: {label}", label=label)
    elif _lacks_what_is_closed(work, writer, transition, record):
        shut = _("it takes something that is missing and that you may not fill in")
    elif not need:
        shut = _guard(work, writer, transition, record, record)
    return Offer(transition.name, label, transition.target, not shut, shut, need, transition.reason)


def _needed(work: Work, transition: Transition) -> str:
    """The roles of which one makes a transition, as people call them."""
    known = ((name, work.catalog.roles.get(name)) for name in transition.may)
    names = [called(role.label) if role is not None and role.label else humanise(name) for name, role in known]
    return joined(names, "or") or _("of the platform itself")


def _lacks_what_is_closed(work: Work, writer: Writer, transition: Transition, record: Record) -> bool:
    """Whether it takes a field that is empty and does not exist for the actor: he cannot fill it in, so it is not his to make now."""
    gone = hidden(work, writer.entity.name)
    return any(name in gone and _is_empty(writer, record, name) for name in transition.require)


def _is_empty(writer: Writer, record: Record, name: str) -> bool:
    field = writer.entity.fields.get(name)
    return field is not None and bool(field.columns) and record.get(field.columns[0].name) in (None, [], "")


def _guard(work: Work, writer: Writer, transition: Transition, record: Record, old: Record) -> str:
    """Why the guard does not hold; '' when it does."""
    if transition.when is None:
        return ""
    rule = compiled(work.catalog, writer.entity.name, transition.when, "bool", old=True)
    if rule.python(work.context({**record, _lifecycle(writer).field: transition.target}, old)):
        return ""
    message: Text | None = transition.message
    return say(message, work.language) if message else condition(work, rule)


def apply_transition(work: Work, writer: Writer, draft: Draft, name: str, *, automatic: bool = False) -> None:
    """Put a draft through a transition: state, required fields, guard, fields it sets. Faults become problems of the draft.

    Raises BadRequest for an unknown transition and Refused when the actor's roles do not allow it.
    """
    lifecycle = _lifecycle(writer)
    transition = lifecycle.transitions.get(name)
    if transition is None:
        known = [one for one in lifecycle.transitions if work.access.opens(writer.entity.name, one)]
        raise BadRequest(
            _("{name} has no transition {name2!r}", name=writer.entity.name, name2=name),
            code="unknown_transition",
            hint=_("known are {names}", names=", ".join(known)) if known else None,
        )
    state = draft.before.get(lifecycle.field)
    if transition.sources and state not in transition.sources:
        draft.problems.append(
            Problem(
                _(
                    "{label} is not possible from {state}",
                    label=say(transition.label, work.language),
                    state=_named(work, writer.entity.name, state),
                ),
                "transition",
                lifecycle.field,
            )
        )
        return
    if not automatic and (transition.automatic or not may_make(work, transition)):
        label = say(transition.label, work.language)
        raise Refused(
            _("“{label}” needs the role {needed}", label=label, needed=_needed(work, transition)),
            code="transition_refused",
        )
    if draft.verb is not None and not _is_open(work, writer, name, draft.before):
        raise refusal(work, writer.entity.name, name)
    draft.transition = name
    draft.after[lifecycle.field] = transition.target
    context = work.context(draft.after, draft.before)
    for column, text in transition.set.items():
        value = compiled(work.catalog, writer.entity.name, text, None, old=True).python(context)
        put_result(work, writer.owner[column], draft, column, value)
    refused = {writer.owner[p.field].name for p in draft.problems if p.field in writer.owner}
    for field_name in transition.require:
        if field_name not in refused and _is_empty(writer, draft.after, field_name):
            label = label_of(writer.entity.fields[field_name], work.language)
            draft.problems.append(
                Problem(
                    _("“{label}” is required for “{label2}”", label=label, label2=say(transition.label, work.language)),
                    "required",
                    field_name,
                )
            )
    if transition.reason == "required" and not draft.reason and not automatic:
        draft.problems.append(Problem(_("a reason is required"), "required", "reason"))
    if draft.reason and (len(draft.reason) > LONGEST_REASON or not "".join(draft.reason.split()).isprintable()):
        draft.problems.append(
            Problem(_("a reason is a text of at most {n} characters", n=LONGEST_REASON), "invalid", "reason")
        )
    if not draft.problems:
        shut = _guard(work, writer, transition, draft.after, draft.before)
        if shut:
            draft.problems.append(Problem(shut, "guard", lifecycle.field))


def follow_state(work: Work, writer: Writer, draft: Draft) -> None:
    """A draft that names a state: born in an allowed one, or taking the transition that leads there. Only an import by somebody
    who may do everything brings any state."""
    lifecycle = writer.entity.lifecycle
    if lifecycle is None or lifecycle.field not in draft.given:
        return
    if work.door in FREE_DOORS and not is_guarded(work):
        return
    old, new = draft.before.get(lifecycle.field), draft.after.get(lifecycle.field)
    if draft.action == "create":
        if lifecycle.create_in and new not in lifecycle.create_in:
            draft.problems.append(
                Problem(
                    _(
                        "a new record may be {names}, not {new}",
                        names=joined([_named(work, writer.entity.name, s) for s in lifecycle.create_in], "or"),
                        new=_named(work, writer.entity.name, new),
                    ),
                    "state",
                    lifecycle.field,
                )
            )
        return
    if old == new or work.door in OWN_DOORS:
        return
    fitting = [
        t
        for t in lifecycle.transitions.values()
        if t.target == new and (not t.sources or old in t.sources) and not t.automatic
    ]
    if not fitting:
        was, wanted = (_named(work, writer.entity.name, state) for state in (old, new))
        draft.problems.append(
            Problem(_("there is no way from {old} to {new}", old=was, new=wanted), "transition", lifecycle.field)
        )
        return
    usable = [t for t in fitting if may_make(work, t)] or fitting
    apply_transition(work, writer, draft, usable[0].name)


def _named(work: Work, entity: str, state: Any) -> str:
    """The label of a state; what is none stands as it is."""
    return str(states_of(work, entity).get(state, state))


def states_of(work: Work, entity: str) -> Mapping[str, Any]:
    """The states of an entity's lifecycle with their labels, in order."""
    writer = writer_of(work.catalog, entity)
    lifecycle = _lifecycle(writer)
    field = writer.entity.fields[lifecycle.field]
    codes = work.catalog.codes[str(field.columns[0].kind.codes)]
    return {state: say(codes.values[state].label, work.language) for state in lifecycle.states}
