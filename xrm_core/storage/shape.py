"""What the database should look like: for every entity a table with its foreign keys, checks, unique keys and indexes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from xrm_core.compiler import compiled
from xrm_core.expressions import Tie, standing, tie_of
from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.catalog import Catalog, Entity, Key, Rule
from xrm_core.metamodel.field_type import Column

from .indexes import indexes_of, is_open_link, tails_of
from .names import check_name, foreign_name, index_name, key_name, limited, quoted, rule_name, tie_name
from .tables import all_columns, stored_columns, table_of

DELETE_RULES = {"cascade": "CASCADE", "empty": "SET NULL"}
"""What a foreign key does when the record it points to is purged; else the purge is refused."""


def shape_of(catalog: Catalog, dialect: sa.Dialect) -> sa.MetaData:
    """All tables of the catalog's entities with everything that surrounds them, for one kind of database."""
    shape = sa.MetaData()
    tied: set[tuple[str, tuple[str, ...]]] = set()
    for entity in catalog.entities.values():
        columns = [_column(c, dialect) for c in all_columns(catalog, entity)]
        ties = [tie for _, tie in ties_of(catalog, entity)]
        tied |= {(limited(tie.entity), _names(("id", *tie.theirs))) for tie in ties}
        extras = [*_foreign_keys(catalog, entity), *_checks(entity, dialect), *_rules(catalog, entity, dialect)]
        extras += [_tie(entity, tie) for tie in ties]
        table = sa.Table(limited(entity.name), shape, *columns, *extras, quote=True)
        _add_indexes(catalog, entity, table, dialect)
    for name, held in sorted(tied):
        table = shape.tables[name]
        sa.Index(key_name(name, held), *(table.c[c] for c in held), unique=True, info={TIED: True})
    return shape


TIED = "tied"
"""Marks the unique indexes that foreign keys of ties lead to."""


def ties_of(catalog: Catalog, entity: Entity) -> list[tuple[Rule, Tie]]:
    """The rules of the database that compare a record with the one that a link of it points to."""
    found = []
    for rule in entity.rules:
        if rule.in_database and rule.when is not None:
            tie = tie_of(compiled(catalog, entity.name, rule.check), compiled(catalog, entity.name, rule.when))
            found += [(rule, tie)] if tie is not None else []
    return found


def _tie(entity: Entity, tie: Tie) -> sa.ForeignKeyConstraint:
    """Whoever points to a record says as it does: the database compares all of the columns, unless one of them is empty."""
    own, table = _names((tie.link, *tie.own)), limited(tie.entity)
    theirs = [f"{table}.{c}" for c in _names(("id", *tie.theirs))]
    return sa.ForeignKeyConstraint(own, theirs, name=tie_name(limited(entity.name), own), use_alter=False)


def _names(columns: Iterable[str]) -> tuple[str, ...]:
    return tuple(limited(c) for c in columns)


def _column(column: Column, dialect: sa.Dialect) -> sa.Column[object]:
    name = limited(column.name)
    return sa.Column(
        name, sql_type(column.kind, column.digits), quote=True, primary_key=name == "id", nullable=is_nullable(column)
    )


def is_nullable(column: Column) -> bool:
    """Whether the database lets the column be empty."""
    return column.kind.null


def _foreign_keys(catalog: Catalog, entity: Entity) -> Iterable[sa.ForeignKeyConstraint]:
    for column in stored_columns(entity):
        target = catalog.entities.get(column.references or "")
        if target is not None:
            yield sa.ForeignKeyConstraint(
                [limited(column.name)], [f"{limited(target.name)}.id"], name=foreign_name(entity.name, column.name),
                ondelete=DELETE_RULES.get(delete_rule(entity, column.name)), use_alter=False,
            )  # fmt: skip


def delete_rule(entity: Entity, column: str) -> str:
    """What happens to the record when the one its link column points to goes: restrict, cascade or empty."""
    field = entity.fields.get(entity.field_of_column.get(column, column))
    if entity.parent is not None and field is not None and field.name == entity.parent:
        return "cascade"
    return str(getattr(field.options, "on_delete", None) or "restrict") if field is not None else "restrict"


def _checks(entity: Entity, dialect: sa.Dialect) -> Iterable[sa.CheckConstraint]:
    """PostgreSQL can hold NaN in a number and infinity in a date; nothing else here can."""
    if dialect.name != "postgresql":
        return
    for column in stored_columns(entity):
        name = quoted(limited(column.name))
        if column.kind.kind == "decimal":
            yield sa.CheckConstraint(f"{name} <> 'NaN'", name=check_name(entity.name, column.name))
        elif column.kind.kind in ("date", "datetime"):
            yield sa.CheckConstraint(f"isfinite({name})", name=check_name(entity.name, column.name))


def rules_of(catalog: Catalog, entity: Entity, dialect: sa.Dialect) -> dict[str, tuple[Rule, str]]:
    """The rules that stand in the database, by the name of their check, each with its condition as SQL. Of a tie the check is that
    nothing of it is empty: where something is, a foreign key compares nothing."""
    found: dict[str, tuple[Rule, str]] = {}
    ties = {id(rule): tie for rule, tie in ties_of(catalog, entity)}
    for rule in entity.rules:
        tie = ties.get(id(rule))
        if tie is not None:
            empty = [c for c in tie.own if entity.columns[c].kind.null]
            filled = " AND ".join(f"{quoted(limited(c))} IS NOT NULL" for c in empty)
            text = f"{quoted(limited(tie.link))} IS NULL OR ({filled})"
            if empty:
                found[rule_name(limited(entity.name), text)] = (rule, text)
        elif rule.in_database:
            held = compiled(catalog, entity.name, rule.whole, "bool")
            text = standing(held, dialect, table_of(catalog, entity.name))
            found[rule_name(limited(entity.name), text)] = (rule, text)
    return found


def _rules(catalog: Catalog, entity: Entity, dialect: sa.Dialect) -> Iterable[sa.CheckConstraint]:
    for name, (_, text) in rules_of(catalog, entity, dialect).items():
        yield sa.CheckConstraint(sa.literal_column(text), name=name)


def keys_of(entity: Entity) -> tuple[Key, ...]:
    """The keys of an entity, those of unique fields among them."""
    keys = {key.columns: key for key in entity.keys}
    for field in entity.fields.values():
        columns = tuple(c.name for c in field.columns if c.stored)
        if field.unique and columns and columns[:1] not in keys:
            keys[columns[:1]] = Key(columns[:1])
    return tuple(key for key in keys.values() if all(c in entity.columns for c in key.columns))


def _add_indexes(catalog: Catalog, entity: Entity, table: sa.Table, dialect: sa.Dialect) -> None:
    for key in keys_of(entity):
        where: sa.ColumnElement[Any] | None = table.c.deleted_at.is_(None) if "deleted_at" in table.c else None
        if key.when is not None:
            rule = compiled(catalog, entity.name, key.when, "bool")
            held = rule.sql(dialect.name, table).where(rule.typed)
            where = held if where is None else sa.and_(where, held)
        columns = [table.c[limited(c)] for c in key.columns]
        partial: dict[str, Any] = {f"{dialect.name}_where": where}
        sa.Index(key_name(entity.name, key.columns), *columns, unique=True, **partial)
    tails = tails_of(catalog, entity)
    for columns_of in indexes_of(catalog, entity):
        columns = [table.c[limited(c)] for c in columns_of]
        tail = [table.c[limited(c)] for c in tails.get(columns_of, ())]
        filled = columns[0].is_not(None) if is_open_link(entity, columns_of) else None
        partial = {} if filled is None else {f"{dialect.name}_where": filled}
        if tail and dialect.name == "postgresql":
            partial["postgresql_include"] = tail
        elif tail:
            columns += tail
        sa.Index(index_name(entity.name, columns_of), *columns, **partial)
