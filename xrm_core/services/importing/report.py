"""What an import did, counted as it goes: by file, by target, by status; notes once each, with how often and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec import field as filled

from ...errors import Problem
from .chunk import Input
from .mapping.plan import FilePlan

STATUSES = ("created", "updated", "unchanged", "refused", "left_out")
NOTES = 500
PLACES = 20
REFUSALS = 1000


class Refusal(Struct, frozen=True):
    """A row that was not taken."""

    file: str
    line: int
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: " + "; ".join(str(problem) for problem in self.problems)


class Note(Struct):
    """Something to know that refused nothing: how often, and where at first."""

    count: int = 0
    places: list[str] = filled(default_factory=list)


@dataclass
class Tally:
    """The counts of an import so far. `files` and `targets` map names to counts by status; `step` and `row` say how far it is."""

    id: str | None = None
    state: str = "running"
    error: str | None = None
    rows: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    files: dict[str, dict[str, int]] = field(default_factory=dict)
    targets: dict[str, dict[str, int]] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    moments: list[tuple[datetime, datetime]] = field(default_factory=list)
    file: str = ""
    step: int = 0
    row: int = 0
    position: int = 0

    def begin(self, file: str, step: int) -> None:
        """A file is taken up."""
        self.file, self.step = file, step

    def moment(self, now: datetime) -> datetime:
        """The time of the next chunk, another than all before it, by which what it wrote is found again."""
        last = self.moments[-1][0] if self.moments else now - timedelta(seconds=1)
        now = max(now, last + timedelta(microseconds=1))
        self.moments.append((now, now))
        return now

    def add(self, plan: FilePlan, rows: Sequence[Input], counts: Mapping[str, Mapping[str, int]], pass_: int) -> None:
        """Count a chunk. In a second pass rows were counted before."""
        self.row += len(rows)
        self.position += len(rows)
        if self.moments:
            self.moments[-1] = (self.moments[-1][0], datetime.now(tz=self.moments[-1][0].tzinfo))
        if pass_ == 1:
            self._count(rows)
        for row in rows:
            if row.status == "refused" and len(self.refusals) < REFUSALS:
                self.refusals.append(Refusal(row.file, row.line, tuple(row.problems)))
            for note in row.notes:
                self.note(note, f"{row.file}:{row.line}")
        name = plan.spec.name or plan.spec.patterns[0].rsplit(".", 1)[0].lower()
        for target, told in counts.items():
            mine = self.targets.setdefault(f"{name}.{target}", {})
            for status, number in told.items():
                mine[status] = mine.get(status, 0) + number

    def _count(self, rows: Sequence[Input]) -> None:
        self.rows += len(rows)
        for (file, status), number in Counter((row.file, row.status) for row in rows).items():
            self.counts[status] += number
            self.files.setdefault(file, dict.fromkeys(STATUSES, 0))[status] += number

    def note(self, text: str, place: str | None = None) -> None:
        """Keep a note; the same text is counted."""
        if text not in self.notes and len(self.notes) >= NOTES:
            text = "further notes"
        note = self.notes.setdefault(text, Note())
        note.count += 1
        if place is not None and len(note.places) < PLACES:
            note.places.append(place)

    def to_json(self) -> dict[str, Any]:
        """What is kept of it, to show and to go on from."""
        return {
            "rows": self.rows, "counts": self.counts, "files": self.files, "targets": self.targets, "file": self.file,
            "step": self.step, "row": self.row, "columns": self.columns,
            "moments": [[start.isoformat(), end.isoformat()] for start, end in self.moments],
        }  # fmt: skip

    def notes_json(self) -> list[dict[str, Any]]:
        """The notes, to show."""
        return [{"text": text, "count": note.count, "places": note.places} for text, note in self.notes.items()]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Tally:
        """The counts of an import as it was kept."""
        kept = found["counts"] or {}
        told = cls(id=found["id"], state=found["state"], error=found["error"], position=found["position"])
        for name in ("rows", "counts", "files", "targets", "file", "step", "row", "columns"):
            if name in kept:
                setattr(told, name, kept[name])
        told.moments = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in kept.get("moments", [])]
        told.notes = {note["text"]: Note(note["count"], note["places"]) for note in found["problems"] or []}
        return told
