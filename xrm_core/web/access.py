"""Pages about access: the log for auditors, "why" for administrators, and the map of who does what."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ..access.access_map import AccessMap, Subject, access_map
from ..access.explaining import Explanation, Reason, verbs_of
from ..access.words import VERBS
from ..errors import BadRequest, XrmError
from ..fields.lists import join
from ..language import N_, _, joined
from ..metamodel.text import say
from ..services import access_log
from ..services.access_explain import explain_access, require_explainer
from ..services.importing.readers.formulas import neutralise
from ..services.naming import titles_of
from ..services.work import Work
from ..storage import access_log as storage
from ..storage.access_log import Event, Wanted
from .access_links import LOG, MAP, WHY
from .access_words import (
    class_word,
    condition_word,
    department_word,
    field_word,
    naming_of,
    rows_cell,
    subject_word,
    verb_word,
    who_word,
)
from .asked import Asked, Sent, Shown
from .cells import moment
from .logged import actor_text, detail_text
from .models import AccessPage, AccessTable, Action, Banner, Cell, EmptyState, FormField, Option
from .network import asked_day
from .shell import entity_url

PAGE = 50
TONES = {
    "refused": "warn",
    "sign_in_failed": "warn",
    "grant_changed": "info",
    "view_as": "accent",
    "log_shortened": "bad",
}
KINDS = {
    "sign_in": N_("Signed in"),
    "sign_in_failed": N_("Sign-in failed"),
    "sign_out": N_("Signed out"),
    "refused": N_("Refused"),
    "grant_changed": N_("Rights changed"),
    "user_changed": N_("User changed"),
    "export": N_("Exported"),
    "view_as": N_("Viewed as another"),
    "read": N_("Data read"),
    "log_shortened": N_("Log shortened"),
    "stands_in": N_("Stood in for another"),
}
"""What the kinds of events are called."""
KINDS_OF_RULES = {"grant": N_("grant"), "deny": N_("deny")}
EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)
"""Days that may be asked for."""
EMPTY = Cell(kind="empty")
EVERY = "*"
"""What asks for all roles and departments."""
ASKED = ("who", "kind", "entity", "record", "since", "until")


# ---- the log
def log(work: Work, asked: Asked) -> Shown:
    """GET /access/log: who came in, what was refused, exported, changed and looked at; the newest first."""
    access_log.require_reader(work.actor)
    span, days = _days(work, asked)
    is_sound = not any(field.errors for field in days)
    events = (
        access_log.read(work, _wanted(work, asked, span), PAGE + 1, asked.get("before") or None) if is_sound else []
    )
    titles = titles_of(work, [(e.entity, e.record_id) for e in events[:PAGE] if e.entity and e.record_id])
    rows = tuple(_row(work, e, titles) for e in events[:PAGE])
    kept = _kept(asked, span)
    older = f"{LOG}?{urlencode({**kept, 'before': events[PAGE - 1].id})}" if len(events) > PAGE else ""
    page = AccessPage(
        title=_("Access log"), text=_("Nobody can change it. Only the command line shortens it, and that is told here."), action=LOG,
        fields=_log_fields(work, asked, days), submit=_("Filter"),
        tables=(AccessTable(name="events", title=_("Events"), icon="history", columns=(_("When"), _("What"), _("Who"), _("About"), _("Details")), rows=rows),) if rows else (),
        actions=(Action(label=_("Export as CSV"), href=f"{LOG}/export?{urlencode(kept)}", icon="download"),),
        previous_href=f"{LOG}?{urlencode(kept)}" if asked.get("before") else "", next_href=older,
        empty=EmptyState(title=_("Nothing to show"), text=_("No event fits these conditions."), icon="history"),
    )  # fmt: skip
    return Shown("access.html", page, page.title, status=200 if is_sound else 400)


def log_export(work: Work, asked: Asked) -> Sent:
    """GET /access/log/export: all rows that the page would go through, as CSV; told like every export."""
    access_log.require_reader(work.actor)
    span, days = _days(work, asked)
    for field in days:
        if field.errors:
            raise BadRequest(field.errors[0], code="bad_parameter")
    wanted, filters = _wanted(work, asked, span), _kept(asked, span)
    access_log.note(work, "export", detail={"of": "the log of access", "format": "csv", **filters})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = ("at", "kind", "actor_id", "actor_name", "deputy_for", "entity", "record_id", "door", "client", "detail")
    writer.writerow(names)
    for event in storage.every(work.tx, wanted):
        told = {**access_log.event_json(event), "detail": access_log.summary(event)}
        writer.writerow([neutralise(str(told[name] or "")) for name in names])
    return Sent(
        out.getvalue().encode(),
        "text/csv; charset=utf-8",
        {"Content-Disposition": 'attachment; filename="access-log.csv"'},
    )


Span = tuple[date | None, date | None]


def _days(work: Work, asked: Asked) -> tuple[Span, tuple[FormField, FormField]]:
    """The days from and to which it is asked, and their inputs with what is wrong with them."""
    made: list[date | None] = []
    fields: list[FormField] = []
    for name, label in (("since", _("From")), ("until", _("To"))):
        day, field = asked_day(work, asked.get(name), name, label)
        if day is not None and not EARLIEST <= day <= LATEST:
            day, field = None, replace(field, errors=(_("{text!r} is no day", text=asked.get(name)[:40]),))
        made.append(day)
        fields.append(field)
    return (made[0], made[1]), (fields[0], fields[1])


def _wanted(work: Work, asked: Asked, span: Span) -> Wanted:
    """What is asked for; days begin where the reader is."""
    zone = ZoneInfo(work.actor.time_zone or work.settings.organisation.time_zone)
    since, until = (None if d is None else datetime.combine(d, time(), zone).astimezone(UTC) for d in span)
    after = None if until is None else until + timedelta(days=1)
    kinds = tuple(k for k in asked.all("kind") if k in access_log.KINDS)
    return Wanted(asked.get("who").strip(), kinds, asked.get("entity"), asked.get("record").strip(), since, after)


def _kept(asked: Asked, span: Span) -> dict[str, str]:
    """The question as it stands in addresses and in the log: days as dates, whatever words they were asked in."""
    days = {name: "" if day is None else day.isoformat() for name, day in zip(("since", "until"), span, strict=True)}
    found = {name: days.get(name, asked.get(name)) for name in ASKED}
    return {name: value for name, value in found.items() if value}


def _log_fields(work: Work, asked: Asked, days: tuple[FormField, FormField]) -> tuple[FormField, ...]:
    kinds = [Option(value=k, label=_(KINDS[k]), selected=asked.get("kind") == k) for k in access_log.KINDS]
    return (
        FormField(name="who", label=_("Who"), value=asked.get("who"), placeholder=_("Part of a name, or an id")),
        FormField(
            name="kind", label=_("What"), widget="select", options=(Option(value="", label=_("Everything")), *kinds)
        ),
        _entities(work, asked.get("entity"), _("All")),
        *days,
        FormField(name="record", label=_("Record"), value=asked.get("record"), placeholder=_("Id")),
    )


def _entities(work: Work, chosen: str, none: str) -> FormField:
    known = sorted(work.catalog.entities.values(), key=lambda e: say(e.label, work.language))
    options = [
        Option(value=e.name, label=f"{say(e.label, work.language)} ({e.name})", selected=chosen == e.name)
        for e in known
    ]
    return FormField(
        name="entity", label=_("Entity"), widget="select", options=(Option(value="", label=none), *options)
    )


def _row(work: Work, event: Event, titles: Mapping[tuple[str, str], str]) -> tuple[Cell, ...]:
    tone = TONES.get(event.kind, "neutral")
    return (
        moment(work, event.at, seconds=True),
        Cell(kind="pill", text=_(KINDS[event.kind]), tone=tone),  # type: ignore[arg-type]  # TONES holds tones
        Cell(text=actor_text(event)),
        _about(work, event.entity, event.record_id, titles),
        Cell(text=detail_text(work, event)) if event.detail else EMPTY,
    )


def _about(work: Work, entity: str | None, id: str | None, titles: Mapping[tuple[str, str], str]) -> Cell:
    """What an event is about: by its title where the reader may see the record, else by the end of its id."""
    known = work.catalog.entities.get(entity or "")
    if known is None:
        return Cell(text=entity) if entity else EMPTY
    label = say(known.label, work.language)
    if not id or known.parent is not None:
        return Cell(text=label)
    title = titles.get((known.name, id))
    return Cell(
        kind="link", text=f"{label} · {title}" if title else f"{label} {id[-6:]}", href=entity_url(known.name, id)
    )


# ---- why
def explain(work: Work, asked: Asked) -> Shown:
    """GET /access/explain: for a user, a record, a field and a verb whether it is open, by what, and what would open it."""
    require_explainer(work.actor)
    user, entity = asked.get("user").strip(), asked.get("entity")
    answer: Banner | None = None
    tables: tuple[AccessTable, ...] = ()
    if user and entity:
        try:
            told = explain_access(
                work, user, entity, asked.get("id").strip() or None, verb=asked.get("verb") or "read", field=asked.get("field").strip() or None,
                naming=naming_of(work, entity),
            )  # fmt: skip
            answer, tables = _answer(work, told), _tables(work, told)
        except XrmError as fault:
            answer = Banner(title=fault.message[:1].upper() + fault.message[1:], tone="bad", text=fault.hint or "")
    page = AccessPage(
        title=_("Why may somebody do this?"), text=_("The reasons of a decision: grants with their files, the needs matrix, and the statement."),
        action=WHY, fields=_questions(work, asked), submit=_("Explain"), answer=answer, tables=tables,
        actions=(Action(label=_("Who does what"), href=MAP, icon="table"),),
    )  # fmt: skip
    return Shown("access.html", page, page.title)


def _questions(work: Work, asked: Asked) -> tuple[FormField, ...]:
    known = work.catalog.entities.get(asked.get("entity"))
    verbs = verbs_of(work.access, known) if known is not None else ("read", "create", "update", "delete")
    chosen = asked.get("verb") or "read"
    words = {v: verb_word(work, known.name, v) if known is not None else _(VERBS.get(v, v)) for v in (*verbs, chosen)}
    options = tuple(Option(value=v, label=word, selected=v == chosen) for v, word in words.items())
    fields = [Option(value=f.name, label=say(f.label, work.language), selected=f.name == asked.get("field")) for f in known.fields.values()] if known is not None else []  # fmt: skip
    return (
        FormField(name="user", label=_("User"), value=asked.get("user"), required=True, placeholder=_("E-mail address or id")),
        _entities(work, asked.get("entity"), _("Choose one")),
        FormField(name="verb", label=_("Does"), widget="select", options=options),
        FormField(name="id", label=_("Record"), value=asked.get("id"), placeholder=_("Id; empty: any of them")),
        FormField(name="field", label=_("Field"), widget="select", options=(Option(value="", label=_("The record itself")), *fields))
        if fields else FormField(name="field", label=_("Field"), value=asked.get("field"), placeholder=_("Empty: the record itself")),
    )  # fmt: skip


def _answer(work: Work, told: Explanation) -> Banner:
    entity = say(work.catalog.entities[told.entity].label, work.language)
    what = f"{entity}: {field_word(work, told.entity, told.field)}" if told.field else entity
    said = _("Allowed: {user}, {verb} {what}") if told.allowed else _("Refused: {user}, {verb} {what}")
    if told.id:
        said = (
            _("Allowed: {user}, {verb} this record {what}")
            if told.allowed
            else _("Refused: {user}, {verb} this record {what}")
        )
    return Banner(
        title=said.format(user=told.user, verb=verb_word(work, told.entity, told.verb), what=what), tone="ok" if told.allowed else "warn",
        text=f"{told.because[:1].upper()}{told.because[1:]}.".replace(f"{work.settings.root}/", ""),
    )  # fmt: skip


def _tables(work: Work, told: Explanation) -> tuple[AccessTable, ...]:
    here = f"{work.settings.root}/"  # where on the machine it lies is no reader's business
    found = []
    if told.reasons:
        rows = tuple(_reason(work, told.entity, r, here) for r in told.reasons)
        columns = (_("Rule"), _("For"), _("Where"), _("Here"))
        found.append(
            AccessTable(
                name="rules",
                title=_("Rules that speak for this user"),
                icon="shield-check",
                columns=columns,
                rows=rows,
                text=_("“You” in a condition is the user for whom the rule speaks."),
            )
        )
    if told.need is not None:
        rows = tuple(
            (Cell(text=who_word(work, who)), Cell(text=who_word(work, column)), Cell(text=cell))
            for who, column, cell in told.need.cells
        )
        title = _("Needs matrix: class {name}", name=class_word(work, told.need.data_class))
        found.append(
            AccessTable(
                name="needs", title=title, icon="grid-3x3", columns=(_("Who"), _("Column"), _("Cell")), rows=rows
            )
        )
    if told.fields is not None:
        found.append(
            AccessTable(
                name="fields",
                title=_("Open fields: {n}", n=len(told.fields)),
                icon="list",
                text=joined(sorted({field_word(work, told.entity, name) for name in told.fields}, key=str.casefold)),
            )
        )
    if told.ways:
        rows = tuple(
            (Cell(text=w.text), Cell(text=join([p.replace(here, "") for p in w.places])) if w.places else EMPTY)
            for w in told.ways
        )
        found.append(
            AccessTable(
                name="ways",
                title=_("What would open it"),
                icon="key-round",
                columns=(_("One of"), _("Written in")),
                rows=rows,
            )
        )
    if told.sql:
        code = told.sql + (f"\n\nwith {join(list(told.parameters))}" if told.parameters else "")
        found.append(AccessTable(name="sql", title=_("As the database is asked"), icon="database", code=code))
    return tuple(found)


def _reason(work: Work, entity: str, reason: Reason, here: str) -> tuple[Cell, ...]:
    """A rule in words; where it stands and how it is written are folded below its condition."""
    holds = {
        None: EMPTY,
        True: Cell(kind="pill", text=_("holds"), tone="ok"),
        False: Cell(kind="pill", text=_("does not hold")),
    }
    state = holds[reason.holds] if reason.opens else Cell(text=_("names other fields"))
    tone = Cell(kind="pill", text=_(KINDS_OF_RULES[reason.kind]), tone="bad" if reason.kind == "deny" else "info")
    return (
        tone,
        Cell(text=who_word(work, reason.role)),
        Cell(
            kind="folded",
            text=condition_word(work, entity, reason.condition) if reason.condition else _("always"),
            items=tuple(Cell(text=t) for t in (reason.condition, reason.place.replace(here, "")) if t),
        ),
        state,
    )


# ---- who does what
def who_does_what(work: Work, asked: Asked) -> Shown:
    """GET /access/map: for a role or a department, or for all, the entities, verbs, rows and classes of data; made to be printed.
    The first one where nothing is asked for; where an entity is, all who do something with it."""
    access_log.require_reader(work.actor)
    found = work.catalog.derive("web.access_map", lambda: access_map(work.catalog))
    entity = asked.get("entity")
    chosen = asked.get("role") or (EVERY if entity else found.subjects[0].name)
    said = [Option(value=s.name, label=subject_word(work, s), selected=s.name == chosen) for s in found.subjects]
    options = (Option(value=EVERY, label=_("All"), selected=chosen == EVERY), *said)
    shown = [s for s in found.subjects if chosen in (EVERY, s.name)]
    tables = tuple(t for s in shown if (t := _map_table(work, found, s, entity)) is not None)
    page = AccessPage(
        title=_("Who does what"), text=_("By role and department, out of the grants and the needs matrix. Administrators do everything."),
        action=MAP, submit=_("Show"), fields=(FormField(name="role", label=_("Role or department"), widget="select", options=options), _entities(work, entity, _("All"))),
        tables=tables, empty=EmptyState(title=_("Nobody"), text=_("Nothing is opened to anybody here."), icon="lock"),
    )  # fmt: skip
    return Shown("access.html", page, page.title)


def _map_table(work: Work, found: AccessMap, subject: Subject, entity: str) -> AccessTable | None:
    entities = work.catalog.entities
    rows = tuple(
        (
            Cell(text=say(entities[line.entity].label, work.language)),
            Cell(text=joined([verb_word(work, line.entity, v) for v in line.verbs])), rows_cell(work, line),
            Cell(text=join([class_word(work, c) for c in line.classes])) if line.classes else EMPTY,
        )
        for line in found.lines(subject.name)
        if entity in ("", line.entity) and (entities[line.entity].parent is None or entity)
    )  # fmt: skip
    if not rows:
        return None
    department = department_word(work, subject.department) if subject.role and subject.department else None
    number = found.subjects.index(subject)
    columns = (_("Entity"), _("Verbs"), _("Rows"), _("Classes of data"))
    return AccessTable(
        name=f"who-{number}",
        title=subject_word(work, subject),
        icon="users",
        text=_("Works in {department}", department=department) if department else "",
        columns=columns,
        rows=rows,
    )
