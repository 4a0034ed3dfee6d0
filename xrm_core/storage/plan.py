"""A plan: what bringing the database to the metadata will do, step by step, as a value that can be read, kept and carried out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from xrm_core.errors import BadRequest

Safety = Literal["safe", "backfill", "loses_data", "blocked"]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `ddl` is carried out exactly as written; `action` is work that SQL has no word for (`search`: enter the
    entity's records into the search index anew). `rows` are those it reads or writes; `locks` says who waits for it.

    safety: safe; backfill (fills columns of existing rows); loses_data; blocked (cannot be carried out, `hint` is the way out).
    """

    kind: str
    entity: str
    title: str
    ddl: tuple[str, ...] = ()
    rows: int = 0
    safety: Safety = "safe"
    locks: str = ""
    hint: str | None = None
    action: str | None = None
    rebuild: bool = False
    """Carried out with foreign keys off, and checked after (a table of SQLite that is written anew)."""

    def __str__(self) -> str:
        facts = [
            f"{self.rows:,} rows" if self.rows else "",
            self.locks,
            "" if self.safety == "safe" else self.safety.replace("_", " "),
        ]
        said = "; ".join(f for f in facts if f)
        return f"{self.title}" + (f" ({said})" if said else "") + (f": {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps from one state of the database to one catalog. `notes` tell what stays as it is though the metadata no longer
    names it. `fingerprint` is that of the schema the plan was made for."""

    id: str
    catalog: str
    fingerprint: str
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    shape: dict[str, Any] = field(default_factory=dict)

    @property
    def blocked(self) -> tuple[Step, ...]:
        """Steps that stand in the way."""
        return tuple(s for s in self.steps if s.safety == "blocked")

    def to_json(self) -> str:
        """The plan as text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """A plan from its text. Raises BadRequest."""
        try:
            given = json.loads(text)
            if given.pop("format") != FORMAT:
                raise ValueError
            given.pop("access", None)  # which `xrm plan --json` prints beside it
            given["steps"] = tuple(Step(**{**s, "ddl": tuple(s["ddl"])}) for s in given["steps"])
            given["notes"] = tuple(given["notes"])
            return cls(**given)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise BadRequest(
                "this is not a plan of this version of the program", code="bad_plan", hint="make a new one: xrm plan"
            ) from None


def groups(steps: Sequence[Step], start: int = 0) -> list[tuple[int, list[Step]]]:
    """Steps that are done in one transaction each, with the number of the first: quick ones together, long ones alone."""
    found: list[tuple[int, list[Step]]] = []
    for number, step in enumerate(steps[start:], start):
        alone = step.rebuild or step.rows > 0 or step.action is not None
        if found and not alone and not (found[-1][1][-1].rebuild or found[-1][1][-1].rows or found[-1][1][-1].action):
            found[-1][1].append(step)
        else:
            found.append((number, [step]))
    return found
