"""What else carries the name of an entity that was renamed: history, search, numbers, files, imports, links with several targets."""

from __future__ import annotations

from xrm_core.metamodel.catalog import Entity

from .findings import Findings, text_literal
from .live import LiveTable
from .names import limited, quoted
from .plan import Step

NAMED = (
    ("xrm_history", "entity"), ("xrm_history", "parent_entity"), ("xrm_search", "entity"), ("xrm_file", "entity"),
    ("xrm_import", "entity"), ("xrm_import_row", "entity"),
)  # fmt: skip
"""Columns of the platform's tables that hold names of entities."""


def records_of(old: str, new: str) -> tuple[str, ...]:
    """The statements by which the platform's own tables follow a renamed entity."""
    was, name = text_literal(old), text_literal(new)
    moved = tuple(f"UPDATE {table} SET {column} = {name} WHERE {column} = {was}" for table, column in NAMED)
    begins = f"substr(name, 1, {len(old) + 1}) = {text_literal(old + '.')}"
    counters = (
        f"UPDATE xrm_sequence SET name = {text_literal(new + '.')} || substr(name, {len(old) + 2}) WHERE {begins}"
    )
    return (*moved, counters)


def recount(found: Findings, entity: Entity) -> None:
    """Sequences with another name go on counting where they were."""
    for field in entity.fields.values():
        if field.was is None or field.type.name != "sequence":
            continue
        before = [f"{name}.{field.was}" for name in (entity.name, entity.was) if name]
        listed = ", ".join(map(text_literal, before))
        rows = found.number(f"SELECT count(*) FROM xrm_sequence WHERE name IN ({listed})")
        if rows:
            now = text_literal(f"{entity.name}.{field.name}")
            sql = f"UPDATE xrm_sequence SET name = {now} WHERE name = {text_literal(before[0])}"
            title = f"{entity.name}.{field.name} goes on counting where {field.was} was"
            found.others.append(Step("recount", entity.name, title, (sql,), rows))


def readdress(found: Findings, entity: Entity, live: LiveTable) -> None:
    """Links with several targets name the entity that they lead to: renamed ones under their new name."""
    for field in entity.fields.values():
        column = f"{field.name}_entity"
        if column not in entity.columns or not field.columns or field.columns[0].kind.kind != "ref":
            continue
        there = next((n for n in (column, f"{field.was}_entity") if limited(n) in live.columns), None)
        for target in field.columns[0].kind.entities if there is not None else ():
            was = found.catalog.entities[target].was if target in found.catalog.entities else None
            if was is None or there is None or was in found.catalog.entities:
                continue
            old = text_literal(was)
            rows = found.number(f"SELECT count(*) FROM {quoted(live.name)} WHERE {quoted(limited(there))} = {old}")
            if rows:
                name = quoted(limited(column))
                sql = f"UPDATE {quoted(limited(entity.name))} SET {name} = {text_literal(target)} WHERE {name} = {old}"
                title = f"{entity.name}.{field.name} leads to {target} where it led to {was}"
                found.links.append(Step("readdress", entity.name, title, (sql,), rows, locks="these records"))
