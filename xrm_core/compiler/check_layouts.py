"""Check of forms, views and menu: every field, related list, entity and view they name exists."""

from __future__ import annotations

from ..metamodel.catalog import Entity
from ..metamodel.layout import FormDef, MenuGroupDef, MenuItemDef, ViewDef
from .draft import Draft
from .layouts import view_entity
from .merge import Definition
from .names import expect, expect_field, expect_path
from .validate import nearest

Whose = ViewDef | MenuGroupDef | MenuItemDef
NUMBERS = ("int", "decimal")
DAYS = ("date", "datetime")


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
    if isinstance(block, ViewDef) and block.start and not (block.departments or block.roles):
        hint = "name the departments or roles on whose start page it stands"
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
    if view.by is None:
        if view.kind != "list":
            draft.problem(
                definition,
                ("kind",),
                f"a {view.kind} needs 'by'",
                "missing",
                "by: the choice of its columns" if view.kind == "board" else "by: a date field",
            )
    elif expect_field(draft, definition, ("by",), entity, view.by):
        _check_by(draft, definition, view, entity, view.by)
    if view.sum is not None:
        holder = expect_path(draft, definition, ("sum",), entity, view.sum)
        kind = _kind(holder, view.sum.split(".")[-1]) if holder is not None else None
        if kind is not None and kind not in NUMBERS:
            draft.problem(
                definition, ("sum",), f"'{view.sum}' is no number", "bad_sum", "name a number or an amount of money"
            )


def _check_by(draft: Draft, definition: Definition, view: ViewDef, entity: Entity, by: str) -> None:
    kind = _kind(entity, by)
    field = entity.fields.get(by)
    if view.kind == "calendar" and kind not in DAYS:
        draft.problem(definition, ("by",), f"'{by}' is no date", "bad_by", "a calendar is laid out by a date field")
    if view.kind == "board" and not (kind == "text" and field is not None and field.columns[0].kind.codes):
        draft.problem(
            definition, ("by",), f"'{by}' is no choice", "bad_by", "the columns of a board are the codes of a choice"
        )


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
