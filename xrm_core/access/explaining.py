"""Why something is open to somebody, or closed: which grant, from which file and line, on which condition, and what would open it.

The verdict itself is that of `Access`, as every service gets it; what is said here are its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from ..compiler import compiled
from ..expressions import Ctx
from ..language import N_, _
from ..metamodel.catalog import Entity
from ..metamodel.values import Record
from .access import Access
from .masking import NOWHERE, Opening
from .needs import class_of
from .rules import OWN, Rule, RuleBook, Rules

Naming = Callable[[str, str], str]
"""What something is called in the sentences: a "role", "verb", "entity", "class", "column", "field" or "condition", and its code."""
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
    access: Access, entity: Entity, verb: str, record: Record | None, ctx: Ctx, *, field: str | None = None, made: bool = True,
    naming: Naming = lambda kind, code: code,
) -> Explanation:  # fmt: skip
    """The verdict and its reasons, in the language that is spoken; `naming`: by which names, codes unless it is given. `record`: as it is stored; None: whether the verb is open on some record. `field`: the name
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
    ways = tuple(_ways(access, entity, verb, holds, told, rules, naming)) if not allowed and made else ()
    return replace(told, because=_because(access, told, naming), ways=ways)


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


def _because(access: Access, told: Explanation, naming: Naming) -> str:
    """One sentence."""
    if access.is_unlimited and told.allowed:
        return (
            _("administrators may do everything") if not access.actor.is_system else _("the system may do everything")
        )
    grants = [r for r in told.reasons if r.kind == "grant"]
    denies = [r for r in told.reasons if r.kind == "deny" and r.opens and r.holds is not False]
    opened = [r for r in grants if r.opens and r.holds is not False]
    if told.allowed:
        return _("opened by {rules}", rules=_listed(opened, naming)) if opened else _("opened")
    if not access.is_in_scope(told.entity, told.verb):
        return _("outside of the scopes of the token")
    if not grants:
        return _(
            "no grant opens {verb!r} on {entity} to one of the roles {roles}",
            verb=naming("verb", told.verb), entity=naming("entity", told.entity), roles=_roles(access, naming),
        )  # fmt: skip
    if denies and opened:
        return _("closed by {rules}", rules=_listed(denies, naming))
    if told.field is not None and any(r.holds is not False for r in grants) and not opened:
        if told.need is not None:
            return _(
                "its class {name!r} is not opened to {roles} by the needs matrix, nor by a grant",
                name=naming("class", told.need.data_class), roles=_roles(access, naming),
            )  # fmt: skip
        return _("the grants that open the record name other fields")
    return (
        _("no grant holds for this record")
        if not opened
        else _("a plugin narrows what is seen of it, or a deny cannot be decided")
    )


def _listed(reasons: list[Reason], naming: Naming) -> str:
    said = {"grant": N_("grant to {role} ({place})"), "deny": N_("deny to {role} ({place})")}
    return ", ".join(dict.fromkeys(_(said[r.kind], role=naming("role", r.role), place=r.place) for r in reasons))


def _roles(access: Access, naming: Naming) -> str:
    return ", ".join(naming("role", role) for role in sorted(access.actor.roles)) or _("none")


def _ways(access: Access, entity: Entity, verb: str, holds: Holds, told: Explanation, rules: Rules, naming: Naming) -> Iterator[Way]:  # fmt: skip
    """What would open it, the smallest change first."""
    for reason in told.reasons:
        if reason.kind == "deny" and reason.opens and reason.holds is not False:
            said = naming("condition", reason.condition) if reason.condition else _("it always does")
            yield Way(_("that the deny does not apply: {condition}", condition=said), places=(reason.place,))
    for rule in rules.grants:
        if holds(rule.text) is False and rule.text != NOWHERE and _names(rule, told.field):
            said = naming("condition", str(rule.text))
            yield Way(
                _("that the record meets the condition of this grant: {condition}", condition=said),
                places=(place_of(rule),),
            )
    yield from _by_matrix(told, rules, holds, naming)
    yield from _by_role(access, entity, verb, holds, told.field, naming)
    if not rules.grants:
        who = next(iter(sorted(access.actor.roles)), "everyone")
        yield Way(_("a grant in the metadata: {text}", text=f"{{role: {who}, entity: {entity.name}, verbs: [{verb}]}}"))
    yield Way(_("the role {role}", role=naming("role", "admin")), role="admin")


def _names(rule: Rule, field: str | None) -> bool:
    return field is None or rule.fields is None or field in rule.fields


def _by_matrix(told: Explanation, rules: Rules, holds: Holds, naming: Naming) -> Iterator[Way]:
    """The record is open, the field's class is not."""
    if told.field is None or told.need is None or not any(holds(r.text) is not False for r in rules.grants):
        return
    cell = "R" if told.verb in ("read", "history", "export") else "W"
    for column in dict.fromkeys(column for __, column, __ in told.need.cells):
        row = naming("class", told.need.data_class)
        yield Way(
            _(
                "the cell {cell} for {column} in the row {row} of the needs matrix",
                cell=cell,
                column=naming("column", column),
                row=row,
            )
        )
    roles = dict.fromkeys(r.role for r in rules.grants if holds(r.text) is not False)
    for role in roles:
        values = {
            "role": naming("role", role),
            "entity": naming("entity", told.entity),
            "field": naming("field", told.field),
        }
        yield Way(_("an exception: a grant to {role} for {entity} with fields: [{field}]", **values))


def _by_role(access: Access, entity: Entity, verb: str, holds: Holds, field: str | None, naming: Naming
) -> Iterator[Way]:  # fmt: skip
    """Roles that one would have to have beside one's own. Where no record is named, those with some condition count too."""
    actor, catalog = access.actor, access.catalog
    for role in sorted(catalog.roles.keys() - actor.roles - {"admin"}):
        department = catalog.roles[role].department
        units = actor.units | ({department} if department else frozenset())
        rules = RuleBook(catalog, frozenset({role}), units, True).rules(entity.name, verb)
        if _is_open(Opening.of(rules, access.narrowed(entity.name)), holds, field):
            grants = [r for r in rules.grants if r.role == role and _names(r, field) and holds(r.text) is not False]
            if grants:
                yield Way(
                    _("the role {role}", role=naming("role", role)),
                    role=role,
                    places=tuple(dict.fromkeys(place_of(r) for r in grants)),
                )


def verbs_of(access: Access, entity: Entity) -> tuple[str, ...]:
    """The verbs that can be asked about: those of every entity, its transitions, and those that grants name."""
    own = entity.lifecycle.transitions if entity.lifecycle is not None else {}
    named = {v for g in access.catalog.grants if g.entity == entity.name for v in g.verbs}
    return tuple(dict.fromkeys([*OWN, "history", "export", "import", "restore", *own, *sorted(named)]))
