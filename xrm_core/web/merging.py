"""Two people at one record: what each changed is told apart field by field; only where both changed the same, the reader chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from ..language import _, ngettext
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import past
from ..services.work import Work
from .asked import Asked, whole_number
from .cells import moment
from .drawing import SEEN_ROWS, stored_form, stored_rows, texts_of_record
from .models import Conflict
from .posted import Posted, digest, even
from .records import value_cell

CHOICE = "_keep."
SEEN = "_seen"
"""The version whose values stood beside the reader's own when he chose; a later one asks again."""
UNKNOWN = "?"
"""Stands for the version in a form of which it is not known what it was drawn from."""
LONGEST = 400


class Merged(Struct):
    """The values to save, the conflicts that are left, and whether anything of somebody else's was joined in."""

    values: dict[str, Any] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    joined: bool = False


def version_seen(asked: Asked, stored: Mapping[str, Any]) -> int | None:
    """The version that a form was drawn from; None where it names none that the record ever had."""
    named = whole_number(asked.posted("_version"))
    return named if named is not None and 0 < named <= stored["version"] else None


def seen_before(work: Work, entity: Entity, stored: Mapping[str, Any], version: int) -> dict[str, Any]:
    """The record as it was at a version, as far as its history tells."""
    original = dict(stored)
    for entry in past.history_of(work, entity.name, str(stored["id"]), LONGEST):
        if entry.entity == entity.name and entry.record_id == stored["id"] and entry.version > version:
            original |= {column: old for column, (old, _) in entry.changes.items()}
    return original


def merge(
    work: Work, entity: Entity, stored: Mapping[str, Any], version: int | None, posted: Posted, asked: Asked
) -> Merged:
    """What to save of a form that was drawn from `version`, now that `stored` is the record. Where the version is not known, nobody can
    tell what the reader changed and what others did: whatever differs from what is stored is chosen."""
    if version == stored["version"]:
        return Merged(posted.changes(entity, stored_form(work, entity, stored)))
    original = seen_before(work, entity, stored, version) if version is not None else dict(stored)
    shown = Posted(texts_of_record(work, entity, original), {})
    mine = {k: v for k, v in posted.changes(entity, shown).items() if k not in posted.tables}
    choices = asked.posted(SEEN) == str(stored["version"])
    made = Merged(joined=True)
    theirs = texts_of_record(work, entity, stored)
    for found in entity.fields.values():
        names = [c.name for c in found.columns if c.name in mine]
        if not names:
            continue
        untouched = all(even(theirs.get(n, "")) == even(shown.texts.get(n, "")) for n in names)
        alike = all(even(theirs.get(n, "")) == even(mine[n]) for n in names)
        choice = asked.posted(CHOICE + found.name) if choices else ""
        if (untouched and version is not None) or choice == "mine":
            made.values |= {n: mine[n] for n in names}
        elif choice == "original" and version is not None:
            made.values |= {n: shown.texts.get(n, "") for n in names}
        elif not alike and choice != "theirs":
            made.conflicts.append(
                Conflict(
                    name=found.name, label=say(found.label, work.language), mine=_typed(work, entity, posted, found.name, mine),
                    theirs=value_cell(work, entity, stored, found).text,
                    original=value_cell(work, entity, original, found).text if version is not None else "", may_restore=version is not None,
                )
            )  # fmt: skip
    for name, rows in posted.tables.items():
        _merge_rows(
            work, entity, str(stored["id"]), name, posted, asked, made, asked.posted(CHOICE + name) if choices else ""
        )
        del rows
    return made


def _merge_rows(
    work: Work, entity: Entity, id: str, name: str, posted: Posted, asked: Asked, made: Merged, choice: str
) -> None:
    """A child table counts as one value: kept when only one of the two changed it, else a choice."""
    seen = asked.posted(SEEN_ROWS + name)
    rows = [r for r in posted.tables[name] if not r.is_blank]
    if digest(rows) == seen:
        return
    now = stored_rows(work, entity, name, id) or []
    mine = posted.values()[name]
    kept = {r.key for r in now}
    for row in mine:  # rows that the other one removed come back as new ones
        if row.get("id") and row["id"] not in kept:
            del row["id"]
    if digest(now) == seen or choice == "mine":
        made.values[name] = mine
    elif choice != "theirs" and digest(now) != digest(rows):
        label = say(entity.fields[name].label, work.language)
        made.conflicts.append(
            Conflict(
                name=name,
                label=label,
                mine=ngettext("{n} row as below", "{n} rows as below", len(rows)),
                theirs=ngettext("{n} row as stored now", "{n} rows as stored now", len(now)),
            )
        )


def _typed(work: Work, entity: Entity, posted: Posted, name: str, mine: Mapping[str, Any]) -> str:
    """What the reader typed into a field, as text."""
    found = entity.fields[name]
    words = posted.texts.get(f"{name}__text")
    if words:
        return str(words)
    codes = work.catalog.codes.get(found.columns[0].kind.codes or "")
    said = []
    for column in found.columns:
        value = mine.get(column.name, "")
        parts = value if isinstance(value, list) else [str(value)]
        said += [say(codes.values[p].label, work.language) if codes and p in codes.values else p for p in parts if p]
    return " ".join(said)


def why_asked(work: Work, entity: Entity, id: str, version: int | None) -> str:
    """The sentence that says who was quicker, or that it is not known what the form was drawn from."""
    if version is None:
        return _(
            "It cannot be told what this form was drawn from; what differs from what is stored now is yours to choose"
        )
    entries = past.history_of(work, entity.name, id, 1)
    if not entries:
        return ""
    time = moment(work, entries[0].at).text
    return _("{person} changed this meanwhile ({time})", person=entries[0].actor_name, time=time)
