"""What a person may not see makes no difference: two databases that differ only in that give him the same answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.access_worlds import (
    CODES,
    PATHS,
    TEXTS,
    Maker,
    World,
    access_of,
    context_of,
    fill,
    oracle_of,
    organisation,
    postgres,
)
from xrm_core.access.access import Access
from xrm_core.access.oracle import Oracle
from xrm_core.errors import XrmError
from xrm_core.expressions import Ctx
from xrm_core.expressions.sql_frame import Frame
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query as storage
from xrm_core.storage.transaction import Transaction

PAIRS = {"sqlite": 14, "postgresql": 7}
REQUESTS = 100
"""Of each pair; over both databases more than two thousand."""
TABLES = ("party", "gift", "fund", "gift_lines")
SEARCHED = 0.45
KINDS = {
    "name": "text", "tax": "text", "score": "int", "note": "text", "code": "text", "amount": "number", "memo": "text", "quantity": "int",
    "label": "text", "size": "int", "kind": "kind", "stage": "stage", "flag": "bool", "sealed": "bool", "team": "team", "owner": "owner",
    "boss": "party", "party": "party", "piece": "party",
}  # fmt: skip
Pair = tuple[Runtime, Runtime]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two organisations on the same kind of database."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            urls = [f"sqlite:///{tmp_path_factory.mktemp('access') / 'world.sqlite3'}" for _ in range(2)]
        else:
            server = request.getfixturevalue("pg_url")
            urls = [stack.enter_context(postgres(server)) for _ in range(2)]
        first, second = (stack.enter_context(organisation(url)) for url in urls)
        yield first, second


def other_value(maker: Maker, world: World, column: str, id: str) -> Any:
    """A value for a hidden cell."""
    kind = KINDS[column]
    if kind == "text":
        return maker.maybe(maker.pick(TEXTS))
    if kind == "int":
        return maker.maybe(maker.dice.randrange(5))
    if kind == "number":
        return maker.maybe(Decimal(maker.dice.randrange(-4, 40)) / 4)
    if kind in CODES:
        return maker.maybe(maker.pick(CODES[kind]))
    if kind == "bool":
        return maker.pick((True, False))
    many = (
        world.teams
        if kind == "team"
        else world.users
        if kind == "owner"
        else [p for p in world.records["party"] if column != "boss" or p < id]
    )
    return maker.maybe(maker.pick(many)) if many else None


def twin(maker: Maker, catalog: Catalog, world: World, person: Any) -> World:
    """A world that differs only in what the person may not see, and where no rule decides otherwise because of that."""
    twin = World(
        {e: {id: dict(r) for id, r in rows.items()} for e, rows in world.records.items()}, world.teams, world.users
    )
    before = verdicts(oracle_of(catalog, world, person), world)
    for entity in TABLES:
        for column in (c for c in KINDS if c in catalog.entities[entity].columns):
            hidden = [
                id for id in twin.records[entity] if not (before[entity, id][0] and column in before[entity, id][1])
            ]
            kept = {id: twin.records[entity][id][column] for id in hidden}
            for id in hidden:
                twin.records[entity][id][column] = other_value(maker, world, column, id)
            if not same(catalog, twin, person, before):
                for id, value in kept.items():
                    twin.records[entity][id][column] = value
    for entity in ("gift_lines", "gift"):
        for id, row in list(twin.records[entity].items()):
            if (
                not before[entity, id][0]
                and maker.dice.random() < 0.4
                and not any(r["gift"] == id for r in twin.records["gift_lines"].values())
            ):
                del twin.records[entity][id]
                if not same(catalog, twin, person, before):
                    twin.records[entity][id] = row
    return twin


def verdicts(oracle: Oracle, world: World) -> dict[tuple[str, str], tuple[bool, frozenset[str]]]:
    """What is open of every record."""
    return {(e, id): oracle.verdict(e, id) for e in TABLES for id in world.records[e]}


def same(
    catalog: Catalog, world: World, person: Any, before: dict[tuple[str, str], tuple[bool, frozenset[str]]]
) -> bool:
    """Whether the rules decide as before: a rule that reads a hidden field tells of it by what it opens."""
    now = verdicts(oracle_of(catalog, world, person), world)
    return all(before[key] == verdict for key, verdict in now.items()) and all(
        key in now or not v[0] for key, v in before.items()
    )


class Side:
    """The person before one of the two databases."""

    def __init__(self, tx: Transaction, catalog: Catalog, access: Access, ctx: Ctx) -> None:
        self.tx, self.catalog, self.access, self.ctx = tx, catalog, access, ctx

    def answer(self, ask: Callable[[Side], Any]) -> Any:
        """What is answered, refusals word by word."""
        try:
            return ask(self)
        except XrmError as fault:
            return type(fault).__name__, str(fault), fault.hint


def requests(maker: Maker, world: World, ids: dict[str, list[str]]) -> Callable[[Side], Any]:
    """A random request, which may name what the person does not know of."""
    entity = maker.pick(("gift", "party", "gift", "party", "gift_lines", "fund"))
    paths = list(PATHS[entity])
    columns = tuple(dict.fromkeys(["id", *maker.dice.sample(paths, min(3, len(paths)))]))
    filter = None if maker.dice.random() < 0.3 else maker.condition(entity)
    sort = (maker.pick(("", "-")) + maker.pick(paths),) if maker.dice.random() < 0.7 else ()
    q = (
        maker.pick((*TEXTS, "as", "irch", "wood", "ced"))
        if entity != "gift_lines" and maker.dice.random() < SEARCHED
        else None
    )
    asked = Query(
        entity, columns, filter, sort, maker.pick((3, 60)), q=q, count=maker.pick(("none", "exact", "capped"))
    )
    kind = maker.pick(("list", "list", "list", "group", "one"))
    by, total, id = (
        maker.pick(paths),
        maker.pick([p for p, k in PATHS[entity].items() if k in ("int", "number")]),
        maker.pick(ids[entity]),
    )

    def ask(side: Side) -> Any:
        relation = side.access.relation(entity)
        if not side.access.opens(entity, "read"):
            return None
        if kind == "group":
            return storage.group(
                side.tx, side.catalog, Query(entity, filter=filter, q=q), by, total, side.ctx, relation
            )
        if kind == "one":
            return storage.get(side.tx, side.catalog, entity, id, (), side.ctx, relation=relation)
        page = storage.run(side.tx, side.catalog, asked, side.ctx, relation)
        more = (
            storage.run(
                side.tx, side.catalog, Query(entity, columns, filter, sort, 3, after=page.next, q=q), side.ctx, relation
            )
            if page.next
            else None
        )
        return page, more

    return ask


def difference(pair: Pair, seed: int, requested: int) -> tuple[int, int, int]:
    """Requests made, answers that differ, and cells that differ between the databases."""
    maker = Maker(seed)
    differ = 0
    first, second = pair
    with first.database.write() as one, second.database.write() as two:
        world = maker.world(first.catalog, 8)
        catalog = maker.rights(first.catalog)
        person = maker.person(world)
        other = twin(maker, catalog, world, person)
        cells = sum(a != other.records[e].get(id) for e in TABLES for id, a in world.records[e].items())
        fill(one, catalog, world)
        fill(two, catalog, other)
        access, ctx = access_of(first, catalog, person), context_of(person)
        sides = [Side(tx, catalog, access, ctx) for tx in (one, two)]
        ids = {e: list(world.records[e]) or [maker.id()] for e in TABLES}
        for _ in range(requested):
            ask = requests(maker, world, ids)
            left, right = (side.answer(ask) for side in sides)
            differ += left != right
    return requested, differ, cells


@pytest.mark.parametrize("part", range(3))
def test_what_is_hidden_makes_no_difference(pair: Pair, part: int) -> None:
    """Lists, filters, sorts, counts, groups, searches, labels, single records and refusals are the same, word by word."""
    kind = pair[0].database.dialect
    cells = made = 0
    for seed in range(part, PAIRS[kind], 3):
        requested, differ, changed = difference(pair, 1000 + seed, REQUESTS)
        assert differ == 0, seed
        made, cells = made + requested, cells + changed
    assert made >= 200
    assert cells >= 20


def test_an_answer_that_differs_would_be_seen(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where columns are not masked any more, answers differ: the comparison can find what it looks for."""
    monkeypatch.setattr(Frame, "shown", lambda self, entity, name, table: None)
    assert sum(difference(pair, 1000 + seed, 30)[1] for seed in range(6)) > 3
