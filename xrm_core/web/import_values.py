"""Values that are in the way of many rows: shown once each, with what is to stand for them in every row of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import _, ngettext
from ..metamodel.text import say
from ..services.importing.drafts import Part
from ..services.importing.slots import Slot, slots_of
from ..services.work import Work
from .asked import Asked
from .cells import figure
from .import_mapping import codes_of
from .import_wizard import Visit
from .models import FormField, Option
from .models.importing import InTheWay

BLANK = " "
"""What a list of choices sends for: let the cell be empty."""


def in_the_way(visit: Visit, part: Part | None, group: Mapping[str, Any] | None, number: str) -> InTheWay | None:
    """The values of a group of refused rows; None where they do not stand in one column."""
    if group is None or not group.get("values") or part is None or not part.entity:
        return None
    slot = slot_of(visit.work, part, group["column"])
    if int(group["count"]) < 2 or not (choices(visit.work, slot, "") or max(n for _t, n in group["values"]) > 1):
        return None  # each row has another value: they are mended one by one
    found = tuple(
        (text, _rows(visit.work, count), _field(visit.work, slot, place, text))
        for place, (text, count) in enumerate(group["values"])
    )
    return InTheWay(
        title=ngettext(
            "One value is in the way", "{n} values are in the way", len(found) + int(group.get("more") or 0)
        ),
        text=_("Say what stands for each in the column {column}; all rows of the file follow.", column=group["column"]),
        action=visit.href("values"),
        fields=(("group", number), *((f"old.{place}", text) for place, (text, _count) in enumerate(group["values"]))),
        values=found,
        more=_("and {n} further ones", n=figure(visit.work, group["more"])) if group.get("more") else "",
    )


def _rows(work: Work, count: int) -> str:
    return ngettext("{n} row", "{n} rows", count, n=figure(work, count))


def slot_of(work: Work, part: Part, column: str) -> Slot | None:
    """Where a column goes."""
    return slots_of(work, part.entity).get(part.columns.get(column, ""))


def choices(work: Work, slot: Slot | None, text: str) -> tuple[Option, ...]:
    """What a cell may hold, where that can be chosen: of lists and of yes and no; what stands there now comes first."""
    if slot is None:
        return ()
    found = tuple((o.value, o.label) for o in codes_of(work, slot, "") if o.value)
    if slot.column.kind.kind == "bool":
        found = (("true", _("Yes")), ("false", _("No")))
    if not found:
        return ()
    now = () if text in dict(found) else ((text, text or "—"),)
    return tuple(Option(value=v, label=label, selected=v == text) for v, label in (*now, *found))


def _field(work: Work, slot: Slot | None, place: int, text: str) -> FormField:
    label = _("What stands for “{text}”", text=text or _("blank"))
    options = choices(work, slot, text)
    blank = slot is not None and not slot.required and bool(text)
    if options:
        first = (Option(value="", label=_("Leave it as it is"), selected=True),)
        offered = tuple(Option(value=o.value, label=o.label) for o in options if o.value != text)
        last = (Option(value=BLANK, label=_("Leave the cell empty")),) if blank else ()
        return FormField(name=f"new.{place}", label=label, widget="select", options=(*first, *offered, *last))
    hint = _("Leave the cell empty") if blank else ""
    return FormField(name=f"new.{place}", label=label, hint=hint)


def said_of(asked: Asked, group: Mapping[str, Any]) -> dict[str, str]:
    """What the form says of the values of a group: the new text by the old one; those that are left as they are, not."""
    told: dict[str, str] = {}
    for place, (text, _count) in enumerate(group.get("values", ())):
        new = asked.posted(f"new.{place}")
        empty = new == BLANK or (not new and asked.has(f"empty.{place}"))
        if _flat(asked.posted(f"old.{place}")) == _flat(text) and (new or empty) and new.strip() != text:
            told[text] = "" if empty else new.strip()
    return told


def _flat(text: str) -> str:
    return text.replace("\r\n", "\n")


def label_of_field(work: Work, part: Part, name: str) -> str:
    """What a field of the record is called that a problem names."""
    entity = work.entity(part.entity)
    field = entity.fields.get(entity.field_of_column.get(name, name))
    return say(field.label, work.language) if field is not None else name
