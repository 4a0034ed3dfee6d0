"""Forms: drawn from the entity's layout, posted back, saved; conflicts merged where people changed different fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..compiler import compiled
from ..errors import InvalidRecord, NotFound, Problem, VersionConflict, XrmError
from ..metamodel.catalog import Entity, Field, Section
from ..metamodel.field_type import Env
from ..metamodel.text import say
from ..services import files, past, records
from ..services.drafts import accept, new_draft
from ..services.work import Work
from ..services.writer import writer_of
from ..storage import query
from .asked import Asked, Go, Shown, Upload
from .inputs import input_of, number_text, texts_of
from .models import Action, ChildRow, ChildTable, Conflict, FormError, FormField, FormPage, FormSection, FormTab, Link
from .posted import RENDERED, Posted, PostedRow, is_id, read_form
from .records import crumbs, form_of
from .shell import entity_url


def new_form(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/new: defaults filled in, and what the address names (`?donor=<id>`)."""
    entity = work.entity(asked.path["entity"])
    given = {k: v for k, v in asked.query if k in entity.columns}
    record = _fresh(work, entity, given)
    return _draw(work, entity, record, Posted(_texts(work, entity, record)), new=True)


def _fresh(work: Work, entity: Entity, given: Mapping[str, str]) -> dict[str, Any]:
    draft = new_draft(work, writer_of(work.catalog, entity.name), given, texts=True)
    return dict(draft.after)


def edit_form(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}/edit."""
    entity = work.entity(asked.path["entity"])
    record = _stored(work, entity, asked.path["id"])
    return _draw(work, entity, record, Posted(_texts(work, entity, record), _stored_rows(work, entity, record)), new=False)


def _stored(work: Work, entity: Entity, id: str) -> dict[str, Any]:
    record = query.get(work.tx, work.catalog, entity.name, id)
    if record is None:
        raise NotFound(f"there is no {entity.name} {id!r}", code="not_found")
    return dict(record)


def _texts(work: Work, entity: Entity, record: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in entity.fields.values():
        if field.columns and not field.virtual:
            made |= texts_of(work, field, record)
    return made


def _stored_rows(work: Work, entity: Entity, record: Mapping[str, Any]) -> dict[str, list[PostedRow]]:
    made: dict[str, list[PostedRow]] = {}
    for name, children in entity.children.items():
        if children.kind != "reverse":
            child = work.entity(children.entity)
            rows = work.children(children.entity, children.by, record["id"])
            made[name] = [PostedRow(row["id"], _texts(work, child, row)) for row in rows]
    return made


def save_new(work: Work, asked: Asked) -> Shown | Go:
    """POST /e/{entity}/new."""
    entity = work.entity(asked.path["entity"])
    posted = read_form(work, entity, asked)
    if asked.posted("_add") or asked.posted("_remove") or asked.posted("_refresh"):
        return _again(work, entity, asked, posted, None)
    try:
        with work.tx.savepoint():
            _raise(posted.problems, entity)
            values = posted.values() | _uploads(work, entity, asked)
            record = records.create_record(work, entity.name, values, texts=True)
    except XrmError as fault:
        work.forget()
        return _refused(work, entity, asked, posted, None, fault)
    label = say(entity.label, work.language)
    if asked.posted("_then") == "new":
        return Go(entity_url(entity.name, "new"), f"{label} created")
    return Go(entity_url(entity.name, str(record["id"])), f"{label} created")


def save_changes(work: Work, asked: Asked) -> Shown | Go:
    """POST /e/{entity}/{id}/edit: others' changes to other fields are merged; to the same fields, the reader chooses."""
    entity, id = work.entity(asked.path["entity"]), asked.path["id"]
    posted = read_form(work, entity, asked)
    stored = _stored(work, entity, id)
    if asked.posted("_add") or asked.posted("_remove") or asked.posted("_refresh"):
        return _again(work, entity, asked, posted, stored)
    version = int(asked.posted("_version")) if asked.posted("_version").isdigit() else stored["version"]
    note = ""
    try:
        with work.tx.savepoint():
            _raise(posted.problems, entity)
            values = posted.values() | _uploads(work, entity, asked)
            if version != stored["version"]:
                conflicts, values = _merge(work, entity, stored, version, values, asked)
                if conflicts:
                    return _draw(work, entity, stored, posted, new=False, conflicts=conflicts, status=409, who=_who(work, entity, id))
                note = "; your changes were joined with those that somebody else made meanwhile"
            records.update_record(work, entity.name, id, values, stored["version"], texts=True)
    except XrmError as fault:
        work.forget()
        return _refused(work, entity, asked, posted, stored, fault, version)
    return Go(entity_url(entity.name, id), f"{say(entity.label, work.language)} saved{note}")


def _uploads(work: Work, entity: Entity, asked: Asked) -> dict[str, Any]:
    """Files that came with the form, kept; ids by column."""
    made: dict[str, Any] = {}
    for name, value in asked.form:
        field = entity.fields.get(name)
        if isinstance(value, Upload) and value.body and field is not None and field.type.name in ("file", "image"):
            made[name] = files.keep(work, value.name, value.media_type, value.body, entity.name, name)
    return made


def _raise(problems: Sequence[Problem], entity: Entity) -> None:
    if problems:
        raise InvalidRecord(f"{entity.name} was not saved", code="invalid_record", problems=tuple(problems))


def _merge(work: Work, entity: Entity, stored: dict[str, Any], version: int, values: dict[str, Any], asked: Asked) -> tuple[tuple[Conflict, ...], dict[str, Any]]:
    """Three versions of each field: as the reader saw it, as typed, as stored now. Answers conflicts, and values to save."""
    original = dict(stored)
    for entry in past.history_of(work, entity.name, stored["id"], 200):
        if entry.entity == entity.name and entry.record_id == stored["id"] and entry.version > version:
            original |= {column: old for column, (old, _) in entry.changes.items()}
    writer = writer_of(work.catalog, entity.name)
    typed, _, _ = accept(work, writer, {k: v for k, v in values.items() if k in writer.owner and not writer.owner[k].read_only}, True)
    conflicts: list[Conflict] = []
    kept = {k: v for k, v in values.items() if k in writer.rows}
    for column, mine in typed.items():
        if mine == original.get(column):
            continue
        theirs = stored.get(column)
        choice = asked.posted(f"_keep.{column}")
        if theirs in (original.get(column), mine) or choice == "mine":
            kept[column] = values[column] if column in values else mine
        elif choice != "theirs":
            label = say(writer.owner[column].label, work.language)
            conflicts.append(Conflict(name=column, label=label, mine=_said(work, mine), theirs=_said(work, theirs), original=_said(work, original.get(column))))
    return tuple(conflicts), kept


def _said(work: Work, value: Any) -> str:
    from decimal import Decimal

    return "" if value is None else number_text(value, work.language) if isinstance(value, Decimal) else str(value)


def _who(work: Work, entity: Entity, id: str) -> str:
    entries = past.history_of(work, entity.name, id, 1)
    return entries[0].actor_name if entries else ""


def _again(work: Work, entity: Entity, asked: Asked, posted: Posted, stored: dict[str, Any] | None) -> Shown:
    """The form once more with a row added or removed, or with conditions worked out anew; nothing is saved."""
    add, remove = asked.posted("_add"), asked.posted("_remove")
    if add in posted.tables:
        taken = [int(r.key) for r in posted.tables[add] if r.key.isdigit()]
        posted.tables[add].append(PostedRow(str(max(taken, default=-1) + 1)))
    if remove:
        table, _, key = remove.partition(".")
        posted.tables[table] = [r for r in posted.tables.get(table, []) if r.key != key]
    return _draw(work, entity, _typed(work, entity, posted, stored), posted, new=stored is None, version=asked.posted("_version"))


def _typed(work: Work, entity: Entity, posted: Posted, stored: dict[str, Any] | None) -> dict[str, Any]:
    """The record as it would be with what was typed so far, for conditions; faulty inputs count as empty."""
    writer = writer_of(work.catalog, entity.name)
    base = dict(stored) if stored is not None else {**writer.blank, "id": None, "version": 0}
    flat = {k: v for k, v in posted.values().items() if k in writer.owner and not writer.owner[k].read_only}
    typed, _, _ = accept(work, writer, flat, True)
    return {**base, **typed}


def _refused(work: Work, entity: Entity, asked: Asked, posted: Posted, stored: dict[str, Any] | None, fault: XrmError, version: int | None = None) -> Shown:
    """The form with everything that was typed and what is wrong with it."""
    if not isinstance(fault, (InvalidRecord, VersionConflict)) and fault.status not in (403, 409, 422):
        raise fault
    problems = fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),)
    status = 409 if fault.status == 412 else fault.status
    shown = str(version) if version is not None else asked.posted("_version")
    return _draw(work, entity, _typed(work, entity, posted, stored), posted, new=stored is None, problems=problems, status=status, version=shown)


def _input_name(posted: Posted, problem: Problem) -> str:
    """`lines[2].quantity` -> `lines.<key>.quantity`."""
    name = problem.field or ""
    if "[" in name:
        table, _, rest = name.partition("[")
        number, _, column = rest.partition("]")
        rows = [r for r in posted.tables.get(table, []) if not r.is_blank]
        key = rows[int(number)].key if number.isdigit() and int(number) < len(rows) else number
        return f"{table}.{key}.{column.lstrip('.')}"
    return name


def _draw(
    work: Work, entity: Entity, record: Mapping[str, Any], posted: Posted, *, new: bool, problems: Sequence[Problem] = (),
    conflicts: tuple[Conflict, ...] = (), status: int = 200, version: str = "", who: str = "",
) -> Shown:  # fmt: skip
    errors: dict[str, list[str]] = {}
    summary = []
    for problem in problems:
        name = _input_name(posted, problem)
        text = problem.message[:1].upper() + problem.message[1:] + (f" ({problem.hint})" if problem.hint else "")
        errors.setdefault(name, []).append(text)
        summary.append(FormError(text=text, field=name if _column_field(entity, name) else ""))
    drawn: list[str] = []
    tabs = []
    for n, tab in enumerate(form_of(work, entity)):
        sections = tuple(s for section in tab.sections if (s := _section(work, entity, section, record, posted, errors, drawn)) is not None)
        if sections:
            wrong = sum(1 for s in sections for f in s.fields if f.errors or any(p.errors for p in f.parts))
            tabs.append(FormTab(name=f"t{n}", label=say(tab.label, work.language) or "Record", sections=sections, errors=wrong))
    label = say(entity.label, work.language)
    title = f"New {label.lower() if work.language.startswith('en') else label}" if new else f"Edit {_title(work, entity, record)}"
    base = entity_url(entity.name, "new") if new else entity_url(entity.name, str(record["id"]), "edit")
    page = FormPage(
        title=title, entity=entity.name, action=base, tabs=tuple(tabs), cancel_href=entity_url(entity.name, *([] if new else [str(record["id"])])),
        icon=entity.icon, version=version or ("" if new else str(record["version"])), hidden=((RENDERED, ",".join(drawn)),), errors=tuple(summary),
        conflicts=conflicts, conflict_who=who, multipart=any(f.type.name in ("file", "image") for f in entity.fields.values()), may_add_another=new,
    )  # fmt: skip
    place = (Link(label=say(entity.plural, work.language), href=entity_url(entity.name)), Link(label=title, href=""))
    here = place if new else (*crumbs(work, entity, {"id": record["id"], "display": _title(work, entity, record)})[:1], Link(label=_title(work, entity, record), href=entity_url(entity.name, str(record["id"]))), Link(label="Edit", href=""))
    return Shown("form.html", page, title, status, crumbs=here)


def _title(work: Work, entity: Entity, record: Mapping[str, Any]) -> str:
    return str(compiled(work.catalog, entity.name, "record.display", None).python(work.context(record)) or say(entity.label, work.language))


def _column_field(entity: Entity, name: str) -> str:
    """The field an input name belongs to; '' where it belongs to none on the form."""
    base = name.split(".")[0]
    return entity.field_of_column.get(base, base if base in entity.fields or base in entity.children else "")


def _section(
    work: Work, entity: Entity, section: Section, record: Mapping[str, Any], posted: Posted, errors: Mapping[str, list[str]], drawn: list[str]
) -> FormSection | None:
    if section.visible_when and not _holds(work, entity, section.visible_when, record):
        return None
    fields = []
    for name in section.fields:
        field = entity.fields.get(name)
        if field is None or field.retired or (field.virtual and name not in entity.children):
            continue
        if field.visible_when and not _holds(work, entity, field.visible_when, record):
            continue
        if name in entity.children:
            if field.read_only:
                continue
            drawn.append(name)
            fields.append(_table(work, entity, field, posted, errors))
            continue
        locked = field.read_only_when is not None and record.get("id") and _holds(work, entity, field.read_only_when, record)
        if not field.read_only and not locked and field.type.name != "sequence":
            drawn.append(name)
        required = bool(field.required_when and _holds(work, entity, field.required_when, record))
        made = input_of(work, field, posted.texts, errors, required=required, refresh=_watched(work, entity, name))
        if locked:
            made = FormField(name=name, label=made.label, widget="read_only", value=str(posted.texts.get(name) or "—"))
        fields.append(made)
    return FormSection(fields=tuple(fields), title=say(section.label, work.language), columns=section.columns) if fields else None  # type: ignore[arg-type]


def _holds(work: Work, entity: Entity, text: str, record: Mapping[str, Any]) -> bool:
    return bool(compiled(work.catalog, entity.name, text, "bool").python(work.context(record)))


def _watched(work: Work, entity: Entity, name: str) -> bool:
    """Does any condition of the form read this field? Then changing it draws the form anew."""

    def read_fields() -> frozenset[str]:
        texts = [t for f in entity.fields.values() for t in (f.visible_when, f.required_when) if t]
        texts += [s.visible_when for tab in form_of(work, entity) for s in tab.sections if s.visible_when]
        reads = {read for t in texts for read in compiled(work.catalog, entity.name, t, "bool").needs.fields}
        return frozenset(entity.field_of_column.get(column, column) for owner, column in reads if owner == entity.name)

    return name in work.catalog.derive(f"watched:{entity.name}", read_fields)


def _table(work: Work, entity: Entity, field: Field, posted: Posted, errors: Mapping[str, list[str]]) -> FormField:
    """A child table or tie with its rows as inputs."""
    children = entity.children[field.name]
    child = work.entity(children.entity)
    own = [f for f in child.fields.values() if f.columns and not f.virtual and not f.retired and not f.hidden and f.name not in (children.by, "position") and f.type.name != "sequence" and not f.read_only]
    rows = []
    for n, row in enumerate(posted.tables.get(field.name, ())):
        prefix = f"{field.name}.{row.key}."
        fields = tuple(input_of(work, f, row.texts or _defaults(f, work.env), errors, prefix=prefix) for f in own)
        rows.append(ChildRow(key=row.key, fields=fields, title=f"{say(field.label, work.language)} {n + 1}", new=not is_id(row.key)))
    label = say(field.label, work.language)
    table = ChildTable(columns=tuple(say(f.label, work.language) for f in own), rows=tuple(rows), add_label="Add row")
    return FormField(name=field.name, label=label, widget="table", table=table, hint=say(field.help, work.language), errors=tuple(errors.get(field.name, ())), span=3)


def _defaults(field: Field, env: Env) -> dict[str, Any]:
    """What an input of a new row shows: the field's constant default."""
    if field.default is None or (isinstance(field.default, str) and field.default.startswith("=")):
        return {}
    if field.default == "today":
        return {field.name: env.today.isoformat()}
    return {field.name: str(field.default).lower() if isinstance(field.default, bool) else str(field.default)}


def transition_form(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/{id}/do/{name}: what a transition still needs."""
    return _transition(work, asked, (), None)


def _transition(work: Work, asked: Asked, problems: Sequence[Problem], posted: Posted | None) -> Shown:
    entity, id, name = work.entity(asked.path["entity"]), asked.path["id"], asked.path["name"]
    stored = _stored(work, entity, id)
    transition = entity.lifecycle.transitions.get(name) if entity.lifecycle else None
    if transition is None:
        raise NotFound(f"there is no transition {name!r}", code="unknown_transition")
    source = posted or Posted(_texts(work, entity, stored))
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(problem.field or "", []).append(problem.message[:1].upper() + problem.message[1:])
    names = [n for n in transition.require if n in entity.fields and entity.fields[n].columns]
    fields = [input_of(work, entity.fields[n], source.texts, errors, required=True) for n in names]
    if transition.reason != "no":
        fields.append(FormField(name="reason", label="Reason", widget="long_text", required=transition.reason == "required", errors=tuple(errors.get("reason", ())), span=2))
    label = say(transition.label, work.language)
    title = f"{label}: {_title(work, entity, stored)}"
    page = FormPage(
        title=title, entity=entity.name, action=entity_url(entity.name, id, "do", name), tabs=(FormTab(name="t0", label=label, sections=(FormSection(fields=tuple(fields)),)),),
        cancel_href=entity_url(entity.name, id), save_label=label, version=str(stored["version"]), hidden=((RENDERED, ",".join(names)),),
        errors=tuple(FormError(text=m, field=f if f in names or f == "reason" else "") for f, ms in errors.items() for m in ms),
    )  # fmt: skip
    return Shown("form.html", page, title, 422 if problems else 200, crumbs=crumbs(work, entity, {"id": id, "display": _title(work, entity, stored)}))


def make_transition(work: Work, asked: Asked) -> Shown | Go:
    """POST /e/{entity}/{id}/do/{name}."""
    entity, id, name = work.entity(asked.path["entity"]), asked.path["id"], asked.path["name"]
    posted = read_form(work, entity, asked)
    version = asked.posted("_version")
    try:
        with work.tx.savepoint():
            _raise(posted.problems, entity)
            records.run_transition(work, entity.name, id, name, posted.values(), int(version) if version.isdigit() else None, asked.posted("reason").strip() or None, texts=True)
    except InvalidRecord as fault:
        work.forget()
        return _transition(work, asked, fault.problems, posted if posted.texts else None)
    transition = entity.lifecycle.transitions[name] if entity.lifecycle else None
    return Go(entity_url(entity.name, id), f"Done: {say(transition.label, work.language)}" if transition else "Done")


__all__ = ["Action", "edit_form", "make_transition", "new_form", "save_changes", "save_new", "transition_form"]
