"""The statements answer what the oracle does, for random rights over random records, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.access_worlds import (
    PATHS,
    ROLES,
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
from xrm_core.access.oracle import Oracle, Person
from xrm_core.errors import XrmError
from xrm_core.expressions import Ctx, Typed
from xrm_core.expressions.sql_frame import Frame
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import Query
from xrm_core.services.runtime import Runtime
from xrm_core.storage import branches, kept_late
from xrm_core.storage import query as storage
from xrm_core.storage.transaction import Transaction

SEEDS = range(1, 9)
ENTITIES = ("gift", "party", "gift_lines", "gift", "party", "fund")


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The organisation, once on each database."""
    if request.param == "sqlite":
        with organisation(f"sqlite:///{tmp_path_factory.mktemp('access') / 'world.sqlite3'}") as found:
            yield found
    else:
        with postgres(request.getfixturevalue("pg_url")) as url, organisation(url) as found:
            yield found


class Asking:
    """One person before one world, through the statements and through the oracle."""

    def __init__(self, runtime: Runtime, tx: Transaction, catalog: Catalog, world: World, person: Person) -> None:
        self.tx, self.catalog = tx, catalog
        self.access: Access = access_of(runtime, catalog, person)
        self.oracle: Oracle = oracle_of(catalog, world, person)
        self.ctx: Ctx = context_of(person)
        self.count = 0

    def exists(self, entity: str, path: str) -> bool:
        """Whether a path exists for the person, by the oracle."""
        at = entity
        names = path.split(".")
        for number, name in enumerate(names):
            known = self.catalog.entities[at]
            field = known.field_of_column.get(name, name)
            if field in known.fields and field != "display" and not self.oracle.exists(at, field):
                return False
            if number < len(names) - 1:
                targets = known.columns[known.fields[name].columns[0].name].kind.entities
                at = targets[0]
        return at != "gift_lines" or names[-1] != "position" or self.oracle.exists(at)

    def listed(self, asked: Query) -> tuple[list[dict[str, Any]], list[int]]:
        """All pages of a list, one after the other, and how long each was."""
        rows: list[dict[str, Any]] = []
        sizes = []
        after = None
        while True:
            found = Query(
                asked.entity, asked.columns, asked.filter, asked.sort, asked.limit, after=after, deleted=asked.deleted
            )
            page = storage.run(self.tx, self.catalog, found, self.ctx, self.access.relation(asked.entity))
            rows += [dict(r) for r in page.rows]
            sizes.append(len(page.rows))
            if page.next is None:
                return rows, sizes
            after = page.next


def question(maker: Maker, asking: Asking, entity: str) -> Query | None:
    """A list over paths that the person knows of."""
    known = [p for p in PATHS[entity] if asking.exists(entity, p)]
    if not known or not asking.oracle.exists(entity):
        return None
    sorts = [p for p in known if p not in ("id", "boss", "party", "gift", "team", "owner") and not p.endswith(".team")]
    sort = tuple(maker.pick(("", "-")) + p for p in maker.dice.sample(sorts, min(len(sorts), maker.pick((0, 1, 1, 2)))))
    columns = tuple(dict.fromkeys(["id", *maker.dice.sample(known, min(4, len(known)))]))
    filter = None if maker.dice.random() < 0.2 else maker.condition(entity)
    return Query(
        entity, columns, filter, sort, maker.pick((2, 5, 50)), deleted="only" if maker.dice.random() < 0.1 else "no"
    )


def said(value: Any) -> Any:
    """A value in one form: 2 and 2.00 are one."""
    return Decimal(value).normalize() if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else value


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in one form."""
    return [{k: said(v) for k, v in row.items()} for row in rows]


def compare(maker: Maker, asking: Asking, entity: str, form: Form | None = None) -> int:
    """One question in one of its forms, or in all; how many answers were compared."""
    asked = question(maker, asking, entity)
    if asked is None:
        return 0
    try:
        return sum(asks(maker, asking, asked) for asks in (FORMS if form is None else (form,)))
    except XrmError as fault:
        if "has no field" in str(fault) or "does not fit here" in str(fault):
            return 1  # the filter names what is hidden
        raise


def about_of(asking: Asking, asked: Query) -> tuple[Any, ...]:
    """What a difference is about."""
    return asked, asking.access.opening(asked.entity), asking.oracle.person


def compare_list(maker: Maker, asking: Asking, asked: Query) -> int:
    """All pages of a list."""
    rows, sizes = asking.listed(asked)
    wanted = asking.oracle.listed(
        asked.entity, asked.columns, asked.filter, asked.sort or ("-id",), deleted=asked.deleted == "only"
    )
    about = about_of(asking, asked)
    assert plain(rows) == plain(wanted), about
    assert all(size == asked.limit for size in sizes[:-1]), about
    return 1 + len(sizes)


def compare_numbers(maker: Maker, asking: Asking, asked: Query) -> int:
    """Counts and groups, of what is not in the bin."""
    entity, about = asked.entity, about_of(asking, asked)
    tx, catalog, ctx, relation = asking.tx, asking.catalog, asking.ctx, asking.access.relation(entity)
    wanted = asking.oracle.listed(entity, ("id",), asked.filter)
    assert storage.count(tx, catalog, Query(entity, filter=asked.filter), ctx, relation) == len(wanted), about
    most = len(wanted) // 2
    some = storage.count(tx, catalog, Query(entity, filter=asked.filter), ctx, relation, most)
    assert some == min(len(wanted), most + 1), about
    by = maker.pick([p for p in asked.columns if not p.endswith("display")])
    totals = [p for p, kind in PATHS[entity].items() if kind in ("int", "number") and asking.exists(entity, p)]
    total = maker.pick([*totals, None])
    groups = storage.group(tx, catalog, Query(entity, filter=asked.filter), by, total, ctx, relation)
    expected = asking.oracle.grouped(entity, by, total, asked.filter)
    assert {said(k): (n, said(t)) for k, (n, t) in groups.items()} == {
        said(k): (n, said(t)) for k, (n, t) in expected.items()
    }, (by, total, about)
    return 2


def compare_one(maker: Maker, asking: Asking, asked: Query) -> int:
    """A single record, and the verdicts on it."""
    entity, about = asked.entity, about_of(asking, asked)
    tx, catalog, ctx, relation = asking.tx, asking.catalog, asking.ctx, asking.access.relation(entity)
    id = maker.pick(list(asking.oracle.records[entity]))
    one = storage.get(tx, catalog, entity, id, asked.columns, ctx, relation=relation)
    live = {r["id"]: r for r in asking.oracle.listed(entity, asked.columns)}
    assert (None if one is None else plain([dict(one)])[0]) == (plain([live[id]])[0] if id in live else None), (
        id,
        about,
    )
    assert_verdict(asking, entity, id)
    return 2


Form = Callable[[Maker, Asking, Query], int]
FORMS: tuple[Form, ...] = (compare_list, compare_numbers, compare_one)


def assert_verdict(asking: Asking, entity: str, id: str) -> None:
    """The verdict on one record in Python is that of the oracle, for every verb."""
    records = asking.oracle.records
    here = asking.ctx.copy()
    here.load = lambda of, key: records[of].get(key)
    here.children = lambda of, by, key: [r for r in records[of].values() if r["deleted_at"] is None and r[by] == key]
    names = set(asking.catalog.entities[entity].fields) - {"display"}
    for verb in ("read", "create", "update", "delete", "thank", "history", "restore"):
        verdict = asking.access.verdict(entity, verb, records[entity][id], here)
        allowed, fields = asking.oracle.verdict(entity, id, verb)
        about = (entity, id, verb, asking.access.opening(entity, verb), asking.oracle.person)
        assert verdict.allowed == allowed, about
        assert asking.access.opens(entity, verb) == asking.oracle.exists(entity, verb=verb), about
        if allowed:
            assert {f for f in names if verdict.opens(f)} == names & fields, about


@pytest.mark.parametrize("seed", SEEDS)
def test_statements_answer_what_the_oracle_does(runtime: Runtime, seed: int) -> None:
    """Lists in all their pages, counts, groups, single records and verdicts, for several people with several rights."""
    maker = Maker(seed)
    with runtime.database.write() as tx:
        world = maker.world(runtime.catalog)
        fill(tx, runtime.catalog, world)
    compared = 0
    for _ in range(3):
        with runtime.database.read() as tx:
            catalog = maker.rights(runtime.catalog)
            asking = Asking(runtime, tx, catalog, world, maker.person(world))
            for entity in ENTITIES:
                assert asking.access.opens(entity, "read") == asking.oracle.exists(entity)
                compared += compare(maker, asking, entity)
        with runtime.database.write() as tx:
            maker.move(tx, runtime.catalog, world)
            assert kept_late.astray(tx, runtime.catalog) == {}
    assert compared > 5


def test_lists_that_are_read_in_parts(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where every rule that says *or* is read in parts, whether or not an index serves them."""
    used: list[int] = []
    merged = branches.merged

    def counted(*args: Any) -> Any:
        used.append(len(args[0]))
        return merged(*args)

    parts: list[int] = []

    def all_led(rule: Typed, *_args: object) -> list[Typed]:
        choices, rest = branches._choices(branches.likely_first(rule))
        parts.append(len(choices))
        return branches._apart(choices, rest) if 1 < len(choices) <= branches.MOST else []

    monkeypatch.setattr(branches, "_is_led", lambda *args: True)
    monkeypatch.setattr(branches, "merged", counted)
    monkeypatch.setattr(branches, "counted_parts", all_led)
    monkeypatch.setattr(branches, "columns_read", lambda rule: set())
    maker = Maker(31)
    with runtime.database.write() as tx:
        world = maker.world(runtime.catalog)
        fill(tx, runtime.catalog, world)
    with runtime.database.read() as tx:
        for _ in range(24):
            person = replace(maker.person(world), roles=frozenset(ROLES))
            asking = Asking(runtime, tx, maker.rights(runtime.catalog), world, person)
            for entity in ("gift", "party", "gift", "party"):
                compare(maker, asking, entity)
    assert len(used) > 5
    assert sum(n > 1 for n in parts) > 5


def test_a_leak_would_be_seen(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison fails where columns are not masked any more: it can find what it looks for."""
    monkeypatch.setattr(Frame, "shown", lambda self, entity, name, table: None)
    maker, found = Maker(77), 0
    with runtime.database.write() as tx:
        world = maker.world(runtime.catalog)
        fill(tx, runtime.catalog, world)
    with runtime.database.read() as tx:
        for _ in range(24):
            asking = Asking(runtime, tx, maker.rights(runtime.catalog), world, maker.person(world))
            for entity in ("gift", "party"):
                try:
                    compare(maker, asking, entity)
                except AssertionError:
                    found += 1
    assert found
