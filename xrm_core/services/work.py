"""One piece of work: a transaction with the actor, the catalog and the clock that everything inside it shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..access.access import Access
from ..compiler import compiled
from ..errors import NotFound, PluginError, Problem
from ..expressions import Ctx
from ..fields.locales import show_date, show_datetime, show_number
from ..language import _, spoken
from ..metamodel.catalog import Catalog, CodeValue, Entity
from ..metamodel.field_type import Env
from ..metamodel.values import Actor, Query, Record, Reverse
from ..plugin.host import Host
from ..storage import locks, query
from ..storage.filters import with_values
from ..storage.ids import new_id
from ..storage.kept_late import late
from ..storage.relation import Relation
from ..storage.transaction import Transaction
from . import signatures
from .settings import Settings


@dataclass
class Work:
    """What a service needs. `records` and `rows` hold what is about to be written, so that rules and hooks see it before it is."""

    host: Host
    settings: Settings
    catalog: Catalog
    tx: Transaction
    actor: Actor
    door: str
    now: datetime
    files: Path
    depth: int = 0
    exact: bool = False
    """Whether titles have dates and numbers that programs read: in exports."""
    records: dict[tuple[str, str], Record] = field(default_factory=dict)
    rows: dict[tuple[str, str, str], Sequence[Record]] = field(default_factory=dict)
    unwritten: set[str] = field(default_factory=set)
    """Ids of new records that are not stored yet: nothing stored points to them."""
    facts: dict[str, Any] = field(default_factory=dict)
    moved: set[tuple[str, str]] = field(default_factory=set)
    """Records that hooks' further changes wrote."""
    told: list[str] = field(default_factory=list)
    """Ids of the entries of the history written so far, those of savepoints that were rolled back among them."""
    untold: set[str] = field(default_factory=set)
    """Entities written to that keep no history."""
    hidden: dict[Access, dict[str, frozenset[str]]] = field(default_factory=dict, repr=False)
    """What does not exist for whoever acts, by entity."""
    _access: Access | None = field(default=None, repr=False)
    _bare: tuple[Actor, Ctx] | None = field(default=None, repr=False)
    remembered: dict[tuple[str, bool], dict[str, dict[str, Any]]] | None = None
    """What texts were read to, by entity and whether as texts, then by column: while many records are written."""

    @cached_property
    def today(self) -> date:
        """The date in the organisation's time zone."""
        return self.now.astimezone(ZoneInfo(self.settings.organisation.time_zone)).date()

    @property
    def language(self) -> str:
        """The language of the actor."""
        return self.actor.language

    @cached_property
    def env(self) -> Env:
        """What reading and showing values depends on."""
        org = self.settings.organisation
        return Env(
            codes=self.catalog.codes, language=self.actor.language, currency=org.currency, country=org.country,
            time_zone=org.time_zone, today=self.today, now=self.now, date_order=org.date_order,
        )  # fmt: skip

    @cached_property
    def reader(self) -> WorkReader:
        """What hooks may read."""
        return WorkReader(self)

    def entity(self, name: str) -> Entity:
        """An entity of the catalog. Raises NotFound."""
        return self.catalog.entity(name)

    @property
    def bare(self) -> Ctx:
        """`context()` of no record yet: `bare.on(record)` is one of many."""
        if self._bare is None or self._bare[0] is not self.actor:
            self._bare = (self.actor, self.context())
        return self._bare[1]

    def make_exact(self) -> None:
        """From now on titles have dates as ISO 8601 and plain numbers, as what is exported has."""
        self.exact, self._bare = True, None

    def context(self, record: Record | None = None, old: Record | None = None, **given: Any) -> Ctx:
        """What expressions are evaluated in, in Python and when parameters of a query are bound."""
        actor = self.actor
        more: dict[str, Any] = {} if old is None else {"old": old}
        return Ctx(
            record=record,
            actor={"id": actor.acts_as, "roles": sorted(actor.roles), "departments": sorted(actor.departments), "leads": sorted(actor.leads)},
            now=self.now, today=self.today, tz=self.settings.organisation.time_zone, language=actor.language,
            date_order="iso" if self.exact else self.settings.organisation.date_order,
            load=self.load, children=self.children, **more, **given,
        )  # fmt: skip

    @property
    def access(self) -> Access:
        """What the actor may do. Made anew when the actor changes (a sign-in within the transaction)."""
        found = self._access
        if found is None or found.actor is not self.actor or found.catalog is not self.catalog:
            found = self._access = Access(self.catalog, self.host, self.actor, lambda: late(self.tx, self.catalog))
        return found

    def relation(self, entity: str) -> Relation:
        """What of an entity the actor may see."""
        return self.access.relation(entity)

    def load(self, entity: str, id: str) -> Record | None:
        """A record as it will be after this work: what is about to be written, else what is stored. Expressions follow
        links to records in the bin, here as in the database."""
        found = self.records.get((entity, id))
        if found is None:
            found = query.get(self.tx, self.catalog, entity, id, deleted=True)
            if found is not None:
                self.records[(entity, id)] = found
        return found

    def children(self, entity: str, by: str, id: str) -> Sequence[Record]:
        """Records of `entity` whose link `by` holds `id`, as they will be after this work."""
        pending = self.rows.get((entity, by, id))
        if pending is not None:
            return pending
        return () if id in self.unwritten else query.referring(self.tx, self.catalog, entity, by, id)

    def forget(self) -> None:
        """Drop what was read ahead: it has been written, or is out of date."""
        self.records.clear()
        self.rows.clear()
        self.unwritten.clear()


def _told(value: CodeValue) -> Mapping[str, Any]:
    return {"label": value.label, "parent": value.parent, **value.attributes}


def _live(record: Record | None) -> Record | None:
    return None if record is None or record.get("deleted_at") is not None else record


class WorkReader:
    """The reader that hooks get: in the transaction of the save, seeing what is about to be written."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def get(self, entity: str, id: str) -> Record | None:
        """The record, or None where there is none or it is in the bin."""
        return _live(self._work.load(entity, id))

    def get_many(self, entity: str, ids: Iterable[str]) -> Mapping[str, Record]:
        """Records by id, those that exist and are not in the bin."""
        wanted = dict.fromkeys(ids)
        pending = self._work.records
        found = {id: record for id in wanted if (record := _live(pending.get((entity, id)))) is not None}
        missing = [id for id in wanted if (entity, id) not in pending]
        if missing:
            stored = query.get_many(self._work.tx, self._work.catalog, entity, missing)
            pending.update({(entity, id): record for id, record in stored.items()})
            found.update(stored)
        return found

    def find(
        self, entity: str, filter: str, values: Mapping[str, Any] | None = None, limit: int = 100
    ) -> Sequence[Record]:
        """Stored records for which the expression holds; `values` are `given.name` in it."""
        work = self._work
        return query.find(work.tx, work.catalog, entity, filter, work.context(), limit, values)

    def seen(
        self,
        entity: str,
        filter: str,
        values: Mapping[str, Any] | None = None,
        limit: int = 100,
        sort: Sequence[str] = (),
    ) -> Sequence[Record]:
        """Records for which the expression holds, as the actor may see them; none where nothing of the entity is open to him.
        `values` are `given.name` in it."""
        work = self._work
        if not work.access.opens(entity, "read"):
            return ()
        text = with_values(filter, values) if values else filter
        asked = Query(entity, filter=text, sort=tuple(sort) or ("id",), limit=limit)
        return query.run(work.tx, work.catalog, asked, work.context(), work.relation(entity)).rows

    def shown(self, value: Any, zone: str | None = None) -> str:
        """A date, a moment or a number, as the language that is spoken now writes it."""
        work, language = self._work, spoken()
        org = work.settings.organisation
        if isinstance(value, datetime):
            moment = value.replace(second=0, microsecond=0)
            return show_datetime(moment, language, zone or work.actor.time_zone or org.time_zone, org.date_order)
        if isinstance(value, date):
            return show_date(value, language, org.date_order)
        return show_number(value, language)

    def hold(self, name: str) -> None:
        """Hold a name until this transaction ends, after whoever holds it now."""
        locks.hold(self._work.tx, name)

    def new_id(self) -> str:
        """An id for a record that is about to be made."""
        return new_id()

    def asked(self, hook: str, **arguments: Any) -> Sequence[Any]:
        """What plugins answer to a hook that a plugin publishes. Raises PluginError where nobody publishes it, or one fails."""
        if hook not in self._work.host.published:
            raise PluginError(f"no plugin publishes the hook {hook}", code="plugin_failed")
        return [answer for _, answer in self._work.host.answers(hook, **arguments)]

    def children(self, entity: str, field: str, id: str) -> Sequence[Record]:
        """Rows of a child table, many-to-many field or reverse link."""
        children = self._work.entity(entity).children.get(field)
        if children is None:
            raise NotFound(_("{entity} has no children {field!r}", entity=entity, field=field), code="unknown_field")
        return self._work.children(children.entity, children.by, id)

    def reverse_links(self, entity: str) -> Sequence[Reverse]:
        """Every link that points to the entity; not those of its own child tables."""
        found = (c for c in self._work.entity(entity).children.values() if c.kind == "reverse")
        others = [(c, self._work.entity(c.entity)) for c in found]
        return [
            Reverse(
                c.name, c.entity, c.by, tuple(tuple(n for n in key.columns if n != c.by) for key in other.keys if c.by in key.columns),
                other.append_only,
            )
            for c, other in others
        ]  # fmt: skip

    def targets(self, entity: str, field: str) -> Sequence[str]:
        """The entities that a link may point to, by name. Raises NotFound where there is no such link."""
        column = self._work.entity(entity).columns.get(field)
        if column is None or column.kind.kind != "ref":
            raise NotFound(_("{entity} has no link {field!r}", entity=entity, field=field), code="unknown_field")
        return sorted(column.kind.entities)

    def value(self, entity: str, record: Record, field: str) -> Any:
        """The value of a formula or roll-up of a record, as it is now."""
        return self.evaluate(entity, record, f"record.{field}")

    def evaluate(self, entity: str, record: Record, expression: str) -> Any:
        """What an expression over records of the entity gives for one, as it is now. Raises ExprError."""
        return compiled(self._work.catalog, entity, expression, None).python(self._work.context(record))

    def codes(self, codes: str) -> Mapping[str, Mapping[str, Any]]:
        """All codes of a list with their attributes, in their order; empty if there is no such list."""
        found = self._work.catalog.codes.get(codes)
        return {} if found is None else {code: _told(value) for code, value in found.values.items()}

    def code(self, codes: str, code: str) -> Mapping[str, Any]:
        """Attributes of a code (label included); empty if there is no such code."""
        found = self._work.catalog.codes.get(codes)
        value = found.values.get(code) if found else None
        return {} if value is None else _told(value)

    def as_seen(self, entity: str, id: str, columns: Sequence[str], user: str | None = None) -> Record | None:
        """A record's values by path as the actor, or a user, may read them."""
        from . import seen_by  # works with what is built on this module

        return seen_by.as_seen(self._work, entity, id, columns, user)

    def listed(self, view: str, user: str | None = None, limit: int = 10_000) -> tuple[str, Sequence[str]] | None:
        """(entity, ids) of the records of a list, those that the actor, or a user, sees."""
        from . import seen_by

        return seen_by.listed(self._work, view, user, limit)

    def fault_in(self, entity: str, expression: str) -> Problem | None:
        """What is wrong, for the actor, with an expression that is to give a number for a record of the entity."""
        from . import written

        return written.fault_in(self._work, entity, expression)

    def worked_out(self, entity: str, id: str, expression: str, user: str | None = None) -> Decimal | None:
        """What an expression gives for a record as the actor, or a user, sees it."""
        from . import written

        return written.worked_out(self._work, entity, id, expression, user)

    def sign(self, text: str) -> str:
        """The text with a signature of the organisation's key."""
        return signatures.sign(self._work.settings.root, text)

    def signed(self, token: str) -> str | None:
        """The text that was signed; None where it was not, or by another key."""
        return signatures.signed(self._work.settings.root, token)

    def address(self, path: str) -> str:
        """The address of a path (`/p/...`) for people outside, below the configured base."""
        return self._work.settings.server.base_url.rstrip("/") + path

    @property
    def today(self) -> date:
        """The date in the organisation's time zone."""
        return self._work.today

    @property
    def now(self) -> datetime:
        """The moment of this work, in UTC."""
        return self._work.now

    @property
    def settings(self) -> Mapping[str, Any]:
        """The organisation's settings."""
        return self._work.settings.facts()

    @property
    def door(self) -> str:
        """Where the work came in."""
        return self._work.door
