"""The triggers and columns of kept paths (`kept`) against those that a database has: the steps that bring them up."""

from __future__ import annotations

import hashlib
from typing import Any

from xrm_core.metamodel.catalog import Catalog

from .findings import Findings, text_literal
from .kept import Kept, is_kept, kept_paths
from .kept_triggers import LATE, PREFIX, WHOLE, drop, fill, triggers
from .names import limited, quoted
from .plan import Step
from .transaction import Transaction

KEPT = "xrm_kept"
"""Where the shape of an applied catalog says which paths are kept."""
DISTURBING = ("rename_table", "rename_column", "rebuild", "retype")
"""Steps before which triggers go away: they name what changes its name, and SQLite loses those of a table that it writes anew."""
LIVE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema()",
}


def kept_shape(catalog: Catalog, dialect: str) -> dict[str, Any]:
    """What is remembered of the kept paths of an applied catalog."""
    known = kept_paths(catalog)
    made = {name: _hash(" ".join(sql)) for name, sql in triggers(known, dialect).items()}
    return {"triggers": made, "paths": {k.key: _said(k) for k in known}} if made else {}


def compare_kept(found: Findings) -> None:
    """Find the steps. Triggers are there for as long as nothing disturbs them; columns that nobody asks for any more go. Tables
    that the metadata no longer names keep theirs."""
    dialect, known = found.tx.dialect, kept_paths(found.catalog)
    wanted = triggers(known, dialect)
    live = live_triggers(found.tx)
    before, now = found.applied.get(KEPT, {}), kept_shape(found.catalog, dialect)
    is_disturbed = bool(wanted or live) and any(step.kind in DISTURBING for step in found.steps)
    made = before.get("triggers", {})
    drops = _drops(found)
    is_other = any(name not in live or made.get(name) != now["triggers"][name] for name in wanted)
    if is_disturbed or is_other or drops:
        had = before.get("paths", {}) if not is_disturbed else {}
        new = [k for k in known if had.get(k.key) != _said(k)]
        away = [drop(name, dialect) for name in sorted(live)]
        if is_disturbed:
            marks = [_mark(key) for key in sorted(before.get("paths", {}))]
            if away:
                found.first.append(Step("kept", "", "let rules follow links while tables change", (*marks, *away)))
            away = []
        _make(found, [*away, *(sql for name in sorted(wanted) for sql in wanted[name])], new)
    found.others += drops


def live_triggers(tx: Transaction) -> set[str]:
    """The triggers of kept paths that a database has, by name."""
    return {str(name) for (name,) in tx.rows(LIVE[tx.dialect]) if str(name).startswith(PREFIX)}


def _make(found: Findings, ddl: list[str], new: list[Kept]) -> None:
    tables: dict[str, list[Kept]] = {}
    for kept in new:
        tables.setdefault(kept.entity, []).append(kept)
    dialect = found.tx.dialect
    fills = [sql for entity, many in tables.items() for sql in fill(entity, many, dialect)]
    rows = sum(found.count(found.live[limited(e)].name) for e in tables if limited(e) in found.live)
    said = ", ".join(f"{k.entity}.{'.'.join(k.path)}" for k in new)
    title = f"keep for rules and figures: {said}" if new else "what is read through links is kept as it was"
    ours = [text_literal(k.key) for k in kept_paths(found.catalog) if k not in new]
    ddl = [*ddl, *fills, f"DELETE FROM {LATE}" + (f" WHERE kept NOT IN ({', '.join(ours)})" if ours else "")]
    entity = next(iter(tables), "")
    found.kept.append(
        Step("kept", entity, title, tuple(ddl), rows, locks="writers, while it is filled" if rows else "")
    )


def _drops(found: Findings) -> list[Step]:
    drops = []
    for entity in found.catalog.entities.values():
        table = found.shape.tables[limited(entity.name)]
        live = found.live.get(table.name)
        if live is None:
            continue
        for name in sorted(n for n in live.columns if is_kept(n) and n not in table.columns):
            ddl = (f"ALTER TABLE {quoted(table.name)} DROP COLUMN {quoted(name)}",)
            drops.append(Step("drop_kept", entity.name, f"{table.name}.{name}, which no rule or figure reads now", ddl))
    return drops


def _mark(key: str) -> str:
    said = f"SELECT {text_literal(key)}, 0, '{WHOLE}'"
    return f"INSERT INTO {LATE} (kept, hop, record_id) {said} WHERE NOT EXISTS (SELECT 1 FROM {LATE} WHERE kept = {text_literal(key)} AND hop = 0)"


def _said(kept: Kept) -> str:
    return "|".join(f"{'/'.join(f'{hop.column}>{hop.entity}' for hop in way.hops)}/{way.far}" for way in kept.ways)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
