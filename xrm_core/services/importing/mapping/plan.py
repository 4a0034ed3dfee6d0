"""A file's part of a mapping, compiled against the catalog and the file's columns: rows in, candidates for records out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from ....errors import ImportFault, Problem
from ....fields.standards import read_country
from ....language import _
from ....metamodel.catalog import Catalog, Entity
from ....metamodel.field_type import FieldFault
from ....metamodel.imports import FileDef, ImportDef, TargetDef, ValueDef
from ...writer import Writer, writer_of
from .paths import Getter, Names, Scope, items
from .steps import Reading, number_of, text_of, yes_no
from .texts import DateReader, NumberReader, ValueFault, moment_reader
from .values import Compiler, Made, Pending

OPEN = (Made, Pending)
"""Values that are links yet to be found."""
Check = Callable[[Scope], bool]
Convert = Callable[[Any], Any]


class Child(Struct, frozen=True):
    """A target whose records are child rows: the owning entity, its field, the child's link column, the target it goes with."""

    owner: str
    field: str
    link: str
    inline: str | None


class TargetPlan(Struct, eq=False):
    """A target ready to be applied to rows."""

    spec: TargetDef
    entity: Entity
    writer: Writer
    fields: list[tuple[str, Getter, Convert | None]]
    create: list[tuple[str, Getter, Convert | None]]
    lets: list[tuple[str, Getter]]
    when: Check | None
    key: tuple[str, ...]
    child: Child | None = None
    depends: frozenset[str] = frozenset()
    keeps: frozenset[str] = frozenset()
    """Columns that a blank cell never clears: those with a default, and required ones."""

    @property
    def name(self) -> str:
        """The target's name in its file."""
        return self.spec.name


class Candidate(Struct, eq=False):
    """A record that a row may become: what it is to hold, and what became of it in the attempt at hand. `values` are those
    `given`, unless links in them were found since."""

    plan: TargetPlan
    number: int
    scope: Scope
    given: dict[str, Any]
    values: dict[str, Any]
    create: dict[str, Any] = field(default_factory=dict)
    waits: bool = False
    faults: tuple[Problem, ...] = ()
    id: str | None = None
    status: str | None = None
    note: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def reset(self) -> None:
        """Forget the attempt."""
        self.values, self.problems = self.given, list(self.faults)
        self.id = self.status = self.note = None


class FilePlan(Struct, eq=False):
    """A file ready to be read: its targets in order."""

    spec: FileDef
    names: Names
    targets: list[TargetPlan]
    lets: list[tuple[str, Getter]]
    when: Check | None
    main: str
    notes: list[str] = field(default_factory=list)

    def candidates(
        self, number: int, data: Mapping[str, Any], only: frozenset[str] | None = None
    ) -> list[Candidate] | None:
        """What the row at `number` of its chunk becomes; None when the file's condition leaves it out.

        Values that cannot be read are problems of their candidate.
        """
        root = Scope(data)
        name_values(root, self.lets)
        if self.when is not None and not self.when(root):
            return None
        scopes: dict[str, list[Scope]] = {}
        found: list[Candidate] = []
        for target in self.targets:
            if only is not None and target.name not in only:
                continue
            for scope in _scopes(root, target.spec.each, scopes):
                candidate = candidate_of(target, number, scope)
                if candidate is not None:
                    found.append(candidate)
        return found


def _scopes(root: Scope, path: str | None, known: dict[str, list[Scope]]) -> list[Scope]:
    """The scopes of `each`, shared by the targets of a row so that inner items know the outer ones."""
    if path is None:
        return [root]
    if path not in known:
        outer, _, inner = path.rpartition("[].")
        around = _scopes(root, outer + "[]", known) if outer else [root]
        known[path] = [item for scope in around for item in items(scope, inner)]
    return known[path]


def name_values(scope: Scope, lets: list[tuple[str, Getter]]) -> None:
    """Note the values that `let` names."""
    for name, get in lets:
        try:
            scope.lets[name] = get(scope)
        except ValueFault:
            scope.lets[name] = None


def candidate_of(target: TargetPlan, number: int, scope: Scope) -> Candidate | None:
    """What the row becomes by this target; None where the target's condition leaves it out."""
    if target.lets:
        name_values(scope, target.lets)
    if target.when is not None and not target.when(scope):
        return None
    given: dict[str, Any] = {}
    candidate = Candidate(target, number, scope, given, given)
    for place, columns in ((candidate.given, target.fields), (candidate.create, target.create)):
        for name, get, convert in columns:
            try:
                value = get(scope)
                if convert is not None and value is not None:
                    value = convert(value)
            except (ValueFault, ArithmeticError) as fault:
                candidate.problems.append(Problem(str(fault), "value", name))
                continue
            if type(value) in OPEN:
                candidate.waits = True
            place[name] = value
    candidate.faults = tuple(candidate.problems)
    return candidate


class PlanMaker(Struct):
    """Makes the plans of a mapping's files."""

    catalog: Catalog
    mapping: ImportDef

    def plan(self, spec: FileDef, names: Names, pass_: int = 1) -> FilePlan:
        """The plan of a file for one of its passes. Raises ImportFault naming what the catalog or the file does not have."""
        reading = Reading(
            blank=frozenset([*self.mapping.blank, *spec.blank]), dates=(*spec.dates, *self.mapping.dates),
            numbers=spec.numbers or self.mapping.numbers, country=_country,
        )  # fmt: skip
        targets = frozenset(target.name for target in spec.targets)
        compiler = Compiler(names, reading, self.mapping.origin, targets)
        lets = [(name, compiler.value(value)) for name, value in _named(spec.let, names)]
        plans = [self._target(target, compiler, reading) for target in spec.targets if target.pass_ <= pass_]
        when = compiler.condition(spec.when) if spec.when else None
        made = FilePlan(spec, names, plans, lets, when, spec.main.name)
        if pass_ == 1:  # columns that only a later pass reads are taken, too
            for target in spec.targets:
                if target.pass_ > 1:
                    self._target(target, compiler, reading)
        unused = [c for c in names.columns or () if c not in names.used and c not in spec.ignore]
        if unused and pass_ == 1:
            made.notes.append(f"{names.file}: columns not taken: {', '.join(unused)}")
        return made

    def _target(self, spec: TargetDef, compiler: Compiler, reading: Reading) -> TargetPlan:
        where = f"import {self.mapping.name}, {compiler.names.file}, target {spec.name}"
        entity = self.catalog.entities.get(spec.entity)
        if entity is None:
            raise ImportFault(
                _("{where}: there is no entity {entity!r}", where=where, entity=spec.entity), code="unknown_entity"
            )
        writer = writer_of(self.catalog, spec.entity)
        lets = [(name, compiler.value(value)) for name, value in _named(spec.let, compiler.names)]
        child = self._child(spec, entity)
        key = tuple(spec.key) or (("source", "source_key") if {"source", "source_key"} <= set(writer.owner) else ())
        if not key and child is None:
            hint = _("name the fields that identify a record")
            raise ImportFault(
                _("{where}: {entity} has no source_key, and `key` is missing", where=where, entity=spec.entity),
                code="key",
                hint=hint,
            )
        for name in [*spec.fields, *spec.create, *spec.add, *key]:
            if name not in writer.owner:
                raise ImportFault(
                    f"{where}: {writer.unknown(name).message}", code="unknown_field", hint=writer.unknown(name).hint
                )
        source = (
            [] if "source" in spec.fields or "source" not in key else [("source", _constant(self.mapping.origin), None)]
        )
        used = [*spec.fields.values(), *spec.create.values(), *spec.add.values()]
        return TargetPlan(
            spec, entity, writer,
            fields=source + [self._column(n, value, writer, compiler, reading) for n, value in {**spec.fields, **spec.add}.items()],
            create=[self._column(name, value, writer, compiler, reading) for name, value in spec.create.items()],
            lets=lets, when=compiler.condition(spec.when) if spec.when else None, key=key, child=child,
            depends=frozenset(target for value in used for target in _targets_of(value)),
            keeps=frozenset(n for n, f in writer.owner.items() if f.default is not None or f.required),
        )  # fmt: skip

    def _child(self, spec: TargetDef, entity: Entity) -> Child | None:
        if entity.parent is None:
            return None
        link = entity.fields[entity.parent].columns[0]
        owner = link.kind.entities[0]
        name = next(
            n for n, c in self.catalog.entity(owner).children.items() if c.entity == entity.name and c.kind != "reverse"
        )
        value = spec.fields.get(link.name)
        if value is None:
            raise ImportFault(
                _(
                    "target {spec}: a row of {name} needs its {owner} ({link})",
                    spec=spec.name,
                    name=name,
                    owner=owner,
                    link=link.name,
                ),
                code="key",
            )
        return Child(owner, name, link.name, value.target)

    def _column(
        self, name: str, value: ValueDef, writer: Writer, compiler: Compiler, reading: Reading
    ) -> tuple[str, Getter, Convert | None]:
        field = writer.owner[name]
        kind = next(c.kind.kind for c in field.columns if c.name == name)
        explicit = {step.name for step in value.steps}
        plain = isinstance(value.column, str) and not value.steps and compiler.names.plain(value.column) is not None
        convert: Convert | None = None
        if kind in ("int", "decimal") and plain:
            convert = NumberReader(reading.numbers, whole=kind == "int")
        elif kind in ("decimal", "int") and not explicit & {"number", "times"}:
            convert = lambda found: number_of(found, reading.numbers)  # noqa: E731
        elif kind == "date" and "date" not in explicit:
            read = DateReader(reading.dates)
            convert = read if plain else lambda found: read(found) if isinstance(found, str) else found
        elif kind == "datetime":
            moment = moment_reader(reading.dates)
            convert = lambda found: moment(found) if isinstance(found, str) else found  # noqa: E731
        elif kind == "bool":
            convert = yes_no
        elif kind == "text" and not plain:
            convert = lambda found: found if isinstance(found, str) else text_of(found)  # noqa: E731
        return name, compiler.value(value), convert if plain or convert is None else _past_links(convert)


def _past_links(convert: Convert) -> Convert:
    return lambda found: found if type(found) in OPEN else convert(found)


def _constant(value: Any) -> Getter:
    return lambda scope: value


def _named(lets: Mapping[str, ValueDef], names: Names) -> Iterator[tuple[str, ValueDef]]:
    """Named values in order; each may use those before it."""
    for name, value in lets.items():
        yield name, value
        names.lets.add(name)


def _targets_of(value: ValueDef) -> set[str]:
    """Names of the targets that a value refers to."""
    found = {value.target} if value.target else set()
    inner = [*value.first, *value.list_, *value.by.values(), *([value.key] if value.key else [])]
    return found.union(*(_targets_of(one) for one in inner)) if inner else found


@lru_cache(maxsize=10_000)
def _country(text: str) -> str | None:
    """The code of a country by its code or name; None for an unknown one."""
    try:
        return read_country(text, "en")
    except FieldFault:
        return None
