"""Explain access: for a user, a record, a field and a verb, whether it is open, by what, as which SQL, and what would open it."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from ..access.explaining import Explanation, Naming, Way, explain, verbs_of
from ..errors import BadRequest, NotFound, Refused
from ..language import _, joined
from ..metamodel.catalog import Entity
from ..metamodel.values import Actor
from ..storage import query
from ..storage.explaining import statement_of
from ..storage.ids import is_id
from ..storage.relation import Relation
from . import accounts
from .work import Work


def require_explainer(actor: Actor) -> None:
    """Raise Refused where an actor may not ask why others see what they see: it tells of what exists."""
    if not (actor.is_system or ("admin" in actor.roles and actor.scopes is None)):
        raise Refused(_("only administrators ask this"), code="refused", hint=_("it takes the role 'admin'"))


def actor_named(work: Work, user: str) -> Actor:
    """The user of that id or e-mail address as an actor, as he is at this moment. Raises NotFound, Refused."""
    return accounts.actor_by_id(work, user if is_id(user) else accounts.user_by_email(work, user))


def explain_access(
    work: Work, user: str, entity: str, id: str | None = None, *, verb: str = "read", field: str | None = None,
    naming: Naming = lambda kind, code: code,
) -> Explanation:  # fmt: skip
    """Why a user may do something, or not. `user`: his id or e-mail address; without `id` the question is whether the verb is
    open on some record. `naming`: what roles, verbs and others are called in the sentences. For administrators and the command line. Raises NotFound, BadRequest, Refused."""
    require_explainer(work.actor)
    actor = actor_named(work, user)
    known = _entity(work, entity)
    name = _field(known, field)
    theirs = Work(work.host, work.settings, work.catalog, work.tx, actor, work.door, work.now, work.files)
    if verb not in verbs_of(theirs.access, known) and not _is_action(work, entity, verb):
        raise BadRequest(
            _("there is no verb {verb!r}", verb=verb),
            hint=_("one of: {names}", names=", ".join(verbs_of(theirs.access, known))),
        )
    record = None
    if id is not None:
        record = query.get(work.tx, work.catalog, entity, id, deleted=True)
        if record is None:
            raise NotFound(_("there is no {entity} {id!r}", entity=entity, id=id), code="not_found")
    told = explain(theirs.access, known, verb, record, theirs.context(), field=name, naming=naming)
    told = _held_by_transition(actor, known, verb, told, naming)
    columns = (
        ["id", *(c.name for c in known.fields[name].columns)] if name is not None and name in known.fields else ["id"]
    )
    if verb not in ("read", "create") and told.rows != "false":
        rows = Relation(where=told.rows, key=("explained", told.rows))
        sql, values = statement_of(work.tx, work.catalog, entity, ("id",), theirs.context(), rows)
        told = replace(told, sql=sql, parameters=values)
    elif theirs.access.opens(entity, "read"):
        seen = [c for c in columns if not theirs.access.is_hidden(entity, c)]
        sql, values = statement_of(work.tx, work.catalog, entity, seen, theirs.context(), theirs.relation(entity))
        told = replace(told, sql=sql, parameters=values)
    return told


def _entity(work: Work, name: str) -> Entity:
    found = work.catalog.entities.get(name)
    if found is None:
        near = get_close_matches(name, work.catalog.entities, 1, 0.6)
        hint = _("did you mean {near!r}?", near=near[0]) if near else None
        raise NotFound(_("there is no entity {name!r}", name=name), code="unknown_entity", hint=hint)
    return found


def _field(entity: Entity, name: str | None) -> str | None:
    if not name:
        return None
    own = entity.field_of_column.get(name, name)
    if own not in entity.fields and own not in entity.columns:
        near = get_close_matches(name, [*entity.fields], 1, 0.6)
        hint = _("did you mean {near!r}?", near=near[0]) if near else None
        raise BadRequest(
            _("there is no field {name!r} on {entity}", name=name, entity=entity.name), code="unknown_field", hint=hint
        )
    return own


def _is_action(work: Work, entity: str, verb: str) -> bool:
    return (entity, verb) in work.host.actions


def _held_by_transition(actor: Actor, entity: Entity, verb: str, told: Explanation, naming: Naming) -> Explanation:
    """A transition may also name who makes it."""
    transition = entity.lifecycle.transitions.get(verb) if entity.lifecycle is not None else None
    if transition is None or not transition.may or actor.is_system or actor.roles & {*transition.may, "admin"}:
        return told
    because = _(
        "the transition {verb!r} is for {roles}",
        verb=naming("verb", verb),
        roles=joined([naming("role", role) for role in transition.may]),
    )
    ways = [Way(_("the role {role}", role=naming("role", role)), role=role) for role in transition.may]
    return replace(told, allowed=False, because=because, ways=(*ways, *told.ways))
