"""Whose records a tile shows, and what is to be reached: their inputs in the form of a tile, and what they mean."""

from __future__ import annotations

from math import isfinite

from ..fields.locales import number_style
from ..fields.numerals import read_number
from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.field_type import FieldFault
from ..services.sight import reads_path
from ..services.work import Work
from .models import FormField, Option
from .paths import resolve

KINDS = {"mine": "mine", "page": "owner"}
"""What is chosen -> how a tile says it."""


def owners_of(work: Work, entity: Entity) -> list[str]:
    """Fields that say whose a record is, as far as the reader reads them."""
    found = (f for f in entity.fields.values() if f.type.name == "user" and not f.retired and not f.hidden)
    return [f.name for f in found if reads_path(work, entity, f.name)]


def options(work: Work, entity: Entity, now: str) -> list[Option]:
    """Everybody's, those of whoever looks, those of whom the page chooses; none where nobody is said to have a record."""
    made = [Option(value="", label=_("Everybody"), selected=not now)]
    for name in owners_of(work, entity):
        what = resolve(work, entity.name, name).label
        for value, text in (
            (f"mine:{name}", _("Only mine, whoever looks: {field}", field=what)),
            (f"page:{name}", _("Of whom the page chooses: {field}", field=what)),
        ):
            made.append(Option(value=value, label=text, selected=value == now))
    return made if len(made) > 1 else []


def written(work: Work, entity: Entity, chosen: str) -> dict[str, str]:
    """A choice of `options` as a tile says it."""
    how, _colon, path = chosen.partition(":")
    name = KINDS.get(how)
    return {name: path} if name is not None and path in owners_of(work, entity) else {}


def number(work: Work, text: str) -> float | None:
    """A number as it is typed in the reader's language; None for what is none."""
    style = number_style(work.language)
    try:
        found = float(read_number(text, style.decimal, style.group))
    except (FieldFault, ArithmeticError):
        return None
    return found if isfinite(found) else None


def goal_fields(work: Work, goal: str, less: bool) -> list[FormField]:
    """What is to be reached, and whether it is rather not to be passed."""
    wrong = (_("This is no number."),) if goal and number(work, goal) is None else ()
    made = [FormField(name="goal", label=_("Goal"), widget="decimal", value=goal, errors=wrong)]
    if goal:
        label = _("Not to be passed: less is better")
        made.append(FormField(name="less", label=label, widget="switch", checked=less))
    return made
