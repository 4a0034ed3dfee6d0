"""What grants and the needs matrix say, as rules: for one set of roles and departments, by entity and verb."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from msgspec import Struct

from ..errors import Where
from ..expressions import Node, parse, unparse
from ..metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field
from ..metamodel.rights import GrantDef
from .needs import Cell, Needs, holder_of

FALLBACK = {"history": "read", "export": "read", "import": "update", "restore": "delete"}
"""A verb that no grant names needs to be named is covered by this one; transitions and actions by `update`."""
OWN = ("read", "create", "update", "delete", "purge")
"""Verbs that are never covered by another one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One grant as it applies to an entity. text: the condition on `record` and `actor` (None: always); fields: the names of the
    fields that it opens or closes (None: the record as a whole, all its fields); where: its place in the metadata; exact: the grant names its fields, the needs matrix has no say."""

    text: str | None
    fields: frozenset[str] | None
    role: str
    where: Where | None = None
    layer: str = ""
    exact: bool = False

    def touches(self, field: str) -> bool:
        """Whether it opens or closes the field."""
        return self.fields is None or field in self.fields


class Rules(Struct, frozen=True):
    """All rules for one verb: grants add up, denies beat them."""

    grants: tuple[Rule, ...] = ()
    denies: tuple[Rule, ...] = ()


class RuleBook:
    """The rules of those who have these roles and belong to these departments (codes); made once and kept with the catalog."""

    def __init__(self, catalog: Catalog, roles: frozenset[str], units: frozenset[str], signed_in: bool) -> None:
        self.catalog, self.roles, self.units, self.signed_in = catalog, roles, units, signed_in
        self.needs = Needs(catalog, units)
        self._known: dict[tuple[str, str], Rules] = {}

    def rules(self, entity: str, verb: str) -> Rules:
        """The rules of an entity for a verb; child rows follow the record that they belong to."""
        found = self._known.get((entity, verb))
        if found is None:
            found = self._known[entity, verb] = self._made(self.catalog.entities[entity], verb)
        return found

    def has_own(self, entity: str, verb: str) -> bool:
        """Whether grants or denies speak of the entity itself, and not of the record that its rows belong to."""
        own = self._own(self.catalog.entities[entity], verb)
        return bool(own.grants or own.denies)

    def _made(self, entity: Entity, verb: str) -> Rules:
        own = self._own(entity, verb)
        if entity.parent is None:
            return own
        inherited = self._inherited(entity, verb)
        return Rules(own.grants + inherited.grants, own.denies + inherited.denies)

    def _own(self, entity: Entity, verb: str) -> Rules:
        grants, denies = [], []
        for grant, (layer, where) in self._applying(entity):
            if not _covers(grant, verb):
                continue
            text = None if grant.rows is True else "false" if grant.rows is False else grant.rows
            if grant.deny:
                closed = None if grant.fields is None else frozenset(grant.fields)
                denies.append(Rule(text, closed, grant.role, where, layer))
            else:
                exact = grant.fields is not None
                grants.append(Rule(text, self._opened(entity, grant, verb), grant.role, where, layer, exact))
        return Rules(tuple(grants), tuple(denies))

    def _applying(self, entity: Entity) -> Iterator[tuple[GrantDef, tuple[str, Where | None]]]:
        for grant, place in grants_of(self.catalog, entity):
            if grant.role in self.roles or grant.role == "anonymous" or (grant.role == "everyone" and self.signed_in):
                yield grant, place

    def _opened(self, entity: Entity, grant: GrantDef, verb: str) -> frozenset[str]:
        """The fields that a grant opens: those it names, else what the needs matrix says for its role."""
        if grant.fields is not None:
            return _named(entity, grant.fields)
        cell: Cell = "R" if verb in ("read", "history", "export") else "W"
        names = self.needs.fields(entity, self._who(grant.role), cell)
        return names - frozenset(grant.without)

    def _who(self, role: str) -> frozenset[str]:
        """The columns of the matrix that speak for a role: itself, the department that it works in (else those of the person),
        `everyone`, and `steward` for stewards."""
        if role in ("everyone", "anonymous"):
            mine = frozenset(d for r in self.roles if (d := self._department(r)))
            return self.units | mine | self._stewards(self.roles) | {"everyone"}
        department = self._department(role)
        return (frozenset({department}) if department else self.units) | self._stewards({role}) | {role, "everyone"}

    def _department(self, role: str) -> str | None:
        known = self.catalog.roles.get(role)
        return known.department if known is not None else None

    def _stewards(self, roles: frozenset[str] | set[str]) -> frozenset[str]:
        known = self.catalog.roles
        return frozenset({"steward"} if any(r in known and known[r].steward for r in roles) else ())

    def _inherited(self, entity: Entity, verb: str) -> Rules:
        """The rules of the owner's record, for its child rows: they are a part of one of its fields."""
        link = entity.fields[str(entity.parent)].columns[0]
        owner = self.catalog.entities[link.kind.entities[0]]
        holder = holder_of(self.catalog, entity)
        field = holder.name if holder is not None else ""
        asked = verb if verb in ("read", "history", "export", "purge") else "update"
        from_owner = self.rules(owner.name, asked)
        if verb == "create":
            from_owner = _joined(from_owner, self.rules(owner.name, "create"))
        grants = [
            replace(rule, text=_through(rule.text, link.name), fields=self._of_child(entity, holder, rule, verb))
            for rule in from_owner.grants if rule.touches(field)
        ]  # fmt: skip
        denies = [
            replace(rule, text=_through(rule.text, link.name), fields=None)
            for rule in from_owner.denies if rule.touches(field)
        ]  # fmt: skip
        return Rules(tuple(grants), tuple(denies))

    def _of_child(self, entity: Entity, holder: Field | None, rule: Rule, verb: str) -> frozenset[str]:
        """The fields of child rows that a rule opens which opens the rows. One that names the field of the rows opens what
        of them has no data class of its own."""
        cell: Cell = "R" if verb in ("read", "history", "export") else "W"
        opened = self.needs.fields(entity, self._who(rule.role), cell)
        if rule.exact:
            same = (None, holder.data_class if holder is not None else None)
            opened |= {name for name, field in entity.fields.items() if field.data_class in same}
        return opened


def grants_of(catalog: Catalog, entity: Entity) -> tuple[tuple[GrantDef, tuple[str, Where | None]], ...]:
    """The grants that speak of an entity or of one of its mixins, each with its layer and place, in the order of the layers."""
    known: dict[str, tuple[tuple[GrantDef, tuple[str, Where | None]], ...]] = catalog.derive("access.grants_of", dict)
    found = known.get(entity.name)
    if found is None:
        places = catalog.grant_places or (("", None),) * len(catalog.grants)
        both = zip(catalog.grants, places, strict=True)
        found = tuple((g, place) for g, place in both if g.entity == entity.name or g.mixin in entity.mixins)
        known[entity.name] = found
    return found


def _covers(grant: GrantDef, verb: str) -> bool:
    if verb in grant.verbs or (grant.deny and "read" in grant.verbs):
        return True
    return verb not in OWN and FALLBACK.get(verb, "update") in grant.verbs


def _named(entity: Entity, names: list[str]) -> frozenset[str]:
    """Fields by name; one who reads a record also reads its id, version and times, and the title made of what he reads."""
    return frozenset(names) | SYSTEM_FIELDS


SYSTEM_FIELDS = frozenset(SYSTEM_COLUMNS) | {"display"}


def _joined(one: Rules, other: Rules) -> Rules:
    return Rules(tuple(dict.fromkeys(one.grants + other.grants)), tuple(dict.fromkeys(one.denies + other.denies)))


def _through(text: str | None, link: str) -> str | None:
    """A condition on the record that a link points to, as one on the record with the link."""
    return None if text is None else unparse(_moved(parse(text), link))


def _moved(node: Node, link: str) -> Node:
    if node.op == "name" and node.value == "record":
        return Node("dot", [node], link)
    return Node(node.op, [_moved(a, link) for a in node.args], node.value)
