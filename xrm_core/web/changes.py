"""The history of a record as its page tells it: who did what, field by field, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..access.access import Verdict
from ..language import N_, _
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..services import past
from ..services.sight import reads
from ..services.work import Work
from ..storage.history import Past
from .cells import EMPTY, NOT_FOR_YOU, field_cell, moment, title_of
from .inputs import part_label
from .models import Action, Cell, HistoryChange, HistoryEntry
from .offered import verdict
from .paths import is_link
from .shell import entity_url

PAGE = 30
OWN = {
    "create": N_("created it"), "update": N_("changed it"), "delete": N_("moved it to the bin"), "restore": N_("brought it back"),
    "purge": N_("purged it"),
}  # fmt: skip
OF_ROWS = {
    "create": N_("added to {table}"), "update": N_("changed in {table}"), "delete": N_("removed from {table}"),
    "restore": N_("brought back in {table}"), "purge": N_("purged from {table}"),
}  # fmt: skip
DOORS = {
    "api": N_("through the API"), "cli": N_("by command"), "import": N_("by an import"), "sample": N_("as sample data"),
    "job": N_("by a job"), "hook": N_("by a rule"), "undo": N_("by undoing"),
}  # fmt: skip
LONG = 6
"""Values of a new record that are shown at once; more are folded."""


def history(work: Work, entity: Entity, record: Mapping[str, Any], before: str) -> tuple[tuple[HistoryEntry, ...], str]:
    """Entries of the history as far as the reader reads what they changed, and the address of older ones."""
    id = str(record["id"])
    found = past.history_of(work, entity.name, id, PAGE, before or None)
    base = entity_url(entity.name, id)
    more = f"{base}?tab=history&before={found[-1].id}" if len(found) == PAGE else ""
    return tuple(_entry(work, entity, record, base, entry) for entry in found), more


def _entry(work: Work, entity: Entity, record: Mapping[str, Any], base: str, entry: Past) -> HistoryEntry:
    own = entry.entity == entity.name and entry.record_id == str(record["id"])
    owner = work.catalog.entities.get(entry.entity, entity)
    changes = _changes(work, owner, record if own else {}, base if own else "", entry)
    if own:
        way = owner.lifecycle.transitions.get(entry.transition) if entry.transition and owner.lifecycle else None
        what = _(OWN[entry.action]) + (f": {say(way.label, work.language)}" if way is not None else "")
    else:
        what = _(OF_ROWS[entry.action], table=say(owner.label, work.language))
    if entry.reason:
        what += f" ({entry.reason})"
    when = moment(work, entry.at)
    return HistoryEntry(
        who=_("System") if entry.actor_name == "system" else entry.actor_name, when=when.text, iso=when.iso, what=what,
        door=_(DOORS[entry.door]) if entry.door in DOORS else "", changes=changes, folded=entry.action == "create" and len(changes) > LONG,
    )  # fmt: skip


def _changes(work: Work, owner: Entity, record: Mapping[str, Any], base: str, entry: Past) -> tuple[HistoryChange, ...]:
    """What an entry changed, by field. `base` is the address of the record where its values can be put back."""
    fields: dict[str, list[str]] = {}
    changeable = verdict(work, owner, "update", str(entry.record_id)) if base else Verdict(False)
    for column, (old, new) in entry.changes.items():
        name = owner.field_of_column.get(column, column)
        field = owner.fields.get(name)
        if field is None or field.hidden or name == owner.parent or (old is None and new is None):
            continue
        if reads(work, owner, name):
            fields.setdefault(name, []).append(column)
    made: list[HistoryChange] = []
    for name, columns in fields.items():
        field = owner.fields[name]
        back = base if changeable.opens(name) and entry.action == "update" and not field.read_only else ""
        whole = entry.action == "create" or field.type.name == "money" or is_link(field) or len(field.columns) == 1
        groups = [columns] if whole else [[c] for c in columns]
        made += [_change(work, field, record, group, entry, back) for group in groups]
    return tuple(c for c in made if c.before != c.after or c.before.kind != "empty")


def _change(
    work: Work, field: Field, record: Mapping[str, Any], columns: Sequence[str], entry: Past, base: str
) -> HistoryChange:
    known = {c.name: record.get(c.name) for c in field.columns}
    before = known | {c: entry.changes[c][0] for c in columns}
    after = known | {c: entry.changes[c][1] for c in columns}
    label = say(field.label, work.language)
    if len(columns) == 1 < len(field.columns) and columns[0] != field.name:
        label += f": {part_label(field, columns[0]).lower()}"
        cells = tuple(
            EMPTY if side[columns[0]] is None else Cell(text=str(side[columns[0]])) for side in (before, after)
        )
    else:
        cells = (_cell(work, field, before), _cell(work, field, after))
    back = None
    if base:
        fields = (("entry", str(entry.id)), *(("column", c) for c in columns))
        back = Action(
            label=_("Restore"), href=f"{base}/restore-value", method="post", icon="undo-2", id=f"back-{entry.id}-{columns[0]}", fields=fields
        )  # fmt: skip
    return HistoryChange(label=label, before=cells[0], after=cells[1], restore=back)


def _cell(work: Work, field: Field, values: Mapping[str, Any]) -> Cell:
    """A past value. The title of a link is the one that its record has today."""
    id = values.get(field.columns[0].name)
    if id is None:
        return field_cell(work, field, values) if not is_link(field) and len(field.columns) > 2 else EMPTY
    if is_link(field):
        targets = field.columns[0].kind.entities
        target = targets[0] if len(field.columns) == 1 else str(values.get(field.columns[1].name))
        title = title_of(work, target, str(id)) if target in work.catalog.entities else ""
        return Cell(kind="link", text=title, href=entity_url(target, str(id))) if title else NOT_FOR_YOU
    return field_cell(work, field, values)
