"""Which cells of refused rows are wrong, and the values that stand in them: so that one kind of fault is mended at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from .drafts import Part, Plan
from .laying import laid_out

MOST_VALUES = 500
"""Different values that are counted of one reason."""
TOLD_VALUES = 50
"""The most frequent of them that are kept to be shown."""


def faults_of(problems: Sequence[Any]) -> list[tuple[str, str]]:
    """Field and code of problems, as they are or as they were kept."""
    told = [(p.get("field"), p.get("code")) if isinstance(p, Mapping) else (p.field, p.code) for p in problems]
    return [(name, code or "") for name, code in told if name]


def wrong_columns(part: Part | None, problems: Sequence[Any]) -> list[str]:
    """The columns that go to the fields that are wrong; none where no column does."""
    fields = [name for name, _code in faults_of(problems)]
    taken = {c: slot for c, slot in part.columns.items() if slot} if part is not None else {}
    return [
        c
        for c, slot in taken.items()
        if any(slot == f or slot.rpartition(".")[2] == f or slot.startswith(f"{f}_") for f in fields)
    ]


def unfilled(part: Part | None, problems: Sequence[Any]) -> list[str]:
    """The required fields that are blank because no column goes to them: no cell of the row can mend that."""
    if part is None or not part.entity:
        return []
    lacking = [(name, code) for name, code in faults_of(problems) if not wrong_columns(part, [{"field": name}])]
    return [name for name, code in lacking if code == "required" and name != "source_key"]


class Wrong(Struct):
    """The values of the one column that is wrong for a reason: how often each."""

    file: str
    column: str
    values: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Count a value; further different ones of very many are let go."""
        if text in self.values or len(self.values) < MOST_VALUES:
            self.values[text] += 1

    def told(self) -> dict[str, Any]:
        """As it is kept with the check."""
        shown = self.values.most_common(TOLD_VALUES)
        return {"file": self.file, "column": self.column, "values": shown, "more": len(self.values) - len(shown)}


def wrong_cell(plan: Plan | None, row: Any) -> tuple[str, str, str] | None:
    """File, column and text of the cell that is wrong with a refused row; None where it is not one, or nobody knows which."""
    part = next((p for p in plan.parts if p.name == row.file), None) if plan is not None else None
    columns = wrong_columns(part, list(row.problems)[:1]) if part is not None and not row.fault else []
    if len(columns) != 1 or not isinstance(row.data, Mapping):
        return None
    cells = dict(laid_out(row.data)) if part is not None and part.nested else row.data
    value = cells.get(columns[0])
    return row.file, columns[0], "" if value is None else str(value)
