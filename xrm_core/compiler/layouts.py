"""Step 3: authored forms, views and menus to those in force, with generated ones where nobody wrote any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..metamodel.catalog import Entity, Form, MenuGroup, MenuItem, Section, Tab, View
from ..metamodel.dashboards import DashboardDef
from ..metamodel.definitions import Def
from ..metamodel.layout import FormDef, MenuGroupDef, MenuItemDef, TabDef, ViewDef
from ..metamodel.text import as_text, humanise
from .defaults import default_form, default_views
from .draft import Draft, language_of
from .merge import Definition
from .validate import validate

MODELS: dict[str, type[Def]] = {"form": FormDef, "view": ViewDef, "dashboard": DashboardDef, "menu": MenuGroupDef}


def check_layouts(draft: Draft) -> None:
    """Check the authored forms, views and menus against their models."""
    files = draft.definitions.files
    for kind, model in MODELS.items():
        for name, definition in draft.definitions.of(kind).items():
            found: Any = validate(model, definition.block, files, definition.place, draft.problems)
            if found is None:
                draft.broken.add(f"{kind}:{name}")
            else:
                draft.models[kind, name] = found


def view_entity(definition: Definition, authored: ViewDef) -> str:
    """The entity of a view: said, or the one that its file is named after."""
    return authored.entity or definition.stem


def build_forms(draft: Draft, entities: Mapping[str, Entity]) -> dict[str, Form]:
    """Forms by entity; a department's own form by `entity@department`."""
    made = {name: default_form(entity, draft) for name, entity in entities.items()}
    for definition, authored in draft.all_of("form"):
        language = language_of(draft, definition.layer)
        key = authored.form if authored.department is None else f"{authored.form}@{authored.department}"
        if authored.form in entities and authored.tabs:
            made[key] = Form(authored.form, tuple(_tab(tab, language) for tab in authored.tabs))
    return made


def _tab(authored: TabDef, language: str) -> Tab:
    sections = tuple(
        Section(as_text(s.label, "", language), s.columns, tuple(s.fields), s.visible_when) for s in authored.sections
    )
    return Tab(as_text(authored.label, "", language), sections, tuple(authored.related))


def build_views(draft: Draft, entities: Mapping[str, Entity]) -> dict[str, View]:
    """Views by name; each entity has a list of all its records, and a board when it has a lifecycle."""
    made: dict[str, View] = {}
    for definition, authored in draft.all_of("view"):
        language = language_of(draft, definition.layer)
        name = view_entity(definition, authored)
        if name not in entities:
            continue
        made[authored.view] = View(
            name=authored.view,
            entity=name,
            label=as_text(authored.label, humanise(authored.view), language if authored.label else "en"),
            kind=authored.kind,
            columns=tuple(authored.columns),
            filter=authored.filter,
            sort=tuple(authored.sort),
            by=authored.by,
            card=tuple(authored.card),
            sum=authored.sum,
            default=authored.default,
            departments=tuple(authored.departments),
            roles=tuple(authored.roles),
            start=authored.start,
            due=authored.due,
            until=authored.until,
            lanes=authored.lanes,
            limits=dict(authored.limits),
            group=authored.group,
            part=authored.part,
            stack=authored.stack,
            value=authored.value,
            compute=authored.compute,
            chart=authored.chart,
        )
    by_entity: dict[str, list[View]] = {}
    for view in made.values():
        by_entity.setdefault(view.entity, []).append(view)
    for entity in entities.values():
        for view in default_views(entity, by_entity.get(entity.name, ())):
            made.setdefault(view.name, view)
    return made


def build_menu(draft: Draft, entities: Mapping[str, Entity], views: Mapping[str, View]) -> tuple[MenuGroup, ...]:
    """The groups in order; entities of a layer that wrote no menu, and new ones of the organisation, in a group of the layer."""
    groups: dict[str, MenuGroup] = {}
    wrote: set[str] = set()
    named: set[str] = set()
    for definition, authored in draft.all_of("menu"):
        language = language_of(draft, definition.layer)
        wrote.add(definition.layer)
        items = tuple(i for i in (_item(i, entities, views, language) for i in authored.items) if i is not None)
        named.update(name for i in items if (name := shown_entity(i, views)) is not None)
        groups[authored.menu] = MenuGroup(
            authored.menu, as_text(authored.label, "", language), authored.icon or "circle", authored.order, items,
            tuple(authored.departments), tuple(authored.roles),
        )  # fmt: skip
    for layer, title in draft.definitions.layers:
        if layer in wrote and layer not in ("organisation", "studio"):
            continue
        items = tuple(
            MenuItem(e.plural, e.icon, entity=e.name)
            for e in own_entities(entities.values(), layer)
            if e.name not in named
        )
        if items and layer not in groups:
            groups[layer] = MenuGroup(layer, as_text(humanise(title)), "folder", 500, items)
    return tuple(sorted((g for g in groups.values() if g.items), key=lambda g: (g.order, g.name)))


def shown_entity(item: MenuItem | MenuItemDef, views: Mapping[str, View]) -> str | None:
    """The entity that an entry of the menu leads to."""
    return item.entity or (views[item.view].entity if item.view is not None and item.view in views else None)


def own_entities(entities: Iterable[Entity], layer: str) -> list[Entity]:
    """Entities that a layer declares and that stand on their own."""
    return [e for e in entities if e.domain == layer and e.parent is None and not e.retired]


def _item(
    authored: MenuItemDef, entities: Mapping[str, Entity], views: Mapping[str, View], language: str
) -> MenuItem | None:
    entity, view, page = authored.entity, authored.view, authored.page
    shown = entities.get(shown_entity(authored, views) or "")
    if shown is None and page is None:
        return None
    default = shown.plural if shown is not None else as_text(humanise(page or ""))
    if view is not None and view in views and entity is None:
        default = views[view].label
    label = as_text(authored.label, "", language) if authored.label else default
    icon = authored.icon or (shown.icon if shown is not None else "circle")
    return MenuItem(label, icon, entity, view, page, tuple(authored.departments), tuple(authored.roles), authored.count)
