"""Focus: what of the layout comes first, by the department in which somebody works just now and his roles. It orders what
access leaves, and opens nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar
from urllib.parse import parse_qs

from ..metamodel.catalog import Form
from ..metamodel.text import as_text, say
from ..services.work import Work

IS_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}").fullmatch
FACT = "focus"
"""Name among the facts of a work: the department that the reader chose, whatever it is worth."""


class Whose(Protocol):
    """What may be laid out for some departments and roles."""

    @property
    def departments(self) -> Sequence[str]:
        """Their departments."""

    @property
    def roles(self) -> Sequence[str]:
        """Their roles."""


Laid = TypeVar("Laid", bound=Whose)


def chosen_in(cookie: str) -> str:
    """The department that a reader's cookie names; '' where it names none."""
    found = parse_qs(cookie).get("focus", [""])[0]
    return found if IS_NAME(found) else ""


def choices(work: Work) -> tuple[str, ...]:
    """The departments in which the reader works, in their order: those that he belongs to, else those of his roles."""
    roles = (work.catalog.roles[r].department for r in work.actor.roles if r in work.catalog.roles)
    mine = set(work.actor.units)
    mine |= {r for r in roles if r is not None and not any(r in _line(work, unit) for unit in work.actor.units)}
    return tuple(d for d in work.catalog.departments if d in mine)


def department(work: Work) -> str | None:
    """The department that the reader works in just now: the one he chose, else his own; None where he works in none."""
    found = choices(work)
    if len(found) < 2:
        return next(iter(found), None)
    asked = work.facts.get(FACT)
    return asked if asked in found else _home(work) or found[0]


def _home(work: Work) -> str | None:
    """The department that stands in the user's own record."""
    user = work.load("user", str(work.actor.acts_as)) if work.actor.acts_as else None
    home = work.load("department", str(user["department"])) if user and user.get("department") else None
    code = str(home["code"]) if home else None
    return code if code in choices(work) else None


def label(work: Work, code: str) -> str:
    """What a department is called."""
    return say(as_text(work.catalog.departments[code].label, code), work.language)


def line(work: Work) -> tuple[str, ...]:
    """The department of the focus, then those above it. The topmost is that of the whole house: it counts for its own people."""
    code = department(work)
    return _line(work, code) if code is not None else ()


def _line(work: Work, code: str) -> tuple[str, ...]:
    known, made = work.catalog.departments, [code]
    while (above := known[made[-1]].parent if made[-1] in known else None) is not None and above not in made:
        made.append(above)
    return tuple(d for d in made if d == code or (d in known and known[d].parent is not None))


def is_for(work: Work, block: Whose) -> bool:
    """Is it laid out for the reader, by department or role?"""
    return not work.actor.roles.isdisjoint(block.roles) or not set(line(work)).isdisjoint(block.departments)


def is_offered(work: Work, block: Whose) -> bool:
    """Does it belong to everybody, to the reader, or does the reader look over all departments?"""
    everybodys = not (block.departments or block.roles)
    if everybodys or is_for(work, block) or work.access.is_unlimited:
        return True
    return not block.roles and department(work) is None


def first(work: Work, blocks: Iterable[Laid]) -> list[Laid]:
    """What is laid out for the reader before the others, both in the order in which they came."""
    return sorted(blocks, key=lambda block: not is_for(work, block))


def form_of(work: Work, entity: str) -> Form:
    """The form of an entity: that of the reader's department, else of the nearest above it, else the general one."""
    return own_form(work, entity) or work.catalog.forms[entity]


def own_form(work: Work, entity: str) -> Form | None:
    """The form that the reader's department, or the nearest above it, has for an entity: it tells what matters to them."""
    forms = work.catalog.forms
    return next((forms[key] for code in line(work) if (key := f"{entity}@{code}") in forms), None)
