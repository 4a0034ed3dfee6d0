"""Acts on the records ticked in a list, or on all of it: first the sheet that asks for values and tells what would happen, then
the act itself; a large one goes to the worker and has a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import BadRequest
from ..language import _, ngettext
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..metamodel.values import Actor, Query
from ..services import lists, saved_views, several, severaljobs, transitions
from ..services.action_specs import action_of
from ..services.permits import opens_action
from ..services.runtime import Runtime
from ..services.several import Act, Outcome
from ..services.sight import is_open
from ..services.work import Work
from .act_icons import action_icon, codes_of, transition_icon
from .asked import Asked, Go, Shown
from .cells import figure, in_sentence
from .editing import editable
from .exports import form_sheet
from .guards import own_path
from .inputs import input_of
from .joining import join_url, merge_of
from .listing import Address, view_of
from .models import Action, BulkSheet, Link
from .posted import RENDERED, take_fields
from .refusals import told_reasons
from .shell import entity_url
from .viewstate import EMPTY, State, read_state

DIRECT = 200
"""Records that are done at once; more are the worker's."""
PAIR = "pair"
"""The act on two records that makes them one."""
TRANSITIONS = 4
"""Transitions offered for several records at once."""


def bulk_actions(work: Work, entity: Entity) -> tuple[Action, ...]:
    """What a list offers for the records ticked: change fields, assign, transitions that ask for nothing more, actions of plugins that
    are for several, export, the bin."""
    if entity.parent is not None:
        return ()
    made = []
    fields = editable(work, entity)
    if fields:
        made.append(_action(entity, "edit", _("Edit"), "pencil"))
    if owner_of(entity) in fields:
        made.append(_action(entity, "assign", _("Assign"), "user-check"))
    if merge_of(work, entity) is not None:
        made.append(_action(entity, PAIR, _("Merge two"), "merge"))
    made += [
        _action(entity, t.name, say(t.label, work.language), transition_icon(entity, t.name, codes_of(work, entity)))
        for t in _ways(work, entity)[:TRANSITIONS]
    ]
    made += [
        _action(
            entity,
            name,
            say(action_of(work.host, work.catalog, entity.name, name).label, work.language),
            action_icon(work, entity, name),
        )
        for (of, name), spec in work.host.actions.items()
        if of == entity.name and spec.several is not None and opens_action(work, of, name, spec.effect)
    ]
    if is_open(work, entity.name, "export"):
        href = entity_url(entity.name, "bulk", "export")
        made.append(Action(label=_("Export"), href=href, method="post", icon="download", text="sheet"))
    if not entity.append_only and is_open(work, entity.name, "delete"):
        made.append(_action(entity, "delete", _("Delete"), "trash-2", "danger"))
    return tuple(made)


def _ways(work: Work, entity: Entity) -> list[Any]:
    ways = entity.lifecycle.transitions.values() if entity.lifecycle and not entity.append_only else ()
    return [
        t for t in ways
        if not t.automatic and not t.require and t.reason == "no" and transitions.may_make(work, t) and is_open(work, entity.name, t.name)
    ]  # fmt: skip


def _action(entity: Entity, name: str, label: str, icon: str, style: str = "default") -> Action:
    href = entity_url(entity.name, "bulk", name)
    return Action(label=label, href=href, method="post", icon=icon, style=style, text="sheet")  # type: ignore[arg-type]  # one of the styles


def owner_of(entity: Entity) -> str:
    """The field that says whose a record is; '' without one."""
    field = entity.fields.get("owner")
    return "owner" if field is not None and field.type.name == "user" else ""


def bin_actions(work: Work, entity: Entity) -> tuple[Action, ...]:
    """What the bin offers for the records ticked."""
    return (_action(entity, "restore", _("Restore"), "undo-2"),) if is_open(work, entity.name, "restore") else ()


# ---- what is chosen
def _address(work: Work, entity: Entity, asked: Asked) -> tuple[Address, Query]:
    """The list that the records were ticked in."""
    posted = [(k, v) for k, v in asked.form if isinstance(v, str)]
    name, q = asked.posted("view"), asked.posted("q")
    saved = saved_views.one(work, entity.name, name)
    base = read_state(saved.pairs) if saved is not None else EMPTY
    view = view_of(work, entity, saved.base if saved is not None else name)
    state: State = read_state([p for p in posted if p[0] in ("filter", "sort", "cols", "group", "width")], base)
    address = Address(entity.name, name, q=q, base=base, state=state)
    return address, Query(entity.name, ("id",), lists.joined(view.filter, *address.filters), ("id",), q=q or None)


def _ids(work: Work, entity: Entity, asked: Asked) -> list[str]:
    if asked.posted("all"):
        return several.chosen(work, _address(work, entity, asked)[1])
    return list(dict.fromkeys(asked.posted_all("selected")))[: several.MOST]


def _kept(asked: Asked) -> list[tuple[str, str]]:
    """What goes along from step to step."""
    names = ("view", "filter", "sort", "cols", "group", "width", "q", "next", "all")
    own = [
        (k, v)
        for k, v in asked.form
        if isinstance(v, str) and (k in names or (k == "selected" and not asked.posted("all")))
    ]
    return list(dict.fromkeys(own)) if not asked.posted("all") else own


# ---- the sheet
def bulk_sheet(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /e/{entity}/bulk/{name}: what is asked for, then what it would do; nothing is written."""
    with runtime.work(actor, "web") as work:
        entity, name = work.entity(asked.path["entity"]), asked.path["name"]
        work.access.require(entity.name, "read")
        back = own_path(asked.posted("next") or entity_url(entity.name))
        if name == "export":
            return _export(work, entity, asked)
        if name == PAIR:
            return _pair(entity, asked, back)
        ids = _ids(work, entity, asked)
        if not ids:
            return Go(back, _("Tick the records first"), tone="warn")
        title = _title(work, entity, name, len(ids))
        fields = _fields(work, entity, name, asked)
        posted = take_fields(work, entity, fields, asked)
        hidden = [*_kept(asked), *(("field", f.name) for f in fields)]
        page: dict[str, Any] = {
            "title": title,
            "action": entity_url(entity.name, "bulk", name),
            "back": back,
            "hidden": tuple(hidden),
        }
        faults = {p.field: [p.message] for p in posted.problems if p.field}
        if asked.posted("check") and name not in ("edit", "assign"):
            given = posted.values()
            blank = [f for f in fields if f.required and f.name not in faults and given.get(f.name) in (None, "")]
            faults |= {f.name: [_("{field} is required", field=say(f.label, work.language))] for f in blank}
        if (name in ("edit", "assign") or fields) and (not asked.posted("check") or faults):
            return _asks(work, entity, name, fields, posted.texts, faults, page)
        act = Act("edit" if name in ("edit", "assign") else name, posted.values())
        drawn = ((RENDERED, ",".join(f.name for f in fields)), *_pairs(posted.texts)) if fields else ()
        page["hidden"] += drawn
        page["asked"] = bool(fields)
        told = several.try_out(runtime, work, entity.name, ids, act)
        return _preview(work, entity, ids, told, page, danger=name == "delete")


def _pair(entity: Entity, asked: Asked, back: str) -> Go:
    """The two records ticked beside each other, to be made one."""
    ids = list(dict.fromkeys(asked.posted_all("selected")))
    if asked.posted("all") or len(ids) != 2:
        return Go(back, _("Tick the two records that are one and the same"), tone="warn")
    return Go(join_url(entity, ids[1], ids[0]))


def _fields(work: Work, entity: Entity, name: str, asked: Asked) -> list[Field]:
    """The fields that are to be changed: those named so far, as far as they can be."""
    spec = work.host.actions.get((entity.name, name))
    if spec is not None and spec.several is not None:
        found = action_of(work.host, work.catalog, entity.name, name).fields
        return [f for f in found if f.name in spec.several]
    if name not in ("edit", "assign"):
        return []
    allowed = editable(work, entity)
    wanted = [owner_of(entity)] if name == "assign" else asked.posted_all("field")
    return [entity.fields[f] for f in dict.fromkeys(wanted) if f in allowed]


def _pairs(texts: dict[str, Any]) -> list[tuple[str, str]]:
    return [(k, str(one)) for k, v in texts.items() for one in (v if isinstance(v, list) else [v]) if one is not None]


def _asks(
    work: Work,
    entity: Entity,
    name: str,
    fields: Sequence[Field],
    texts: dict[str, Any],
    faults: dict[str, list[str]],
    page: dict[str, Any],
) -> Shown:
    """The inputs of the fields to change, and the fields that can be added."""
    inputs = tuple(input_of(work, f, texts, faults) for f in fields)
    names = [] if name != "edit" else sorted(
        (say(f.label, work.language), f.name) for n in editable(work, entity) if (f := entity.fields[n]) not in fields
    )  # fmt: skip
    page["hidden"] += ((RENDERED, ",".join(f.name for f in fields)),)
    made = BulkSheet(
        **page, fields=inputs, choices=tuple(Link(label=label, href=n) for label, n in names), save=_("Check")
    )
    return Shown("sheet_bulk.html", made, made.title, 422 if faults else 200)


def _title(work: Work, entity: Entity, name: str, n: int) -> str:
    what = in_sentence(work, say(entity.label if n == 1 else entity.plural, work.language))
    values = {"n": figure(work, n), "what": what}
    if name == "edit":
        return _("Change {n} {what}", **values)
    if name == "assign":
        return _("Assign {n} {what}", **values)
    if name == "delete":
        return _("Delete {n} {what}", **values)
    if name == "restore":
        return _("Restore {n} {what}", **values)
    transition = entity.lifecycle.transitions.get(name) if entity.lifecycle else None
    if (entity.name, name) in work.host.actions:
        label = action_of(work.host, work.catalog, entity.name, name).label
    elif transition is not None:
        label = transition.label
    else:
        raise BadRequest(_("there is no {name!r} for several records", name=name), code="unknown_action")
    return _("{action}: {n} {what}", action=say(label, work.language), **values)


def _preview(
    work: Work, entity: Entity, ids: Sequence[str], told: Outcome, page: dict[str, Any], *, danger: bool
) -> Shown:
    tried = min(len(ids), several.TRIED)
    notes = []
    if told.unchanged:
        notes.append(ngettext("One is so already.", "{n} are so already.", told.unchanged))
    if tried < len(ids):
        notes.append(
            _(
                "The first {tried} were tried; all {n} are done in the background.",
                tried=figure(work, tried),
                n=figure(work, len(ids)),
            )
        )
    elif len(ids) > DIRECT:
        notes.append(_("It is done in the background; you need not wait."))
    made = BulkSheet(
        **page, told=_foretold(work, told.changed, danger),
        note=" ".join(notes), reasons=told_reasons(work, entity.name, told.refused), is_checked=True, danger=danger,
        save="" if not told.changed and tried == len(ids) else _("Delete") if danger else _("Go on"),
    )  # fmt: skip
    return Shown("sheet_bulk.html", made, made.title)


def _foretold(work: Work, n: int, danger: bool) -> str:
    """How many records the act would reach."""
    if danger:
        return (
            ngettext("One goes to the bin.", "{n} go to the bin.", n, n=figure(work, n))
            if n
            else _("None goes to the bin.")
        )
    return ngettext("One will change.", "{n} will change.", n, n=figure(work, n)) if n else _("Nothing will change.")


def _export(work: Work, entity: Entity, asked: Asked) -> Shown | Go:
    """Ticked records, or all of the list, as a file: in which form. Many are written in the background."""
    work.access.require(entity.name, "export")
    address, found = _address(work, entity, asked)
    ids = list(dict.fromkeys(asked.posted_all("selected")))
    back = own_path(asked.posted("next") or entity_url(entity.name))
    if not ids and not asked.posted("all"):
        return Go(back, _("Tick the records first"), tone="warn")
    n = lists.count_records(work, found) if asked.posted("all") else len(ids)
    pairs = [*address.pairs(), *([("later", "1")] if asked.posted("all") and n > DIRECT else [])]
    sent = () if asked.posted("all") else tuple(("selected", id) for id in ids)
    page = form_sheet(work, entity, pairs, n, back, large="later" in dict(pairs), sent=sent)
    return Shown("sheet_choice.html", page, page.title)


# ---- the act
def run_bulk(work: Work, asked: Asked) -> Go:
    """POST /e/{entity}/bulk/{name}/run: the act; `next` is the list to go back to."""
    entity, name = work.entity(asked.path["entity"]), asked.path["name"]
    work.access.require(entity.name, "read")
    back = own_path(asked.posted("next") or entity_url(entity.name))
    ids = _ids(work, entity, asked)
    if not ids:
        return Go(back, _("Tick the records first"), tone="warn")
    fields = _fields(work, entity, name, asked)
    posted = take_fields(work, entity, fields, asked)
    if posted.problems:
        raise BadRequest(posted.problems[0].message, code="bad_value")
    if name in ("edit", "assign") and not posted.values():
        raise BadRequest(_("choose a field to change"), code="bad_value")
    act = Act("edit" if name in ("edit", "assign") else name, posted.values())
    title = _title(work, entity, name, len(ids))
    if len(ids) > DIRECT:
        id = severaljobs.queue(work, entity.name, ids, act, title, back)
        return Go(f"/several/{id}")
    told = several.act_on(work, entity.name, ids, act)
    if not told.refused:
        return Go(back, _done(work, entity, name, told))
    report = severaljobs.report(work, entity.name, act, title, back, told)
    return Go(
        back,
        _done(work, entity, name, told),
        tone="warn",
        more=Link(label=_("See which and why"), href=f"/several/{report}"),
    )


def _done(work: Work, entity: Entity, name: str, told: Outcome) -> str:
    """What was done, for the note."""
    n = told.changed
    what = in_sentence(work, say(entity.label if n == 1 else entity.plural, work.language))
    values = {"n": figure(work, n), "what": what}
    if name == "delete":
        done = _("{n} {what} moved to the bin", **values)
    elif name == "restore":
        done = _("{n} {what} restored", **values)
    else:
        done = _("{n} {what} changed", **values)
    if not told.refused:
        return done
    refused = ngettext("one refused", "{n} refused", len(told.refused), n=figure(work, len(told.refused)))
    return _("{done}; {refused}.", done=done, refused=refused)
