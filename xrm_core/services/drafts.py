"""Drafts: intended writes with typed values, and the problems found so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct, field

from ..errors import InvalidRecord, Problem, Refused
from ..expressions.values import round_to
from ..language import _
from ..metamodel.catalog import Children, Field
from ..metamodel.field_type import FieldFault
from ..metamodel.values import Action, Change, Record
from ..storage.ids import new_id
from .permits import REFUSED, hidden, is_guarded, kept_by_imports, unknown
from .work import Work
from .writer import Writer, writer_of

FREE_DOORS = frozenset({"import", "sample"})
"""Doors through which a record may come in any state, with numbers of its own."""
OWN_DOORS = frozenset({"hook", "job"})
"""Doors of what plugins ask for: they may set what people may not."""

REMEMBERED, SHORT = 1000, 40
"""Texts of one column whose values are remembered while many records are written, and how short they are: codes, countries
and dates recur."""


class Draft(Struct):
    """One intended write. `given` are the columns that the actor named; `children` the rows a child table will have.

    Where the actor's rights are to be asked: `verb` is what he asks for (None: it is the platform's own doing), `asked` the
    columns, `wanted` the child rows that he named himself."""

    action: Action
    id: str
    before: Record
    after: dict[str, Any]
    given: frozenset[str] = frozenset()
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    transition: str | None = None
    reason: str | None = None
    problems: list[Problem] = field(default_factory=list)
    parts: dict[str, list[Draft]] = field(default_factory=dict)
    parent: tuple[str, str] | None = None
    verb: str | None = None
    asked: frozenset[str] = frozenset()
    wanted: Mapping[str, Sequence[Mapping[str, Any]]] | None = None

    @property
    def changed(self) -> bool:
        """Is there anything to write in the record itself?"""
        before = self.before
        return self.action != "update" or any(before.get(k) != v for k, v in self.after.items())

    @property
    def parts_changed(self) -> bool:
        """Is there anything to write in its child rows?"""
        return any(part.changed or part.parts_changed for parts in self.parts.values() for part in parts)

    def change(self, entity: str, door: str) -> Change:
        """The draft as hooks see it."""
        return Change(
            entity, self.action, self.id, self.before, self.after, door, self.transition, self.reason, self.children
        )


def fault_problem(fault: FieldFault, owner: Field, prefix: str = "") -> Problem:
    """The problem of a value that a field type refused."""
    return Problem(fault.message, code=fault.code, field=prefix + (fault.part or owner.name), hint=fault.hint)


def accept(
    work: Work, writer: Writer, values: Mapping[str, Any], texts: bool
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]], list[Problem]]:
    """Check and normalise what was given: typed columns, typed child rows, problems.

    `texts` says that the values are texts of a form or file, to be read leniently.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    problems: list[Problem] = []
    if is_guarded(work):
        values = _existing(work, writer, values, problems)
    given, others = _accept_plain(work, writer, values, texts, problems)
    if others:
        more, faults = accept_other(work, writer, values, others, texts, rows)
        given.update(more)
        problems += faults
    return given, rows, problems


def _existing(work: Work, writer: Writer, values: Mapping[str, Any], problems: list[Problem]) -> Mapping[str, Any]:
    """The values of fields that exist for the actor; others are problems, as names that are none."""
    gone = hidden(work, writer.entity.name)
    problems += [unknown(work, writer, name) for name in values if name in gone]
    return {name: value for name, value in values.items() if name not in gone} if gone else values


def accept_other(
    work: Work, writer: Writer, values: Mapping[str, Any], names: Sequence[str], texts: bool, rows: dict[str, list[dict[str, Any]]]
) -> tuple[dict[str, Any], list[Problem]]:  # fmt: skip
    """`accept` for the names that are no plain columns; child rows go into `rows`."""
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    compound: dict[str, tuple[Field, dict[str, Any]]] = {}
    for name in names:
        _accept_other(work, writer, name, values[name], texts, given, rows, compound, problems)
    for owner, parts in compound.values():
        try:
            as_text = texts and all(isinstance(v, str) for v in parts.values())
            given.update(
                owner.type.read(parts, owner, work.env) if as_text else owner.type.accept(parts, owner, work.env)
            )
        except FieldFault as fault:
            problems.append(fault_problem(fault, owner))
    return given, problems


def _accept_plain(
    work: Work, writer: Writer, values: Mapping[str, Any], texts: bool, problems: list[Problem]
) -> tuple[dict[str, Any], list[str]]:
    """The values of fields of one column, and the names of all others. One function for all columns: it is the innermost
    loop of imports."""
    given: dict[str, Any] = {}
    others: list[str] = []
    env, plain = work.env, writer.plain
    memory = None if work.remembered is None else work.remembered.setdefault((writer.entity.name, texts), {})
    for name, raw in values.items():
        direct = plain.get(name)
        if direct is None:
            others.append(name)
            continue
        if raw is None:
            given[name] = writer.blank[name]
            continue
        known: dict[str, Any] | None = None
        if memory is not None and type(raw) is str and len(raw) < SHORT:
            known = memory.get(name)
            if known is None:
                known = memory[name] = {}
            elif raw in known:
                given[name] = known[raw]
                continue
        value, parse, owner = direct
        try:
            if not texts or not isinstance(raw, str):
                read = value(raw, owner, env)
            elif parse is not None:
                read = parse(text, owner, env) if (text := raw.strip()) else None
            else:
                read = owner.type.read({name: raw}, owner, env)[name]
        except FieldFault as fault:
            problems.append(fault_problem(fault, owner))
            continue
        given[name] = read
        if known is not None and len(known) < REMEMBERED and type(read) is not list and type(read) is not dict:
            known[raw] = read
    return given, others


def _accept_other(
    work: Work, writer: Writer, name: str, raw: Any, texts: bool, given: dict[str, Any], rows: dict[str, list[dict[str, Any]]],
    compound: dict[str, tuple[Field, dict[str, Any]]], problems: list[Problem],
) -> None:  # fmt: skip
    """What is no plain column: parts of compounds, child rows, read-only fields, numbers, names that do not exist."""
    owner = writer.owner.get(name)
    free = work.door in FREE_DOORS or work.door in OWN_DOORS
    if owner is None:
        if name in writer.rows:
            rows[name] = _accept_rows(work, writer.rows[name], raw, texts, problems)
        else:
            problems.append(unknown(work, writer, name))
    elif owner.read_only and not free:
        problems.append(Problem(_("{name} cannot be set", name=name), code="read_only", field=name))
    elif owner.type.name == "sequence":
        _accept_number(work, owner, raw, given, problems, free)
    elif owner.name not in writer.simple:
        compound.setdefault(owner.name, (owner, {}))[1][name] = raw
    elif raw is None:
        given[name] = writer.blank[name]
    else:
        try:
            as_text = texts and isinstance(raw, str)
            given.update(
                owner.type.read({name: raw}, owner, work.env)
                if as_text
                else owner.type.accept({name: raw}, owner, work.env)
            )
        except FieldFault as fault:
            problems.append(fault_problem(fault, owner))


def _accept_number(
    work: Work, owner: Field, raw: Any, given: dict[str, Any], problems: list[Problem], free: bool
) -> None:
    if raw in (None, ""):
        return
    if not free:
        problems.append(
            Problem(_("{owner} is numbered by the platform", owner=owner.name), code="read_only", field=owner.name)
        )
    elif not isinstance(raw, str) or len(raw) > 200:
        problems.append(
            Problem(
                _("{owner} is no text of at most 200 characters", owner=owner.name), code="invalid", field=owner.name
            )
        )
    else:
        given[owner.name] = raw


def _accept_rows(
    work: Work, children: Children, raw: Any, texts: bool, problems: list[Problem]
) -> list[dict[str, Any]]:
    """Type the rows of a child table. A row may carry `id` to say which stored row it is; nested child rows stay inside."""
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        problems.append(
            Problem(_("{children} is a list of rows", children=children.name), code="invalid", field=children.name)
        )
        return []
    writer = writer_of(work.catalog, children.entity)
    typed: list[dict[str, Any]] = []
    for n, row in enumerate(raw):
        if not isinstance(row, Mapping):
            problems.append(Problem(_("a row is an object"), code="invalid", field=f"{children.name}[{n}]"))
            continue
        values = {k: v for k, v in row.items() if k not in ("id", children.by, "version")}
        given, nested, faults = accept(work, writer, values, texts)
        problems += [Problem(p.message, p.code, f"{children.name}[{n}].{p.field}", p.where, p.hint) for p in faults]
        typed.append({**given, **nested, **({"id": row["id"]} if row.get("id") else {})})
    return typed


def new_draft(
    work: Work, writer: Writer, values: Mapping[str, Any], *, texts: bool = False, id: str | None = None
) -> Draft:
    """A draft of a new record: what was given over what is default."""
    given, rows, problems = accept(work, writer, values, texts)
    id = id or new_id()
    draft = Draft("create", id, {}, {**writer.blank, "id": id}, frozenset(given), rows, problems=problems)
    work.unwritten.add(id)
    draft.after.update(given)
    apply_defaults(work, writer, draft)
    claim(work, draft, "create", writer.entity.name)
    return draft


def claim(work: Work, draft: Draft, verb: str, entity: str) -> None:
    """Note that the actor himself asks for this, so that his rights are asked (not for what an import notes of its source)."""
    if is_guarded(work):
        draft.verb, draft.asked = verb, draft.given - kept_by_imports(work, entity)
        draft.wanted = {name: tuple(rows) for name, rows in draft.children.items()}


def apply_defaults(
    work: Work, writer: Writer, draft: Draft, constants: Sequence[tuple[Field, Any]] | None = None
) -> None:
    """Fill what nobody gave: constants first (all, or those given), then defaults computed from the record so far."""
    for owner, value in writer.constants if constants is None else constants:
        if draft.given.isdisjoint(writer.names[owner.name]):
            put(work, owner, draft, owner.columns[0].name, value)
    for owner, expression in writer.computed:
        name = owner.columns[0].name
        if name not in draft.given:
            put_result(work, owner, draft, name, expression.python(work.context(draft.after)))


def put(work: Work, owner: Field, draft: Draft, column: str, value: Any) -> None:
    """Set what was not typed by anyone, in the form it is stored in; what the field does not take is a problem of the draft.
    A number with too many places is refused, not cut."""
    if owner.type.name == "sequence":
        draft.after[column] = value
        return
    try:
        draft.after.update(owner.type.accept({column: value}, owner, work.env))
    except FieldFault as fault:
        draft.problems.append(fault_problem(fault, owner))


def put_result(work: Work, owner: Field, draft: Draft, column: str, value: Any) -> None:
    """Set what an expression gave: like a formula's, a number is rounded to the places that the column has."""
    kind = next(c.kind for c in owner.columns if c.name == column)
    put(
        work,
        owner,
        draft,
        column,
        round_to(value, kind.scale) if isinstance(value, Decimal) and kind.kind == "decimal" else value,
    )


def update_draft(
    work: Work, writer: Writer, record: Record, values: Mapping[str, Any], *, texts: bool = False
) -> Draft:
    """A draft of a change to a stored record. Columns that are not named keep their value."""
    given, rows, problems = accept(work, writer, values, texts)
    before = dict(record)
    draft = Draft("update", before["id"], before, {**before, **given}, frozenset(given), rows, problems=problems)
    claim(work, draft, "update", writer.entity.name)
    return draft


def refuse(problems: Sequence[Problem], entity: str) -> InvalidRecord | Refused:
    """The error for a record with problems; what the actor may not do comes before what is wrong otherwise."""
    closed = [p for p in problems if p.code == REFUSED]
    if closed:
        return Refused(closed[0].message, code="refused", hint=closed[0].hint, problems=tuple(closed))
    fields = ", ".join(dict.fromkeys(p.field for p in problems if p.field)) or _("the record")
    return InvalidRecord(
        _("{entity} was not saved: see {fields}", entity=entity, fields=fields),
        code="invalid_record",
        problems=tuple(problems),
    )
