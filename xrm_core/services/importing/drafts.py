"""A mapping in the making: what a person has said so far of his files, and the mapping that follows from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ...errors import ImportFault
from ...language import _
from ...metamodel.catalog import Catalog
from ...metamodel.imports import ImportDef
from ..work import Work
from ..writer import writer_of
from .guessing import Guess, counts_days, find_forms, guess_columns
from .mapping.texts import SERIAL
from .preview import Preview
from .readers import Hints
from .slots import Slot, keys_of, slots_of
from .sources import REFUSED, Source

BLANKS = ("NULL", "N/A", "n/a", "#N/A", "-", "--")
"""Texts that are offered as meaning nothing where a file has them."""
MARKS = frozenset({
    "id", "ids", "nr", "no", "num", "number", "nummer", "code", "key", "ref", "reference", "referenz", "guid", "uuid", "sku",
    "isbn", "kennung", "kürzel", "schlüssel", "konto", "account",
})  # fmt: skip
"""Words in headings of columns that tell records apart."""
WHOLE_ROW = "row"
"""The key of a file whose rows nothing tells apart: all that is taken of the row."""


class Part(msgspec.Struct, omit_defaults=True):
    """A file of the import. `columns`: column -> slot ('' where it is left out); `links`: column -> by what of the linked record
    it is found; `constants`: slot -> text for all rows; `key`: `fields:a,b`, `column:X` or `row`."""

    name: str
    path: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    skip_lines: int = 0
    format: str = ""
    nested: bool = False
    entity: str = ""
    headings: list[str] = []
    columns: dict[str, str] = {}
    links: dict[str, str] = {}
    constants: dict[str, str] = {}
    sure: dict[str, str] = {}
    key: str = ""
    dates: str = ""
    numbers: str = "en"
    blanks: list[str] = []
    existing: str = "update"
    blank: str = "clear"

    @property
    def hints(self) -> Hints:
        """How the file is to be read."""
        return Hints(
            encoding=self.encoding or None, delimiter=self.delimiter or None, sheet=self.sheet or None,
            skip_lines=self.skip_lines, short_rows="fill",
        )  # fmt: skip

    @property
    def source(self) -> Source:
        """The file."""
        return Source(Path(self.path), self.name)


class Plan(msgspec.Struct, omit_defaults=True):
    """What was said so far: a mapping that is declared or was kept (`mapping`, `kept`), or the parts one by one; `origin` is
    what the records keep as the name of where they come from."""

    parts: list[Part]
    mapping: str = ""
    kept: str = ""
    origin: str = ""


def read_plan(settings: Mapping[str, Any]) -> Plan | None:
    """The plan kept with an import; None where it was started with a mapping."""
    found = settings.get("plan")
    return None if found is None else msgspec.convert(found, Plan)


def origin_of(name: str) -> str:
    """A name for where rows come from, from the file's: without ending, dates and numbers, so that next month's is the same,
    and that of mended rows is that of the file they were refused from."""
    stem = Path(name).stem.removeprefix(REFUSED)
    stem = Path(stem).stem if name.startswith(REFUSED) else stem
    stem = re.sub(r"[\d\W_]+", " ", stem).strip().lower()
    return (stem.replace(" ", "-") or "file")[:40]


def begin(part: Part, preview: Preview, work: Work, entity: str) -> None:
    """Fill a part with what can be guessed of its columns for an entity."""
    slots = slots_of(work, entity)
    found = find_forms(preview, work.env.date_order, part.name)
    guesses = guess_columns(preview, slots, work.env, found)
    part.entity, part.format, part.nested = entity, preview.format, preview.nested
    part.headings = list(preview.columns)
    part.columns = {c: guesses[c].slot if c in guesses else "" for c in preview.columns}
    part.sure = {c: guess.word for c, guess in guesses.items()}
    part.links = {c: _link_key(work, slots[s]) for c, s in part.columns.items() if s and slots[s].targets}
    part.constants = _constants(guesses, slots)
    part.dates, part.numbers = found.dates, found.numbers
    given = {v for c in preview.columns for v in preview.values(c)}
    part.blanks = [word for word in BLANKS if word in given]
    part.key = likely_key(key_choices(work.catalog, part), preview)


def _link_key(work: Work, slot: Slot) -> str:
    return next(iter(keys_of(work.catalog, slot.targets[0])), "id")


def _constants(guesses: Mapping[str, Guess], slots: Mapping[str, Slot]) -> dict[str, str]:
    """Values that follow from the guesses: kinds of child rows, and that whoever has a given name is a person."""
    found = {slot: code for guess in guesses.values() for slot, code in guess.constants}
    used = {guess.slot for guess in guesses.values()}
    for slot in slots.values():  # a compound that is only there where the record is of a kind
        condition = slot.field.visible_when or ""
        told = re.fullmatch(r"record\.(\w+) == '(\w+)'", condition)
        if slot.name in used and told and told[1] in slots and told[1] not in used and len(slot.field.columns) > 2:
            found.setdefault(told[1], told[2])
    return found


def key_choices(catalog: Catalog, part: Part) -> list[str]:
    """What may tell the records of a part apart: the entity's keys that the columns fill, a column of the file that is kept as
    the key in the source, at last the whole row."""
    if not part.entity:
        return []
    entity, owner = catalog.entity(part.entity), writer_of(catalog, part.entity).owner
    filled = {slot for slot in part.columns.values() if slot} | set(part.constants)
    keys = [key.columns for key in entity.keys if key.when is None]
    keys += [(name,) for name, field in owner.items() if field.unique and (name,) not in keys]
    choices = [f"fields:{','.join(key)}" for key in keys if set(key) <= filled]
    if {"source", "source_key"} <= set(owner):
        if "source_key" in filled:
            choices.insert(0, "source")
        choices += [f"column:{c}" for c, slot in part.columns.items() if slot != "source_key" and "." not in slot]
        choices.append(WHOLE_ROW)
    return choices


def likely_key(choices: Sequence[str], preview: Preview) -> str:
    """What tells the records apart before anybody says it: a key of the entity, else a column that is called like an identifier
    and has another value in each row, else the whole row. A name is none: two people of one name would become one."""
    own = [choice for choice in choices if choice != WHOLE_ROW and not choice.startswith("column:")]
    columns = [choice.removeprefix("column:") for choice in choices if choice.startswith("column:")]
    marks = [c for c in columns if _is_mark(c) and len(set(preview.values(c))) == len(preview.rows)]
    if own or marks:
        return own[0] if own else f"column:{marks[0]}"
    return WHOLE_ROW if WHOLE_ROW in choices else next(iter(choices), "")


def _is_mark(heading: str) -> bool:
    words = re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", heading)
    return any(word.casefold() in MARKS for word in words)


def missing(part: Part, slots: Mapping[str, Slot]) -> list[Slot]:
    """Required fields that nothing fills: of the record, and of child rows that are begun."""
    filled = {slot for slot in part.columns.values() if slot} | {s for s, text in part.constants.items() if text}
    tables = {slot.partition(".")[0] for slot in filled if "." in slot}
    return [
        slot for slot in slots.values() if slot.required and slot.name not in filled and (not slot.table or slot.table in tables)
    ]  # fmt: skip


def definition(catalog: Catalog, plan: Plan, name: str = "") -> ImportDef:
    """The mapping that a plan says. Raises ImportFault for a part that is not complete."""
    if not plan.parts:
        raise ImportFault(_("no file was given"), code="missing_file")
    files = [_file(catalog, part) for part in plan.parts]
    told = name or plan.parts[0].entity
    return ImportDef.model_validate({"import": told, "source": plan.origin or None, "files": files})


def _file(catalog: Catalog, part: Part) -> dict[str, Any]:
    if not part.entity:
        raise ImportFault(_("it is not said what {part} becomes", part=part.name), code="key")
    owner: dict[str, Any] = {}
    tables: dict[str, dict[str, Any]] = {}
    for column, slot in part.columns.items():
        if slot:
            table, __, inner = slot.rpartition(".")
            place = tables.setdefault(table, {}) if table else owner
            place[inner] = _value(catalog, part, column, inner, table)
    for slot, text in part.constants.items():
        table, __, inner = slot.rpartition(".")
        if text and (not table or table in tables):
            (tables[table] if table else owner).setdefault(inner, {"const": text})
    main = {
        "entity": part.entity,
        "main": True,
        **_key(part, owner),
        "fields": owner,
        "existing": part.existing,
        "blank": part.blank,
    }
    if not owner:
        raise ImportFault(
            _("no column of {part} goes to a field", part=part.name),
            code="no_columns",
            hint=_("choose a field for at least one column"),
        )
    hints = {"encoding": part.encoding, "delimiter": part.delimiter, "sheet": part.sheet, "skip_lines": part.skip_lines}
    return {
        "file": _pattern(part.name), **{k: v for k, v in hints.items() if v}, "short_rows": "fill",
        "dates": [*([part.dates] if part.dates else []), *([SERIAL] if counts_days(part.format, part.name) else [])], "numbers": part.numbers, "blank": part.blanks,
        "ignore": [c for c in part.headings if not part.columns.get(c)],
        "targets": [main, *(_child(catalog, part, table, fields) for table, fields in sorted(tables.items()))],
    }  # fmt: skip


def _pattern(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


def _key(part: Part, fields: dict[str, Any]) -> dict[str, Any]:
    """The key of the main target; a column or the whole row is kept as the key in the source."""
    kind, __, rest = part.key.partition(":")
    if kind == "fields":
        return {"key": rest.split(",")}
    if kind == "column":
        fields["source_key"] = {"column": _path(part, rest), "shorten": 120}
    elif kind == WHOLE_ROW:
        taken = [c for c in part.headings if part.columns.get(c)]
        template = "|".join(f"{{{_path(part, c)}?}}" for c in taken)
        fields["source_key"] = {"template": template, "fold": True, "shorten": 60}
    elif kind != "source":
        raise ImportFault(_("it is not said what tells the records of {part} apart", part=part.name), code="key")
    return {"key": ["source", "source_key"]}


def _path(part: Part, column: str) -> str:
    return column


def _value(catalog: Catalog, part: Part, column: str, inner: str, table: str) -> dict[str, Any]:
    """Where a field's value comes from: a column, or the record that the column names."""
    value = {"column": _path(part, column)}
    entity = child_of(catalog, part.entity, table) if table else part.entity
    field = writer_of(catalog, entity).owner[inner]
    kind = next(c.kind for c in field.columns if c.name == inner)
    if kind.kind != "ref" or not kind.entities:
        return value
    return _linked(catalog, kind.entities[0], part.links.get(column) or "id", value)


def _linked(catalog: Catalog, entity: str, by: str, value: dict[str, Any]) -> dict[str, Any]:
    first, _, rest = by.partition(".")
    if first == "source_key":
        return {"link": entity, "key": value}
    if not rest:
        return {"link": entity, "by": {first: value}}
    field = writer_of(catalog, entity).owner[first]
    target = next(c for c in field.columns if c.name == first).kind.entities[0]
    return {"link": entity, "by": {first: _linked(catalog, target, rest, value)}}


def child_of(catalog: Catalog, entity: str, table: str) -> str:
    """The entity of the rows of a child table; `table` may carry the number of a row."""
    return catalog.entity(entity).children[table.partition("#")[0]].entity


def _child(catalog: Catalog, part: Part, table: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A target for a child row; it is made where one of its columns is filled, and known by all it holds."""
    children = catalog.entity(part.entity).children[table.partition("#")[0]]
    filled = [{"column": value["column"], "filled": True} for value in fields.values() if "column" in value]
    main = [name for name in ("kind", "value") if name in fields]
    key = main if len(main) == 2 else [n for n in fields if "const" not in fields[n]]
    return {
        "entity": children.entity, "target": f"{children.entity}_{table.partition('#')[2]}", "when": {"any": filled},
        "key": [children.by, *key], "fields": {children.by: {"target": part.entity}, **fields},
        "fold": key_texts(catalog, children.entity, key), **_as_stored(catalog, children.entity, key),
    }  # fmt: skip


def key_texts(catalog: Catalog, entity: str, key: Sequence[str]) -> list[str]:
    """Those of the key that are texts: compared without case and spaces."""
    owner = writer_of(catalog, entity).owner
    return [n for n in key if next(c for c in owner[n].columns if c.name == n).kind.kind == "text"]


def _as_stored(catalog: Catalog, entity: str, key: Sequence[str]) -> dict[str, Any]:
    """Where a value is kept as it was typed beside it (`raw`), it is that which is compared."""
    owner = catalog.entity(entity).columns
    return {"stored_as": {"value": "raw"}} if "value" in key and "raw" in owner else {}
