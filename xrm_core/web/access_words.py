"""What pages about access call verbs, classes of data, roles and conditions: by their labels, in the reader's language."""

from __future__ import annotations

from ..access.access_map import NAMELESS, Line, Subject
from ..access.explaining import Naming
from ..access.words import entity_called, verb_called
from ..expressions import ExprError
from ..language import N_, _
from ..metamodel.definitions import Label
from ..metamodel.text import say
from ..services.work import Work
from .filtering import in_words
from .models import Cell
from .targets import SYSTEM

SYSTEM_LABELS = {
    **SYSTEM, "id": N_("Id"), "version": N_("Version"), "display": N_("Title"), "deleted_at": N_("Deleted"),
    "deleted_by": N_("Deleted by"), "source": N_("Source"), "source_key": N_("Key in the source"),
}  # fmt: skip
"""What every record has besides the fields of its entity."""


def verb_word(work: Work, entity: str, verb: str) -> str:
    """A verb as people read it: one of every entity, a step of its lifecycle, an action of a plugin."""
    return verb_called(work.catalog, work.host, entity, verb)


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
    if known is not None:
        return say(known.label, work.language)
    return _(SYSTEM_LABELS[name]) if name in SYSTEM_LABELS else name


def naming_of(work: Work, entity: str) -> Naming:
    """What the sentences of an explanation about an entity call roles, verbs and the rest of it."""

    def name(kind: str, code: str) -> str:
        if kind == "verb":
            return verb_word(work, entity, code)
        if kind == "entity":
            return entity_called(work.catalog, code)
        if kind == "class":
            return class_word(work, code)
        if kind == "field":
            return field_word(work, entity, code)
        if kind == "condition":
            return condition_word(work, entity, code)
        return who_word(work, code)  # a role, or a column of the needs matrix

    return name


def who_word(work: Work, code: str) -> str:
    """A role, a department, or one of the names that the needs matrix has besides."""
    if code == "everyone":
        return _("Everyone who is signed in")
    return role_word(work, code) if code in work.catalog.roles else department_word(work, code)


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
