"""Training needs: a skill that work waits for, how long it has waited, and who comes nearest to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xrm_core.plugin import Change, FurtherChange, NewRecord, Patch, Reader, Record, _

from . import clocks
from .labels import label_of
from .people import MOST

SHOWN = 5
WAITS = ("undecided", "doing", "planned", "waiting")


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody on the way to a skill; `expired` is the day on which it ran out."""

    user: str
    name: str
    skill: str
    level: int
    needed: int
    expired: date | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The same as JSON."""
        known = {"user": self.user, "name": self.name, "skill": self.skill, "level": self.level, "needed": self.needed}
        return {**known, "expired": self.expired.isoformat() if self.expired else None}

    def words(self, reader: Reader) -> str:
        """The same in words."""
        named: Mapping[str, Any] = {"name": self.name, "level": self.level, "needed": self.needed}
        if self.expired is not None:
            return _("- {name}: level {level} of {needed}, expired on {day}", day=reader.shown(self.expired), **named)
        return _("- {name}: level {level} of {needed}", **named)


def nearest(skill: str, level: int, reader: Reader) -> list[Near]:
    """Who comes nearest to a skill: the highest level first, those in whom it has not expired before others."""
    found: list[Near] = []
    for row in reader.find("person_skill", "record.skill == given.skill", {"skill": skill}, limit=MOST):
        user = reader.get("user", row["user"])
        if user is None or user["status"] != "active":
            continue
        until = row["valid_until"]
        expired = until if until is not None and until < reader.today else None
        found.append(Near(str(user["id"]), str(user["name"]), skill, int(row["level"]), level, expired))
    return sorted(found, key=lambda one: (one.expired is not None, -one.level, one.name))[:SHOWN]


def told(skill: str, level: int, reader: Reader) -> dict[str, Any]:
    """Who comes nearest, as a need keeps it."""
    found = nearest(skill, level, reader)
    words = "\n".join(one.words(reader) for one in found)
    return {
        "nearest": [one.told for one in found],
        "nearest_words": words or _("Nobody has begun to learn {skill}.", skill=label_of("skill", skill, reader)),
    }


def need(skill: str, level: int, department: str | None, reader: Reader) -> tuple[FurtherChange, str]:
    """The training need for a skill: the one that is open, else a new one; and its id."""
    there = reader.find(
        "training_need",
        "record.skill == given.skill && record.level == given.level && record.department == given.one && record.status != 'met'",
        {"skill": skill, "level": level, "one": department},
    )
    if there:
        return Patch("training_need", there[0]["id"], told(skill, level, reader)), there[0]["id"]
    id = reader.new_id()
    values = {"skill": skill, "level": level, "department": department, **told(skill, level, reader)}
    return NewRecord("training_need", values, id), id


def hours(need: Record, reader: Reader) -> int:
    """Working hours that open requests have waited for a skill, added up."""
    rows = [row for row in reader.children("training_need", "requests", need["id"]) if row["status"] in WAITS]
    spans = [clocks.minutes_between(r["sent_at"], reader.now, need["department"], reader) for r in rows if r["sent_at"]]
    return sum(spans) // 60


def renewed(needs: Sequence[Record], reader: Reader) -> list[FurtherChange]:
    """What has become of needs since they were looked at: hours waited, and who comes nearest now."""
    changes: list[FurtherChange] = []
    for row in needs:
        now = {"hours_waiting": hours(row, reader), **told(row["skill"], row["level"], reader)}
        new = {name: value for name, value in now.items() if row[name] != value}
        if new:
            changes.append(Patch("training_need", row["id"], new))
    return changes


def waiting(reader: Reader) -> list[FurtherChange]:
    """Each day, of all that are not met."""
    return renewed(reader.find("training_need", "record.status != 'met'", limit=MOST), reader)


def learnt(change: Change, reader: Reader) -> list[FurtherChange]:
    """Somebody's skill has changed: needs for it say at once who comes nearest."""
    skills = {change.after.get("skill"), change.before.get("skill")} - {None}
    asked = "record.status != 'met' && record.skill in given.skills"
    return renewed(reader.find("training_need", asked, {"skills": sorted(skills)}, limit=MOST), reader)
