"""One small organisation for the tests of the language: deals of parties, with gifts, in Python and in both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
import sqlalchemy as sa

from xrm_core.expressions import (
    ACTOR,
    Children,
    CodeTable,
    Ctx,
    ExprEntity,
    Expression,
    ExprField,
    ExprSettings,
    Schema,
    compile_text,
    register_sqlite_functions,
)  # fmt: skip
from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.kinds import BOOL, DATE, DATETIME, TEXT, T, choice, decimal, list_of, ref, whole

ONE, TWO, P1, P2, G1, G2, G3, G4 = (f"00000000-0000-7000-8000-00000000000{n}" for n in range(1, 9))
NOW = datetime(2026, 3, 15, 22, 30, tzinfo=UTC)
STAGES = CodeTable(
    "stage",
    {"probability": whole(4), "phase": TEXT, "open": BOOL, "weight": decimal(2, 9)},
    {
        "new": {"label": "Brand new", "probability": 10, "phase": "forming", "open": True, "weight": D("0.5")},
        "active": {"label": "In work", "probability": 50, "open": True},
    },
)


def fields(*many: ExprField) -> dict[str, ExprField]:
    """Fields by name."""
    return {f.name: f for f in many}


def null(t: T) -> T:
    """The same, perhaps empty."""
    return t.with_null(True)


def make_schema() -> Schema:
    """The small organisation's schema, with new tables."""
    deal = fields(
        ExprField("id", ref("deal")), ExprField("amount", null(decimal(2, 15))), ExprField("n", null(whole(15))),
        ExprField("stage", null(choice(("new", "active"), "stage"))), ExprField("name", null(TEXT)),
        ExprField("due", null(DATE)), ExprField("at", null(DATETIME)), ExprField("flag", null(BOOL)),
        ExprField("party", null(ref("party")), column="party_id"), ExprField("about", null(ref("party", "gift"))),
        ExprField("about_entity", null(choice(("party", "gift")))), ExprField("tags", null(list_of(TEXT))),
        ExprField("facts", T("json", True)), ExprField("note", null(TEXT)), ExprField("gifts", children=Children("gift", "deal")),
        ExprField("every_gift", children=Children("gift", "deal", where_deleted=False)),
        ExprField("twice", decimal(2), formula="record.amount * 2"),
        ExprField("rate", decimal(2), formula="record.amount / 3"),
        ExprField("worth", decimal(2), formula="coalesce(record.twice, 0.00) + record.gifts.sum(g, g.value)"),
        ExprField("is_big", BOOL, formula="record.amount > 5"),
        ExprField("kept", null(decimal(2)), formula="record.amount", column="kept"),
        ExprField("loop_a", decimal(2), formula="record.loop_b + 1"),
        ExprField("loop_b", decimal(2), formula="record.party.loop_c"),
        ExprField("broken", TEXT, formula="record.nam"), ExprField("wrong", DATE, formula="record.name"),
    )  # fmt: skip
    party = fields(
        ExprField("id", ref("party")), ExprField("name", TEXT), ExprField("boss", null(ref("party"))),
        ExprField("deals", children=Children("deal", "party")),
        ExprField("display", TEXT, formula="record.name"),
        ExprField("total", decimal(2), formula="record.deals.sum(d, d.worth)"),
        ExprField("count", whole(9), formula="record.deals.count(d)"),
        ExprField("loop_c", decimal(2), formula="record.deals.sum(d, d.loop_a)"),
    )  # fmt: skip
    gift = fields(
        ExprField("id", ref("gift")), ExprField("deal", ref("deal")), ExprField("value", null(decimal(2, 12))),
        ExprField("on", null(DATE)), ExprField("text", null(TEXT)),
    )  # fmt: skip
    entities = {"deal": ExprEntity("deal", deal), "party": ExprEntity("party", party, soft_delete=True)}
    entities["gift"] = ExprEntity("gift", gift, soft_delete=True)
    metadata, tables = sa.MetaData(), {}
    for name, e in entities.items():
        columns = [
            sa.Column(f.stored_as, sql_type(f.type), primary_key=f.name == "id")
            for f in e.fields.values()
            if not f.children and not f.is_computed
        ]
        columns += [sa.Column("deleted_at", sql_type(DATETIME))] if e.soft_delete else []
        tables[name] = sa.Table(f"expr_{name}", metadata, *columns)
    actor = {**ACTOR, "id": ref("party"), "departments": list_of(ref("party"))}
    return Schema(entities, actor, codes={"stage": STAGES}, tables=tables.__getitem__, settings=ExprSettings("04-06"))


FULL = {
    "id": ONE, "amount": D("10.00"), "n": 7, "stage": "new", "name": " 50%_é", "due": date(2024, 1, 31),
    "at": datetime(2024, 3, 31, 23, 30, tzinfo=UTC), "flag": True, "party_id": P1, "about": P1, "about_entity": "party",
    "tags": ["a", "é"], "facts": {"x": 1}, "kept": D("4.00"), "note": None,
}  # fmt: skip
EMPTY = dict.fromkeys(FULL) | {"id": TWO}
PARTIES = [
    {"id": P1, "name": "Ann", "boss": P2, "deleted_at": None},
    {"id": P2, "name": "Bob", "boss": None, "deleted_at": NOW},
]
GIFTS = [
    {"id": G1, "deal": ONE, "value": D("1.50"), "on": date(2024, 5, 1), "text": "a", "deleted_at": None},
    {"id": G2, "deal": ONE, "value": None, "on": date(2024, 6, 1), "text": "b", "deleted_at": None},
    {"id": G3, "deal": ONE, "value": D("2.50"), "on": date(2024, 6, 1), "text": None, "deleted_at": None},
    {"id": G4, "deal": ONE, "value": D("100.00"), "on": date(2025, 6, 1), "text": "z", "deleted_at": NOW},
]
ROWS = {"party": PARTIES, "deal": [FULL, EMPTY], "gift": GIFTS}


@dataclass
class Small:
    """The organisation: evaluate a text on both deals, by the closure and by a database."""

    schema: Schema

    def compile(self, text: str, want: str | None = None, entity: str = "deal", **more: Any) -> Expression:
        """A checked expression."""
        return compile_text(text, self.schema, entity, want, **more)

    def ctx(self, record: dict[str, Any] | None = None, tz: str = "UTC", **more: Any) -> Ctx:
        """A context in which all records can be read."""
        by_id = {r["id"]: r for rows in ROWS.values() for r in rows}
        link = {"deal": "deal", "party": "party_id"}
        actor = {"id": P1, "roles": ["manager"], "departments": [P2], "leads": []}
        return Ctx(
            record, actor=actor, now=NOW, tz=tz, load=lambda entity, key: by_id.get(key),
            children=lambda entity, by, key: [r for r in ROWS[entity] if r[link[by]] == key], **more,
        )  # fmt: skip

    def python(self, text: str, tz: str = "UTC", entity: str = "deal") -> list[Any]:
        """Values by the closure, on every record of the entity."""
        e = self.compile(text, entity=entity)
        return [e.python(self.ctx(r, tz)) for r in ROWS[entity]]

    def sql(self, connection: sa.Connection, text: str, tz: str = "UTC", entity: str = "deal") -> list[Any]:
        """Values by a database, in the order of the ids."""
        e = self.compile(text, entity=entity)
        b = e.sql(connection.engine.dialect.name)
        query = sa.select(b.value(e.typed), b.table.c.id).select_from(b.source).order_by(b.table.c.id)
        return [r[0] for r in connection.execute(query, b.bind(self.ctx(tz=tz)))]


@pytest.fixture(scope="session")
def small() -> Small:
    """The organisation."""
    return Small(make_schema())


def connect(engine: sa.Engine, schema: Schema) -> Iterator[sa.Connection]:
    """A connection to a database with the records, which are gone afterwards."""
    with engine.connect() as c:
        schema.tables("deal").metadata.create_all(c)
        for name, rows in ROWS.items():
            c.execute(schema.tables(name).insert(), rows)
        yield c
        c.rollback()
    engine.dispose()


@pytest.fixture(scope="session")
def lite(small: Small) -> Iterator[sa.Connection]:
    """SQLite in memory."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    sa.event.listen(engine, "connect", lambda connection, _: register_sqlite_functions(connection))
    yield from connect(engine, small.schema)


@pytest.fixture(scope="session")
def postgres(small: Small, pg_url: str) -> Iterator[sa.Connection]:
    """PostgreSQL."""
    url = sa.make_url(pg_url).set(drivername="postgresql+psycopg")
    yield from connect(sa.create_engine(url, connect_args={"options": "-c timezone=UTC"}), small.schema)


@pytest.fixture(params=["lite", "postgres"])
def connection(request: pytest.FixtureRequest) -> sa.Connection:
    """Each database in turn."""
    found: sa.Connection = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def same(small: Small, connection: sa.Connection) -> Callable[..., list[Any]]:
    """Values of a text, the same from the closure and the database."""

    def values(text: str, tz: str = "UTC", entity: str = "deal") -> list[Any]:
        a, b = small.python(text, tz, entity), small.sql(connection, text, tz, entity)
        assert [(type(x), x) for x in a] == [(type(x), x) for x in b], text
        return a

    return values
