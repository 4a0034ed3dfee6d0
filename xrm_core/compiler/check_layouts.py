"""Check of forms, views and menu: every field, related list, entity and view they name exists."""

from __future__ import annotations

from ..metamodel.catalog import Entity
from ..metamodel.layout import FormDef, MenuGroupDef, MenuItemDef, ViewDef
from .dashboards import check_groups
from .draft import Draft
from .layouts import view_entity
from .merge import Definition
from .names import expect, expect_field, expect_path
from .validate import nearest

Whose = ViewDef | MenuGroupDef | MenuItemDef
NUMBERS = ("int", "decimal")
DAYS = ("date", "datetime")
NEEDS_BY = {
    "board": "by: the choice of its columns",
    "calendar": "by: a date field",
    "timeline": "by: the date on which a bar begins",
}
"""What the kinds of views that need `by` take there."""


def check_layouts(draft: Draft) -> None:
    """Check all that was written; generated layouts hold by construction."""
    catalog = draft.catalog
    assert catalog is not None
    for definition, form in draft.all_of("form"):
        if form.department is not None:
            expect(draft, definition, ("department",), "department", form.department, catalog.departments)
        if expect(draft, definition, ("form",), "entity", form.form, catalog.entities):
            _check_form(draft, definition, form, catalog.entities[form.form])
    for definition, view in draft.all_of("view"):
        entity = view_entity(definition, view)
        _check_whose(draft, definition, (), view)
        if expect(draft, definition, ("entity" if view.entity else "view",), "entity", entity, catalog.entities):
            _check_view(draft, definition, view, catalog.entities[entity])
    for definition, group in draft.all_of("menu"):
        _check_menu(draft, definition, group)


def _check_whose(draft: Draft, definition: Definition, path: tuple[str | int, ...], block: Whose) -> None:
    """The departments and roles for which something is laid out exist."""
    catalog = draft.catalog
    assert catalog is not None
    for n, name in enumerate(block.departments):
        expect(draft, definition, (*path, "departments", n), "department", name, catalog.departments)
    for n, name in enumerate(block.roles):
        expect(draft, definition, (*path, "roles", n), "role", name, catalog.roles)
    of_each = isinstance(block, ViewDef) and "actor.id" in (block.filter or "")
    if isinstance(block, ViewDef) and block.start and not (block.departments or block.roles or of_each):
        hint = "name the departments or roles on whose start page it stands, or filter by actor.id: then it is each person's own"
        draft.problem(definition, (*path, "start"), "a list of nobody stands on no start page", "bad_start", hint)


def _check_form(draft: Draft, definition: Definition, form: FormDef, entity: Entity) -> None:
    for t, tab in enumerate(form.tabs):
        for s, section in enumerate(tab.sections):
            for f, name in enumerate(section.fields):
                expect_field(draft, definition, ("tabs", t, "sections", s, "fields", f), entity, name)
        for r, name in enumerate(tab.related):
            if name not in entity.children and not draft.is_broken(f"{entity.name}.{name}"):
                message = f"'{entity.name}' has no related list '{name}'"
                draft.problem(
                    definition, ("tabs", t, "related", r), message, "unknown_related", nearest(name, entity.children)
                )


def _check_view(draft: Draft, definition: Definition, view: ViewDef, entity: Entity) -> None:
    for key in ("columns", "card"):
        for index, path in enumerate(getattr(view, key)):
            expect_path(draft, definition, (key, index), entity, path)
    for index, path in enumerate(view.sort):
        holder = expect_path(draft, definition, ("sort", index), entity, path.removeprefix("-"))
        last = path.removeprefix("-").rpartition(".")[2]
        if holder is not None and (last in holder.children or _kind(holder, last) in ("list", "json")):
            message = f"records cannot be sorted by '{last}', which holds several values"
            draft.problem(definition, ("sort", index), message, "bad_sort", "sort by a field of one value")
    if view.due:
        holder = expect_path(draft, definition, ("due",), entity, view.due)
        kind = _kind(holder, view.due.rpartition(".")[2]) if holder is not None else None
        if kind is not None and kind not in ("date", "datetime"):
            hint = "name a field of type date or datetime"
            draft.problem(definition, ("due",), f"nothing is due by '{view.due}', which is no date", "bad_due", hint)
    if view.by is not None:
        if expect_field(draft, definition, ("by",), entity, view.by):
            _check_by(draft, definition, view, entity, view.by)
    elif view.kind in NEEDS_BY:
        draft.problem(definition, ("kind",), f"a {view.kind} needs 'by'", "missing", NEEDS_BY[view.kind])
    for key in ("sum", "value"):
        path = getattr(view, key)
        holder = expect_path(draft, definition, (key,), entity, path) if path is not None else None
        kind = _kind(holder, path.split(".")[-1]) if holder is not None else None
        if kind is not None and kind not in NUMBERS and not (key == "value" and view.compute == "distinct"):
            draft.problem(
                definition, (key,), f"'{path}' is no number", "bad_sum", "name a number or an amount of money"
            )
    _check_display(draft, definition, view, entity)


def _check_by(draft: Draft, definition: Definition, view: ViewDef, entity: Entity, by: str) -> None:
    kind = _kind(entity, by)
    if view.kind in ("calendar", "timeline") and kind not in DAYS:
        message, hint = f"'{by}' is no date", f"a {view.kind} is laid out by a date field"
        draft.problem(definition, ("by",), message, "bad_by", hint)
    if view.kind == "board" and codes_of(entity, by) is None:
        hint = "the columns of a board are the codes of a choice"
        draft.problem(definition, ("by",), f"'{by}' is no choice", "bad_by", hint)


def _check_display(draft: Draft, definition: Definition, view: ViewDef, entity: Entity) -> None:
    """What only boards, calendars, timelines and charts have."""
    catalog = draft.catalog
    assert catalog is not None
    until, lanes = view.until, view.lanes
    known = until is not None and expect_field(draft, definition, ("until",), entity, until)
    if until is not None and known and _kind(entity, until) != _kind(entity, view.by or until):
        message = f"'{until}' is not of the kind of '{view.by}'"
        draft.problem(definition, ("until",), message, "bad_by", "both are dates, or both have a time")
    known = lanes is not None and expect_field(draft, definition, ("lanes",), entity, lanes)
    if lanes is not None and known and _kind(entity, lanes) in ("list", "json", None):
        draft.problem(definition, ("lanes",), f"'{lanes}' holds several values", "bad_by", "name a field of one value")
    codes = catalog.codes.get(codes_of(entity, view.by or "") or "")
    for code in view.limits if codes is not None else ():
        expect(draft, definition, ("limits", code), "code", code, codes.values if codes else ())
    if view.kind == "chart":
        check_groups(draft, definition, (), entity, view.chart, view.group, view.part, view.stack, view.compute)
    elif view.group is not None:
        expect_path(draft, definition, ("group",), entity, view.group)


def codes_of(entity: Entity, name: str) -> str | None:
    """The code list of a choice; None for other fields."""
    field = entity.fields.get(name)
    kind = field.columns[0].kind if field is not None and field.columns else None
    return kind.codes if kind is not None and kind.kind == "text" else None


def _kind(entity: Entity, name: str) -> str | None:
    if name in entity.columns:
        return entity.columns[name].kind.kind
    field = entity.fields.get(name)
    return field.columns[0].kind.kind if field is not None and field.columns else None


def _check_menu(draft: Draft, definition: Definition, group: MenuGroupDef) -> None:
    catalog = draft.catalog
    assert catalog is not None
    _check_whose(draft, definition, (), group)
    for index, item in enumerate(group.items):
        path = ("items", index)
        _check_whose(draft, definition, path, item)
        if not (item.entity or item.view or item.page):
            draft.problem(definition, path, "the entry leads nowhere", "missing", "give it an entity, a view or a page")
        if item.page is not None and not item.page.startswith(("/", "https://", "http://")):
            hint = "write a path of this server (/search) or a whole address (https://...)"
            draft.problem(definition, (*path, "page"), f"'{item.page}' is no address", "bad_value", hint)
        if item.entity is not None:
            expect(draft, definition, (*path, "entity"), "entity", item.entity, catalog.entities)
        if item.view is not None:
            expect(draft, definition, (*path, "view"), "view", item.view, catalog.views)
