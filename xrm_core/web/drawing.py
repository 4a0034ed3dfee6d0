"""Forms drawn: tabs, sections, inputs and child tables out of the entity's layout, a record, and what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from ..access.access import Verdict
from ..compiler import compiled
from ..errors import NotFound, Problem
from ..expressions import quote
from ..language import _
from ..metamodel.catalog import Entity, Field, Section
from ..metamodel.field_type import Env
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import lists, records
from ..services.sight import reads, shows_rows
from ..services.work import Work
from .aside import OUTER, PICK
from .asked import Shown, whole_number
from .buttons import offers_of
from .cells import cell_of, in_sentence
from .inputs import input_of, read_only, texts_of
from .models import Banner, ChildRow, ChildTable, Conflict, FormError, FormField, FormPage, FormSection, FormTab, Link
from .offered import whole, writable
from .paths import is_link, resolve
from .posted import RENDERED, Posted, PostedRow, digest, is_id, open_rows
from .records import form_of, value_cell
from .shell import entity_url

MOST_ROWS = 400
"""Longer child tables are not edited in a form."""
BULKY = frozenset({"address", "person_name", "location", "long_text", "json", "multi_select"})
SEEN_ROWS = "_rows."


@dataclass(slots=True)
class Draft:
    """A form about to be drawn: the record as it would be, what the inputs hold, and what is wrong with it. `added` is the
    table that just got a row."""

    entity: Entity
    record: Mapping[str, Any]
    posted: Posted
    new: bool
    problems: Sequence[Problem] = ()
    conflicts: tuple[Conflict, ...] = ()
    who: str = ""
    status: int = 200
    version: str = ""
    added: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    banners: tuple[Banner, ...] = ()
    touched: bool = False
    errors: dict[str, list[str]] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    may: Verdict = field(default_factory=lambda: Verdict(True))
    """What of it the reader may write; told by `draw`."""


def texts_of_record(work: Work, entity: Entity, record: Mapping[str, Any]) -> dict[str, Any]:
    """What the inputs of a form hold for a record, by column name."""
    return texts_of_fields(
        work, (f for f in entity.fields.values() if not f.columns or f.columns[0].name in record), record
    )


def texts_of_fields(work: Work, fields: Iterable[Field], record: Mapping[str, Any]) -> dict[str, Any]:
    """What the inputs of some fields hold for a record, by column name."""
    made: dict[str, Any] = {}
    for found in fields:
        if found.columns and not found.virtual:
            made |= texts_of(work, found, record)
    return made


def stored_form(work: Work, entity: Entity, record: Mapping[str, Any]) -> Posted:
    """The form of a stored record before anything is typed."""
    return Posted(
        texts_of_record(work, entity, record),
        {n: rows for n in entity.children if (rows := stored_rows(work, entity, n, str(record["id"]))) is not None},
    )


def stored_rows(work: Work, entity: Entity, name: str, id: str) -> list[PostedRow] | None:
    """The rows of a child table in their order; None for a reverse link, and where there are too many to edit in a form."""
    children = entity.children[name]
    if children.kind == "reverse" or not shows_rows(work, children):
        return None
    child = work.entity(children.entity)
    columns = ["id"]
    for found in child.fields.values():
        if found.columns and not found.retired and found.name != children.by and reads(work, child, found.name):
            columns += resolve(work, child.name, found.name).columns
    sort = ("position",) if "position" in child.fields and reads(work, child, "position") else ()
    mine = f"record.{children.by} == {quote(id)}"
    page = lists.list_records(work, Query(child.name, tuple(dict.fromkeys(columns)), mine, sort, MOST_ROWS))
    own = open_rows(work, child, children.by)
    return None if page.next else [_stored_row(work, child, own, row) for row in page.rows]


def _stored_row(work: Work, child: Entity, own: Sequence[Field], row: Mapping[str, Any]) -> PostedRow:
    known = [f for f in own if not _leads_away(work, child, f, row)]
    return PostedRow(str(row["id"]), texts_of_fields(work, known, row), row)


def _leads_away(work: Work, entity: Entity, found: Field, record: Mapping[str, Any]) -> bool:
    """Does a link lead to a record that is not for the reader? Then there is no input for it: to save must not empty it."""
    if not is_link(found) or record.get(found.columns[0].name) is None or not reads(work, entity, found.name):
        return False
    return cell_of(work, resolve(work, entity.name, found.name), record).kind == "hidden"


def form_title(work: Work, entity: Entity, record: Mapping[str, Any]) -> str:
    """The title of a stored record as the reader may see it: without what is behind links to records that he does not see."""
    try:
        found = records.read_record(work, entity.name, str(record["id"]), ("id", "display"))
    except NotFound:
        found = {}
    return str(found.get("display") or say(entity.label, work.language))


def draw(work: Work, draft: Draft) -> Shown:
    """The form page of a draft: inputs for what the reader may write, the rest as text."""
    entity, record, new = draft.entity, draft.record, draft.new
    draft.may = writable(work, entity, None if new else str(record["id"]))
    summary = _faults(work, draft)
    tabs = []
    for n, tab in enumerate(form_of(work, entity, draft.may)):
        sections = tuple(s for section in tab.sections if (s := _section(work, draft, section)) is not None)
        if sections:
            wrong = sum(1 for s in sections for f in s.fields if _is_wrong(f))
            tabs.append(
                FormTab(
                    name=f"t{n}", label=say(tab.label, work.language) or _("Record"), sections=sections, errors=wrong
                )
            )
    title_now = "" if new else str(record.get("display") or form_title(work, entity, record))
    kind = in_sentence(work, say(entity.label, work.language))
    title = _("New {kind}", kind=kind) if new else _("Edit {title}", title=title_now)
    back = entity_url(entity.name, *([] if new else [str(record["id"])]))
    aside = any(name in (PICK, OUTER) for name, __ in draft.hidden)
    page = FormPage(
        title=title, entity=entity.name, action=entity_url(entity.name, "new") if new else f"{back}/edit", tabs=tuple(tabs), cancel_href=back,
        icon=entity.icon, version=draft.version or ("" if new else str(record["version"])), errors=summary,
        hidden=((RENDERED, ",".join(draft.drawn)), *draft.hidden, *_marks(draft)), aside=aside,
        text=_("Saving it goes back to the form that it is for.") if aside else "", conflicts=draft.conflicts, conflict_who=draft.who,
        multipart=any(f.type.name in ("file", "image") for f in entity.fields.values()), may_add_another=new and not aside, banners=draft.banners, touched=draft.touched,
    )  # fmt: skip
    place = [Link(label=say(entity.plural, work.language), href=entity_url(entity.name))]
    place += [Link(label=title, href="")] if new else [Link(label=title_now, href=back), Link(label=_("Edit"), href="")]
    said = _("Error: {title}", title=title) if summary else title
    return Shown("form.html", page, said, draft.status, crumbs=tuple(place))


def draw_field(work: Work, draft: Draft, name: str) -> tuple[FormField | None, tuple[str, ...]]:
    """One field of a draft of a stored record as its input, and what is wrong with anything else of the record. No field where
    there is no input for it."""
    draft.may = writable(work, draft.entity, str(draft.record["id"]))
    lines = _faults(work, draft)
    own = {name, *(c.name for c in draft.entity.fields[name].columns)}
    item = _field(work, draft, name)
    others = tuple(f"{line.label}: {line.text}" if line.label else line.text for line in lines if line.field not in own)
    return (item if item is not None and item.widget != "read_only" else None), others


def _marks(draft: Draft) -> list[tuple[str, str]]:
    """A mark of the rows of each table as the reader saw them first, so that a later save can tell whose rows changed."""
    given = {name for name, _ in draft.hidden}
    tables = {n: rows for n, rows in draft.posted.tables.items() if n in draft.drawn and SEEN_ROWS + n not in given}
    return [(SEEN_ROWS + n, digest(rows)) for n, rows in tables.items()] if not draft.new else []


def _is_wrong(item: FormField) -> bool:
    inner = item.table.rows if item.table else ()
    return bool(item.errors) or any(p.errors for p in item.parts) or any(f.errors for row in inner for f in row.fields)


def _faults(work: Work, draft: Draft) -> tuple[FormError, ...]:
    """The problems as lines of the summary; the texts beside the inputs are kept in `draft.errors`."""
    lines = []
    for problem in draft.problems:
        name = _input_name(draft.posted, problem)
        text = problem.message[:1].upper() + problem.message[1:] + (f" ({problem.hint})" if problem.hint else "")
        draft.errors.setdefault(name, []).append(text)
        label = _place_of(work, draft, name)
        is_said = text.startswith(label) or any(f"{label}{mark}" in text for mark in '”“"»')
        lines.append(
            FormError(text=text, field=name if _is_on_form(draft.entity, name) else "", label="" if is_said else label)
        )
    return tuple(lines)


def _place_of(work: Work, draft: Draft, name: str) -> str:
    """What an input is called, for the summary: the field, and in a child table its row."""

    def label(entity: Entity, column: str) -> str:
        found = entity.fields.get(entity.field_of_column.get(column, column))
        return say(found.label, work.language) if found is not None else ""

    table, _dot, rest = name.partition(".")
    if not rest or table not in draft.entity.children:
        return label(draft.entity, name)
    key, _dot, column = rest.partition(".")
    children = draft.entity.children[table]
    keys = [row.key for row in draft.posted.tables.get(table, [])]
    return _(
        "{table}, row {n}: {field}",
        table=say(children.label, work.language),
        n=keys.index(key) + 1 if key in keys else 1,
        field=label(work.entity(children.entity), column),
    )


def _input_name(posted: Posted, problem: Problem) -> str:
    """`lines[2].quantity` -> `lines.<key>.quantity`."""
    name = problem.field or ""
    if "[" not in name:
        return name
    table, _, rest = name.partition("[")
    number, _, column = rest.partition("]")
    rows = [r for r in posted.tables.get(table, []) if not r.is_blank]
    place = whole_number(number)
    key = rows[place].key if place is not None and place < len(rows) else number
    return f"{table}.{key}.{column.lstrip('.')}" if column.strip(".") else table


def _is_on_form(entity: Entity, name: str) -> bool:
    base = name.split(".")[0]
    return base in entity.field_of_column or base in entity.fields or base in entity.children


def _section(work: Work, draft: Draft, section: Section) -> FormSection | None:
    if section.visible_when and not _holds(work, draft, section.visible_when):
        return None
    fields = [made for name in section.fields if (made := _field(work, draft, name)) is not None]
    return (
        FormSection(fields=tuple(fields), title=say(section.label, work.language), columns=section.columns)  # type: ignore[arg-type]
        if fields
        else None
    )


def _field(work: Work, draft: Draft, name: str) -> FormField | None:
    """One field of the layout: an input, a table, its value where it cannot be changed, or nothing."""
    entity, found = draft.entity, draft.entity.fields.get(name)
    if found is None or found.retired or (found.visible_when and not _holds(work, draft, found.visible_when)):
        return None
    may_write = draft.may.opens(name) and not (work.access.is_hidden(entity.name, name) and not draft.new)
    if name in entity.children:
        return _table(work, draft, found) if may_write and not found.read_only else None
    locked = found.read_only_when is not None and not draft.new and _holds(work, draft, found.read_only_when)
    locked = locked or not may_write or (not draft.new and _leads_away(work, entity, found, draft.record))
    if found.virtual or found.read_only or locked or found.type.name == "sequence":
        cell = value_cell(work, entity, draft.record, found) if not draft.new and reads(work, entity, name) else None
        return read_only(work, found, cell) if cell is not None and cell.kind != "empty" else None
    draft.drawn.append(name)
    required = bool(found.required_when and _holds(work, draft, found.required_when))
    texts = draft.posted.texts
    if entity.lifecycle is not None and entity.lifecycle.field == name:
        texts = {**texts, f"{name}__states": _states(work, draft)}
    return _with_aside(
        input_of(work, found, texts, draft.errors, required=required, refresh=name in _watched(work, entity))
    )


def _with_aside(made: FormField) -> FormField:
    """Forms of records can be left for a record that a link lacks, without scripts too."""
    may = made.lookup is not None and bool(made.lookup.create_href)
    return replace(made, lookup=replace(made.lookup, aside=True)) if may and made.lookup is not None else made


def _states(work: Work, draft: Draft) -> frozenset[str]:
    """States that the record may be in after this form: those it may be born in, or those that a transition leads to."""
    lifecycle = draft.entity.lifecycle
    assert lifecycle is not None
    if draft.new:
        return frozenset(lifecycle.create_in)
    offers = offers_of(work, draft.entity, draft.record)
    return frozenset({str(draft.record.get(lifecycle.field)), *(o.target for o in offers if o.allowed)})


def _holds(work: Work, draft: Draft, text: str) -> bool:
    record = whole(draft.entity, draft.record)
    return bool(compiled(work.catalog, draft.entity.name, text, "bool").python(work.context(record)))


def _watched(work: Work, entity: Entity) -> frozenset[str]:
    """Fields that a condition of the form reads: changing one draws the form anew."""

    def read_fields() -> frozenset[str]:
        texts = [t for f in entity.fields.values() for t in (f.visible_when, f.required_when, f.read_only_when) if t]
        forms = [form for name, form in work.catalog.forms.items() if name.split("@")[0] == entity.name]
        texts += [s.visible_when for form in forms for tab in form.tabs for s in tab.sections if s.visible_when]
        rows = [
            f for c in entity.children.values() if c.kind != "reverse" for f in work.entity(c.entity).fields.values()
        ]
        said = {getattr(f.options, "currency_from", None) for f in (*entity.fields.values(), *rows)}
        said &= {f.name for f in entity.fields.values() if f.type.name == "currency"}
        reads = {read for t in texts for read in compiled(work.catalog, entity.name, t, "bool").needs.fields}
        watched = {entity.field_of_column.get(column, column) for owner, column in reads if owner == entity.name}
        return frozenset(watched | {name for name in said if name})

    return work.catalog.derive(f"web:watched:{entity.name}", read_fields)


def _table(work: Work, draft: Draft, found: Field) -> FormField | None:
    """A child table or tie: its rows as inputs, what is computed of a stored row as text behind them."""
    children = draft.entity.children[found.name]
    label = say(found.label, work.language)
    if not draft.new and found.name not in draft.posted.tables and shows_rows(work, children):
        note = Banner(
            title=_("{label}: more than {most_rows} rows", label=label, most_rows=MOST_ROWS),
            text=_("They are too many to edit in one form; import changes instead."),
        )
        draft.banners = (*draft.banners, note)
        return None
    draft.drawn.append(found.name)
    child = work.entity(children.entity)
    own = open_rows(work, child, children.by)
    rest = [
        f
        for f in child.fields.values()
        if f not in own
        and f.columns
        and not f.retired
        and not f.hidden
        and f.name not in (children.by, "position")
        and reads(work, child, f.name)
    ]
    rows = draft.posted.tables.get(found.name, [])
    held = {f.name: [r.record.get(f.columns[0].name) for r in rows] for f in rest}
    rest = [f for f in rest if any(value is not None and value is not False for value in held[f.name])]
    made = tuple(_row(work, draft, child, found, n, row, own, rest) for n, row in enumerate(rows))
    columns = tuple(say(f.label, work.language) for f in (*own, *rest))
    return FormField(
        name=found.name, label=label, widget="table", table=ChildTable(columns=columns, rows=made, add_label=_("Add row"), cards=_is_bulky(own)),
        hint=say(found.help, work.language), errors=tuple(draft.errors.get(found.name, ())), span=3,
    )  # fmt: skip


def _is_bulky(own: Sequence[Field]) -> bool:
    """Do inputs of a row need more room than the cell of a table?"""
    return any(f.type.widget(f).name in BULKY for f in own)


def _row(
    work: Work,
    draft: Draft,
    child: Entity,
    table: Field,
    n: int,
    row: PostedRow,
    own: Sequence[Field],
    rest: Sequence[Field],
) -> ChildRow:
    prefix = f"{table.name}.{row.key}."
    shut = [f for f in own if row.record and _leads_away(work, child, f, row.record)]
    said = _currencies(work, draft, child)
    inputs = [
        _value_in_row(work, child, f, row, prefix)
        if f in shut
        else _with_aside(
            input_of(work, f, {**said, **(row.texts or defaults_of(f, work.env))}, draft.errors, prefix=prefix)
        )
        for f in own
    ]
    inputs += [_value_in_row(work, child, f, row, prefix) for f in rest]
    if draft.added == table.name and inputs and row is draft.posted.tables[table.name][-1]:
        inputs[0] = replace(inputs[0], autofocus=True)
    return ChildRow(
        key=row.key, fields=tuple(inputs), title=f"{say(table.label, work.language)} {n + 1}", new=not is_id(row.key)
    )


def _value_in_row(work: Work, child: Entity, found: Field, row: PostedRow, prefix: str) -> FormField:
    cell = cell_of(work, resolve(work, child.name, found.name), row.record) if row.record else None
    return FormField(name=prefix + found.name, label=say(found.label, work.language), widget="read_only", display=cell)


def _currencies(work: Work, draft: Draft, child: Entity) -> dict[str, Any]:
    """The currencies that the record says for numbers in its rows, by column."""
    paths = (work.catalog.currency_of(f) or "" for f in child.fields.values())
    names = {name for path in paths if (name := path.partition(".")[2])}
    return {name: draft.posted.texts.get(name) or draft.record.get(name) for name in names}


def defaults_of(found: Field, env: Env) -> dict[str, Any]:
    """What an input of a new row, or of an action, shows: the field's constant default."""
    if found.default is None or (isinstance(found.default, str) and found.default.startswith("=")):
        return {}
    if found.default == "today":
        return {found.name: env.today.isoformat()}
    return {found.name: str(found.default).lower() if isinstance(found.default, bool) else str(found.default)}
