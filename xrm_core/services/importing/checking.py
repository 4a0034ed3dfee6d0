"""What a try told of the rows, kept to be looked at: by status, by reason, with what would change; and rows mended in place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import ImportFault
from ...language import _
from ...metamodel.catalog import Field
from ...metamodel.imports import ImportDef
from ...metamodel.text import say
from ...metamodel.values import Actor
from ...storage import history, query
from ...storage import imports as store
from ..naming import titles_of
from ..permits import shown
from ..work import Work
from .chunk import Input
from .drafts import Plan
from .faulty import Wrong, wrong_cell
from .mends import Mends, Said
from .run import plain_json

if TYPE_CHECKING:
    from ..runtime import Runtime

KEPT = {"refused": 5_000, "updated": 500, "created": 200, "unchanged": 100, "left_out": 100}
"""How many rows of each status are kept of a check; all are counted."""
GROUPS = 100
HELD = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|\d[\d.,:/-]*")
"""What of a reason is a value of the row: rows with the same reason but for it are one group."""
PREFIX = "check_"


@dataclass
class Checked:
    """Gathers what a try tells of its rows; `plan` knows which columns go where."""

    plan: Plan | None = None
    rows: list[tuple[int, str, str | None, str | None, Any, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, Wrong | None] = field(default_factory=dict)
    seen: int = 0

    def watch(self, work: Work, rows: Sequence[Input]) -> None:
        """Look at rows of a chunk while what they wrote still stands."""
        for row in rows:
            self.seen += 1
            self.counts[row.status] += 1
            if row.status == "refused":
                group = group_of(row.problems)
                self.groups[group] += 1
                self._note(group, row)
            if self.counts[row.status] <= KEPT.get(row.status, 0):
                self.rows.append(kept(work, -self.seen, row))

    def told(self) -> list[dict[str, Any]]:
        """The groups of reasons, the most frequent first; with the values in the way where they stand in one column."""
        return [
            {"text": text, "count": count, **(wrong.told() if (wrong := self.wrong.get(text)) is not None else {})}
            for text, count in self.groups.most_common(GROUPS)
        ]

    def _note(self, group: str, row: Input) -> None:
        """Count the value that is in the way; a reason whose rows differ in the column has none."""
        if group in self.wrong and self.wrong[group] is None:
            return
        cell = wrong_cell(self.plan, row)
        if cell is None:
            self.wrong[group] = None
            return
        file, column, text = cell
        wrong = self.wrong.setdefault(group, Wrong(file, column))
        if wrong is None or (wrong.file, wrong.column) != (file, column):
            self.wrong[group] = None
        else:
            wrong.add(text)


def group_of(problems: Sequence[Any]) -> str:
    """A reason without the values in it, with its field: what rows of one kind of trouble have in common."""
    first = next(iter(problems), None)
    if first is None:
        return ""
    name, message = (first["field"], first["message"]) if isinstance(first, Mapping) else (first.field, first.message)
    told = HELD.sub("…", str(message))
    return f"{name}: {told}" if name else told


def kept(work: Work, number: int, row: Input) -> tuple[int, str, str | None, str | None, Any, Any]:
    """A row as it is kept of a check."""
    problems = [{"field": p.field, "message": p.message, "hint": p.hint, "code": p.code} for p in row.problems]
    content: dict[str, Any] = {"file": row.file, "line": row.line}
    if row.cells is not None:
        content["cells"] = list(row.cells)
    elif isinstance(row.data, Mapping) and not row.fault:
        content["data"] = plain_json(dict(row.data))
    if row.status == "updated" and row.record is not None:
        content["changes"] = _changes(work, *row.record)
    return number, PREFIX + row.status, None, None, problems, content


def _changes(work: Work, entity: str, id: str) -> list[list[str]]:
    """Label, value before and after of what a row would change in its record; values before only where the actor reads them."""
    found = [e for e in history.of(work.tx, work.catalog, entity, id, 20) if e.at == work.now and e.action == "update"]
    after = query.get(work.tx, work.catalog, entity, id)
    if not found or after is None:
        return []
    definition = work.entity(entity)
    first: dict[str, tuple[Any, Any]] = {}
    for entry in reversed([e for e in found if e.record_id == id]):
        for name, (before, now) in entry.changes.items():
            first[name] = (first[name][0] if name in first else before, now)
    stored = {**after, **{name: pair[0] for name, pair in first.items()}}
    before, now = (shown(work, entity, row) or {} for row in (stored, {**after, **{n: p[1] for n, p in first.items()}}))
    told: dict[str, list[str]] = {}
    for name in first:
        owner = definition.fields.get(definition.field_of_column.get(name, name))
        if owner is not None and not owner.hidden and owner.name not in told and name in before:
            told[owner.name] = [
                say(owner.label, work.language),
                *(_text(work, owner, name, row) for row in (before, now)),
            ]
    return list(told.values())[:20]


def _text(work: Work, owner: Field, name: str, row: Mapping[str, Any]) -> str:
    """A value as the reader meets it elsewhere: the label of a code, the title of a record, dates and amounts in his language."""
    value = row.get(name)
    if value is None:
        return ""
    kind = owner.columns[0].kind
    if kind.kind == "ref":
        target = str(row.get(owner.columns[1].name)) if len(owner.columns) > 1 else kind.entities[0]
        return titles_of(work, [(target, str(value))]).get((target, str(value)), "")[:200]
    return owner.type.text(row, owner, work.env)[:200]


def mend(runtime: Runtime, actor: Actor, id: str, said: Mapping[int, Said]) -> None:
    """Keep other values for rows of a check (by number), or that they are passed over, and try these rows again.

    Raises NotFound, Conflict, ImportFault.
    """
    from .imports import _own, kept_sources, try_import, wrong_state  # it uses this module for its checks

    with runtime.work(actor, "web") as work:
        found = _own(work, id)
        if found["state"] != "ready" or "check" not in found["settings"]:
            raise wrong_state(found["state"] if found["state"] != "ready" else "running")
        rows = {r["number"]: r for r in store.checked(work.tx, id, (), limit=sum(KEPT.values())) if r["number"] in said}
    settings = dict(found["settings"])
    mends = {name: dict(lines) for name, lines in (settings.get("mends") or {}).items()}
    only: dict[str, set[int]] = {}
    for number, row in rows.items():
        given = row["given"]
        before, now = mends.setdefault(given["file"], {}).get(str(given["line"])), said[number]
        mends[given["file"]][str(given["line"])] = None if now is None else {**(before or {}), **now}
        only.setdefault(given["file"], set()).add(given["line"])
    settings["mends"] = mends
    watched = Checked()
    wanted = Mends.of(settings, {name: frozenset(lines) for name, lines in only.items()})
    definition = ImportDef.model_validate(settings["mapping"])
    sources = [source for source, __ in kept_sources(found)]
    try_import(runtime, actor, definition, sources, partial=True, mends=wanted, watch=watched.watch)
    with runtime.work(actor, "web", write=True) as work:
        _keep(work, id, settings, rows, watched)


def _keep(work: Work, id: str, settings: dict[str, Any], rows: Mapping[int, Any], watched: Checked) -> None:
    """Tell of the rows what they are now, and count them anew."""
    now = {(row[5]["file"], row[5]["line"]): row for row in watched.rows}
    check = dict(settings["check"])
    counts: Counter[str] = Counter(check["counts"])
    groups: Counter[str] = Counter({g["text"]: g["count"] for g in check.get("groups", [])})
    for number, row in rows.items():
        told = now.get((row["given"]["file"], row["given"]["line"]))
        if told is None:
            continue
        old, new = row["state"].removeprefix(PREFIX), told[1].removeprefix(PREFIX)
        counts[old] -= 1
        counts[new] += 1
        if old == "refused":
            groups[group_of(row["problems"])] -= 1
        if new == "refused":
            groups[group_of(told[4])] += 1
        values = {"state": told[1], "problems": told[4], "given": {**told[5], "mended": True}}
        store.tell_checked(work.tx, id, number, values)
    check["counts"] = dict(counts)
    before = {g["text"]: g for g in check.get("groups", [])}
    check["groups"] = [
        {**before.get(text, {}), "text": text, "count": count}
        for text, count in groups.most_common(GROUPS)
        if count > 0
    ]
    if not store.update(work.tx, id, {"settings": {**settings, "check": check}}, state="ready"):
        raise ImportFault(_("the import has begun meanwhile"), code="import_state")
