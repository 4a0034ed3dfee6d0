"""Forms of records: a new one, a change; posted back, saved, or drawn again with everything that was typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import structs

from ..errors import InvalidRecord, Problem, Refused, VersionConflict, XrmError
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import apart, files, records
from ..services.drafts import accept, new_draft
from ..services.work import Work
from ..services.writer import writer_of
from . import aside, taking
from .asked import Answer, Asked, Go, Sent, Shown, Upload
from .cells import in_sentence, title_of
from .drawing import SEEN_ROWS, Draft, draw, stored_form, stored_rows, texts_of_record
from .merging import SEEN, UNKNOWN, merge, version_seen, why_asked
from .models import SimilarBox
from .offered import writable
from .posted import Posted, PostedRow, read_form
from .records import load
from .shell import entity_url
from .similar import DIFFERS, LOOK, USE, box_of, sees

GIVEN = "_given"
"""Names the fields of a new record that the address of its form filled in."""


def new_form(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/new: defaults filled in, and what the address names (`?donor=<id>`)."""
    entity = work.entity(asked.path["entity"])
    work.access.require(entity.name, "create")
    may = writable(work, entity, None)
    named = _of_the_reader(work, entity) | {k: v for k, v in asked.query if k in entity.columns}
    given = {k: v for k, v in named.items() if may.opens(entity.field_of_column.get(k, k))}
    begun = tuple((GIVEN, k) for k, _text in asked.query if k in given and _goes_on(entity, k))
    return _fresh(work, entity, given, (*begun, *(((aside.PICK, "1"),) if asked.get(aside.PICK) else ())))


def _fresh(work: Work, entity: Entity, given: Mapping[str, Any], hidden: tuple[tuple[str, str], ...] = ()) -> Shown:
    """The form of a new record that nothing was typed into yet."""
    draft = new_draft(work, writer_of(work.catalog, entity.name), given, texts=True)
    record = {**draft.after, "id": None, "version": 0}
    shown = draw(work, Draft(entity, record, Posted(texts_of_record(work, entity, record)), new=True, hidden=hidden))
    return _boxed(shown, box_of(work, entity, given))


def _boxed(shown: Shown, box: SimilarBox) -> Shown:
    """The form with its place for records that look like the one being typed."""
    shown.page = structs.replace(shown.page, box=box)
    return shown


def _of_the_reader(work: Work, entity: Entity) -> dict[str, str]:
    """What a new record takes from who makes it, until he says otherwise: its owner, and the department that it needs."""
    made: dict[str, str] = {}
    owner, department = entity.fields.get("owner"), entity.fields.get("department")
    if (
        owner is not None
        and owner.type.name == "user"
        and owner.default is None
        and not owner.read_only
        and work.actor.acts_as
    ):
        made["owner"] = work.actor.acts_as
    if department is not None and department.required and department.default is None and work.actor.acts_as:
        own = (work.load("user", work.actor.acts_as) or {}).get("department")
        made |= {"department": str(own)} if own else {}
    return made


def edit_form(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}/edit."""
    entity = work.entity(asked.path["entity"])
    record = load(work, entity, asked.path["id"])
    if not writable(work, entity, str(record["id"])).allowed:
        said = _("this {kind} is not yours to change", kind=in_sentence(work, say(entity.label, work.language)))
        raise Refused(said, code="refused", hint=_("its page shows what you may read of it"))
    return draw(work, Draft(entity, record, stored_form(work, entity, record), new=False))


def save_new(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/new."""
    entity = work.entity(asked.path["entity"])
    if asked.posted(aside.OUTER) and asked.posted("_then") == "back":
        return _outer(work, asked)
    posted = read_form(work, entity, asked)
    if asked.posted(aside.CREATE):
        return _make_aside(work, entity, asked, posted)
    if asked.posted("_refresh") == LOOK and asked.by_htmx:
        return Shown(
            "fragments/similar.html", box_of(work, entity, posted.values(), asked.posted_all(DIFFERS)), "", bare=True
        )
    if asked.posted(USE):
        return _use(work, entity, asked, posted)
    if _is_partial(asked):
        return _again(work, entity, asked, posted, None)
    try:
        with work.tx.savepoint():
            values = posted.values() | uploads(work, entity, asked, posted)
            record = records.create_record(work, entity.name, values, texts=True, faults=posted.problems)
    except XrmError as fault:
        work.forget()
        return _refused(work, entity, asked, posted, None, fault)
    for id in asked.posted_all(DIFFERS) if entity.similar is not None else ():
        if sees(work, entity, id):
            apart.tell(work, entity, str(record["id"]), id)
    label = say(entity.label, work.language)
    back = _picked(work, entity, asked, str(record["id"]))
    if back is not None:
        return back
    if asked.posted("_then") == "new":
        return Go(_next_new(entity, asked, values), _("{label} created", label=label))
    return Go(entity_url(entity.name, str(record["id"])), _("{label} created", label=label))


def _goes_on(entity: Entity, column: str) -> bool:
    """Is a value that an address gave one for the next record as well? A link and a code are; a name is of one record."""
    kind = entity.columns[column].kind
    return (
        kind.kind == "ref"
        or kind.codes is not None
        or column.removesuffix("_entity") in entity.columns.keys() - {column}
    )


def _next_new(entity: Entity, asked: Asked, values: Mapping[str, Any]) -> str:
    """The form of the next record: what the address gave the first one, as it was saved, is not asked for again (WCAG 2.2, 3.3.7)."""
    given = [(k, str(values[k])) for k in asked.posted_all(GIVEN) if k in entity.columns and values.get(k) is not None]
    return entity_url(entity.name, "new") + (f"?{urlencode(given)}" if given else "")


def save_changes(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/{id}/edit: others' changes to other fields are merged; to the same fields, the reader chooses."""
    entity, id = work.entity(asked.path["entity"]), asked.path["id"]
    posted = read_form(work, entity, asked)
    stored = load(work, entity, id)
    if asked.posted(aside.CREATE):
        return _make_aside(work, entity, asked, posted)
    if _is_partial(asked):
        return _again(work, entity, asked, posted, stored)
    version = version_seen(asked, stored)
    try:
        with work.tx.savepoint():
            merged = merge(work, entity, stored, version, posted, asked)
            if merged.conflicts:
                hidden = (*_kept_marks(asked), (SEEN, str(stored["version"])))
                _attach(work, entity, posted, stored)
                return draw(
                    work,
                    Draft(
                        entity, typed_record(work, entity, posted, stored), posted, new=False, conflicts=tuple(merged.conflicts), status=409,
                        who=why_asked(work, entity, id, version), version=str(version or UNKNOWN), hidden=hidden,
                    ),
                )  # fmt: skip
            values = merged.values | uploads(work, entity, asked, posted)
            records.update_record(work, entity.name, id, values, stored["version"], texts=True, faults=posted.problems)
    except XrmError as fault:
        work.forget()
        return _refused(work, entity, asked, posted, stored, fault)
    label = say(entity.label, work.language)
    told = (
        _("{label} saved; your changes were joined with those that somebody else made meanwhile", label=label)
        if merged.joined
        else _("{label} saved", label=label)
    )
    return Go(entity_url(entity.name, id), told)


def _picked(work: Work, entity: Entity, asked: Asked, id: str) -> Answer | None:
    """The way back to the form that lacked this record; None where no form asked for it."""
    title = title_of(work, entity.name, id) or id
    if asked.posted(aside.PICK):
        return Sent(json.dumps({"value": id, "label": title}).encode(), "application/json")
    return _outer(work, asked, id, title) if asked.posted(aside.OUTER) else None


def _use(work: Work, entity: Entity, asked: Asked, posted: Posted) -> Answer:
    """A record that there is, in place of the new one: for the form that lacked it, or to go on with what was typed. Raises NotFound."""
    stored = load(work, entity, asked.posted(USE))
    back = _picked(work, entity, asked, str(stored["id"]))
    if back is not None:
        return back
    return taking.taken(work, entity, stored, posted)


def _make_aside(work: Work, entity: Entity, asked: Asked, posted: Posted) -> Shown:
    """The form of the record that a link lacks; it carries the one that asked along. Raises NotFound, Refused."""
    name = asked.posted(aside.CREATE)
    target = aside.target_of(work, entity, name)
    work.access.require(target.name, "create")
    words = asked.posted(f"{name}__text").strip()
    given = _of_the_reader(work, target) | ({"name": words} if words and "name" in target.columns else {})
    may = writable(work, target, None)
    known = {k: v for k, v in given.items() if may.opens(target.field_of_column.get(k, k))}
    return _fresh(work, target, known, aside.carried(asked, name))


def _outer(work: Work, asked: Asked, id: str = "", title: str = "") -> Shown:
    """The form that asked for a record, as it was left, with the record where there is one. Raises NotFound, BadRequest."""
    outer = aside.outer(asked, id, title)
    entity = work.entity(outer.path["entity"])
    stored = load(work, entity, outer.path["id"]) if "id" in outer.path else None
    return _again(work, entity, outer, read_form(work, entity, outer), stored)


def _is_partial(asked: Asked) -> bool:
    """Is the form only to be drawn anew (a row more, a row less, conditions)?"""
    return any(asked.posted(name) for name in ("_add", "_remove", "_move", "_refresh")) or (
        asked.has(DIFFERS) and not asked.has("_then") and not asked.has(USE)
    )


def _kept_marks(asked: Asked) -> tuple[tuple[str, str], ...]:
    return tuple((k, v) for k, v in asked.form if k.startswith((SEEN_ROWS, GIVEN, *aside.KEPT)) and isinstance(v, str))


def uploads(work: Work, entity: Entity, asked: Asked, posted: Posted) -> dict[str, Any]:
    """Files that came with the form, kept; ids by column. Where a field does not take its file, that is a problem of the form."""
    made: dict[str, Any] = {}
    for name, value in asked.form:
        field = entity.fields.get(name)
        if not isinstance(value, Upload) or field is None or field.type.name not in ("file", "image"):
            continue
        if value.name and not value.body:
            posted.problems.append(Problem(_("{file} is empty", file=value.name), "empty_file", name))
        elif value.body:
            try:
                made[name] = files.keep(work, value.name, value.media_type, value.body, entity.name, name)
            except XrmError as fault:
                posted.problems.append(Problem(fault.message, fault.code, name, hint=fault.hint))
    return made


def refuse(problems: Sequence[Problem], entity: Entity) -> None:
    """Raise InvalidRecord where there are problems."""
    if problems:
        raise InvalidRecord(
            _("{entity} was not saved", entity=entity.name), code="invalid_record", problems=tuple(problems)
        )


def _again(work: Work, entity: Entity, asked: Asked, posted: Posted, stored: dict[str, Any] | None) -> Shown:
    """The form once more with a row added or removed, or with conditions worked out anew; nothing is saved."""
    add, remove = asked.posted("_add"), asked.posted("_remove")
    if add in posted.tables:
        taken = [int(r.key) for r in posted.tables[add] if r.key.isdecimal() and len(r.key) < 9]
        posted.tables[add].append(PostedRow(str(max(taken, default=-1) + 1)))
    if remove:
        table, __, key = remove.partition(".")
        posted.tables[table] = [r for r in posted.tables.get(table, []) if r.key != key]
    _move(posted, asked.posted("_move"))
    if stored is None:  # what comes into sight by the change begins as it would have begun in sight
        fresh = new_draft(work, writer_of(work.catalog, entity.name), {}, texts=True).after
        for name, text in texts_of_record(work, entity, {**fresh, "id": None, "version": 0}).items():
            posted.texts.setdefault(name, text)
    return _drawn(work, entity, asked, posted, stored, added=add)


def _move(posted: Posted, wish: str) -> None:
    """Change the place of a row: `lines.<key>.up` or `.down`."""
    table, key, way = [*wish.split("."), "", ""][:3]
    rows = posted.tables.get(table, [])
    here = next((n for n, row in enumerate(rows) if row.key == key), None)
    there = -1 if here is None else here + (1 if way == "down" else -1)
    if here is not None and 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]


def _drawn(
    work: Work, entity: Entity, asked: Asked, posted: Posted, stored: dict[str, Any] | None, **more: Any
) -> Shown:
    """The form with what was typed; `more`: what else its draft holds."""
    _attach(work, entity, posted, stored)
    record = typed_record(work, entity, posted, stored)
    version = "" if stored is None else str(version_seen(asked, stored) or UNKNOWN)
    hidden = _kept_marks(asked)
    shown = draw(work, Draft(entity, record, posted, new=stored is None, version=version, hidden=hidden, **more))
    return (
        shown if stored is not None else _boxed(shown, box_of(work, entity, posted.values(), asked.posted_all(DIFFERS)))
    )


def _attach(work: Work, entity: Entity, posted: Posted, stored: Mapping[str, Any] | None) -> None:
    """Give posted rows the stored ones they stand for, and the form the tables it did not send, so that all can be drawn."""
    if stored is None:
        return
    for name, children in entity.children.items():
        rows = stored_rows(work, entity, name, str(stored["id"])) if children.kind != "reverse" else None
        if rows is None:
            continue
        known = {r.key: r.record for r in rows}
        if name not in posted.tables:
            posted.tables[name] = rows
        for row in posted.tables[name]:
            row.record = known.get(row.key, {})


def typed_record(work: Work, entity: Entity, posted: Posted, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The record as it would be with what was typed so far, for conditions; faulty inputs count as empty."""
    writer = writer_of(work.catalog, entity.name)
    base = dict(stored) if stored is not None else {**writer.blank, "id": None, "version": 0}
    known = {k: v for k, v in texts_of_record(work, entity, base).items() if k not in posted.texts}
    flat = {k: v for k, v in posted.values().items() if k in writer.owner and not writer.owner[k].read_only}
    typed, _, _ = accept(work, writer, flat, True)
    posted.texts = {**known, **posted.texts}
    return {**base, **typed}


def _refused(
    work: Work, entity: Entity, asked: Asked, posted: Posted, stored: dict[str, Any] | None, fault: XrmError
) -> Shown:
    """The form with everything that was typed and what is wrong with it."""
    if not isinstance(fault, (InvalidRecord, VersionConflict)) and fault.status not in (400, 403, 409, 422):
        raise fault
    problems = fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),)
    status = 409 if fault.status == 412 else 422 if fault.status == 400 else fault.status
    return _drawn(work, entity, asked, posted, stored, problems=problems, status=status)
