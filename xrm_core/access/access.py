"""Who may do what to which records, for one actor: the one thing that every service asks. The meaning is that of the masked
relation (docs/access.md): rows that no grant opens do not exist, and a field that none opens on a row is empty."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from ..compiler import compiled
from ..errors import NotFound, Refused
from ..expressions import Ctx
from ..language import _
from ..metamodel.catalog import Catalog
from ..metamodel.values import Actor, Record
from ..plugin.host import Host
from ..storage.relation import ALL, Relation
from . import policy
from .masking import CLOSED, EVERYTHING, Opening, OpeningBook
from .rules import FALLBACK
from .seeing import MOST, RowMask
from .words import may_not


class Verdict(Struct, frozen=True):
    """Whether a verb is open on one record, and on which of its fields (None: all)."""

    allowed: bool
    fields: frozenset[str] | None = None

    def opens(self, field: str) -> bool:
        """Whether the verb is open on that field."""
        return self.allowed and (self.fields is None or field in self.fields)


class Access:
    """What one actor may do. `work.access`; it holds for one transaction. `late` tells which kept paths rules do not read now
    (`storage.kept`)."""

    def __init__(
        self, catalog: Catalog, host: Host, actor: Actor, late: Callable[[], frozenset[str]] = frozenset
    ) -> None:
        self.catalog, self.host, self.actor, self.late = catalog, host, actor, late
        self.is_unlimited = actor.is_system or "admin" in actor.roles
        self.is_narrowed = not actor.is_system and host.implements("xrm_row_scope")
        self._openings: dict[tuple[str, str], Opening] = {}
        self._narrowed: dict[str, tuple[str, ...]] = {}
        self._mask: RowMask | None = None

    @property
    def book(self) -> OpeningBook:
        """The rules behind it."""
        actor = self.actor
        signed_in = actor.kind != "anonymous"
        books: dict[object, OpeningBook] = self.catalog.derive("access.books", dict)
        key = (actor.roles, actor.units, signed_in)
        found = books.get(key)
        if found is None:
            if len(books) > MOST:
                books.clear()
            found = books[key] = OpeningBook(self.catalog, actor.roles, actor.units, signed_in)
        return found

    def opening(self, entity: str, verb: str = "read") -> Opening:
        """What the rules open of an entity: the condition on its rows, and one for each field."""
        found = self._openings.get((entity, verb))
        if found is None:
            found = self._openings[entity, verb] = self._opened(entity, verb)
        return found

    def _opened(self, entity: str, verb: str) -> Opening:
        if not self.is_in_scope(entity, verb):
            return CLOSED
        narrowed = self.narrowed(entity)
        if self.is_unlimited:
            return Opening.of(None, narrowed) if narrowed else EVERYTHING
        return Opening.of(self.book.rules(entity, verb), narrowed) if narrowed else self.book.opening(entity, verb)

    def is_in_scope(self, entity: str, verb: str) -> bool:
        """Whether the limits of a token leave the verb: `read` all reading, `write` all that changes, `donation:read` that verb
        on donations and their rows, `donation:*` all of them."""
        scopes = self.actor.scopes
        if scopes is None:
            return True
        names = {entity}
        known = self.catalog.entities.get(entity)
        while known is not None and known.parent is not None:  # child rows are a part of their owner
            known = self.catalog.entities[known.fields[known.parent].columns[0].kind.entities[0]]
            names.add(known.name)
        verbs = {verb, "*"} | ({FALLBACK[verb]} if verb in FALLBACK else set())
        whole = "read" if verb == "read" or FALLBACK.get(verb) == "read" else "write"
        return whole in scopes or any(f"{name}:{one}" in scopes for name in names for one in verbs)

    def narrowed(self, entity: str) -> tuple[str, ...]:
        """What plugins leave of an entity (`xrm_row_scope`): conditions that all must hold; they narrow, never widen."""
        if not self.is_narrowed:
            return ()
        found = self._narrowed.get(entity)
        if found is None:
            answers = self.host.answers("xrm_row_scope", entity=entity, actor=self.actor)
            found = self._narrowed[entity] = tuple(rule for _, rule in answers)
        return found

    def opens(self, entity: str, verb: str) -> bool:
        """Whether the verb is open on some record at all: for menus, buttons, and whether the entity exists for the actor."""
        return not self.opening(entity, verb).is_closed

    def require(self, entity: str, verb: str) -> None:
        """The verb must be open on some record of the entity. Raises SignInNeeded, NotFound (an entity that the actor reads
        nothing of is none to him), Refused."""
        known = self.catalog.entities.get(entity)
        is_there = known is not None and not known.retired
        if is_there and self.opens(entity, verb):
            return
        policy.require(self.catalog, entity, self.actor, verb)
        if not self.opens(entity, "read"):
            raise NotFound(_("there is no entity {entity!r}", entity=entity), code="unknown_entity")
        raise Refused(
            may_not(self.catalog, self.host, entity, verb, "any"),
            code="refused",
            hint=_("ask an administrator for a role that does"),
        )

    def fields(self, entity: str, verb: str = "read") -> frozenset[str] | None:
        """The fields open on at least some records; None: all."""
        return self.opening(entity, verb).fields

    def is_hidden(self, entity: str, field: str) -> bool:
        """Whether a field (by its name or that of a column), or a set of records that point to the entity, does not exist for
        the actor: it is read on no record. The id and the title of a record that is linked always do."""
        known = self.catalog.entities.get(entity)
        if known is None or field in ("id", "display"):
            return False
        name = known.field_of_column.get(field, field)
        if name in known.fields:
            fields = self.fields(entity)
            return fields is not None and name not in fields
        children = known.children.get(name)
        if children is not None:
            return not self.opens(children.entity, "read") or self.is_hidden(children.entity, children.by)
        return self.opening(entity).is_closed

    @property
    def sees_all(self) -> bool:
        """Whether every record and field is open to be read."""
        scopes = self.actor.scopes
        return self.is_unlimited and not self.is_narrowed and (scopes is None or "read" in scopes)

    def relation(self, entity: str) -> Relation:
        """What of an entity the actor may see, with all that its links lead to: the only way to data."""
        if self.sees_all:
            return ALL
        mask, late = self._mask, self.late()
        if mask is None or mask.late != late:
            mask = self._mask = RowMask(self, late)
        return Relation(
            where=self.opening(entity).where, mask=mask, hides=self.is_hidden, key=(mask.key, entity), sight=mask
        )

    def verdict(self, entity: str, verb: str, record: Record, ctx: Ctx) -> Verdict:
        """The same for one record, in Python, on the values that are stored. `ctx` gives the actor, the clock and what
        links lead to."""
        opening = self.opening(entity, verb)
        if opening.is_closed:
            return Verdict(False, frozenset())
        here = ctx.on(record)
        known: dict[str | None, bool] = {None: True}

        def holds(text: str | None) -> bool:
            if text not in known:
                known[text] = compiled(self.catalog, entity, str(text)).python(here) is True
            return known[text]

        if not holds(opening.where):
            return Verdict(False, frozenset())
        if opening.fields is None:
            return Verdict(True)
        return Verdict(True, frozenset(name for name in opening.fields if holds(opening.on(name))))
