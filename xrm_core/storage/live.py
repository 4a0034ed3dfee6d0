"""The schema that a database has: tables, columns, indexes, foreign keys and checks, by name."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, field

from .names import RULE
from .transaction import Transaction

LiveTie = tuple[tuple[str, ...], str, tuple[str, ...]]
RULE_CHECK = re.compile(rf'CONSTRAINT "?({RULE}\w+)"? CHECK')


class LiveColumn(Struct, frozen=True):
    """A column: its type as the database writes it, and whether it may be empty."""

    name: str
    type: str
    null: bool


class LiveTable(Struct, frozen=True):
    """A table. `foreign` maps a link column to (table it points to, rule on delete, name), `ties` a foreign key over several
    columns (these, the table, its columns) to its name."""

    name: str
    columns: Mapping[str, LiveColumn]
    indexes: frozenset[str] = frozenset()
    foreign: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    checks: frozenset[str] = frozenset()
    ties: Mapping[LiveTie, str] = field(default_factory=dict)


def live_tables(tx: Transaction) -> dict[str, LiveTable]:
    """All tables but the platform's own."""
    if tx.dialect == "sqlite":
        return _live_sqlite(tx)
    look = sa.inspect(tx.conn)
    names = [n for n in look.get_table_names() if not n.startswith("xrm_")]
    if not names:
        return {}
    columns = _by_name(look.get_multi_columns(filter_names=names))
    indexes = _by_name(look.get_multi_indexes(filter_names=names))
    keys = _by_name(look.get_multi_foreign_keys(filter_names=names))
    foreign, ties = _foreign(keys), _ties(keys)
    checks = _by_name(look.get_multi_check_constraints(filter_names=names))
    dialect = tx.database.engine.dialect
    found = {}
    for name in names:
        found[name] = LiveTable(
            name,
            {
                c["name"]: LiveColumn(c["name"], _type(c["type"], dialect), bool(c["nullable"]))
                for c in columns.get(name, ())
            },
            frozenset(i["name"] for i in indexes.get(name, ()) if i["name"]),
            foreign.get(name, {}),
            frozenset(c["name"] for c in checks.get(name, ()) if c["name"]),
            ties.get(name, {}),
        )
    return found


def _foreign(keys: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, str, str]]]:
    return {
        table: {
            f["constrained_columns"][0]: (
                f["referred_table"],
                str(f["options"].get("ondelete") or "").upper(),
                f["name"] or "",
            )
            for f in many
            if len(f["constrained_columns"]) == 1
        }
        for table, many in keys.items()
    }


def _ties(keys: Mapping[str, Any]) -> dict[str, dict[LiveTie, str]]:
    return {
        table: {
            (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"])): f["name"] or ""
            for f in many
            if len(f["constrained_columns"]) > 1
        }
        for table, many in keys.items()
    }


def _live_sqlite(tx: Transaction) -> dict[str, LiveTable]:
    """From the pragmas in four statements: the inspector takes several for each table, and reads each type by a pattern."""
    columns: dict[str, dict[str, LiveColumn]] = {}
    for table, name, type, filled, key in tx.rows(
        'SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master m, pragma_table_xinfo(m.name) c'
        " WHERE m.type = ? AND c.hidden <> 1 ORDER BY m.name, c.cid",
        ("table",),
    ):
        if not table.startswith(("xrm_", "sqlite_")):
            columns.setdefault(table, {})[name] = LiveColumn(name, type.upper(), not (filled or key))
    indexes: dict[str, set[str]] = {}
    for table, name in tx.rows(
        "SELECT tbl_name, name FROM sqlite_master WHERE type = ? AND sql IS NOT NULL", ("index",)
    ):
        indexes.setdefault(table, set()).add(name)
    (foreign, ties), checks = _foreign_sqlite(tx), _rules_sqlite(tx)
    return {
        name: LiveTable(
            name,
            own,
            frozenset(indexes.get(name, ())),
            foreign.get(name, {}),
            checks.get(name, frozenset()),
            ties.get(name, {}),
        )
        for name, own in columns.items()
    }


Foreign = tuple[dict[str, dict[str, tuple[str, str, str]]], dict[str, dict[LiveTie, str]]]


def _foreign_sqlite(tx: Transaction) -> Foreign:
    """Links and ties, from the pragma: the inspector does not see the rule of a link that came with `ADD COLUMN`."""
    many: dict[tuple[str, int], list[tuple[str, str, str, str]]] = {}
    for table, id, *rest in tx.rows(
        'SELECT m.name, f.id, f."from", f."table", f."to", f.on_delete FROM sqlite_master m, pragma_foreign_key_list(m.name) f'
        " WHERE m.type = ? ORDER BY m.name, f.id, f.seq",
        ("table",),
    ):
        many.setdefault((table, id), []).append((rest[0], rest[1], rest[2], rest[3].upper()))
    foreign: dict[str, dict[str, tuple[str, str, str]]] = {}
    ties: dict[str, dict[LiveTie, str]] = {}
    for (table, _), parts in many.items():
        column, target, _, rule = parts[0]
        if len(parts) == 1:
            foreign.setdefault(table, {})[column] = (target, rule, "")
        else:
            ties.setdefault(table, {})[tuple(p[0] for p in parts), target, tuple(p[2] for p in parts)] = ""
    return foreign, ties


def _rules_sqlite(tx: Transaction) -> dict[str, frozenset[str]]:
    """Checks that hold rules, from the text of each table."""
    texts = tx.rows("SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL", ("table",))
    return {name: frozenset(RULE_CHECK.findall(sql)) for name, sql in texts}


def _by_name(many: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value for (_, name), value in many.items()}


def _type(kind: Any, dialect: sa.Dialect) -> str:
    try:
        return str(kind.compile(dialect=dialect))
    except (sa.exc.CompileError, sa.exc.UnsupportedCompilationError):
        return str(kind)


def fingerprint(tables: Mapping[str, LiveTable], applied: Mapping[str, Any]) -> str:
    """A hash of the schema and of what is known to have been applied: equal for equal states."""
    said = {
        name: [
            sorted((c.name, c.type, c.null) for c in t.columns.values()), sorted(t.indexes),
            sorted((column, *rule[:2]) for column, rule in t.foreign.items()),
            sorted(name for name in t.checks if name.startswith(RULE)), *([sorted(t.ties)] if t.ties else ()),
        ]
        for name, t in tables.items()
    }  # fmt: skip
    return hashlib.sha256(json.dumps([said, applied], sort_keys=True).encode()).hexdigest()
