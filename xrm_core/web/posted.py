"""Posted forms read back: inputs to texts by column, child rows in order, links typed as words; what of it is a change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from ..errors import NotFound, Problem
from ..language import _
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..services import lists
from ..services.records import read_record
from ..services.sight import is_open, reads
from ..services.work import Work
from .asked import Asked
from .candidates import which_of
from .helping import iso_or_typed, moment_or_typed
from .naming import code_of, source_of
from .paths import is_link

RENDERED = "_fields"


Texts = dict[str, Any]


class PostedRow(Struct):
    """One row of a child table: its key (id or a number), and the texts of its inputs by column. `record` is the stored row."""

    key: str
    texts: Texts = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Nothing was typed into a new row."""
        return not is_id(self.key) and not any(
            v and v != "false" for k, v in self.texts.items() if not k.endswith("_currency")
        )

    def plain(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Key and texts, however a browser wrote them."""
        return self.key, tuple(sorted((k, even(v)) for k, v in self.texts.items() if not k.endswith("__text")))


class Posted(Struct):
    """What a form holds: texts by column, child rows by table, and faults found while reading it."""

    texts: Texts = field(default_factory=dict)
    tables: dict[str, list[PostedRow]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """What services take: texts by column name, rows nested; blank new rows are left out."""
        made = _without_words(self.texts)
        for name, rows in self.tables.items():
            made[name] = [
                {**_without_words(r.texts), **({"id": r.key} if is_id(r.key) else {})} for r in rows if not r.is_blank
            ]
        return made

    def changes(self, entity: Entity, shown: Posted) -> dict[str, Any]:
        """The values that differ from what the form was drawn with: a field of which nothing was typed is not written, so
        that what an input shows shortened (seconds, places) stays as it is stored."""
        made = {k: v for k, v in self.values().items() if k not in self.tables}
        for found in entity.fields.values():
            names = [c.name for c in found.columns]
            if names and all(
                even(self.texts.get(n, "")) == even(shown.texts.get(n, "")) for n in names if n in self.texts
            ):
                for name in names:
                    made.pop(name, None)
        for name, rows in self.tables.items():
            before = {r.key: r.plain() for r in shown.tables.get(name, [])}
            kept = [r for r in rows if not r.is_blank]
            if [r.plain() for r in kept] == list(before.values()):
                continue
            made[name] = [
                {"id": r.key}
                if r.plain() == before.get(r.key)
                else {**_without_words(r.texts), **({"id": r.key} if is_id(r.key) else {})}
                for r in kept
            ]
        return made


def _without_words(texts: Texts) -> Texts:
    return {k: v for k, v in texts.items() if not k.endswith("__text")}


def even(value: Any) -> str:
    """A text as it is compared: line ends and the space around commas do not count."""
    if isinstance(value, list):
        return ",".join(sorted(str(v) for v in value))
    lines = str(value or "").replace("\r\n", "\n").strip()
    return ",".join(part.strip() for part in lines.split(","))


def digest(rows: Sequence[PostedRow]) -> str:
    """A mark of the rows of a table, to tell later whether they are still the same."""
    return hashlib.sha256(repr([r.plain() for r in rows]).encode()).hexdigest()[:24]


def row_fields(child: Entity, by: str) -> list[Field]:
    """The fields of a child table that are edited in its rows."""
    return [
        f for f in child.fields.values()
        if f.columns and not f.virtual and not f.retired and not f.hidden and not f.read_only
        and f.name not in (by, "position") and f.type.name not in ("sequence", "file", "image")
    ]  # fmt: skip


def open_rows(work: Work, child: Entity, by: str) -> list[Field]:
    """Those of them that the reader may write."""
    written = work.access.fields(child.name, "update"), work.access.fields(child.name, "create")
    return [
        f
        for f in row_fields(child, by)
        if any(one is None or f.name in one for one in written) and reads(work, child, f.name)
    ]


def is_id(key: str) -> bool:
    """Is the key of a row that of a stored record?"""
    return len(key) == 36 and key.count("-") == 4


def read_form(work: Work, entity: Entity, asked: Asked) -> Posted:
    """Read the form of an entity. Only inputs that were drawn count, so that an unticked switch is told from an absent one."""
    drawn = set(asked.posted(RENDERED).split(","))
    made = Posted()
    for name in (n for n in entity.fields if n in drawn):
        found = entity.fields[name]
        if found.columns and not found.virtual:
            _take_field(work, found, "", asked, made.texts, made.problems)
    for name in (n for n in entity.children if n in drawn):
        made.tables[name] = _rows(work, entity, name, asked, made.problems)
    return made


def take_fields(work: Work, entity: Entity, fields: Sequence[Field], asked: Asked, prefix: str = "") -> Posted:
    """Read the inputs of some fields, as far as they came: of an entity, or those that an action asks for. `prefix` stands before their names."""
    made = Posted()
    drawn = set(asked.posted(RENDERED).split(","))
    for found in fields:
        if prefix + found.name in drawn:
            _take_field(work, found, prefix, asked, made.texts, made.problems)
    return made


def _rows(work: Work, owner: Entity, table: str, asked: Asked, problems: list[Problem]) -> list[PostedRow]:
    children = owner.children[table]
    entity = work.entity(children.entity)
    keys = dict.fromkeys(k.split(".")[1] for k, _ in asked.form if k.startswith(f"{table}.") and k.count(".") >= 2)
    rows: list[PostedRow] = []
    for key in keys:
        row = PostedRow(key)
        faults: list[Problem] = []
        for found in open_rows(work, entity, children.by):
            _take_field(work, found, f"{table}.{key}.", asked, row.texts, faults)
        n = sum(1 for r in rows if not r.is_blank)
        problems += [Problem(p.message, p.code, f"{table}[{n}].{p.field}") for p in faults]
        rows.append(row)
    return rows


def _take_field(
    work: Work, found: Field, prefix: str, asked: Asked, texts: dict[str, Any], problems: list[Problem]
) -> None:
    name, kind = found.name, found.type.name
    if is_link(found):
        _take_link(work, found, prefix, asked, texts, problems)
    elif kind == "boolean":
        texts[name] = "true" if asked.posted(prefix + name) else "false"
    elif kind == "multi_choice":
        texts[name] = asked.posted_all(prefix + name)
    elif kind == "date":
        if asked.has(prefix + name):
            texts[name] = iso_or_typed(asked.posted(prefix + name), work.env)
    elif kind == "datetime":
        if asked.has(prefix + name):
            texts[name] = moment_or_typed(asked.posted(prefix + name), work.env)
    elif kind in ("file", "image"):
        if asked.posted(f"{prefix}{name}__remove"):
            texts[name] = ""
    else:
        for column in found.columns:
            if asked.has(prefix + column.name):
                texts[column.name] = _meant(work, found, column.name, asked.posted(prefix + column.name))


def _meant(work: Work, found: Field, column: str, words: str) -> str:
    """A country, a language, a currency or a time zone by its code, where it was typed by its name."""
    source = source_of(found, column)
    return code_of(source, words, work.language) if source else words


def _take_link(
    work: Work, found: Field, prefix: str, asked: Asked, texts: dict[str, Any], problems: list[Problem]
) -> None:
    """A link by the id that was picked; without scripts by the words typed, which must mean one record."""
    name = found.name
    if not asked.has(prefix + name) and not asked.has(f"{prefix}{name}__text"):
        return  # what was no input stays as it is
    targets = found.columns[0].kind.entities
    id, words = asked.posted(prefix + name), asked.posted(f"{prefix}{name}__text").strip()
    target = targets[0]
    if "/" in id:
        target, __, id = id.partition("/")
    texts[f"{name}__text"] = words
    if not asked.has(f"{prefix}{name}__text"):
        pass  # picked by a button: saving asks whether it is there, and for the reader
    elif not words:
        id = ""
    elif picked := _picked(work, targets, words, asked.posted(f"{prefix}{name}__which")):
        target, id, texts[f"{name}__text"] = picked
    elif not id or not _is_called(work, target, id, words):
        hits = [(t, row) for t in targets if is_open(work, t) for row in lists.lookup(work, t, words, 3)]
        same = [h for h in hits if str(h[1]["display"]).casefold() == words.casefold()] or hits
        id = ""
        if len(same) == 1:
            target, id = same[0][0], str(same[0][1]["id"])
        else:
            label = say(found.label, work.language)
            said = (
                _("{label}: {words!r} means several records; pick one", label=label, words=words)
                if same
                else _("{label}: {words!r} is not found", label=label, words=words)
            )
            problems.append(Problem(said, "link", name))
    texts[name] = id
    if len(found.columns) > 1:
        texts[found.columns[1].name] = target if id else ""


def _picked(work: Work, targets: Sequence[str], words: str, which: str) -> tuple[str, str, str] | None:
    """Entity, id and title of the record that was picked among those that words mean."""
    hit = next((one for one in which_of(work, targets, words) if one.value == which), None) if which else None
    if hit is None:
        return None
    entity, __, id = hit.value.rpartition("/")
    return entity or targets[0], id, hit.label


def _is_called(work: Work, entity: str, id: str, words: str) -> bool:
    """Does the record bear these words as its title? Without scripts the id stays while other words are typed."""
    if entity not in work.catalog.entities or not is_id(id):
        return False
    try:
        title = read_record(work, entity, id, ("display",))["display"]
    except NotFound:
        return True  # gone meanwhile: that is said where the link is checked
    return " ".join(str(title or id).split()).casefold() == " ".join(words.split()).casefold()
