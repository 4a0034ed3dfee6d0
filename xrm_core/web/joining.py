"""Two records made one, on a page: both beside each other, the value that stays chosen field by field, and what moves told before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import structs

from ..compiler import compiled
from ..errors import Problem, Refused, XrmError
from ..language import _
from ..metamodel.catalog import Entity, Field
from ..metamodel.definitions import MergeDef
from ..metamodel.text import say
from ..metamodel.values import Actor
from ..services import joining
from ..services.joining import COUNTED, Foreseen, Group
from ..services.runtime import Runtime
from ..services.transitions import may_make
from ..services.work import Work
from .asked import Answer, Asked, Go, Shown, version_told
from .cells import capital, figure
from .editable import is_editable
from .models import Action, Cell, FormError, FormField, JoinEffect, JoinLine, JoinPage, JoinValue, Link
from .offered import verdict, whole, writable
from .records import crumbs, form_of, load, value_cell
from .shell import entity_url

INTO, ALL = "into", "all"
"""Names in the address: the record that stays, and the one whose values are all chosen."""
TAKE = "_take."
"""What a choice is called in the form, before the name of its field."""
PLAIN = frozenset({"link", "user", "email", "phone", "url", "title"})
"""Kinds of cells that lead elsewhere: beside a choice they are words."""
REFUSALS = (400, 403, 409, 412, 422)


def merge_of(work: Work, entity: Entity) -> MergeDef | None:
    """How two records become one, where the reader may do it to some of them at all."""
    way = entity.similar.merge if entity.similar is not None else None
    if way is None or entity.lifecycle is None or not may_make(work, entity.lifecycle.transitions[way.transition]):
        return None
    return way


def join_url(entity: Entity, gone: str, stays: str, *more: tuple[str, str]) -> str:
    """The page on which the one is merged into the other."""
    return entity_url(entity.name, gone, "merge") + "?" + urlencode([(INTO, stays), *more])


def join_page(runtime: Runtime, actor: Actor, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}/merge?into=: what there is to choose, and what would happen. It is tried out and taken back: nothing is
    written."""
    with runtime.work(actor, "web", write=True) as work:
        return _page(work, asked)


def join(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/{id}/merge: the values chosen, and the merge, as one act."""
    entity, gone, stays = work.entity(asked.path["entity"]), asked.path["id"], asked.posted(INTO)
    _require(work, entity, gone)
    pair = load(work, entity, gone), load(work, entity, stays)
    taken = [v.name for v in _values(work, entity, *pair) if v.chosen and asked.posted(TAKE + v.name) == "gone"]
    versions = version_told(asked.posted("_version")), version_told(asked.posted("_version_stays"))
    try:
        with work.tx.savepoint():
            reason = asked.posted("reason").strip() or None
            joining.join_records(work, entity.name, gone, stays, taken, reason, versions)
    except XrmError as fault:
        work.forget()
        if fault.status not in REFUSALS:
            raise
        return _page(work, asked, fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),))
    titles = (str(record["display"] or record["id"]) for record in pair)
    gone_title, stays_title = titles
    return Go(entity_url(entity.name, stays), _("{gone} was merged into {stays}", gone=gone_title, stays=stays_title))


def _require(work: Work, entity: Entity, gone: str) -> MergeDef:
    way = joining.way_of(entity)
    if merge_of(work, entity) is None or not verdict(work, entity, way.transition, gone).allowed:
        raise Refused(
            _("this step is not yours to take"), code="refused", hint=_("the page of the record shows what is")
        )
    return way


def _page(work: Work, asked: Asked, problems: Sequence[Problem] = ()) -> Shown:
    entity, gone = work.entity(asked.path["entity"]), asked.path["id"]
    stays = asked.posted(INTO) or asked.get(INTO)
    record = load(work, entity, gone)
    way = _require(work, entity, gone)
    other = load(work, entity, stays)
    values = [_chosen(asked, value) for value in _values(work, entity, record, other)]
    choices = tuple(v for v in values if v.chosen)
    taken = [v.name for v in choices if v.keep == "gone"]
    told = joining.foresee(work, entity.name, gone, stays, taken)
    problems = [*problems, *(p for p in told.refused if not any(p.message == q.message for q in problems))]
    transition = entity.lifecycle.transitions[way.transition] if entity.lifecycle else None
    asks = transition.reason if transition is not None else "no"
    links = [Link(label=str(r["display"] or r["id"]), href=entity_url(entity.name, str(r["id"]))) for r in (other, record)]  # fmt: skip
    may_swap = gone != stays and verdict(work, entity, way.transition, stays).allowed
    page = JoinPage(
        title=_("Merge two records"), action=entity_url(entity.name, gone, "merge"), cancel_href=entity_url(entity.name, gone),
        text=_("One of the two stays. Choose whose values it has; all that belongs to the other moves to it."),
        save_label=_("Merge"), stays=links[0], gone=links[1], values=choices, alike=tuple(v for v in values if not v.chosen),
        hidden=((INTO, stays), ("_version", str(record["version"])), ("_version_stays", str(other["version"]))),
        effects=_effects(work, entity, told), note=_note(work, told),
        swap=Action(label=_("Keep the other one"), href=join_url(entity, stays, gone), icon="arrow-left-right", id="swap") if may_swap else None,
        all_stays=join_url(entity, gone, stays, (ALL, "stays")) if choices else "",
        all_gone=join_url(entity, gone, stays, (ALL, "gone")) if choices else "",
        reason=FormField(name="reason", label=_("Reason"), widget="long_text", value=asked.posted("reason"), required=asks == "required", errors=tuple(capital(p.message) for p in problems if p.field == "reason")) if asks != "no" else None,
        errors=tuple(_error(work, entity, p) for p in problems), is_open=not told.refused,
    )  # fmt: skip
    said = _("Error: {title}", title=page.title) if asked.method == "POST" else page.title
    status = 422 if asked.method == "POST" else 200
    return Shown("merge.html", page, said, status, crumbs=crumbs(work, entity, record, page.title))


def _error(work: Work, entity: Entity, problem: Problem) -> FormError:
    """A fault in words: those of a rule name no field of this page."""
    found = entity.fields.get(entity.field_of_column.get(problem.field or "", problem.field or ""))
    text = capital(problem.message) + (f" ({problem.hint})" if problem.hint else "")
    named = found is not None and problem.code in ("required", "invalid")
    return FormError(text=f"{say(found.label, work.language)}: {text}" if found is not None and named else text)


def _chosen(asked: Asked, value: JoinValue) -> JoinValue:
    """A value with the side that was chosen for it, in the form or by the address."""
    side = asked.posted(TAKE + value.name) or asked.get(ALL)
    return structs.replace(value, keep=side) if value.chosen and side in ("stays", "gone") else value


def _values(work: Work, entity: Entity, gone: Mapping[str, Any], stays: Mapping[str, Any]) -> Iterator[JoinValue]:
    """The fields of the form, as it is of the record that stays: those in which the two differ are chosen, if what the other one
    says may be written."""
    may = writable(work, entity, str(stays["id"]))
    for field in _fields(work, entity, stays):
        cells = [value_cell(work, entity, record, field) for record in (stays, gone)]
        alike = all(stays.get(c.name) == gone.get(c.name) for c in field.columns)
        if alike and cells[0].kind == "empty":
            continue
        open_to = is_editable(work, entity, stays, field, may, cells[0]) and field.type.name not in ("file", "image")
        yield JoinValue(
            name=field.name, label=say(field.label, work.language), stays=_plain(cells[0]), gone=_plain(cells[1]),
            keep="gone" if cells[0].kind == "empty" else "stays", chosen=open_to and not alike and cells[1].kind != "empty",
        )  # fmt: skip


def _fields(work: Work, entity: Entity, record: Mapping[str, Any]) -> Iterator[Field]:
    """The fields of a record's form that are there for the reader and have values of their own."""
    context = work.context(whole(entity, record))
    seen: set[str] = set()
    for tab in form_of(work, entity):
        for section in tab.sections:
            fields = [entity.fields[n] for n in section.fields if n in entity.fields and n not in seen]
            for shown, found in ((section.visible_when, fields), *((f.visible_when, [f]) for f in fields)):
                if shown and not compiled(work.catalog, entity.name, shown, "bool").python(context):
                    fields = [f for f in fields if f not in found]
            seen.update(f.name for f in fields)
            yield from (f for f in fields if f.columns and not f.virtual and not f.retired)


def _plain(cell: Cell) -> Cell:
    return Cell(text=cell.text) if cell.kind in PLAIN else cell


def _effects(work: Work, entity: Entity, told: Foreseen) -> tuple[JoinEffect, ...]:
    """What would happen, by kinds of consequences."""
    whys = {
        "kept": _("never changed once written"), "copied": _("copied to the one that stays"), "double": _("the other one has its own"),
    }  # fmt: skip
    rows = [_line(work, g, say(entity.fields[g.name].label, work.language)) for g in told.rows]
    steps = [_line(work, g, _kind(work, g), _step(work, g)) for g in told.steps]
    groups = (
        (_("Moves over"), "arrow-right-left", [_line(work, g, _kind(work, g)) for g in told.moves]),
        (_("Added to the one that stays"), "plus", rows),
        (_("Made for the one that stays"), "copy", [_line(work, g, _kind(work, g)) for g in told.copies]),
        (_("Follows from it"), "git-merge", steps),
        (_("Does not move"), "lock", [_line(work, g, _set(work, entity, g), whys.get(g.why, "")) for g in told.stays]),
    )
    return tuple(JoinEffect(title=title, icon=icon, lines=tuple(lines)) for title, icon, lines in groups if lines)


def _line(work: Work, group: Group, label: str, text: str = "") -> JoinLine:
    count = _("over {n}", n=figure(work, COUNTED)) if group.is_more else figure(work, group.count)
    return JoinLine(label=label, count=count, text=text)


def _kind(work: Work, group: Group) -> str:
    return say(work.entity(group.entity).plural, work.language)


def _set(work: Work, entity: Entity, group: Group) -> str:
    return say(entity.children[group.name].label, work.language) or _kind(work, group)


def _step(work: Work, group: Group) -> str:
    lifecycle = work.entity(group.entity).lifecycle
    return say(lifecycle.transitions[group.name].label, work.language) if lifecycle is not None else ""


def _note(work: Work, told: Foreseen) -> str:
    """What is said below the consequences."""
    if told.refused:
        return ""
    said = [] if told.moves or told.rows else [_("Nothing that you see belongs to the one that goes.")]
    if not work.access.is_unlimited:
        said.append(_("Only what you see is counted; what you do not see moves along."))
    return " ".join([*said, _("The whole can be taken back at once.")])
