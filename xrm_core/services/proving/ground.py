"""What is proved on: all records as they are stored, people of every role, and for each what the oracle says he may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

from ...access.oracle import Oracle, Person
from ...access.oracle_values import Moment, NotSaid
from ...metamodel.catalog import Catalog, Entity
from ...metamodel.rights import GrantDef
from ...metamodel.values import SYSTEM, Actor, Query
from ...storage import factors, query
from .. import accounts
from ..records import create_record
from ..runtime import Runtime
from ..work import Work

PAGE, NEAR = 500, 60
"""Records read at a time; records that are looked through for one on which a verb is closed."""
NOBODY = "nobody"
"""Stands for a user without a role."""
Row: TypeAlias = Mapping[str, Any]
Web: TypeAlias = Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes]]
"""Asks the web application: method, address, headers, body -> status and body."""


class Remembering(Oracle):
    """The oracle, which keeps what it worked out about a grant and about a record: it is asked the same many times."""

    def __init__(self, catalog: Catalog, records: Any, person: Person, now: Moment) -> None:
        super().__init__(catalog, records, person, now)
        self._verdicts: dict[tuple[str, str, str], tuple[bool, frozenset[str]]] = {}
        self._matrix: dict[tuple[str, str, str], frozenset[str]] = {}
        self._spoken: dict[tuple[str, str, bool], list[GrantDef]] = {}

    def verdict(self, entity: str, id: str, verb: str = "read") -> tuple[bool, frozenset[str]]:
        """Whether the verb is open on a record, and the fields that it is open on."""
        key = (entity, id, verb)
        if key not in self._verdicts:
            self._verdicts[key] = super().verdict(entity, id, verb)
        return self._verdicts[key]

    def _by_matrix(self, entity: Entity, role: str, verb: str) -> frozenset[str]:
        key = (entity.name, role, verb)
        if key not in self._matrix:
            self._matrix[key] = super()._by_matrix(entity, role, verb)
        return self._matrix[key]

    def _speaking(self, entity: Entity, verb: str, *, deny: bool) -> Iterator[GrantDef]:
        key = (entity.name, verb, deny)
        if key not in self._spoken:
            self._spoken[key] = list(super()._speaking(entity, verb, deny=deny))
        yield from self._spoken[key]


@dataclass(frozen=True)
class Prober:
    """A user of the ground with the secrets that he asks with."""

    role: str
    actor: Actor
    token: str
    session: str


@dataclass
class Ground:
    """The database with what is in it, read once, and the people who ask."""

    runtime: Runtime
    records: dict[str, dict[str, Row]]
    probers: tuple[Prober, ...]
    now: Moment
    web: Web | None = None
    oracles: dict[str, Oracle] = field(default_factory=dict)
    seen: dict[tuple[str, str], dict[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self.runtime.catalog

    def oracle(self, prober: Prober) -> Oracle:
        """What he may, said by the oracle."""
        found = self.oracles.get(prober.token)
        if found is None:
            a = prober.actor
            person = Person(a.roles, a.units, tuple(sorted(a.departments)), tuple(sorted(a.leads)), a.acts_as)
            found = self.oracles[prober.token] = Remembering(self.catalog, self.records, person, self.now)
        return found

    def rows(self, prober: Prober, entity: str) -> dict[str, dict[str, Any]]:
        """The records of an entity that he sees, as he sees them."""
        key = (prober.token, entity)
        if key not in self.seen:
            self.seen[key] = self.oracle(prober).rows(entity)
        return self.seen[key]

    def seats(self) -> Iterator[Seat]:
        """Everybody before every entity. What was worked out for one person goes before the next."""
        for prober in self.probers:
            self.oracles.clear()
            self.seen.clear()
            for entity in self.catalog.entities.values():
                if not entity.retired:
                    yield Seat(self, prober, entity)


@dataclass
class Seat:
    """One person before one entity."""

    ground: Ground
    prober: Prober
    entity: Entity

    @property
    def oracle(self) -> Oracle:
        """What he may."""
        return self.ground.oracle(self.prober)

    @cached_property
    def seen(self) -> dict[str, dict[str, Any]]:
        """The records that he sees, as he sees them."""
        return self.ground.rows(self.prober, self.entity.name)

    @cached_property
    def live(self) -> dict[str, Row]:
        """All records that are not in the bin, as they are stored."""
        return {i: r for i, r in self.ground.records[self.entity.name].items() if r["deleted_at"] is None}

    @cached_property
    def unseen(self) -> list[str]:
        """Ids of records that he does not see."""
        return [id for id in self.live if id not in self.seen]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Stored columns of the fields that he reads on some record."""
        stored = [c for f in self.entity.fields.values() if not f.virtual for c in f.columns]
        return tuple(c.name for c in stored if self.exists(self.entity.field_of_column.get(c.name, c.name)))

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Stored columns that do not exist for him."""
        stored = [c.name for f in self.entity.fields.values() if not f.virtual for c in f.columns]
        return tuple(c for c in stored if c not in self.columns)

    @property
    def is_open(self) -> bool:
        """Whether the entity exists for him."""
        return self.exists()

    def exists(self, field: str | None = None, verb: str = "read") -> bool:
        """Whether a verb is open on any record there could be."""
        return self.oracle.exists(self.entity.name, field, verb)

    def verdict(self, id: str, verb: str) -> tuple[bool, frozenset[str]]:
        """Whether a verb is open on a record, and on which of its fields."""
        return self.oracle.verdict(self.entity.name, id, verb)

    @property
    def near(self) -> list[str]:
        """Ids of the first records that he sees."""
        return list(islice(self.seen, NEAR))

    def shut(self, verb: str, many: int = 1) -> list[str]:
        """Records that he sees, and on which the verb is closed to him."""
        return list(islice((id for id in self.near if not self.verdict(id, verb)[0]), many))

    def sees(self, entity: str, id: str) -> bool:
        """Whether he sees any record."""
        return id in self.ground.records.get(entity, {}) and self.oracle.verdict(entity, id, "read")[0]


def make_ground(runtime: Runtime, app: Any = None) -> Ground:
    """Read the whole database; take for each role a user who has it, or make one. `app`: the web application, for the channels
    that go through it."""
    with runtime.work(SYSTEM, "sample", write=True) as work:
        users = [_user(work, role) for role in (*sorted(runtime.catalog.roles), NOBODY) if role != "admin"]
        users.append((NOBODY + " in a department", _user_in_department(work)))
        probers = tuple(_prober(work, role, id) for role, id in users if id)
    with runtime.work(SYSTEM, "cli") as work:
        records = {name: _all(work, name) for name in runtime.catalog.entities}
        return Ground(runtime, records, probers, (work.today, work.now), asker(app) if app is not None else None)


def _user(work: Work, role: str) -> tuple[str, str]:
    """A user with this role: one of the database's own who has no other, or a new one where the role works."""
    if role != NOBODY:
        page = query.run(
            work.tx,
            work.catalog,
            Query("user", ("id", "roles"), f"'{role}' in record.roles && record.status == 'active'"),
        )
        found = next((str(r["id"]) for r in page.rows if r["roles"] == [role]), None)
        if found is not None:
            return role, found
    known = work.catalog.roles.get(role)
    home = _department(work, known.department) if known is not None and known.department else None
    values: dict[str, Any] = {
        "name": f"Prober {role}",
        "email": f"prober.{role}@example.invalid",
        "roles": [role] if role != NOBODY else [],
        "department": home,
    }
    return role, str(create_record(work, "user", values)["id"])


def _user_in_department(work: Work) -> str:
    """A user without a role who works somewhere; empty where there is no department."""
    homes = [d for d in work.catalog.departments if (work.catalog.departments[d].parent is not None)] or [
        *work.catalog.departments
    ]
    home = _department(work, homes[0]) if homes else None
    values: dict[str, Any] = {
        "name": "Prober at home",
        "email": "prober.home@example.invalid",
        "roles": [],
        "department": home,
    }
    return str(create_record(work, "user", values)["id"]) if home else ""


def _department(work: Work, code: str) -> str | None:
    found = query.by_key(work.tx, work.catalog, "department", ("code",), [(code,)])
    return next((str(r["id"]) for r in found.values()), None)


def _prober(work: Work, role: str, id: str) -> Prober:
    if any(
        known.second_factor for known in work.catalog.roles.values()
    ):  # else he would get one page, and nothing else
        factors.add_factor(work.tx, id, "totp", "proof", "", work.now)
    token = accounts.make_token(work, id, "proof")[1]
    return Prober(role, accounts.actor_by_id(work, id), token, accounts.begin_session(work, id))


def _all(work: Work, entity: str) -> dict[str, Row]:
    found: dict[str, Row] = {}
    after: str | None = None
    while True:
        page = query.run(work.tx, work.catalog, Query(entity, (), sort=("id",), limit=PAGE, after=after, deleted="any"))
        found.update((str(row["id"]), row) for row in page.rows)
        if page.next is None:
            return found
        after = page.next


def asker(app: Any) -> Web:
    """Asks an ASGI application in this process, one request after the other."""
    loop = asyncio.new_event_loop()

    async def one(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        sent: list[dict[str, Any]] = []
        todo = [{"type": "http.request", "body": body, "more_body": False}]
        over = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if todo:
                return todo.pop()
            await over.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                over.set()

        place, _, asked = path.partition("?")
        lines = [(b"host", b"127.0.0.1"), *((k.lower().encode(), v.encode()) for k, v in headers.items())]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": place,
            "raw_path": place.encode(), "query_string": asked.encode(), "root_path": "", "headers": lines,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        await app(scope, receive, send)
        status = next(int(m["status"]) for m in sent if m["type"] == "http.response.start")
        return status, b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")

    return lambda method, path, headers, body: loop.run_until_complete(one(method, path, headers, body))


__all__ = ["NOBODY", "Ground", "NotSaid", "Prober", "Row", "Seat", "asker", "make_ground"]
