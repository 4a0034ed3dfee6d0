"""Forms and views of entities for which nobody wrote one: fields grouped by what they are, most telling first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from ..metamodel.catalog import Entity, Field, Form, Section, Tab, View
from ..metamodel.text import Text, as_text
from .draft import Draft, language_of

GROUPS: dict[str, Text] = {
    "main": as_text(""),
    "money": as_text({"en": "Money", "de": "Geld", "ar": "المال"}),
    "dates": as_text({"en": "Dates", "de": "Termine", "ar": "التواريخ"}),
    "figures": as_text({"en": "Figures", "de": "Kennzahlen", "ar": "الأرقام"}),
    "notes": as_text({"en": "Notes", "de": "Notizen", "ar": "ملاحظات"}),
}
Kind = Literal["calendar", "timeline", "chart"]
SMALL = 4
"""An entity with fewer money or date fields than this, and few fields in all, keeps them in its first section."""
LIST_COLUMNS = 7


def group_of(field: Field) -> str:
    """The section that a field belongs to."""
    if field.virtual:
        return "figures"
    kind = field.columns[0].kind.kind if field.columns else ""
    if kind in ("date", "datetime", "duration"):
        return "dates"
    if any(c.name == f"{field.name}_currency" for c in field.columns) or kind == "decimal":
        return "money"
    return "notes" if field.type.name in ("long_text", "json", "file", "image") else "main"


def shown_fields(entity: Entity) -> list[Field]:
    """Fields that a generated form shows: neither hidden nor retired, not the link to the owner."""
    return [f for f in entity.fields.values() if not f.hidden and not f.retired and f.name != entity.parent]


def default_form(entity: Entity, draft: Draft) -> Form:
    """A form with a section for each group, one for each mixin, one for each child table, and a tab of related lists."""
    tables = {c.name for c in entity.children.values() if c.kind != "reverse" and c.name in entity.fields}
    plain = [f for f in shown_fields(entity) if f.name not in tables]
    own = [f for f in plain if f.mixin is None]
    groups: dict[str, list[Field]] = {name: [] for name in GROUPS}
    for field in own:
        groups[group_of(field)].append(field)
    if len(own) <= 3 * SMALL:
        for name in ("dates", "money"):
            if len(groups[name]) < SMALL:
                groups["main"] = [f for f in own if f in groups["main"] or f in groups[name]]
                groups[name] = []
    sections = [_section(GROUPS[n], fields, 1 if n == "notes" else 2) for n, fields in groups.items() if fields]
    for mixin in dict.fromkeys(f.mixin for f in plain if f.mixin):
        sections.insert(1, _section(_mixin_label(draft, mixin), [f for f in plain if f.mixin == mixin], 2))
    sections += [
        _section(entity.fields[t].label, [entity.fields[t]], 1)
        for t in sorted(tables, key=list(entity.fields).index)
        if not entity.fields[t].hidden
    ]
    tabs = [Tab(entity.label, tuple(sections))]
    related = tuple(c.name for c in entity.children.values() if c.kind == "reverse")
    if related and len(related) <= 24:
        tabs.append(Tab(as_text({"en": "Related", "de": "Bezüge", "ar": "ذات صلة"}), (), related))
    return Form(entity.name, tuple(tabs))


def _section(label: Text, fields: Iterable[Field], columns: int) -> Section:
    return Section(label, columns, tuple(f.name for f in fields))


def _mixin_label(draft: Draft, name: str) -> Text:
    authored = draft.models.get(("mixin", name))
    definition = draft.definitions.of("mixin").get(name)
    said = authored.label if authored is not None else None
    return as_text(
        said, name.replace("_", " ").capitalize(), language_of(draft, definition.layer) if definition and said else "en"
    )


def default_views(entity: Entity, written: Sequence[View]) -> list[View]:
    """A list of all records where no unfiltered list was written for everybody, a board where there is a lifecycle and no board,
    a calendar, a timeline and a chart where there are fields for them and nobody wrote one."""
    made: list[View] = []
    columns = list_columns(entity)
    written = [v for v in written if not v.departments and not v.roles]
    if not any(v.kind == "list" and v.filter is None for v in written):
        made.append(
            _list(
                entity,
                columns,
                default=not any(v.default for v in written) and not any(v.kind == "list" for v in written),
            )
        )
    if (
        entity.lifecycle is not None
        and entity.lifecycle.field in entity.fields
        and not any(v.kind == "board" for v in written)
    ):
        made.append(_board(entity, columns, entity.lifecycle.field))
    kinds = {v.kind for v in written}
    further = (("calendar", _calendar), ("timeline", _timeline), ("chart", _chart))
    made += [
        v
        for kind, make in further
        if kind not in kinds and entity.parent is None and (v := make(entity, columns)) is not None
    ]
    return made


FROM_TO = (
    ("starts_on", "ends_on"), ("since", "until"), ("valid_from", "valid_until"), ("start_on", "end_on"),
    ("starts_at", "ends_at"), ("from_date", "to_date"),
)  # fmt: skip
"""Names of fields that are a pair for whoever reads them."""


def _stored(entity: Entity, name: str) -> Field | None:
    found = entity.fields.get(name)
    return (
        found if found is not None and found.columns and not (found.virtual or found.hidden or found.retired) else None
    )


def _days(entity: Entity, columns: list[str]) -> list[str]:
    """The dates of an entity, those that its list shows before the others."""
    days = [
        f.name
        for f in shown_fields(entity)
        if _stored(entity, f.name) and f.columns[0].kind.kind in ("date", "datetime")
    ]
    return sorted(days, key=lambda name: name not in columns)


def _display(entity: Entity, columns: list[str], kind: Kind, names: dict[str, str], **parts: Any) -> View:
    label = {one: names.get(one, names["en"]) for one in entity.plural} or {"en": names["en"]}
    taken = {parts.get("by"), parts.get("until")}
    taken |= {f.name for f in entity.fields.values() if f.type.name == "sequence"}
    card = tuple(n for n in columns if n not in taken)[:3]
    return View(f"{entity.name}_{kind}", entity.name, as_text(label), kind, tuple(columns), card=card, **parts)


def _calendar(entity: Entity, columns: list[str]) -> View | None:
    days = _days(entity, columns)
    return (
        _display(entity, columns, "calendar", {"en": "Calendar", "de": "Kalender", "ar": "التقويم"}, by=days[0])
        if days
        else None
    )


def _timeline(entity: Entity, columns: list[str]) -> View | None:
    pair = next((p for p in FROM_TO if all(_stored(entity, name) for name in p)), None)
    if pair is None:
        return None
    group = next((n for n in columns if (f := _stored(entity, n)) and f.columns[0].kind.codes), None)
    names = {"en": "Timeline", "de": "Zeitachse", "ar": "الخط الزمني"}
    return _display(entity, columns, "timeline", names, by=pair[0], until=pair[1], group=group)


def _chart(entity: Entity, columns: list[str]) -> View | None:
    codes = [f.name for f in shown_fields(entity) if _stored(entity, f.name) and f.columns[0].kind.codes]
    lifecycle = entity.lifecycle.field if entity.lifecycle is not None else None
    group = next(
        (n for n in (lifecycle, *codes, *_days(entity, columns)) if n is not None and _stored(entity, n)), None
    )
    return (
        _display(entity, columns, "chart", {"en": "Chart", "de": "Diagramm", "ar": "مخطط"}, group=group)
        if group
        else None
    )


def _list(entity: Entity, columns: list[str], default: bool) -> View:
    label = (
        {"en": f"All {entity.plural.get('en', entity.name).lower()}"} if "en" in entity.plural else dict(entity.plural)
    )
    if "de" in entity.plural:
        label["de"] = f"Alle {entity.plural['de']}"
    if "ar" in entity.plural:
        label["ar"] = f"كل {entity.plural['ar']}"
    dates = [n for n in columns if n in entity.columns and entity.columns[n].kind.kind in ("date", "datetime")]
    sort = (f"-{dates[0]}",) if dates else tuple(n for n in title_fields(entity)[:1] if n in entity.columns)
    return View(
        f"all_{entity.name}",
        entity.name,
        as_text(label),
        "list",
        tuple(columns),
        sort=sort or ("-created_at",),
        default=default,
    )


def title_fields(entity: Entity) -> list[str]:
    """Fields named in the title's template."""
    names = [part.split("}")[0].split(".")[0] for part in entity.title.split("{")[1:]]
    return [n for n in names if n in entity.fields]


def list_columns(entity: Entity) -> list[str]:
    """The title's fields, then state and choices, links, money, dates; at most LIST_COLUMNS."""
    links: list[str] = []
    codes: list[str] = []
    money: list[str] = []
    days: list[str] = []
    plain: list[str] = []
    for field in shown_fields(entity):
        if not field.columns:
            continue
        name, kind = field.name, field.columns[0].kind
        if kind.kind == "ref":
            links.append(name)
        if kind.codes is not None:
            codes.append(name)
        if kind.kind in ("date", "datetime"):
            if not field.virtual:
                days.append(name)
            continue
        group = group_of(field)
        if group == "money":
            money.append(name)
        elif group == "main" and kind.kind in ("text", "int", "bool"):
            plain.append(name)
    state = [entity.lifecycle.field] if entity.lifecycle and entity.lifecycle.field in entity.fields else []
    found = [*title_fields(entity), *state, *links[:2], *codes[:2], *money[:2], *days[:2], *plain[:3]]
    return list(dict.fromkeys(found))[:LIST_COLUMNS]


def _board(entity: Entity, columns: list[str], by: str) -> View:
    card = [n for n in columns if n != by][:4]
    money = next(
        (
            f.name
            for f in shown_fields(entity)
            if not f.virtual and any(c.name == f"{f.name}_currency" for c in f.columns)
        ),
        None,
    )
    field = entity.fields[by]
    label = {language: f"{text}: {field.label.get(language, by)}" for language, text in entity.plural.items()}
    return View(
        f"{entity.name}_board",
        entity.name,
        as_text(label),
        "board",
        tuple(columns),
        by=by,
        card=tuple(card),
        sum=money,
    )
