"""Small random organisations for the tests of access: records with holes in them, rights of every kind, questions of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from xrm_core.access.access import Access
from xrm_core.access.oracle import Oracle, Person
from xrm_core.expressions import Ctx
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.rights import GrantDef, NeedsDef
from xrm_core.metamodel.values import Actor
from xrm_core.services.runtime import Runtime
from xrm_core.storage import records, search
from xrm_core.storage.kept import kept_paths
from xrm_core.storage.tables import table_of
from xrm_core.storage.transaction import Transaction
from xrm_core.testing import temporary_organisation

METADATA = {
    "access/more.yaml": """
department: north
label: North
parent: fundraising
---
department: south
label: South
---
role: one
label: One
department: south
---
role: two
label: Two
---
classes: {red: {}, green: {}, blue: {}}
---
grants:
  - {role: one, entity: party, verbs: [read], rows: "record.boss.team in actor.leads || record.boss.sealed"}
  - {role: one, entity: party, verbs: [read], rows: "record.boss.score == 1 || record.boss.boss.name == 'ash'"}
  - {role: one, entity: gift, verbs: [read], rows: "record.party.team in actor.leads || record.party.sealed"}
  - {role: one, entity: gift, verbs: [read], rows: "record.party.boss.team in actor.leads || record.party.score > 3"}
  - {role: one, entity: gift_lines, verbs: [read], rows: "record.gift.team in actor.leads || record.gift.amount > 3"}
  - {role: one, entity: gift_lines, verbs: [read], rows: "record.gift.party.name == 'ash' || record.piece.score == 1"}
""",
    "entities/world.yaml": """
entity: party
label: Party
title: "{name}"
search: [name, tax]
fields:
  name: {type: text, class: green}
  tax: {type: text, class: red}
  score: {type: integer, class: blue}
  sealed: {type: boolean}
  team: {type: link, to: department, on_delete: empty}
  boss: {type: link, to: party, on_delete: empty, class: blue}
  kind: {type: choice, values: {shop: Shop, club: Club, band: Band}}
  twice: {type: formula, of: integer, is: "record.score * 2", class: green}
  given: {type: rollup, of: decimal, scale: 2, is: "record.gifts.sum(g, g.amount)"}
---
entity: gift
label: Gift
title: "{note} {party}"
search: [note, code, party, lines.memo]
fields:
  party: {type: link, to: party, on_delete: empty, reverse: gifts, class: green}
  about: {type: link, to: [party, fund], on_delete: empty}
  note: {type: text, class: red}
  code: {type: text}
  amount: {type: decimal, scale: 2, class: blue}
  flag: {type: boolean, class: green}
  team: {type: link, to: department, on_delete: empty, class: red}
  owner: {type: link, to: user, on_delete: empty}
  stage: {type: choice, values: {new: New, kept: Kept, asked: Asked}, class: green}
  lines:
    type: child_table
    class: blue
    fields:
      memo: {type: text}
      quantity: {type: integer, class: red}
      piece: {type: link, to: party, on_delete: empty}
  pieces: {type: rollup, of: integer, over: lines, compute: sum, value: quantity}
  large: {type: formula, of: boolean, is: "record.amount > 5"}
  giver: {type: formula, of: text, is: "record.party.name"}
---
entity: fund
label: Fund
title: "{label}"
search: [label]
fields:
  label: {type: text}
  size: {type: integer, class: red}
""",
}
TEXTS = ("ash", "birch", "Birch wood", "cedar", "ashen", "b c")
FIELDS: Mapping[str, Sequence[str]] = {
    "party": ("name", "tax", "score", "sealed", "team", "boss", "kind", "twice", "given"),
    "gift": ("party", "about", "note", "code", "amount", "flag", "team", "owner", "stage", "lines", "pieces", "large", "giver"),
    "gift_lines": ("memo", "quantity", "piece", "gift"),
    "fund": ("label", "size"),
}  # fmt: skip
PATHS: Mapping[str, Mapping[str, str]] = {
    "party": {
        "name": "text", "tax": "text", "score": "int", "sealed": "bool", "team": "team", "boss": "ref", "kind": "kind", "twice": "int",
        "given": "number", "boss.name": "text", "boss.score": "int", "boss.boss.name": "text", "boss.team": "team", "display": "text",
        "boss.display": "text", "boss.sealed": "bool", "boss.given": "number", "id": "ref", "version": "int",
    },
    "gift": {
        "note": "text", "code": "text", "amount": "number", "flag": "bool", "team": "team", "owner": "owner", "stage": "stage", "party": "ref",
        "party.name": "text", "party.score": "int", "party.boss.name": "text", "party.boss.score": "int", "party.team": "team",
        "party.sealed": "bool", "party.twice": "int", "party.display": "text", "pieces": "int", "large": "bool", "giver": "text",
        "display": "text", "about.display": "text", "about_entity": "text", "party.boss.team": "team", "id": "ref",
    },
    "gift_lines": {
        "memo": "text", "quantity": "int", "gift.note": "text", "gift.amount": "number", "gift.party.name": "text", "piece.name": "text",
        "piece.score": "int", "gift": "ref", "position": "int", "gift.team": "team",
    },
    "fund": {"label": "text", "size": "int"},
}  # fmt: skip
SETS = {
    "party": ("gifts", ("amount", "number"), ("note", "text"), ("party.name", "text")),
    "gift": ("lines", ("quantity", "int"), ("memo", "text"), ("piece.score", "int")),
}
ROLES = ("one", "two")
VERBS = (["read"], ["read"], ["read", "update"], ["read", "create", "update"], ["update", "thank"], ["delete", "read"])
COLUMNS = ("north", "south", "fundraising", "everyone", "two")
MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
CODES = {"kind": ("shop", "club", "band"), "stage": ("new", "kept", "asked")}


@contextmanager
def postgres(server: str) -> Iterator[str]:
    """Address of an empty database, dropped in the end."""
    name = f"xrm_test_{uuid4().hex[:16]}"
    kind = sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(kind.format(sql.Identifier(name)))
    yield sa.make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def filled(
    request: pytest.FixtureRequest,
    folders: pytest.TempPathFactory,
    metadata: Mapping[str, str],
    fill: Callable[[Runtime], None],
) -> Iterator[Runtime]:
    """An organisation with its records, on the database that the parameter of a fixture names."""
    if request.param == "sqlite":
        address: AbstractContextManager[str] = nullcontext(f"sqlite:///{folders.mktemp('filled') / 'xrm.sqlite3'}")
    else:
        address = postgres(request.getfixturevalue("pg_url"))
    with address as url, temporary_organisation((), metadata, url=url) as found:
        fill(found)
        yield found


@contextmanager
def organisation(url: str) -> Iterator[Runtime]:
    """The organisation, with nothing in it."""
    with temporary_organisation((), METADATA, url=url) as runtime:
        yield runtime


@dataclass
class World:
    """Records as they are stored, and those who may ask for them."""

    records: dict[str, dict[str, dict[str, Any]]]
    teams: list[str]
    users: list[str]


class Maker:
    """Random everything, from one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.count = seed << 20

    def id(self) -> str:
        """An id, later than those before."""
        self.count += 1
        return str(UUID(int=(0x018F << 112) | (7 << 76) | (2 << 62) | self.count))

    def maybe(self, value: Any, share: float = 0.25) -> Any:
        """The value, or nothing."""
        return None if self.dice.random() < share else value

    def pick(self, many: Sequence[Any]) -> Any:
        """One of some."""
        return self.dice.choice(many)

    # ---- records
    def row(self, catalog: Catalog, entity: str, **values: Any) -> dict[str, Any]:
        """A stored record; a few are in the bin."""
        columns = [c for c in catalog.entities[entity].columns.values() if c.stored]
        made: dict[str, Any] = {c.name: None for c in columns}
        never_empty = {c.name: False for c in columns if c.kind.kind == "bool" and not c.kind.null}
        moment = MOMENT
        made |= {"id": self.id(), "version": 1, "created_at": moment, "updated_at": moment}
        made |= {"deleted_at": moment if self.dice.random() < 0.08 else None, **values}
        return {**made, **{name: made[name] or value for name, value in never_empty.items()}}

    def world(self, catalog: Catalog, size: int = 14) -> World:
        """Some records of every entity, and links between them."""
        units = [self.row(catalog, "department", code=code, name=code, deleted_at=None) for code in catalog.departments]
        teams = [u["id"] for u in units]
        users = [
            self.row(catalog, "user", name=f"User {n}", email=f"u{n}@example.com", status="active", deleted_at=None)
            for n in range(3)
        ]
        parties: list[dict[str, Any]] = []
        for _ in range(size):
            boss = self.maybe(self.pick(parties)["id"]) if parties else None
            parties.append(self.row(
                catalog, "party", name=self.maybe(self.pick(TEXTS)), tax=self.maybe(self.pick(TEXTS)), score=self.maybe(self.dice.randrange(4)),
                sealed=self.maybe(self.pick((True, False, False))), team=self.maybe(self.pick(teams)), boss=boss, kind=self.maybe(self.pick(CODES["kind"])),
            ))  # fmt: skip
        funds = [
            self.row(catalog, "fund", label=self.maybe(self.pick(TEXTS)), size=self.maybe(self.dice.randrange(4)))
            for _ in range(4)
        ]
        gifts = []
        for _ in range(size * 2):
            about = self.maybe(self.pick([("party", self.pick(parties)["id"]), ("fund", self.pick(funds)["id"])]), 0.4)
            gifts.append(self.row(
                catalog, "gift", party=self.maybe(self.pick(parties)["id"], 0.15), about=about and about[1], about_entity=about and about[0],
                note=self.maybe(self.pick(TEXTS)), code=self.maybe(self.pick(TEXTS), 0.4), amount=self.maybe(Decimal(self.dice.randrange(-4, 40)) / 4),
                flag=self.maybe(self.pick((True, False))), team=self.maybe(self.pick(teams)), owner=self.maybe(self.pick(users)["id"]),
                stage=self.maybe(self.pick(CODES["stage"])),
            ))  # fmt: skip
        lines = [
            self.row(catalog, "gift_lines", gift=gift["id"], position=n + 1, memo=self.maybe(self.pick(TEXTS)), quantity=self.maybe(self.dice.randrange(4)),
                     piece=self.maybe(self.pick(parties)["id"]))
            for gift in gifts for n in range(self.dice.randrange(3))
        ]  # fmt: skip
        kinds = {
            "department": units,
            "user": users,
            "party": parties,
            "fund": funds,
            "gift": gifts,
            "gift_lines": lines,
        }
        return World({e: {r["id"]: r for r in rows} for e, rows in kinds.items()}, teams, [u["id"] for u in users])

    def move(self, tx: Transaction, catalog: Catalog, world: World) -> None:
        """Some records get other departments, leaders and parties, and other values that rules of others read."""
        parties, gifts = list(world.records["party"].values()), list(world.records["gift"].values())
        for party in self.dice.sample(parties, 4):
            self._change(tx, catalog, "party", party, self.pick((
                {"team": self.maybe(self.pick(world.teams))}, {"boss": self.maybe(self.pick(parties)["id"])}, {"sealed": self.pick((True, False, None))},
                {"score": self.maybe(self.dice.randrange(5))}, {"name": self.maybe(self.pick(TEXTS))},
            )))  # fmt: skip
        for gift in self.dice.sample(gifts, 3):
            party = self.maybe(self.pick(parties)["id"])
            self._change(
                tx,
                catalog,
                "gift",
                gift,
                self.pick(({"party": party}, {"amount": Decimal(5)}, {"team": self.pick(world.teams)})),
            )

    @staticmethod
    def _change(tx: Transaction, catalog: Catalog, entity: str, record: dict[str, Any], values: dict[str, Any]) -> None:
        records.update(tx, catalog, entity, record["id"], None, values)
        record.update(values, version=record["version"] + 1)

    # ---- conditions
    def atom(self, entity: str, var: str = "record", *, rule: bool = False) -> str:
        """One comparison."""
        path, kind = self.pick(list(PATHS[entity].items()))
        x = f"{var}.{path}"
        if self.dice.random() < 0.15:
            return f"{x} {self.pick(('==', '!='))} null"
        if kind == "bool":
            return self.pick((x, f"{x} == true", f"{x} != true", f"{x} == false"))
        if kind in ("team", "owner") and (rule or self.dice.random() < 0.3):
            facts = ("actor.departments", "actor.leads") if kind == "team" else ()
            return f"{x} in {self.pick(facts)}" if facts else f"{x} {self.pick(('==', '!='))} actor.id"
        if kind in ("team", "owner", "ref"):
            return f"{x} {self.pick(('==', '!='))} null"
        if kind in CODES:
            return self.pick(
                (
                    f"{x} == '{self.pick(CODES[kind])}'",
                    f"{x} in ['{CODES[kind][0]}', '{CODES[kind][1]}']",
                    f"{x} != '{self.pick(CODES[kind])}'",
                )
            )
        if kind in ("int", "number"):
            return self.pick(
                (
                    f"{x} {self.pick(('==', '!=', '<', '<=', '>', '>='))} {self.dice.randrange(5)}",
                    f"{x} in [1, 2]",
                    f"{x} * 2 > 3",
                )
            )
        text = self.pick(TEXTS)
        return self.pick(
            (
                f"{x} == '{text}'",
                f"{x} != '{text}'",
                f"{x} < 'b'",
                f"{x}.contains('{text[:1]}')",
                f"{x} in ['ash', '{text}']",
            )
        )

    def rollup(self, entity: str) -> str:
        """A question about the records that belong to one."""
        name, *fields = SETS[entity]
        path, kind = self.pick(fields)
        test = f"x.{path} > 1" if kind != "text" else f"x.{path} != 'ash'"
        return self.pick(
            (
                f"record.{name}.exists(x, {test})",
                f"record.{name}.count(x, {test}) > 0",
                f"!record.{name}.exists(x, {test})",
                f"record.{name}.exists(x)",
            )
        )

    def condition(self, entity: str, depth: int = 2, *, rule: bool = False) -> str:
        """A condition of some parts."""
        if depth and self.dice.random() < 0.5:
            parts = [self.condition(entity, depth - 1, rule=rule) for _ in range(2)]
            return f"({self.pick((' && ', ' || ')).join(parts)})"
        if depth and self.dice.random() < 0.2:
            return f"!({self.condition(entity, depth - 1, rule=rule)})"
        if entity in SETS and self.dice.random() < 0.12:
            return self.rollup(entity)
        if rule and self.dice.random() < 0.08:
            return f"'{self.pick(ROLES)}' in actor.roles"
        return self.atom(entity, rule=rule)

    # ---- rights
    def grants(self) -> tuple[GrantDef, ...]:
        """Grants and denies on every entity; now and then one has none."""
        made: list[GrantDef] = []
        for entity, names in FIELDS.items():
            amount = self.pick((0, 1, 1, 2, 3)) if entity in ("fund", "gift_lines") else self.pick((1, 1, 2, 3))
            for _ in range(amount):
                fields = (
                    self.dice.sample(names, self.dice.randrange(1, len(names))) if self.dice.random() < 0.4 else None
                )
                made.append(self.grant(entity, fields, deny=False))
            for _ in range(self.pick((0, 0, 1, 2))):
                fields = self.dice.sample(names, 2) if self.dice.random() < 0.6 else None
                made.append(self.grant(entity, fields, deny=True))
        made.append(GrantDef(role="everyone", entity="user", verbs=["read"], rows=True, fields=["name"]))
        return tuple(made)

    def grant(self, entity: str, fields: list[str] | None, *, deny: bool) -> GrantDef:
        """One of them."""
        rows = (
            True if self.dice.random() < (0.1 if deny else 0.3) else self.condition(entity, 1 if deny else 2, rule=True)
        )
        without = [] if deny or fields else self.dice.sample(FIELDS[entity], self.pick((0, 0, 1)))
        return GrantDef(
            role=self.pick((*ROLES, "everyone")),
            entity=entity,
            verbs=self.pick(VERBS),
            rows=rows,
            fields=fields,
            without=without,
            deny=deny,
        )

    def needs(self, catalog: Catalog) -> NeedsDef:
        """A needs matrix."""
        cells = {
            c: {column: self.pick(("R", "W", "-", "R")) for column in COLUMNS if self.dice.random() < 0.6}
            for c in ("red", "green", "blue")
        }
        return replace_needs(catalog.needs, cells)

    def person(self, world: World) -> Person:
        """Somebody."""
        teams = self.dice.sample(world.teams, self.dice.randrange(3))
        return Person(
            roles=frozenset(self.dice.sample(ROLES, self.dice.randrange(3))), units=frozenset(self.dice.sample(("north", "south"), self.dice.randrange(2))),
            departments=tuple(sorted(teams)), leads=tuple(sorted(self.dice.sample(teams, self.dice.randrange(len(teams) + 1)))),
            id=self.maybe(self.pick(world.users), 0.1),
        )  # fmt: skip

    def rights(self, catalog: Catalog) -> Catalog:
        """The catalog with other grants and another matrix."""
        return replace(
            catalog,
            grants=self.grants(),
            grant_places=(),
            needs=self.needs(catalog),
            derived=kept_as_in(catalog),
            version=f"{self.id()}",
        )


def kept_as_in(catalog: Catalog) -> dict[str, Any]:
    """What a catalog with other grants is given, so that its rules read the paths that the database keeps, and no others."""
    return {"storage.kept": kept_paths(catalog)}


def replace_needs(needs: NeedsDef, cells: dict[str, dict[str, Any]]) -> NeedsDef:
    """The matrix with these cells."""
    return needs.model_copy(update={"needs": cells})


def actor_of(person: Person) -> Actor:
    """The same person for the platform."""
    return Actor(
        person.id, "somebody", person.roles, frozenset(person.departments), frozenset(person.leads), units=person.units,
        kind="user" if person.signed_in else "anonymous",
    )  # fmt: skip


def context_of(person: Person) -> Ctx:
    """What statements are given of him."""
    facts = person.facts()
    return Ctx(actor={k: sorted(v) if isinstance(v, list) else v for k, v in facts.items()})


def oracle_of(catalog: Catalog, world: World, person: Person) -> Oracle:
    """The oracle before these records."""
    everything = {name: world.records.get(name, {}) for name in catalog.entities}
    return Oracle(catalog, everything, person)


def access_of(runtime: Runtime, catalog: Catalog, person: Person) -> Access:
    """What the platform makes of his rights."""
    return Access(catalog, runtime.host, actor_of(person))


def fill(tx: Transaction, catalog: Catalog, world: World) -> None:
    """Store the records in place of those that are there."""
    for entity in reversed(world.records):
        tx.conn.execute(sa.delete(table_of(catalog, entity)))
    for entity, rows in world.records.items():
        if rows:
            tx.conn.execute(sa.insert(table_of(catalog, entity)), list(rows.values()))
    for entity in ("party", "gift", "fund"):
        search.rebuild(tx, catalog, (entity,))
