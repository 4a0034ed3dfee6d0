"""What the needs matrix comes to: for each department what it sees and why; fields without a class; classes that nobody needs;
exceptions that grants make. And doubts about grants that no single one of them shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..compiler import compiled
from ..errors import Problem, Where
from ..expressions import ExprError
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.rights import GrantDef
from .explaining import place_of
from .masking import Opening
from .needs import Needs, class_of
from .rules import SYSTEM_FIELDS, RuleBook


@dataclass(frozen=True, slots=True)
class Need:
    """A class that a department reads or writes. `column`: whose column of the matrix says so (its own, or that of one above);
    `fields`: those that its roles really open, as entity.field; `roles`: through which grants they do."""

    data_class: str
    cell: str
    column: str
    fields: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DepartmentNeeds:
    """What one department sees. `roles` work there."""

    department: str
    roles: tuple[str, ...]
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class ExceptionMade:
    """A grant that names its fields. `beyond`: those of them that the matrix does not open to the role."""

    role: str
    entity: str
    verbs: tuple[str, ...]
    fields: tuple[str, ...]
    beyond: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class NeedsReport:
    """All of it. `unclassed` are fields (entity.field) with their places; `unneeded` classes with no cell R or W; `unused`
    classes that no field has."""

    departments: tuple[DepartmentNeeds, ...]
    unclassed: tuple[tuple[str, str], ...]
    unneeded: tuple[str, ...]
    unused: tuple[str, ...]
    exceptions: tuple[ExceptionMade, ...]


def needs_report(catalog: Catalog) -> NeedsReport:
    """The report of a catalog."""
    classes = _by_class(catalog)
    cells = catalog.needs.needs
    return NeedsReport(
        tuple(_department(catalog, name, classes) for name in catalog.departments),
        tuple(_unclassed(catalog)),
        tuple(c for c in catalog.needs.classes if not {"R", "W"} & set(cells.get(c, {}).values())),
        tuple(c for c in catalog.needs.classes if c not in classes),
        tuple(_exceptions(catalog)),
    )


def _by_class(catalog: Catalog) -> dict[str, list[tuple[Entity, str]]]:
    found: dict[str, list[tuple[Entity, str]]] = {}
    for entity in catalog.entities.values():
        for field in entity.fields.values():
            data_class = class_of(catalog, entity, field)
            if data_class is not None and not (entity.retired or field.retired):
                found.setdefault(data_class, []).append((entity, field.name))
    return found


def _department(catalog: Catalog, name: str, classes: Mapping[str, list[tuple[Entity, str]]]) -> DepartmentNeeds:
    roles = tuple(sorted(r.role for r in catalog.roles.values() if r.department == name))
    needs = Needs(catalog, frozenset({name}))
    books = {role: RuleBook(catalog, frozenset({role}), frozenset({name}), True) for role in roles}
    books["everyone"] = RuleBook(catalog, frozenset(), frozenset({name}), True)
    open_to = {
        role: {e.name: Opening.of(book.rules(e.name, "read")).fields or frozenset() for e in catalog.entities.values()}
        for role, book in books.items()
    }
    column, found = needs.column(name), []
    for data_class, fields in classes.items():
        opened = {
            (entity.name, field): [r for r in books if field in open_to[r][entity.name]] for entity, field in fields
        }
        cell = needs.cell(data_class, name)
        shown = tuple(f"{e}.{f}" for (e, f), by in opened.items() if by)
        if cell != "-" or shown:
            by = sorted({role for roles in opened.values() for role in roles})
            found.append(Need(data_class, cell, column or "", shown, tuple(by)))
    return DepartmentNeeds(name, roles, tuple(found))


def _unclassed(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for entity in catalog.entities.values():
        for field in entity.fields.values():
            made = field.name in ("display", "position", entity.parent) or field.retired
            if not made and class_of(catalog, entity, field) is None:
                yield f"{entity.name}.{field.name}", str(field.where) if field.where else field.layer


def _exceptions(catalog: Catalog) -> Iterator[ExceptionMade]:
    places = catalog.grant_places or (("", None),) * len(catalog.grants)
    for grant, (layer, where) in zip(catalog.grants, places, strict=True):
        if grant.fields is None or grant.deny:
            continue
        place = f"{where.file}:{where.line}" if where is not None else layer
        for name in _entities(catalog, grant):
            beyond = tuple(f for f in grant.fields if not _by_matrix(catalog, grant, catalog.entities[name], f))
            yield ExceptionMade(grant.role, name, tuple(grant.verbs), tuple(grant.fields), beyond, place)


def _entities(catalog: Catalog, grant: GrantDef) -> list[str]:
    return [grant.entity] if grant.entity is not None else sorted(catalog.mixins.get(grant.mixin or "", ()))


def _by_matrix(catalog: Catalog, grant: GrantDef, entity: Entity, field: str) -> bool:
    """Whether the matrix would open the field to the grant's role anyway."""
    role = catalog.roles.get(grant.role)
    units = frozenset({role.department} if role is not None and role.department else ())
    who = units | {grant.role, "everyone"} | ({"steward"} if role is not None and role.steward else set())
    cell = "R" if set(grant.verbs) <= {"read", "history", "export"} else "W"
    known = entity.fields.get(entity.field_of_column.get(field, field))
    return known is None or Needs(catalog, units).opens(
        class_of(catalog, entity, known), who, "R" if cell == "R" else "W"
    )


def access_doubts(catalog: Catalog) -> list[Problem]:
    """Doubts about rules as they apply to a role: one that changes what it cannot read, one whose condition reads fields that
    its own role may not read (then which records it sees tells of them)."""
    found: dict[tuple[str, str], Problem] = {}
    for problem in _too_large(catalog):
        found[str(problem.where), problem.message] = problem
    for role in sorted(catalog.roles.keys() - {"admin"}):
        department = catalog.roles[role].department
        book = RuleBook(catalog, frozenset({role}), frozenset({department} if department else ()), True)
        for entity in catalog.entities.values():
            if entity.parent is None and not entity.retired:
                for problem in (*_blind(book, entity, role), *_reveals(catalog, book, entity, role)):
                    found.setdefault((str(problem.where), problem.message), problem)
    return list(found.values())


def _too_large(catalog: Catalog) -> Iterator[Problem]:
    """Entities that more is said of than one statement can hold: for a role, or for somebody who has them all."""
    roles, units = frozenset(catalog.roles) - {"admin"}, frozenset(catalog.departments)
    everybody = RuleBook(catalog, roles, units, True)
    for entity in catalog.entities.values():
        if entity.retired or _fits(catalog, entity, everybody):
            continue
        hint = "say what several grants say in one, with in [...]; or keep what they compare in one field"
        books = ((role, RuleBook(catalog, frozenset({role}), units, True)) for role in sorted(roles))
        alone = [role for role, book in books if not _fits(catalog, entity, book)]
        who = f"the role {alone[0]}" if alone else "somebody who has all roles"
        message = f"the rules of {who} for {entity.name} are more than one question can hold"
        yield Problem(message, "rules_too_large", where=entity.where, hint=hint)


def _fits(catalog: Catalog, entity: Entity, book: RuleBook) -> bool:
    for verb in ("read", "update"):
        opening = Opening.of(book.rules(entity.name, verb))
        for text in {opening.where, *opening.parts.values()} - {None}:
            try:
                compiled(catalog, entity.name, str(text))
            except ExprError:
                return False
    return True


def _blind(book: RuleBook, entity: Entity, role: str) -> Iterator[Problem]:
    if not Opening.of(book.rules(entity.name, "read")).is_closed:
        return
    for verb in ("update", "delete"):
        for rule in book.rules(entity.name, verb).grants:
            if rule.role == role:
                message = f"{role} may {verb} {entity.name} records, but read none of them"
                hint = f"grant {role} read on {entity.name} too, or take the grant out"
                yield Problem(message, "blind_write", where=rule.where, hint=hint)


def _reveals(catalog: Catalog, book: RuleBook, entity: Entity, role: str) -> Iterator[Problem]:
    for verb in ("read", "update", "delete"):
        rules = book.rules(entity.name, verb)
        for rule in (*rules.grants, *rules.denies):
            if rule.text is None or rule.role != role:
                continue
            reads = compiled(catalog, entity.name, rule.text).needs.fields
            hidden = sorted(f"{of}.{f}" for of, f in reads if not _is_read(book, of, f))
            if hidden:
                message = f"which records {role} sees of {entity.name} tells of {', '.join(hidden)}, which {role} may not read"
                hint = "decide by a field that the role reads, or open the field to it"
                yield Problem(message, "rule_reveals", where=rule.where or Where(place_of(rule)), hint=hint)


def _is_read(book: RuleBook, entity: str, field: str) -> bool:
    known = book.catalog.entities[entity]
    fields = Opening.of(book.rules(entity, "read")).fields
    return field in SYSTEM_FIELDS or fields is None or known.field_of_column.get(field, field) in fields
