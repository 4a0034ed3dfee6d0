"""Values that services and hooks pass to one another: actor, change, query, page. Frozen; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from ..errors import Problem

Record = Mapping[str, Any]
Action = Literal["create", "update", "delete", "restore", "purge"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `id` is the id of a user record; None for the system and for nobody. `departments` hold ids of department
    records: those that he belongs to, and, where he leads one, those below it; `leads` those that he leads and all below;
    `units` the codes of the departments that he belongs to himself. `deputy_for`: the id of the user in whose place he acts
    now, with that user's roles and departments; `id` stays his own. `scopes` narrow what a token may do: `read`, `write`,
    `donation:read`, `donation:*`; None: all that its owner may. `owes_factor`: a role of his asks for a second factor that he
    has not set up; he has no rights until then.
    """

    id: str | None
    name: str
    roles: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    language: str = "en"
    time_zone: str = "UTC"
    kind: Literal["user", "token", "system", "anonymous"] = "user"
    units: frozenset[str] = frozenset()
    deputy_for: str | None = None
    scopes: tuple[str, ...] | None = None
    owes_factor: bool = False

    @property
    def is_system(self) -> bool:
        """True for work that the platform does by itself; written to the history as such."""
        return self.kind == "system"

    @property
    def acts_as(self) -> str | None:
        """The user whose records are his now: the one in whose place he acts, else himself. What rules and defaults call
        `actor.id`; who really did something is `id`."""
        return self.deputy_for or self.id


SYSTEM = Actor(id=None, name="system", kind="system")
ANONYMOUS = Actor(id=None, name="anonymous", kind="anonymous")


@dataclass(frozen=True, slots=True)
class Change:
    """One intended write. `before` and `after` map column names to stored values (empty for create and purge respectively);
    `transition` names the lifecycle transition that causes it; `door` is where it came in (api, web, cli, import, job, hook);
    `children` maps the name of a child table or many-to-many field to the rows it will have, when they are part of the write.
    """

    entity: str
    action: Action
    id: str
    before: Record
    after: Record
    door: str = "api"
    transition: str | None = None
    reason: str | None = None
    children: Mapping[str, Sequence[Record]] = field(default_factory=dict)

    @property
    def changed(self) -> frozenset[str]:
        """Names of the columns whose value differs between before and after."""
        return frozenset(k for k in self.after if self.before.get(k) != self.after[k])


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A further change asked for by `xrm_after_save`: a record to create. `id` (from `reader.new_id()`) lets other changes of the
    same answer point to it."""

    entity: str
    values: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """A further change asked for by `xrm_after_save`: values to set on a record; `transition` runs a lifecycle transition."""

    entity: str
    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    transition: str | None = None
    reason: str | None = None


FurtherChange = NewRecord | Patch


@dataclass(frozen=True, slots=True)
class Query:
    """What to list. `columns` and `sort` are paths (`amount`, `donor.party.name`, `donor.display`); `filter` is an expression;
    `after`/`before` are opaque cursors of a page of the same sort; `q` searches the entity's search fields. `count`: "later" counts as "capped" does, but not
    where the page comes soon without."""

    entity: str
    columns: tuple[str, ...] = ()
    filter: str | None = None
    sort: tuple[str, ...] = ()
    limit: int = 50
    after: str | None = None
    before: str | None = None
    q: str | None = None
    count: Literal["none", "capped", "estimate", "exact", "later"] = "none"
    deleted: Literal["no", "only", "any"] = "no"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: rows keyed by the query's paths, cursors to the next and previous page (None: there is none).
    `count` is exact unless `count_is` says capped ("10000+") or estimate; where it says later, there is none yet, and counting
    would take longer than the page."""

    rows: Sequence[Mapping[str, Any]]
    next: str | None = None
    previous: str | None = None
    count: int | None = None
    count_is: Literal["exact", "capped", "estimate", "later"] | None = None


@dataclass(frozen=True, slots=True)
class Reverse:
    """A link of `entity` in its column `link` that points to another entity, where its records are the set `name`. `keys`
    are the columns that must be unique together with the link; `append_only` records are never changed."""

    name: str
    entity: str
    link: str
    keys: tuple[tuple[str, ...], ...] = ()
    append_only: bool = False


class Reader(Protocol):
    """What a hook may read, in the transaction of the save and with the rights of the system."""

    def get(self, entity: str, id: str) -> Record | None:
        """The stored record by column name, or None."""

    def find(
        self, entity: str, filter: str, values: Mapping[str, Any] | None = None, limit: int = 100
    ) -> Sequence[Record]:
        """Records for which the expression holds; `values` are bound to `given.name` in it."""

    def children(self, entity: str, field: str, id: str) -> Sequence[Record]:
        """Rows of a child table, many-to-many field or reverse link of the record."""

    def reverse_links(self, entity: str) -> Sequence[Reverse]:
        """Every link that points to the entity, in whichever plugin or layer; not those of its own child tables."""

    def targets(self, entity: str, field: str) -> Sequence[str]:
        """The entities that a link may point to, by name: of a link to a mixin, all that carry it."""

    def value(self, entity: str, record: Record, field: str) -> Any:
        """The value of a formula or roll-up of a record, as it is now."""

    def evaluate(self, entity: str, record: Record, expression: str) -> Any:
        """What an expression over records of the entity gives for one, as it is now: the measure that a code declares."""

    def codes(self, codes: str) -> Mapping[str, Mapping[str, Any]]:
        """All codes of a list with their attributes, in their order; empty if there is no such list."""

    def code(self, codes: str, code: str) -> Mapping[str, Any]:
        """Attributes of a code (label included); empty if there is no such code."""

    def as_seen(self, entity: str, id: str, columns: Sequence[str], user: str | None = None) -> Record | None:
        """A record's values by path (`party.name`) as the actor, or the user of that id, may read them: paths that do not exist
        for him are left out, what is closed to him on this record is None; None where he does not see it."""

    def listed(self, view: str, user: str | None = None, limit: int = 10_000) -> tuple[str, Sequence[str]] | None:
        """(entity, ids) of the records of a list, a view of the metadata by name or a saved one by id: those that the actor, or
        the user, sees, `limit` at most. None where there is no such list for him."""

    def fault_in(self, entity: str, expression: str) -> Problem | None:
        """What is wrong, for the actor, with an expression that somebody wrote over records of the entity and that is to give a
        number: its place, and the way out; None where it can be worked out. Fields that are not his are unknown in it."""

    def worked_out(self, entity: str, id: str, expression: str, user: str | None = None) -> Decimal | None:
        """The number that such an expression gives for a record, over what the actor, or the user of that id, sees; None where it
        gives none, and where the record or what it names is not for him any more. Others' rights only a job may use."""

    def sign(self, text: str) -> str:
        """The text with a signature of the organisation's key, for an address that is a secret."""

    def signed(self, token: str) -> str | None:
        """The text that `sign` was given; None where the signature does not fit."""

    def address(self, path: str) -> str:
        """The address of a path (`/p/...`) for people outside, below the configured base."""

    def shown(self, value: Any, zone: str | None = None) -> str:
        """A date, a moment (in the zone, else the actor's) or a number, as the language that is spoken now writes it."""

    def seen(
        self,
        entity: str,
        filter: str,
        values: Mapping[str, Any] | None = None,
        limit: int = 100,
        sort: Sequence[str] = (),
    ) -> Sequence[Record]:
        """Records for which the expression holds as the ACTOR may see them: those that he may read, with what he may not read
        left empty; `values` are bound to `given.name` in it. For what is shown to him; rules ask `find`."""

    def asked(self, hook: str, **arguments: Any) -> Sequence[Any]:
        """What plugins answer to a hook that a plugin publishes, in plugin order; None is left out."""

    def hold(self, name: str) -> None:
        """Wait until no other transaction holds the name, and hold it until this one ends: for what is counted before it is
        written, so that two at once do not both take the last of it. What is read afterwards is what the other one left."""

    def new_id(self) -> str:
        """An id for a record that is about to be made, see `NewRecord.id`."""

    @property
    def now(self) -> Any:
        """The moment of this work, in UTC."""

    @property
    def today(self) -> Any:
        """The date in the organisation's time zone."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The organisation's settings (currency, fiscal_year_start, ...)."""


class BatchReader(Reader, Protocol):
    """A reader that can fetch many at once; bulk paths hand it to batch hooks."""

    def get_many(self, entity: str, ids: Iterable[str]) -> Mapping[str, Record]:
        """Records by id, those that exist."""
