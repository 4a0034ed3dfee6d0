"""What pages about access call verbs, classes of data, roles and conditions: by their labels, in the reader's language."""

from __future__ import annotations

from ..access.access_map import NAMELESS, Line, Subject
from ..language import N_, _
from ..metamodel.definitions import Label
from ..metamodel.text import say
from ..services.work import Work

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


def department_word(work: Work, code: str) -> str:
    """A department."""
    known = work.catalog.departments.get(code)
    return _written(known.label if known is not None else None, work, code)


def _written(label: Label | None, work: Work, name: str) -> str:
    """A label as it stands in the metadata, in the reader's language; the name where there is none."""
    if label is None or isinstance(label, str):
        return label or name
    return say(label, work.language)


def rows_word(line: Line) -> str:
    """On which rows: all, or the conditions as they are written."""
    opened = _("all") if line.rows is None else " || ".join(line.rows)
    if not line.but:
        return opened
    return _("{rows}, but not: {others}", rows=opened, others=" || ".join(line.but))
