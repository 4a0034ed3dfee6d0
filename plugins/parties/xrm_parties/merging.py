"""What moves when a party is merged into another one: all that points to it, in whichever plugin or layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import Change, FurtherChange, NewRecord, Patch, Reader, Reverse

from .following import SYSTEM, WORD, plain
from .unmerging import Move, noted

Row = Mapping[str, Any]
BY_ITSELF = frozenset({"party", "connection", "consent"})
"""Entities whose links to a party are not simply moved: earlier merges stay where they were, ties and consents have rules."""
SAME_CONSENT = ("purpose", "channel", "status", "given_on")


def follow_merge(change: Change, reader: Reader) -> list[FurtherChange]:
    """Everything of a merged party moves to the one it was merged into; its name is kept there as a former one.

    Where both stand in a relationship that there is once for a party, what points to the one moves to the other. Consents
    are never changed: the other party gets copies, so that what was withdrawn stays withdrawn. Every step is in the history.
    """
    into = change.after.get("merged_into")
    target = reader.get("party", into) if into else None
    if change.transition != "merge" or into is None or target is None:
        return []
    moves = _connections(change.id, target["id"], reader)
    for link in reader.reverse_links("party"):
        if link.entity not in BY_ITSELF:
            moves += hand_over("party", link, change.id, into, reader)
    consents = _consents(change.id, into, reader)
    own = {t: reader.children("party", t, change.id) for t in WORD}
    kept = {t: _joined(t, reader.children("party", t, into), own[t]) for t in WORD}
    if change.after.get("name") and change.after["name"] != target["name"]:
        kept["names"].append({"name": change.after["name"], "kind": "former"})
    given = {t: [row for row in rows if "id" not in row] for t, rows in kept.items()}
    emptied = {t: own[t] for t in WORD if t != "names" and own[t]}
    notes = noted(moves, given, emptied, len(consents))
    return [
        *(Patch(move.entity, move.id, {move.column: move.new}) for move in moves),
        *consents,
        Patch("party", change.id, {**{t: [] for t in emptied}, "merge_moves": notes, "left_by_unmerge": None}),
        Patch("party", into, {t: rows for t, rows in kept.items() if rows}),
    ]


def hand_over(entity: str, link: Reverse, old: str, new: str, reader: Reader) -> list[Move]:
    """Records that point to `old` by a link point to `new`, but for those that a key forbids: of two relationships of one kind
    the older hands over what points to it, any other double stays."""
    mine = reader.children(entity, link.name, old)
    if not mine or link.append_only:
        return []
    theirs = reader.children(entity, link.name, new)
    moves: list[Move] = []
    for row in mine:
        twin = next((t for t in theirs for key in link.keys if all(t.get(c) == row.get(c) for c in key)), None)
        if twin is None:
            moves.append(Move(link.entity, row["id"], link.link, entity, old, new))
        elif () in link.keys:
            for inner in reader.reverse_links(link.entity):
                moves += hand_over(link.entity, inner, row["id"], twin["id"], reader)
    return moves


def _consents(old: str, new: str, reader: Reader) -> list[NewRecord]:
    """Copies of the consents that the other party does not have."""
    known = {tuple(c.get(k) for k in SAME_CONSENT) for c in reader.children("party", "consents", new)}
    return [
        NewRecord("consent", {**{k: v for k, v in row.items() if k not in SYSTEM}, "party": new})
        for row in reader.children("party", "consents", old)
        if tuple(row.get(k) for k in SAME_CONSENT) not in known
    ]


def _connections(old: str, new: str, reader: Reader) -> list[Move]:
    """Ties of the old party, but for those that the new one has already and those between the two."""
    known = {
        (c["kind"], c["from"], c["to"])
        for end in ("from", "to")
        for c in reader.children("party", f"connections_{end}", new)
    }
    moves: list[Move] = []
    for end in ("from", "to"):
        for tie in reader.children("party", f"connections_{end}", old):
            ends = {k: new if tie[k] == old else tie[k] for k in ("from", "to")}
            mark = (tie["kind"], ends["from"], ends["to"])
            if ends["from"] != ends["to"] and mark not in known:
                known.add(mark)
                moves.append(Move("connection", tie["id"], end, "party", old, new))
    return moves


def _joined(table: str, own: Sequence[Row], others: Sequence[Row]) -> list[dict[str, Any]]:
    """The survivor's rows, then those of the other that it does not have; never a second primary."""
    have = {(r.get("kind") or r.get("scheme") or r.get("purpose"), r.get(WORD[table])) for r in own}
    rows = [plain(r) for r in own]
    for row in others:
        if (row.get("kind") or row.get("scheme") or row.get("purpose"), row.get(WORD[table])) not in have:
            copy = {k: v for k, v in row.items() if k not in SYSTEM}
            rows.append({**copy, "primary": False} if "primary" in copy else copy)
    return rows
