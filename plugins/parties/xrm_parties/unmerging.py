"""Undoing a merge of parties: what it moved goes back, as far as nobody changed it since; what stays is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xrm_core.plugin import BatchReader, Change, FurtherChange, Patch, _, ngettext, speaking

from .following import WORD, plain

Row = Mapping[str, Any]
MOST = 20_000
"""Records whose moves are noted; a merge that moves more is not undone by itself."""
TOLD = 30
"""Lines of what stayed."""


@dataclass(frozen=True, slots=True)
class Move:
    """A record whose link went from one record of the entity `of` to another."""

    entity: str
    id: str
    column: str
    of: str
    old: str
    new: str


def noted(
    moves: Iterable[Move], given: Mapping[str, Sequence[Row]], emptied: Mapping[str, Sequence[Row]], consents: int
) -> Any:
    """What a merge did, as JSON: links that moved, rows that the survivor was given, rows that the merged party had."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for move in moves:
        groups.setdefault((move.entity, move.column, move.of, move.old, move.new), []).append(move.id)
    if sum(map(len, groups.values())) > MOST:
        return None
    links = [[*group, ids] for group, ids in groups.items()]
    rows = {t: [_json(row) for row in rows] for t, rows in given.items() if rows}
    return {
        "links": links,
        "given": rows,
        "own": {t: [_json(r) for r in rows] for t, rows in emptied.items()},
        "consents": consents,
    }


def follow_unmerge(change: Change, reader: BatchReader) -> list[FurtherChange]:
    """What the merge moved goes back: links that nobody changed since, and rows; the party says what stayed, and where it was
    merged into no longer."""
    if change.transition != "unmerge":
        return []
    notes, into = change.before.get("merge_moves"), change.before.get("merged_into")
    left: list[str] = []
    back: list[FurtherChange] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    with speaking(str(reader.settings.get("language") or "en")):  # it is stored, for everybody
        if not notes:
            left.append(_("Nothing is noted of what this merge moved; it stays where it is"))
        else:
            back += _links(notes["links"], reader, left)
            survivor = reader.get("party", into) if into else None
            if survivor is not None:
                back += _taken_back(notes["given"], str(survivor["id"]), reader, left)
            rows = _own_rows(notes["own"], str(into), reader)
            if n := notes["consents"]:
                left.append(
                    ngettext(
                        "{n} consent that was copied stays there too", "{n} consents that were copied stay there too", n
                    )
                )
        more = [_("and {n} more", n=len(left) - TOLD)] if len(left) > TOLD else []
    told = "\n".join([*left[:TOLD], *more]) or None
    return [
        *back,
        Patch("party", change.id, {**rows, "merged_into": None, "merge_moves": None, "left_by_unmerge": told}),
    ]


def _links(groups: Iterable[Any], reader: BatchReader, left: list[str]) -> list[FurtherChange]:
    """Links that still point where the merge put them point back to what they came from, where that is still there."""
    back: list[FurtherChange] = []
    for entity, column, of, old, new, ids in groups:
        found = reader.get_many(entity, ids)
        home = reader.get(of, old) is not None
        for id in ids:
            row = found.get(id)
            if row is None:
                left.append(_("{what}: no longer there", what=f"{entity} {id}"))
            elif row.get(column) != new:
                left.append(_("{what}: changed since", what=_named(reader, entity, row)))
            elif not home:
                left.append(_("{what}: what it pointed to is no longer there", what=_named(reader, entity, row)))
            else:
                back.append(Patch(entity, id, {column: old}))
    return back


def _named(reader: BatchReader, entity: str, row: Row) -> str:
    return f"{entity} {reader.value(entity, row, 'display') or row['id']}"


def _taken_back(
    given: Mapping[str, Sequence[Row]], survivor: str, reader: BatchReader, left: list[str]
) -> list[FurtherChange]:
    """The survivor without the rows that it was given, but for those that were changed since."""
    rest: dict[str, list[dict[str, Any]]] = {}
    for table, copies in given.items():
        rows = [plain(row) for row in reader.children("party", table, survivor)]
        for copy in copies:
            same = next((row for row in rows if _is_same(row, copy)), None)
            if same is not None:
                rows.remove(same)
                rest[table] = rows
            else:
                left.append(_("{what}: changed since, it stays there", what=str(copy.get(WORD[table]))))
    return [Patch("party", survivor, rest)] if rest else []


def _own_rows(own: Mapping[str, Sequence[Row]], survivor: str, reader: BatchReader) -> dict[str, list[dict[str, Any]]]:
    """The rows that the merged party had. An identifier that stays with the survivor, changed since, is not there twice."""
    rows = {table: [dict(row) for row in kept] for table, kept in own.items()}
    if "identifiers" in rows:
        copies = rows["identifiers"]
        theirs = [
            row
            for row in reader.children("party", "identifiers", survivor)
            if not any(_is_same(row, c) for c in copies)
        ]
        taken = {(row.get("scheme"), row.get("value")) for row in theirs}
        rows["identifiers"] = [row for row in copies if (row.get("scheme"), row.get("value")) not in taken]
    return rows


def _is_same(row: Row, copy: Row) -> bool:
    """Does the row still hold what it was given? Which of several is the main one is not the row's own."""
    return all(_plain(row.get(k)) == v for k, v in copy.items() if k != "primary")


def _json(row: Row) -> dict[str, Any]:
    """A row without what the platform keeps, as JSON."""
    return {k: _plain(v) for k, v in plain(row).items() if k != "id" and v is not None}


def _plain(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, date | datetime) else str(value) if isinstance(value, Decimal) else value
    )
