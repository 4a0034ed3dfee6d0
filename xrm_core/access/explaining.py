"""Why something is open to somebody, or closed: which grant, from which file and line, on which condition, and what would open it.

The verdict itself is that of `Access`, as every service gets it; what is said here are its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ..compiler import compiled
from ..expressions import Ctx
from ..metamodel.catalog import Entity
from ..metamodel.values import Record
from .access import Access
from .masking import NOWHERE, Opening
from .needs import class_of
from .rules import OWN, Rule, RuleBook, Rules

Holds = Callable[[str | None], bool | None]
"""Whether a condition holds on the record in question; None: no record is in question."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A grant or deny that speaks for the actor. `condition` None: on all records; `holds` None: no record was named; `opens`:
    whether it opens (a deny: closes) the field in question, or the record where none is; `fields`: how many it opens."""

    kind: Literal["grant", "deny"]
    role: str
    place: str
    layer: str
    condition: str | None
    holds: bool | None
    opens: bool
    fields: int | None


@dataclass(frozen=True, slots=True)
class Need:
    """What the needs matrix says of the field's class: the columns that speak for the actor, and their cells."""

    data_class: str
    cells: tuple[tuple[str, str, str], ...]
    """(who, whose column it is, R, W or -)"""


@dataclass(frozen=True, slots=True)
class Way:
    """Something that would open it: a role to have (`role`), or a change of the metadata or the record."""

    text: str
    role: str | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer. `rows`: the condition on the entity's rows (None: all, "false": none); `on`: the one on the field."""

    user: str
    entity: str
    verb: str
    id: str | None
    field: str | None
    allowed: bool
    because: str
    reasons: tuple[Reason, ...] = ()
    need: Need | None = None
    rows: str | None = None
    on: str | None = None
    fields: tuple[str, ...] | None = None
    """Names of the fields that are open, where no field was asked for; None: all."""
    ways: tuple[Way, ...] = ()
    sql: str = ""
    """The statement that reads such a record for the actor, with its parameters beside it."""
    parameters: tuple[str, ...] = ()


def explain(
    access: Access, entity: Entity, verb: str, record: Record | None, ctx: Ctx, *, field: str | None = None, made: bool = True
) -> Explanation:  # fmt: skip
    """The verdict and its reasons. `record`: as it is stored; None: whether the verb is open on some record. `field`: the name
    of one. `made` False: without looking for ways to open it."""
    name, opening = entity.name, access.opening(entity.name, verb)
    holds = _holder(access, name, record, ctx)
    allowed = _is_open(opening, holds, field)
    rules = Rules() if access.is_unlimited else access.book.rules(name, verb)
    reasons = tuple(_reasons(rules, holds, field))
    told = Explanation(
        access.actor.name, name, verb, str(record["id"]) if record is not None else None, field, allowed, "",
        reasons, _need(access, entity, field, verb), opening.where, opening.on(field) if field else None,
        None if opening.fields is None or field else tuple(sorted(f for f in opening.fields if _is_open(opening, holds, f))),
    )  # fmt: skip
    ways = tuple(_ways(access, entity, verb, holds, told, rules)) if not allowed and made else ()
    return replace(told, because=_because(access, told), ways=ways)


def _holder(access: Access, entity: str, record: Record | None, ctx: Ctx) -> Holds:
    if record is None:
        return lambda text: False if text == NOWHERE else None
    here = ctx.on(record)

    def holds(text: str | None) -> bool:
        if text is None or text == NOWHERE:
            return text is None
        return compiled(access.catalog, entity, text).python(here) is True

    return holds


def _is_open(opening: Opening, holds: Holds, field: str | None) -> bool:
    """Without a record: on some; what is not known to be closed is open."""
    if opening.is_closed or holds(opening.where) is False:
        return False
    return field is None or holds(opening.on(field)) is not False


def _reasons(rules: Rules, holds: Holds, field: str | None) -> Iterator[Reason]:
    for rule in rules.grants:
        opens = field is None or rule.fields is None or field in rule.fields
        yield _reason("grant", rule, holds, opens)
    for rule in rules.denies:
        yield _reason("deny", rule, holds, rule.fields is None or (field is not None and field in rule.fields))


def _reason(kind: Literal["grant", "deny"], rule: Rule, holds: Holds, opens: bool) -> Reason:
    fields = None if rule.fields is None else len(rule.fields)
    met = True if rule.text is None else holds(rule.text)
    return Reason(kind, rule.role, place_of(rule), rule.layer, rule.text, met, opens, fields)


def place_of(rule: Rule) -> str:
    """File and line of a rule."""
    return f"{rule.where.file}:{rule.where.line}" if rule.where is not None else rule.layer


def _need(access: Access, entity: Entity, field: str | None, verb: str) -> Need | None:
    known = entity.fields.get(field or "")
    data_class = class_of(access.catalog, entity, known) if known is not None else None
    if data_class is None:
        return None
    needs, mine = access.book.needs, set(access.actor.units)
    for role in access.actor.roles:
        found = access.catalog.roles.get(role)
        mine |= {role} | ({found.department} if found is not None and found.department else set())
        mine |= {"steward"} if found is not None and found.steward else set()
    cells = []
    for who in sorted(mine | {"everyone"}):
        column = needs.column(who)
        if column is not None:
            cells.append((who, column, needs.cell(data_class, who)))
    return Need(data_class, tuple(cells))


def _because(access: Access, told: Explanation) -> str:
    """One sentence."""
    if access.is_unlimited and told.allowed:
        return "administrators may do everything" if not access.actor.is_system else "the system may do everything"
    grants = [r for r in told.reasons if r.kind == "grant"]
    denies = [r for r in told.reasons if r.kind == "deny" and r.opens and r.holds is not False]
    opened = [r for r in grants if r.opens and r.holds is not False]
    if told.allowed:
        return f"opened by {_listed(opened)}" if opened else "opened"
    if not access.is_in_scope(told.entity, told.verb):
        return "outside of the scopes of the token"
    if not grants:
        return f"no grant opens '{told.verb}' on {told.entity} to one of the roles {_roles(access)}"
    if denies and opened:
        return f"closed by {_listed(denies)}"
    if told.field is not None and any(r.holds is not False for r in grants) and not opened:
        if told.need is not None:
            return f"its class '{told.need.data_class}' is not opened to {_roles(access)} by the needs matrix, nor by a grant"
        return "the grants that open the record name other fields"
    return (
        "no grant holds for this record"
        if not opened
        else "a plugin narrows what is seen of it, or a deny cannot be decided"
    )


def _listed(reasons: list[Reason]) -> str:
    return ", ".join(dict.fromkeys(f"{r.kind} to {r.role} ({r.place})" for r in reasons))


def _roles(access: Access) -> str:
    return ", ".join(sorted(access.actor.roles)) or "none"


def _ways(access: Access, entity: Entity, verb: str, holds: Holds, told: Explanation, rules: Rules) -> Iterator[Way]:
    """What would open it, the smallest change first."""
    for reason in told.reasons:
        if reason.kind == "deny" and reason.opens and reason.holds is not False:
            yield Way(f"that the deny does not apply: {reason.condition or 'it always does'}", places=(reason.place,))
    for rule in rules.grants:
        if holds(rule.text) is False and rule.text != NOWHERE and _names(rule, told.field):
            yield Way(f"that the record meets the condition of this grant: {rule.text}", places=(place_of(rule),))
    yield from _by_matrix(told, rules, holds)
    yield from _by_role(access, entity, verb, holds, told.field)
    if not rules.grants:
        who = next(iter(sorted(access.actor.roles)), "everyone")
        yield Way(f"a grant in the metadata: {{role: {who}, entity: {entity.name}, verbs: [{verb}]}}")
    yield Way("the role admin", role="admin")


def _names(rule: Rule, field: str | None) -> bool:
    return field is None or rule.fields is None or field in rule.fields


def _by_matrix(told: Explanation, rules: Rules, holds: Holds) -> Iterator[Way]:
    """The record is open, the field's class is not."""
    if told.field is None or told.need is None or not any(holds(r.text) is not False for r in rules.grants):
        return
    cell = "R" if told.verb in ("read", "history", "export") else "W"
    for column in dict.fromkeys(column for _, column, _ in told.need.cells):
        yield Way(f"the cell {cell} for {column} in the row {told.need.data_class} of the needs matrix")
    roles = dict.fromkeys(r.role for r in rules.grants if holds(r.text) is not False)
    for role in roles:
        yield Way(f"an exception: a grant to {role} for {told.entity} with fields: [{told.field}]")


def _by_role(access: Access, entity: Entity, verb: str, holds: Holds, field: str | None) -> Iterator[Way]:
    """Roles that one would have to have beside one's own. Where no record is named, those with some condition count too."""
    actor, catalog = access.actor, access.catalog
    for role in sorted(catalog.roles.keys() - actor.roles - {"admin"}):
        department = catalog.roles[role].department
        units = actor.units | ({department} if department else frozenset())
        rules = RuleBook(catalog, frozenset({role}), units, True).rules(entity.name, verb)
        if _is_open(Opening.of(rules, access.narrowed(entity.name)), holds, field):
            grants = [r for r in rules.grants if r.role == role and _names(r, field) and holds(r.text) is not False]
            if grants:
                yield Way(f"the role {role}", role=role, places=tuple(dict.fromkeys(place_of(r) for r in grants)))


def verbs_of(access: Access, entity: Entity) -> tuple[str, ...]:
    """The verbs that can be asked about: those of every entity, its transitions, and those that grants name."""
    own = entity.lifecycle.transitions if entity.lifecycle is not None else {}
    named = {v for g in access.catalog.grants if g.entity == entity.name for v in g.verbs}
    return tuple(dict.fromkeys([*OWN, "history", "export", "import", "restore", *own, *sorted(named)]))
