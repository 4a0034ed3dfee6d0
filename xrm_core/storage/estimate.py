"""About how many rows a list has, without counting them."""

from __future__ import annotations

import json

from .asking import Asked
from .transaction import Transaction


def estimated(tx: Transaction, asked: Asked) -> int:
    """What PostgreSQL's planner expects; SQLite has no such number for a filter, so the count is exact there."""
    exact = asked.statement(("count", None), lambda shop: shop.counted(None))
    given = asked.given(exact)
    if tx.dialect == "sqlite":
        return int(exact.rows(tx, given)[0][0])
    sql, params = exact.send(given)
    found = tx.rows(f"EXPLAIN (FORMAT JSON) {sql}", params)[0][0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    while plan["Node Type"] in ("Aggregate", "Gather", "Gather Merge") and plan.get("Plans"):
        plan = plan["Plans"][0]
    return int(plan["Plan Rows"])
