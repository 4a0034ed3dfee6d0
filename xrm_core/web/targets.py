"""What a condition can be about: a field at the end of a path through links, a part of a compound one, or a date of the record
itself; what it is called, of which kind it is, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from ..language import N_, _
from ..metamodel.catalog import SYSTEM_COLUMNS, Entity, Field
from ..metamodel.field_type import Column
from ..metamodel.text import say
from ..services.sight import reads, reads_path
from ..services.work import Work
from .cells import codes_of
from .inputs import part_label
from .paths import is_link

SYSTEM = {
    "created_at": N_("Created"), "created_by": N_("Created by"), "updated_at": N_("Changed"), "updated_by": N_("Changed by"),
}  # fmt: skip
BETWEEN_LABELS = " › "
DEEPEST = 4
"""Links that a path may go through."""
REACH, FOUND = 2, 30
"""Links behind which a field is looked for by its name, and how many are shown."""


Reach = Callable[[Work, Entity, str], Iterator["Target"]]
"""What can be chosen at the end of a path: `targets_of`, `columns_of`."""


class Target(Struct, frozen=True):
    """A path made out. `label` names the links that it goes through; `field` is None for a column of the system."""

    path: str
    label: str
    name: str
    owner: Entity
    field: Field | None
    column: Column

    @property
    def kind(self) -> str:
        """Kind of the value: text, int, decimal, bool, date, datetime, duration, ref, list."""
        return self.column.kind.kind

    @property
    def points_to(self) -> tuple[str, ...]:
        """Entities that it points to."""
        return self.column.kind.entities if self.kind == "ref" else ()

    @property
    def is_file(self) -> bool:
        """Is it an attached file?"""
        return "xrm_file" in self.points_to


def target(work: Work, entity: Entity, path: str) -> Target | None:
    """The target of a path; None where there is none for the reader."""
    if not path or not reads_path(work, entity, path):
        return None
    return work.catalog.derive(f"target:{work.language}:{entity.name}:{path}", lambda: _made(work, entity, path))


def _made(work: Work, entity: Entity, path: str) -> Target | None:
    *hops, name = path.split(".")
    owner, labels = entity, []
    for hop in hops:
        labels.append(say(owner.fields[hop].label, work.language))
        owner = work.entity(owner.fields[hop].columns[0].kind.entities[0])
    if name in SYSTEM and name in SYSTEM_COLUMNS:
        label = _(SYSTEM[name])
        return Target(path, BETWEEN_LABELS.join([*labels, label]), label, owner, None, SYSTEM_COLUMNS[name])
    field = owner.fields.get(owner.field_of_column.get(name, name))
    if field is None or not field.columns:
        return None
    column = next((c for c in field.columns if c.name == name), field.columns[0])
    label = say(field.label, work.language)
    if name != field.name:
        label = _("{field}: {part}", field=label, part=part_label(field, column.name))
    return Target(path, BETWEEN_LABELS.join([*labels, label]), label, owner, field, column)


def targets_of(work: Work, entity: Entity, prefix: str = "") -> Iterator[Target]:
    """What can be asked of the records at the end of a path ('' : of the list's own), by label."""
    owner = at_end(work, entity, prefix)
    if owner is None:
        return
    names: list[str] = []
    for field in owner.fields.values():
        if field.retired or field.hidden or not field.columns or not reads(work, owner, field.name):
            continue
        if field.type.name in ("address", "person_name"):
            names += [c.name for c in field.columns]
        elif field.type.operators(field):
            names.append(field.name)
    dot = f"{prefix}." if prefix else ""
    found = [t for name in [*names, *SYSTEM] if (t := target(work, entity, dot + name)) is not None and operators(t)]
    yield from sorted(found, key=lambda t: (t.name.casefold(), t.path))


def found_by(work: Work, entity: Entity, text: str, prefix: str, of: Reach) -> Iterator[Target]:
    """What is called so, at the end of a path and behind the links from there: targets of `of` in whose label, with the links that it
    goes through, all words of a text stand; the nearest first."""
    words, places = text.casefold().split(), [prefix]
    for _hop in range(REACH + 1):
        for place in places:
            yield from (t for t in of(work, entity, place) if all(word in t.label.casefold() for word in words))
        places = [link.path for place in places for link in links_of(work, entity, place)]


def columns_of(work: Work, entity: Entity, prefix: str = "") -> Iterator[Target]:
    """What of the records at the end of a path can stand in a column: whole fields, by label."""
    owner = at_end(work, entity, prefix)
    if owner is None:
        return
    dot = f"{prefix}." if prefix else ""
    names = [f.name for f in owner.fields.values() if not f.retired and not f.hidden and f.columns]
    found = [
        t for name in [*names, *SYSTEM] if (t := target(work, entity, dot + name)) is not None and t.kind != "json"
    ]
    yield from sorted(found, key=lambda t: (t.name.casefold(), t.path))


def links_of(work: Work, entity: Entity, prefix: str = "") -> Iterator[Target]:
    """The links of one target by which a path can go on."""
    owner = at_end(work, entity, prefix)
    if owner is None or prefix.count(".") >= DEEPEST - 1:
        return
    dot = f"{prefix}." if prefix else ""
    for field in owner.fields.values():
        if is_link(field) and not field.retired and not field.hidden and len(field.columns[0].kind.entities) == 1:
            found = target(work, entity, dot + field.name)
            if found is not None:
                yield found


def at_end(work: Work, entity: Entity, prefix: str) -> Entity | None:
    """The entity that a path of links leads to; None where it leads nowhere for the reader."""
    if not prefix:
        return entity
    found = target(work, entity, prefix)
    return (
        work.entity(found.points_to[0])
        if found is not None and len(found.points_to) == 1 and not found.is_file
        else None
    )


NUMBERS = ("eq", "ne", "gt", "ge", "lt", "le", "between", "empty", "notEmpty")
BY_KIND = {
    "text": ("contains", "eq", "ne", "startsWith", "in", "empty", "notEmpty"), "int": NUMBERS, "decimal": NUMBERS, "duration": NUMBERS,
    "bool": ("eq",), "date": ("period", "eq", "lt", "le", "gt", "ge", "between", "empty", "notEmpty"),
    "datetime": ("period", "lt", "gt", "empty", "notEmpty"), "ref": ("eq", "ne", "empty", "notEmpty"),
    "list": ("contains", "empty", "notEmpty"),
}  # fmt: skip
NEEDS = {"period": "lt", "between": "ge", "notIn": "in"}
"""Operators of the form that stand on one of the field type's."""


def operators(found: Target) -> tuple[str, ...]:
    """What can be asked, the likeliest first."""
    if found.is_file:
        return ("notEmpty", "empty")
    offered = BY_KIND.get(found.kind, ())
    if found.field is None:
        mine = ("me",) if "user" in found.points_to else ()
        return mine or tuple(op for op in offered if op not in ("empty", "notEmpty"))
    if found.kind == "text" and is_chosen(found):
        offered = ("in", "notIn", "eq", "ne", "empty", "notEmpty")
    if found.points_to == ("user",):
        offered = ("me", *offered)
    if found.points_to == ("department",):
        offered = ("mine", *offered)
    known = set(found.field.type.operators(found.field))
    return tuple(op for op in offered if op in ("me", "mine") or NEEDS.get(op, op) in known)


def is_chosen(found: Target) -> bool:
    """Is the value one of a list: a code, a country?"""
    if found.field is None:
        return False
    kind = found.column.kind
    return (
        bool(kind.codes or kind.options)
        or found.field.type.widget(found.field).name == "select"
        or found.column.name.endswith("_country")
    )


def codes(work: Work, found: Target) -> dict[str, str]:
    """Code -> label, where the value is a code of a list."""
    if found.field is None:
        return {}
    return {c.code: say(c.label, work.language) for c in codes_of(work, found.field).values()}


def is_sortable(found: Target) -> bool:
    """Can a list be ordered by it?"""
    kinds = ("json", "tags", "multi_choice", "long_text", "address", "person_name", "location", "file", "image")
    return found.kind not in ("list", "json", "null") and (found.field is None or found.field.type.name not in kinds)
