"""Posted forms read back: inputs to texts by column, child rows in order, links typed as words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import lists
from ..services.work import Work
from .asked import Asked
from .paths import is_link

RENDERED = "_fields"


@dataclass(slots=True)
class PostedRow:
    """One row of a child table: its key (id or a number), and the texts of its inputs by column."""

    key: str
    texts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Nothing was typed into a new row."""
        return not is_id(self.key) and not any(v for k, v in self.texts.items() if not k.endswith("_currency"))


@dataclass(slots=True)
class Posted:
    """What a form holds: texts by column, child rows by table, and faults found while reading it."""

    texts: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[PostedRow]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """What services take: texts by column name, rows nested; blank new rows are left out."""
        made = {k: v for k, v in self.texts.items() if not k.endswith("__text")}
        for name, rows in self.tables.items():
            made[name] = [
                {**{k: v for k, v in r.texts.items() if not k.endswith("__text")}, **({"id": r.key} if is_id(r.key) else {})}
                for r in rows
                if not r.is_blank
            ]
        return made


def is_id(key: str) -> bool:
    """Is the key of a row that of a stored record?"""
    return len(key) == 36 and key.count("-") == 4


def read_form(work: Work, entity: Entity, asked: Asked) -> Posted:
    """Read the form of an entity. Only inputs that were drawn count, so that an unticked switch is told from an absent one."""
    drawn = set(asked.posted(RENDERED).split(","))
    made = Posted()
    for name in drawn & entity.fields.keys():
        found = entity.fields[name]
        if found.columns and not found.virtual:
            _take(work, entity, name, "", asked, made.texts, made.problems)
    for name in drawn & entity.children.keys():
        made.tables[name] = _rows(work, name, work.entity(entity.children[name].entity), asked, made.problems)
    return made


def _rows(work: Work, table: str, entity: Entity, asked: Asked, problems: list[Problem]) -> list[PostedRow]:
    keys = dict.fromkeys(k.split(".")[1] for k, _ in asked.form if k.startswith(f"{table}.") and k.count(".") >= 2)
    rows = []
    for n, key in enumerate(keys):
        row = PostedRow(key)
        prefix = f"{table}.{key}."
        for name, found in entity.fields.items():
            if found.columns and not found.virtual and not found.read_only and any(k.startswith(prefix + name) for k, _ in asked.form):
                faults: list[Problem] = []
                _take(work, entity, name, prefix, asked, row.texts, faults)
                problems += [Problem(p.message, p.code, f"{table}[{n}].{p.field}") for p in faults]
            elif found.columns and found.type.name == "boolean" and not found.read_only:
                row.texts[name] = "false"
        rows.append(row)
    return rows


def _take(work: Work, entity: Entity, name: str, prefix: str, asked: Asked, texts: dict[str, Any], problems: list[Problem]) -> None:
    found = entity.fields[name]
    kind = found.type.name
    if is_link(found):
        _take_link(work, entity, name, prefix, asked, texts, problems)
    elif kind == "boolean":
        texts[name] = "true" if asked.posted(prefix + name) else "false"
    elif kind == "multi_choice":
        texts[name] = asked.posted_all(prefix + name)
    elif kind in ("file", "image"):
        if asked.posted(f"{prefix}{name}__remove"):
            texts[name] = ""
    else:
        for column in found.columns:
            if any(k == prefix + column.name for k, _ in asked.form):
                texts[column.name] = asked.posted(prefix + column.name)


def _take_link(work: Work, entity: Entity, name: str, prefix: str, asked: Asked, texts: dict[str, Any], problems: list[Problem]) -> None:
    """A link by the id that was picked; without scripts by the words typed, which must mean one record."""
    found = entity.fields[name]
    targets = found.columns[0].kind.entities
    id, words = asked.posted(prefix + name), asked.posted(f"{prefix}{name}__text").strip()
    target = targets[0]
    if "/" in id:
        target, _, id = id.partition("/")
    texts[f"{name}__text"] = words
    if not words:
        id = ""
    elif not id:
        hits = [(t, row) for t in targets for row in lists.lookup(work, t, words, 3)]
        same = [h for h in hits if str(h[1]["display"]).casefold() == words.casefold()] or hits
        if len(same) == 1:
            target, id = same[0][0], str(same[0][1]["id"])
        else:
            label = say(found.label, work.language)
            what = "means several records; pick one" if same else "is not found"
            problems.append(Problem(f"{label}: {words!r} {what}", "link", name))
    texts[name] = id
    if len(found.columns) > 1:
        texts[found.columns[1].name] = target if id else ""


def row_texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Texts of a row, for drawing it again."""
    return dict(values)
