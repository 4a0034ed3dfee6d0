"""The live schema against the catalog: which steps lead from the one to the other."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

from xrm_core.metamodel.catalog import Catalog, CodeValue, Entity
from xrm_core.metamodel.field_type import Column

from .compare_kept import KEPT, compare_kept, kept_shape
from .compare_names import readdress, records_of, recount
from .compare_table import TableComparison
from .ddl import Ddl
from .findings import Findings, ours, text_literal
from .live import LiveTable
from .names import limited, quoted
from .plan import Step
from .search_parts import layout
from .tables import all_columns, stored_columns


def logical_shape(catalog: Catalog, shape: sa.MetaData, ddl: Ddl) -> dict[str, Any]:
    """What is kept about an applied catalog, beside the schema itself: kinds of columns, and definitions of indexes."""
    found: dict[str, Any] = {KEPT: kept_shape(catalog, ddl.dialect.name)}
    for entity in catalog.entities.values():
        table = shape.tables[limited(entity.name)]
        found[table.name] = {
            "entity": entity.name,
            "columns": {
                limited(c.name): f"{c.kind.kind}({c.kind.scale},{c.digits})" for c in all_columns(catalog, entity)
            },
            "indexes": {
                str(i.name): hashlib.sha256(ddl.create_index(i).encode()).hexdigest()[:16] for i in table.indexes
            },
            "search": layout(catalog, entity),
        }
    return found


def compare(found: Findings) -> None:
    """Find the steps for all entities of the catalog."""
    for entity in found.catalog.entities.values():
        live = _renamed(found, entity)
        if live is None:
            _create(found, entity)
            continue
        TableComparison(found, entity, found.shape.tables[limited(entity.name)], live).compare()
        _compare_search(found, entity, live)
        _recode(found, entity, live)
        readdress(found, entity, live)
        recount(found, entity)
    wanted = set(found.shape.tables) | {limited(e.was) for e in found.catalog.entities.values() if e.was}
    found.notes += [
        f"kept: table {name}, which the metadata no longer names" for name in sorted(set(found.live) - wanted)
    ]
    compare_kept(found)


def _renamed(found: Findings, entity: Entity) -> LiveTable | None:
    """The live table of an entity, under its former name where that is still in use; then it is renamed."""
    name, was = limited(entity.name), limited(entity.was) if entity.was else None
    if name in found.live or was is None or was not in found.live or was in found.shape.tables:
        return found.live.get(name)
    old = found.live[was]
    drops = tuple(found.ddl.drop_index(i) for i in sorted(ours(old.indexes)))
    ddl = (*found.ddl.rename_table(was, name), *drops, *records_of(str(entity.was), entity.name))
    found.renames.append(Step("rename_table", entity.name, f"rename {was} to {name}", ddl))
    found.live[name] = LiveTable(was, old.columns, old.indexes - ours(old.indexes), old.foreign, old.checks, old.ties)
    return found.live[name]


def _create(found: Findings, entity: Entity) -> None:
    table = found.shape.tables[limited(entity.name)]
    indexes = sorted(table.indexes, key=lambda i: str(i.name))
    ddl = (found.ddl.create_table(table, links=found.sqlite), *(found.ddl.create_index(i) for i in indexes))
    found.creates.append(Step("create_table", entity.name, f"create {table.name}", ddl))
    if not found.sqlite and table.foreign_key_constraints:
        links = tuple(found.ddl.add_link(f) for f in sorted(table.foreign_key_constraints, key=lambda f: str(f.name)))
        found.links.append(Step("link", entity.name, f"link {table.name}", links))


def _compare_search(found: Findings, entity: Entity, live: LiveTable) -> None:
    before = found.applied.get(live.name, {}).get("search")
    if before is not None and before != layout(found.catalog, entity) and found.count(live.name):
        rows = found.count(live.name)
        found.others.append(Step("search", entity.name, f"search index of {entity.name}", rows=rows, action="search"))


def _recode(found: Findings, entity: Entity, live: LiveTable) -> None:
    """Codes with another name: the values of records follow."""
    for column in stored_columns(entity):
        kind = column.kind.item if column.kind.kind == "list" else column.kind
        codes = found.catalog.codes.get(kind.codes or "")
        for value in codes.values.values() if codes is not None and limited(column.name) in live.columns else ():
            if value.was is not None and codes is not None and value.was not in codes.values:
                _recode_column(found, entity, live, column, value)


def _recode_column(found: Findings, entity: Entity, live: LiveTable, column: Column, value: CodeValue) -> None:
    name, old, new = quoted(limited(column.name)), text_literal(str(value.was)), text_literal(value.code)
    if column.kind.kind != "list":
        has, made = f"{name} = {old}", new
    elif found.sqlite:
        has = f"EXISTS (SELECT 1 FROM json_each({name}) WHERE value = {old})"
        made = f"(SELECT json_group_array(CASE WHEN value = {old} THEN {new} ELSE value END) FROM json_each({name}))"
    else:
        has = f"{name} @> to_jsonb(ARRAY[{old}])"
        each = f"jsonb_array_elements_text({name}) WITH ORDINALITY AS x(v, n)"
        made = f"(SELECT jsonb_agg(CASE WHEN v = {old} THEN {new} ELSE v END ORDER BY n) FROM {each})"
    rows = found.number(f"SELECT count(*) FROM {quoted(live.name)} WHERE {has}")
    if rows:
        sql = f"UPDATE {quoted(limited(entity.name))} SET {name} = {made} WHERE {has}"
        title = f"{entity.name}.{column.name}: {value.was} becomes {value.code}"
        found.others.append(Step("recode", entity.name, title, (sql,), rows, locks="these records"))
