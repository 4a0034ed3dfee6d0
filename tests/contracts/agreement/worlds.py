"""A random schema with its tables in both databases, and its records in Python."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import (
    ACTOR,
    Children,
    CodeTable,
    Ctx,
    ExprEntity,
    ExprField,
    ExprSettings,
    Schema,
    template_to_expression,
)
from xrm_core.fields.columns import sql_type
from xrm_core.metamodel.kinds import (
    BOOL,
    DATE,
    DATETIME,
    DURATION,
    TEXT,
    T,
    choice,
    decimal,
    list_of,
    ref,
    whole,
)  # fmt: skip

from .dice import PIECES, ZONES, Dice, uuid

OPTIONS = ("new", "active", "won")
NAMES = ("party", "deal", "gift")
DELETED = "deleted_at"
COUNTER = itertools.count()
Row = dict[str, Any]


@dataclass
class World:
    """One schema. rows: the records in force, by entity."""

    schema: Schema
    tables: dict[str, sa.Table]
    metadata: sa.MetaData
    digits: dict[tuple[str, str], int]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    by_id: dict[str, Row] = field(default_factory=dict)
    by_parent: dict[tuple[str, str, str], list[Row]] = field(default_factory=dict)

    def use(self, rows: dict[str, list[Row]]) -> None:
        """Take these records."""
        self.rows = rows
        self.by_id = {r["id"]: r for many in rows.values() for r in many}
        found = defaultdict(list)
        for entity, by in (("gift", "deal"), ("deal", "party"), ("gift", "about")):
            for r in rows[entity]:
                if r[by] is not None:
                    found[entity, by, r[by]].append(r)
        self.by_parent = dict(found)

    def context(self, actor: Row, now: datetime, tz: str) -> Ctx:
        """A context without a record."""
        return Ctx(
            None, actor=actor, now=now, tz=tz, load=lambda entity, key: self.by_id.get(key),
            children=lambda entity, by, key: self.by_parent.get((entity, by, key), []),
        )  # fmt: skip

    def store(self, connection: sa.Connection) -> None:
        """The same records in a database."""
        for name in reversed(NAMES):
            connection.execute(self.tables[name].delete())
        for name in NAMES:
            if self.rows[name]:
                connection.execute(self.tables[name].insert(), self.rows[name])


def stored_fields(entity: ExprEntity) -> Iterator[ExprField]:
    """The fields with a column."""
    return (f for f in entity.fields.values() if not f.children and not f.is_computed)


class Maker:
    """Makes one world."""

    def __init__(self, dice: Dice) -> None:
        self.dice, self.digits = dice, {}

    def plain(self, entity: str, name: str, t: T, column: str | None = None, digits: int = 18) -> ExprField:
        """A field that may be empty, or not."""
        self.digits[entity, name] = digits
        return ExprField(name, t.with_null(self.dice.one_in(2)), column=column)

    def dec(self, entity: str, name: str, column: str | None = None) -> ExprField:
        """A number with a random scale and length."""
        scale = self.dice.randint(0, 6)
        digits = self.dice.randint(max(scale, 1), 18)
        return self.plain(entity, name, decimal(scale, digits), column, digits)

    def int(self, entity: str, name: str) -> ExprField:
        """A whole number with a random length."""
        digits = self.dice.pick([4, 9, 15, 18])
        return self.plain(entity, name, whole(digits), digits=digits)

    def deal(self) -> list[ExprField]:
        """The entity that expressions are about."""
        n = "deal"
        return [
            ExprField("id", ref(n)), self.int(n, "i1"), self.int(n, "i2"), self.dec(n, "d1"), self.dec(n, "d2", "d2_stored"),
            self.plain(n, "t1", TEXT), self.plain(n, "t2", TEXT), self.plain(n, "c1", choice(OPTIONS, "stage")),
            self.plain(n, "da1", DATE), self.plain(n, "da2", DATE), self.plain(n, "dt1", DATETIME),
            self.plain(n, "dt2", DATETIME), self.plain(n, "du1", DURATION), self.plain(n, "b1", BOOL),
            self.plain(n, "b2", BOOL), self.plain(n, "l1", list_of(TEXT)), self.plain(n, "lr", list_of(ref("party"))),
            ExprField("party", ref("party", null=True), column="party"),
            ExprField("about", ref("party", "gift", null=True)), ExprField("about_entity", choice(("party", "gift"), null=True)),
            ExprField("gifts", children=Children("gift", "deal")),
            ExprField("all_gifts", children=Children("gift", "deal", where_deleted=False)),
        ]  # fmt: skip

    def party(self) -> list[ExprField]:
        """What deals and gifts link to; its records can be in the bin."""
        n = "party"
        return [
            ExprField("id", ref(n)), self.plain(n, "t1", TEXT), self.dec(n, "d1"), self.plain(n, "da1", DATE),
            self.plain(n, "b1", BOOL), self.plain(n, "c1", choice(OPTIONS, "stage")), ExprField("boss", ref(n, null=True)),
            ExprField("deals", children=Children("deal", "party")), ExprField("mentions", children=Children("gift", "about")),
        ]  # fmt: skip

    def gift(self) -> list[ExprField]:
        """Child records, which can be in the bin."""
        n = "gift"
        return [
            ExprField("id", ref(n)), ExprField("deal", ref("deal")), self.dec(n, "d1"), self.int(n, "i1"),
            self.plain(n, "t1", TEXT), self.plain(n, "da1", DATE), self.plain(n, "dt1", DATETIME), self.plain(n, "b1", BOOL),
            ExprField("party", ref("party", null=True)), ExprField("about", ref("party", "gift", null=True)),
        ]  # fmt: skip

    def codes(self) -> CodeTable:
        """Attributes of every kind; some codes have none."""
        d = self.dice
        types = {"p": whole(4), "w": decimal(3, 9), "t": TEXT, "b": BOOL, "da": DATE, "next": choice(OPTIONS, "stage")}
        values = {
            "p": lambda: d.randint(-9999, 9999), "w": lambda: d.decimal(3, 9), "t": d.text, "b": lambda: d.one_in(2),
            "da": d.date, "next": lambda: d.pick(OPTIONS),
        }  # fmt: skip
        rows = {code: {a: make() for a, make in values.items() if not d.one_in(4)} for code in OPTIONS}
        for code in OPTIONS[: d.randrange(3)]:
            rows[code]["label"] = d.text()
        return CodeTable("stage", types, rows)

    def world(self) -> World:
        """The whole; formulas are added by the caller, who can make expressions."""
        fields = {"party": self.party(), "deal": self.deal(), "gift": self.gift()}
        soft = {"party": True, "gift": True, "deal": self.dice.one_in(2)}
        entities = {n: ExprEntity(n, {f.name: f for f in fs}, soft[n]) for n, fs in fields.items()}
        metadata, prefix = sa.MetaData(), f"agree{next(COUNTER)}_"
        tables = {name: self.table(e, metadata, prefix) for name, e in entities.items()}
        schema = Schema(
            entities,
            {**ACTOR, "departments": list_of(ref("party")), "id": ref("party"), "limit": decimal(2, 12, True),
             "name": TEXT.with_null(True)},
            {"stage": self.codes()},
            tables.__getitem__,
            ExprSettings(self.dice.pick(["01-01", "04-06", "07-01", "10-31", "12-01", "01-15"])),
        )  # fmt: skip
        for name, template in (
            ("party", "{t1}"),
            ("gift", "{t1} ({i1}) - {deal}"),
            ("deal", "{c1}, {d1} {da1} «{t1}» {party}"),
        ):
            text = template_to_expression(template, self.with_display(entities), schema) if name != "gift" else None
            self.add_formula(entities[name], "display", TEXT, text or template_to_expression(template, entities[name]))
        return World(schema, tables, metadata, self.digits)

    def with_display(self, entities: dict[str, ExprEntity]) -> ExprEntity:
        """The entity whose title is being made: the first one without."""
        return next(entities[n] for n in ("party", "deal") if "display" not in entities[n].fields)

    def table(self, e: ExprEntity, metadata: sa.MetaData, prefix: str) -> sa.Table:
        """A table with all stored fields."""
        columns = [
            sa.Column(f.stored_as, sql_type(f.type, self.digits.get((e.name, f.name), 18)), primary_key=f.name == "id")
            for f in stored_fields(e)
        ]
        deleted = [sa.Column(DELETED, sql_type(DATETIME))] if e.soft_delete else []
        return sa.Table(prefix + e.name, metadata, *columns, *deleted)

    @staticmethod
    def add_formula(entity: ExprEntity, name: str, t: T, text: str) -> None:
        """One more computed field."""
        assert isinstance(entity.fields, dict)
        entity.fields[name] = ExprField(name, t, formula=text)


def records(dice: Dice, world: World, deals: int = 6) -> dict[str, list[Row]]:
    """Records of all entities; some are in the bin, some links are empty."""
    parties, gifts = [uuid(n) for n in (1, 2, 3)], [uuid(200 + n) for n in range(dice.randint(1, 10))]
    ids = {"party": parties, "deal": [uuid(100 + n) for n in range(deals)], "gift": gifts}

    def value(entity: ExprEntity, f: ExprField) -> Any:
        t, d = f.type, dice
        if t.null and d.one_in(4):
            return None
        if t.kind == "ref":
            return d.pick(ids[d.pick(t.entities)])
        if t.options:
            return d.pick(t.options)
        digits = world.digits.get((entity.name, f.name), 18)
        make = {
            "int": lambda: d.units(digits), "decimal": lambda: d.decimal(t.scale, digits), "text": d.text,
            "date": d.date, "datetime": d.moment, "duration": d.span, "bool": lambda: d.one_in(2),
            "list": lambda: [d.pick(parties) if t.item.kind == "ref" else d.pick(PIECES) for _ in range(d.randrange(4))],
        }  # fmt: skip
        return make[t.kind]()

    out: dict[str, list[Row]] = {}
    for name in NAMES:
        e = world.schema.entities[name]
        out[name] = []
        for id in ids[name]:
            row = {f.stored_as: value(e, f) for f in stored_fields(e)} | {"id": id}
            if "about_entity" in row:
                row["about_entity"] = next((name for name in NAMES if row["about"] in ids[name]), None)
            if e.soft_delete:
                row[DELETED] = dice.moment() if dice.one_in(4) else None
            out[name].append(row)
    return out


def actor(dice: Dice) -> Row:
    """Who asks."""
    some = [uuid(1), uuid(2), uuid(3)]
    return {
        "id": dice.pick(some),
        "roles": [dice.pick(PIECES) for _ in range(dice.randrange(3))],
        "departments": [dice.pick([*some, None]) for _ in range(dice.randrange(4))],
        "leads": [],
        "limit": dice.decimal(2, 12),
        "name": dice.text(),
    }


def moment(dice: Dice) -> tuple[datetime, str]:
    """When, and in which zone."""
    now = datetime(1990, 1, 1, tzinfo=UTC).timestamp() + dice.randrange(50 * 365 * 86400)
    return datetime.fromtimestamp(now, UTC), dice.pick(ZONES)
