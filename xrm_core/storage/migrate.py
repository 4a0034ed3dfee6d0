"""Bringing the database to the metadata: a plan says what will be done, `apply` does exactly that.

A plan that no longer fits is refused; one that was cut off goes on where it stopped; one process applies at a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from xrm_core.errors import Conflict, Problem, StorageError, XrmError
from xrm_core.metamodel.catalog import Catalog

from . import locks, search
from .analysis import analyse
from .compare import compare, logical_shape
from .database import Database
from .fills import Fills
from .findings import Findings
from .ids import new_id
from .install import get_meta, install, set_meta
from .live import fingerprint, live_tables
from .names import limited
from .plan import Plan, Step, groups
from .system import plan as table
from .transaction import Transaction

LOCK = "plan"
LEASE = timedelta(minutes=30)


def plan(db: Database, catalog: Catalog, *, thorough: bool = False, fills: Mapping[str, str] | None = None) -> Plan:
    """What bringing the database to the catalog will do. The platform's own tables are made first where they are missing.

    A database that this very catalog was applied to is not looked at, unless `thorough`. `fills`: texts by `entity.field` that
    records get which have no value, where one is needed now. Raises BadRequest for one that does not fit.
    """
    install(db)
    with db.read(snapshot=True) as tx:
        if not thorough and get_meta(tx, "catalog") == catalog.version:
            return Plan(new_id(), catalog.version, "")
        live, applied = live_tables(tx), _applied(tx)
        state = fingerprint(live, applied)
        found = Findings(tx, catalog, live, applied, Fills(catalog, fills or {}))
        compare(found)
        found.notes += [f"not needed: {name} is empty in no record" for name in found.fills.idle]
        shape = logical_shape(catalog, found.shape, found.ddl)
    made = Plan(new_id(), catalog.version, state, found.steps, tuple(found.notes), shape)
    if not found.steps:
        with db.write() as tx:
            _note(tx, made)
    return made


def apply(db: Database, catalog: Catalog, made: Plan) -> None:
    """Carry out a plan, or what is left of it. Raises Conflict for one that is stale, or has a step that cannot be carried out;
    StorageError naming the step that failed (steps before it are done, and the plan can be applied again)."""
    _refuse(catalog, made)
    fence = locks.take(db, LOCK, locks.this_holder(), LEASE)
    if fence is None:
        raise Conflict(
            "another process is changing the database's schema", code="plan_running", hint="wait until it is done"
        )
    try:
        _carry_out(db, catalog, made, fence)
    finally:
        locks.release(db, LOCK, fence)


def _refuse(catalog: Catalog, made: Plan) -> None:
    if made.catalog != catalog.version:
        raise Conflict(
            "the metadata changed since this plan was made", code="stale_plan", hint="make a new one: xrm plan"
        )
    if made.blocked:
        problems = tuple(Problem(s.title, "blocked", hint=s.hint) for s in made.blocked)
        raise Conflict("the plan has steps that cannot be carried out", code="blocked_plan", problems=problems)


def _carry_out(db: Database, catalog: Catalog, made: Plan, fence: int) -> None:
    with db.write() as tx:
        start = _begin(tx, made)
    if start is None:
        return
    for number, steps in groups(made.steps, start):
        try:
            with db.write(unchecked=any(s.rebuild for s in steps)) as tx:
                if tx.dialect == "postgresql":
                    tx.ddl("SET LOCAL statement_timeout = 0")
                for step in steps:
                    _do(tx, catalog, step)
                if not locks.renew(tx, LOCK, fence, LEASE):
                    raise Conflict("another process took over", code="plan_running")
                _progress(tx, made, number + len(steps))
        except XrmError as error:
            titles = ", ".join(s.title for s in steps)
            with db.write() as tx:
                tx.conn.execute(table.update().where(table.c.id == made.id).values(error=f"{titles}: {error.message}"))
            raise StorageError(
                f"the plan stopped at: {titles}: {error.message}", code="plan_failed",
                hint="nothing of this step was done; apply the plan again once the cause is removed",
            ) from None  # fmt: skip
    with db.write() as tx:
        _note(tx, made)
        tx.conn.execute(
            table.update().where(table.c.id == made.id).values(state="done", ended_at=datetime.now(UTC), error=None)
        )
    changed = sorted({limited(s.entity) for s in made.steps if s.rows and s.entity in catalog.entities})
    if changed:
        analyse(db, *changed)


def _begin(tx: Transaction, made: Plan) -> int | None:
    """The number of the step to go on with; None when the plan was carried out before. Raises Conflict for a stale plan."""
    row = tx.conn.execute(table.select().where(table.c.id == made.id)).one_or_none()
    if row is not None and row.state == "done":
        return None
    expected = made.fingerprint if row is None else row.fingerprint
    if expected != fingerprint(live_tables(tx), _applied(tx)):
        raise Conflict(
            "the database changed since this plan was made", code="stale_plan", hint="make a new one: xrm plan"
        )
    if row is not None:
        return int(row.done)
    tx.conn.execute(
        table.insert().values(
            id=made.id, fingerprint=made.fingerprint, catalog=made.catalog, body=json.loads(made.to_json()), state="running", done=0,
            created_at=datetime.now(UTC),
        )
    )  # fmt: skip
    return 0


def _do(tx: Transaction, catalog: Catalog, step: Step) -> None:
    for sql in step.ddl:
        tx.ddl(sql)
    if step.rebuild and tx.rows("PRAGMA foreign_key_check"):
        raise StorageError("a link would point to nothing after it", code="foreign_keys")
    if step.action == "search":
        search.rebuild(tx, catalog, (step.entity,))


def _progress(tx: Transaction, made: Plan, done: int) -> None:
    state = fingerprint(live_tables(tx), _applied(tx))
    tx.conn.execute(table.update().where(table.c.id == made.id).values(done=done, fingerprint=state))


def _note(tx: Transaction, made: Plan) -> None:
    """Keep what is in force now, so that the next start need not compare."""
    set_meta(tx, "catalog", made.catalog)
    set_meta(tx, "shape", json.dumps(made.shape, sort_keys=True))


def _applied(tx: Transaction) -> dict[str, Any]:
    found = get_meta(tx, "shape")
    return json.loads(found) if found else {}


def bring_up(db: Database, catalog: Catalog, *, allow: Sequence[str] = ("safe",)) -> Plan:
    """Plan and apply in one, where every step is of an allowed safety. Raises Conflict naming the steps that are not."""
    made = plan(db, catalog)
    other = [s for s in made.steps if s.safety not in allow]
    if other:
        problems = tuple(Problem(s.title, s.safety, hint=s.hint) for s in other)
        raise Conflict("the metadata asks for changes that need a decision", code="plan_needed", problems=problems)
    if made.steps:
        apply(db, catalog, made)
    return made


__all__ = ["Plan", "Step", "apply", "bring_up", "plan"]
