"""Inputs on a screen of a plugin: those of a new record, and those that the screen itself asks for; and what was typed into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import Problem
from ..metamodel.catalog import Entity, Field
from ..metamodel.field_type import FieldFault
from ..services.action_specs import field_of
from ..services.drafts import fault_problem
from ..services.sight import reads_path
from ..services.work import Work
from .asked import Asked
from .drawing import defaults_of
from .inputs import input_of
from .models import FormField
from .offered import writable
from .posted import take_fields

Asks = Mapping[str, Mapping[str, Any]]
"""What a screen asks for: each written as a field of an entity."""
HOLDER = "user"
"""The entity that such fields name as theirs; they are no fields of it."""


def errors_of(problems: Sequence[Problem], prefix: str) -> dict[str, list[str]]:
    """Name of an input -> what is wrong with it; `prefix` stands before the names."""
    made: dict[str, list[str]] = {}
    for problem in problems:
        if problem.field:
            made.setdefault(prefix + problem.field, []).append(problem.message[:1].upper() + problem.message[1:])
    return made


def drawn(
    work: Work, asked: Asked, problems: Sequence[Problem], entity: str, names: Sequence[str], given: Mapping[str, str]
) -> tuple[FormField, ...]:
    """Inputs for fields of a new record, with what is given, or was sent in them."""
    known = work.entity(entity)
    fields = fresh(work, known, names)
    texts: dict[str, Any] = {k: v for f in fields for k, v in defaults_of(f, work.env).items()}
    texts |= {c.name: given[c.name] for f in fields for c in f.columns if given.get(c.name)}
    texts |= take_fields(work, known, fields, asked).texts
    return tuple(input_of(work, f, texts, errors_of(problems, "")) for f in fields)


def taken(work: Work, asked: Asked, entity: str, names: Sequence[str]) -> tuple[Mapping[str, Any], Sequence[Problem]]:
    """What such inputs hold, and what was wrong with them."""
    known = work.entity(entity)
    posted = take_fields(work, known, fresh(work, known, names), asked)
    return {k: v for k, v in posted.values().items() if v != ""}, posted.problems


def fresh(work: Work, entity: Entity, names: Sequence[str]) -> list[Field]:
    """The fields of these names that the reader may fill in a new record."""
    may = writable(work, entity, None)
    known = (entity.fields[n] for n in names if n in entity.fields)
    return [f for f in known if may.opens(f.name) and reads_path(work, entity, f.name)]


def asks(work: Work, asked: Asked, problems: Sequence[Problem], wanted: Asks, prefix: str) -> tuple[FormField, ...]:
    """Inputs of what a screen asks for, with what was sent in them; `prefix` stands before their names, and those of problems."""
    fields = _made(work, wanted)
    texts: dict[str, Any] = {k: v for f in fields for k, v in defaults_of(f, work.env).items()}
    texts |= take_fields(work, work.entity(HOLDER), fields, asked, prefix).texts
    return tuple(input_of(work, f, texts, errors_of(problems, ""), prefix=prefix) for f in fields)


def answers(work: Work, asked: Asked, wanted: Asks, prefix: str) -> tuple[Mapping[str, Any], Sequence[Problem]]:
    """What such inputs hold, read as their types say; and what could not be, named as the inputs are."""
    fields = _made(work, wanted)
    posted = take_fields(work, work.entity(HOLDER), fields, asked, prefix)
    values: dict[str, Any] = {}
    problems = [Problem(p.message, p.code, f"{prefix}{p.field}", hint=p.hint) for p in posted.problems]
    for field in fields:
        raw = {c.name: posted.texts[c.name] for c in field.columns if c.name in posted.texts}
        try:
            values |= field.type.read(raw, field, work.env) if raw else {}
        except FieldFault as fault:
            problems.append(fault_problem(fault, field, prefix))
    return values, problems


def _made(work: Work, wanted: Asks) -> list[Field]:
    return [field_of(work.host, work.catalog, HOLDER, name, authored) for name, authored in wanted.items()]
