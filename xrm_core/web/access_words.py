"""What pages about access call verbs, classes of data, roles and conditions: by their labels, in the reader's language."""

from __future__ import annotations

from ..access.access_map import NAMELESS, Line, Subject
from ..expressions import ExprError
from ..language import N_, _
from ..metamodel.definitions import Label
from ..metamodel.text import say
from ..services.work import Work
from .filtering import in_words
from .models import Cell

VERBS = {
    "read": N_("read"),
    "create": N_("create"),
    "update": N_("change"),
    "delete": N_("delete"),
    "restore": N_("restore"),
    "purge": N_("purge"),
    "export": N_("export"),
    "import": N_("import"),
    "history": N_("see the history"),
}
"""The verbs of every entity."""


def verb_word(work: Work, entity: str, verb: str) -> str:
    """A verb as people read it: one of every entity, a step of its lifecycle, an action of a plugin."""
    if verb in VERBS:
        return _(VERBS[verb])
    cycle = work.catalog.entities[entity].lifecycle
    if cycle is not None and verb in cycle.transitions:
        return say(cycle.transitions[verb].label, work.language)
    spec = work.host.actions.get((entity, verb))
    if spec is None:
        return verb
    return spec.label if isinstance(spec.label, str) else say(spec.label, work.language)


def class_word(work: Work, name: str) -> str:
    """A class of data."""
    if name == NAMELESS:
        return _("without a class")
    known = work.catalog.needs.classes.get(name)
    return _written(known.label if known is not None else None, work, name)


def subject_word(work: Work, subject: Subject) -> str:
    """A role, a department's people, or everybody."""
    if subject.role is not None:
        return _written(work.catalog.roles[subject.role].label, work, subject.role)
    if subject.department is not None:
        return _("Everyone in {department}", department=department_word(work, subject.department))
    return _("Everyone who is signed in") if subject.name == "everyone" else _("Anybody")


def role_word(work: Work, name: str) -> str:
    """A role by its name."""
    known = work.catalog.roles.get(name)
    return _written(known.label if known is not None else None, work, name)


def field_word(work: Work, entity: str, name: str) -> str:
    """A field of an entity."""
    known = work.catalog.entities[entity].fields.get(name)
    return say(known.label, work.language) if known is not None else name


def department_word(work: Work, code: str) -> str:
    """A department."""
    known = work.catalog.departments.get(code)
    return _written(known.label if known is not None else None, work, code)


def _written(label: Label | None, work: Work, name: str) -> str:
    """A label as it stands in the metadata, in the reader's language; the name where there is none."""
    if label is None or isinstance(label, str):
        return label or name
    return say(label, work.language)


def condition_word(work: Work, entity: str, text: str) -> str:
    """A condition as a sentence; as it is written where it has none."""
    try:
        return in_words(work, work.catalog.entities[entity], text)
    except ExprError:
        return text


def rows_cell(work: Work, line: Line) -> Cell:
    """On which rows: all, or the conditions in words, which open as they are written."""
    written = (*(line.rows or ()), *line.but)
    opened, but = (
        _(" or ").join(condition_word(work, line.entity, one) for one in some) for some in (line.rows or (), line.but)
    )
    rows = _("all") if line.rows is None else opened
    text = _("{rows}, but not: {others}", rows=rows, others=but) if line.but else rows
    return (
        Cell(kind="folded", text=text, items=tuple(Cell(text=one) for one in written)) if written else Cell(text=text)
    )
