"""Python, SQLite and PostgreSQL agree on what every expression means."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.contracts.agreement.compare import Run
from xrm_core.expressions import depth, register_sqlite_functions, typed

SCHEMAS = int(os.environ.get("XRM_AGREEMENT_SCHEMAS", "24"))
EACH = int(os.environ.get("XRM_AGREEMENT_EACH", "425"))
SEED = int(os.environ.get("XRM_AGREEMENT_SEED", "0"))
"""24 x 425 is more than 10 000 expressions. A nightly run takes new seeds and more of them."""

EXPECTED = {
    "path", "const", "actor", "now", "today", "fystart", "fy", "code", "formula", "isnull", "notnull", "and", "or", "not",
    "if", "in", "list", "concat", "scale", "neg", "cmp:==", "cmp:!=", "cmp:<", "arith:/", "arith:%", "rollup:latest",
    "rollup:first", "rollup:sum", "rollup:count", "rollup:exists", "rollup:min", "rollup:max", "fn:least", "fn:greatest",
    "fn:matches", "fn:endsWith", "fn:addMonths", "fn:date_add", "fn:datetime_add", "fn:string_decimal", "fn:string_bool",
}  # fmt: skip


@pytest.fixture(scope="module")
def connections(pg_url: str) -> Iterator[list[sa.Connection]]:
    """A connection to each database; what is done there is never committed."""
    lite = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    sa.event.listen(lite, "connect", lambda connection, _: register_sqlite_functions(connection))
    url = sa.make_url(pg_url).set(drivername="postgresql+psycopg")
    postgres = sa.create_engine(url, connect_args={"options": "-c timezone=UTC"})
    with lite.connect() as a, postgres.connect() as b:
        yield [a, b]
        a.rollback()
        b.rollback()
    lite.dispose()
    postgres.dispose()


@pytest.mark.parametrize("n", range(SCHEMAS))
def test_python_sqlite_and_postgres_agree(n: int, connections: list[sa.Connection]) -> None:
    """The closure, SQLite and PostgreSQL give the same value for every expression on every record."""
    assert {c.engine.dialect.name for c in connections} == {"sqlite", "postgresql"}
    try:
        tally = Run(SEED + n, connections).run(EACH)
    finally:
        for c in connections:
            c.rollback()
    assert tally.expressions >= EACH


@pytest.mark.parametrize(("cut", "call"), [(4, -50), (5, 3)])
def test_cut_parts_agree(
    cut: int, call: int, connections: list[sa.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What SQLite cannot parse is computed by a function of ours; here everything is, or every small part."""
    monkeypatch.setattr(depth, "CUT", cut)
    monkeypatch.setattr(typed, "EVALUATED", call)
    try:
        Run(SEED + 20_000 + cut, connections).run(EACH)
    finally:
        for c in connections:
            c.rollback()


def test_the_run_met_every_part_of_the_language(connections: list[sa.Connection]) -> None:
    """A part that random expressions never reach would be untested: one run alone meets all of them."""
    ops: Counter[str] = Counter()
    for n in range(6):
        ops += Run(10_000 + n, []).run(400).ops
    assert not EXPECTED - set(ops)
