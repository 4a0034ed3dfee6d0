"""The comparison: the same value of every expression on every record from the closure, from SQLite and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import (
    Ctx,
    ExprError,
    Node,
    SqlBuilder,
    Typed,
    check,
    decided,
    lift_constants,
    parse,
    shape,
    to_python,
    unparse,
)  # fmt: skip
from xrm_core.metamodel.kinds import NUMBER, T

from .dice import Dice
from .expressions import Gen
from .masks import FullMask
from .worlds import Maker, World, actor, moment, records

MODES = ("late", "now", "lifted", "masked")
FORMULAS = ("int", "decimal", "text", "bool", "date", "datetime", "duration")
BATCH = 8


@dataclass
class Tally:
    """What a run has seen."""

    expressions: int = 0
    values: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    ops: Counter[str] = field(default_factory=Counter)
    decided: int = 0


@dataclass
class Case:
    """One expression, its text, and its value on every record by the closure."""

    tree: Node
    text: str
    typed: Typed
    want: dict[str, Any]

    @property
    def decided(self) -> Typed:
        """The condition as filters of lists have it: comparisons of choices are the conditions that lead to one."""
        return decided(self.typed)


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same type (int and Decimal apart)."""
    if isinstance(a, int | Decimal) and isinstance(b, int | Decimal):
        return a == b and isinstance(a, bool) == isinstance(b, bool)
    return type(a) is type(b) and a == b


class Run:
    """One schema with many records and expressions. connections: one for each database, inside of a transaction."""

    def __init__(self, seed: int, connections: Sequence[sa.Connection]) -> None:
        self.dice, self.connections, self.tally = Dice(seed), connections, Tally()
        self.world: World = Maker(self.dice).world()
        self.add_formulas()

    def add_formulas(self) -> None:
        """Formulas over all that is there, each reading those before it too."""
        for n, entity in enumerate(["party", "gift", "deal", "deal"]):
            for kind in self.dice.sample(FORMULAS, 4):
                gen = Gen(self.dice, self.world.schema, entity)
                tree = gen.make(kind, 3)
                declared = T(kind, True, self.dice.randint(0, 6) if kind == "decimal" else 0)
                e = self.world.schema.entities[entity]
                try:
                    check(tree, self.world.schema, entity, want=kind)
                except ExprError:
                    continue
                Maker.add_formula(e, f"f{n}_{kind}", declared, unparse(tree))
                try:
                    check(parse(f"record.f{n}_{kind}"), self.world.schema, entity)
                except ExprError:
                    del e.fields[f"f{n}_{kind}"]  # type: ignore[attr-defined]

    def batches(self, count: int) -> Iterator[list[Node]]:
        """Expressions, some at a time, with new records now and then."""
        while self.tally.expressions < count:
            self.world.use(records(self.dice, self.world))
            for c in self.connections:
                self.world.store(c)
            for _ in range(4):
                yield [Gen(self.dice, self.world.schema).any_kind(4) for _ in range(BATCH)]

    def run(self, count: int) -> Tally:
        """Compare so many expressions."""
        for c in self.connections:
            self.world.metadata.create_all(c)
        for trees in self.batches(count):
            now, tz = moment(self.dice)
            ctx = self.world.context(actor(self.dice), now, tz)
            self.compare(trees, ctx, self.dice.pick(MODES))
        return self.tally

    def compare(self, trees: list[Node], ctx: Ctx, mode: str) -> None:
        """One batch: one statement for each database."""
        mask = FullMask(self.dice, self.world) if mode == "masked" else None
        rows = self.world.rows["deal"] if mask is None else [mask.row("deal", r) for r in self.world.rows["deal"]]
        ctx = ctx if mask is None else mask.context(ctx)
        cases = [case for tree in trees if (case := self.case(tree, ctx, rows, mask is not None))]
        for c in self.connections if cases else ():
            self.execute(c, cases, ctx, mode, mask)

    def case(self, tree: Node, ctx: Ctx, rows: list[Any], nullable: bool) -> Case | None:
        """Check, evaluate, and see that the type holds; None for what the checker refuses."""
        text = unparse(tree)
        assert parse(text) == tree, f"round trip: {text}\n{tree}\n{parse(text)}"
        try:
            typed = check(tree, self.world.schema, "deal", text, nullable=nullable)
        except ExprError as e:
            self.tally.refused[e.message[:40]] += 1
            return None
        f = to_python(typed)
        want = {r["id"]: f(ctx.on(r)) for r in rows}
        for v in want.values():
            assert v is not None or typed.type.null, f"null from a type without null: {text}"
            if typed.type.kind in NUMBER and v is not None:
                assert abs(v) * 10**typed.type.scale <= typed.type.bound, f"bound {typed.type.bound} of {text}: {v}"
        if typed.type.kind == "bool":
            g = to_python(decided(typed))
            assert {r["id"]: bool(g(ctx.on(r))) for r in rows} == want, f"decided: {text}"
            self.tally.decided += decided(typed) is not typed
        self.tally.expressions += 1
        self.tally.values += len(want)
        self.tally.ops.update(label(t) for t in typed.walk())
        return Case(tree, text, typed, want)

    def execute(self, c: sa.Connection, cases: list[Case], ctx: Ctx, mode: str, mask: FullMask | None) -> None:
        """All cases of a batch as columns of one statement; conditions also as CASE WHEN, and one of them as WHERE."""
        dialect = c.engine.dialect.name
        b = SqlBuilder(self.world.schema, "deal", dialect, ctx=ctx if mode == "now" else None, mask=mask)
        columns: list[Any] = [b.table.c.id]
        constants: list[Any] = []
        wheres = []
        for case in cases:
            typed = case.typed
            if mode == "lifted":
                typed, found = lift_constants(typed, len(constants))
                constants += found
                assert shape(typed) == shape(lift_constants(case.typed, len(constants) - len(found))[0])
            columns.append(b.value(typed).label(f"v{len(columns)}"))
            if typed.type.kind == "bool":
                wheres.append((len(columns), case, b.where(typed)))
                columns.append(sa.case((wheres[-1][2], 1), else_=0).label(f"w{len(columns)}"))
                columns.append(sa.case((b.where(case.decided), 1), else_=0).label(f"w{len(columns)}"))
        query = sa.select(*columns).select_from(b.source)
        if wheres:
            _, case, where = wheres[0]
            self.rows(c, sa.select(b.table.c.id).select_from(b.source).where(where), b.bind(ctx, constants), case)
        found = {r[0]: r for r in self.rows(c, query, b.bind(ctx, constants), *cases)}
        at = 1
        for case in cases:
            for id, v in case.want.items():
                assert same(v, found[id][at]), (
                    f"{dialect} ({mode}): {case.text}\n  python {v!r}\n  sql    {found[id][at]!r}\n"
                    f"  {self.world.by_id[id]}\n  {query.compile(c.engine)}"
                )
            at += 1
            if case.typed.type.kind == "bool":
                assert {i: bool(r[at]) for i, r in found.items()} == case.want, f"{dialect} loose: {case.text}"
                assert {i: bool(r[at + 1]) for i, r in found.items()} == case.want, f"{dialect} decided: {case.text}"
                at += 2

    def rows(self, c: sa.Connection, query: sa.Select[Any], params: dict[str, Any], *cases: Case) -> list[Any]:
        """Execute; with one case it is a WHERE, whose rows are compared at once."""
        try:
            used = (
                {k: v for k, v in params.items() if k in query.compile(c.engine).params} if len(cases) == 1 else params
            )
            found = list(c.execute(query, used, execution_options={"compiled_cache": None}))
        except sa.exc.SQLAlchemyError as e:
            texts = "\n".join(case.text for case in cases)
            raise AssertionError(f"{c.engine.dialect.name} fails on one of\n{texts}\n{str(e)[:3000]}") from None
        if len(cases) == 1 and query.whereclause is not None:
            ids = {r[0] for r in found}
            want = {i for i, v in cases[0].want.items() if v}
            assert ids == want, f"{c.engine.dialect.name} where: {cases[0].text}"
        return found


def label(t: Typed) -> str:
    """A name for what a part is, to see that a run met all of them."""
    if t.op in ("fn", "cmp"):
        return f"{t.op}:{t.value}"
    if t.op == "arith":
        return f"arith:{t.value[0]}"
    return f"rollup:{t.value.kind}" if t.op == "rollup" else t.op
