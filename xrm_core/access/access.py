"""Who may do what to which records, for one actor: the one thing that every service asks. The meaning is that of the masked
relation (docs/access.md): rows that no grant opens do not exist, and a field that none opens on a row is empty."""

from __future__ import annotations

from dataclasses import dataclass

from ..compiler import compiled
from ..errors import NotFound, Refused
from ..expressions import Ctx
from ..metamodel.catalog import Catalog
from ..metamodel.values import Actor, Record
from ..plugin.host import Host
from ..storage.relation import ALL, Relation
from . import policy
from .masking import EVERYTHING, Opening, RowMask
from .rules import RuleBook, Rules


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a verb is open on one record, and on which of its fields (None: all)."""

    allowed: bool
    fields: frozenset[str] | None = None

    def opens(self, field: str) -> bool:
        """Whether the verb is open on that field."""
        return self.allowed and (self.fields is None or field in self.fields)


class Access:
    """What one actor may do. `work.access`; it holds for one transaction."""

    def __init__(self, catalog: Catalog, host: Host, actor: Actor) -> None:
        self.catalog, self.host, self.actor = catalog, host, actor
        self.is_unlimited = actor.is_system or "admin" in actor.roles
        self._openings: dict[tuple[str, str], Opening] = {}
        self._mask: RowMask | None = None

    @property
    def book(self) -> RuleBook:
        """The rules behind it."""
        actor = self.actor
        signed_in = actor.kind != "anonymous"
        books: dict[object, RuleBook] = self.catalog.derive("access.books", dict)
        key = (actor.roles, actor.units, signed_in)
        found = books.get(key)
        if found is None:
            if len(books) > 500:
                books.clear()
            found = books[key] = RuleBook(self.catalog, actor.roles, actor.units, signed_in)
        return found

    def opening(self, entity: str, verb: str = "read") -> Opening:
        """What the rules open of an entity: the condition on its rows, and one for each field."""
        found = self._openings.get((entity, verb))
        if found is None:
            narrowed = self._scopes(entity)
            found = (
                EVERYTHING if self.is_unlimited and not narrowed else Opening.of(self._rules(entity, verb), narrowed)
            )
            self._openings[entity, verb] = found
        return found

    def _rules(self, entity: str, verb: str) -> Rules | None:
        return None if self.is_unlimited else self.book.rules(entity, verb)

    def _scopes(self, entity: str) -> tuple[str, ...]:
        """What plugins leave of an entity (`xrm_row_scope`): conditions that all must hold; they narrow, never widen."""
        if self.actor.is_system or not self.host.implements("xrm_row_scope"):
            return ()
        return tuple(rule for _, rule in self.host.answers("xrm_row_scope", entity=entity, actor=self.actor))

    def opens(self, entity: str, verb: str) -> bool:
        """Whether the verb is open on some record at all: for menus, buttons, and whether the entity exists for the actor."""
        return not self.opening(entity, verb).is_closed

    def require(self, entity: str, verb: str) -> None:
        """The verb must be open on some record of the entity. Raises SignInNeeded, NotFound (an entity that the actor reads
        nothing of is none to him), Refused."""
        policy.require(self.catalog, entity, self.actor, verb)
        if self.opens(entity, verb):
            return
        if not self.opens(entity, "read"):
            raise NotFound(f"there is no entity {entity!r}", code="unknown_entity")
        raise Refused(
            f"nothing allows you to {verb} a {entity}", code="refused", hint="ask an administrator for a role that does"
        )

    def fields(self, entity: str, verb: str = "read") -> frozenset[str] | None:
        """The fields open on at least some records; None: all."""
        return self.opening(entity, verb).fields

    def is_hidden(self, entity: str, field: str) -> bool:
        """Whether a field does not exist for the actor: it is read on no record."""
        fields = self.fields(entity)
        known = self.catalog.entities.get(entity)
        if fields is None or known is None or field in ("id", "display"):
            return False
        name = known.field_of_column.get(field, field)
        if name in known.fields:
            return name not in fields
        children = known.children.get(name)
        return children is not None and not self.opens(children.entity, "read")

    def relation(self, entity: str) -> Relation:
        """What of an entity the actor may see, with all that its links lead to: the only way to data."""
        if self.is_unlimited and (self.actor.is_system or not self.host.implements("xrm_row_scope")):
            return ALL
        if self._mask is None:
            self._mask = RowMask(self)
        where = self.opening(entity).where
        key = (self._mask.key, entity, where)
        return Relation(where=where, mask=self._mask, hides=self.is_hidden, key=key)

    def verdict(self, entity: str, verb: str, record: Record, ctx: Ctx) -> Verdict:
        """The same for one record, in Python, on the values that are stored. `ctx` gives the actor, the clock and what
        links lead to."""
        opening = self.opening(entity, verb)
        if opening.is_closed:
            return Verdict(False, frozenset())
        here = ctx.on(record)

        def holds(text: str | None) -> bool:
            return text is None or compiled(self.catalog, entity, text).python(here) is True

        if not holds(opening.where):
            return Verdict(False, frozenset())
        if opening.fields is None:
            return Verdict(True)
        return Verdict(True, frozenset(name for name in opening.fields if holds(opening.on(name))))
