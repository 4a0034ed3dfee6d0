"""Numbers from sequences: `DN-{year}-{n:05}` and the like, one counter for each text that the pattern makes without its number."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..metamodel.catalog import Field
from ..storage import sequences
from .drafts import Draft
from .work import Work
from .writer import Writer

COUNTER = re.compile(r"\{n(?::0?(\d+))?\}")


def is_gapless(field: Field) -> bool:
    """Must the numbers of this field follow one another without a gap?"""
    return bool(getattr(field.options, "gapless", False))


def give_numbers(work: Work, writer: Writer, drafts: Sequence[Draft], *, gapless: bool) -> None:
    """Number new records (and, for sequences with `at`, records that make that transition) that have no number yet.

    Gapless ones apart from the others: they are given to what is written for certain, when all checks have passed.
    """
    for field in writer.sequences:
        if is_gapless(field) is not gapless:
            continue
        at = getattr(field.options, "at", None)
        due = [d for d in drafts if d.after.get(field.name) is None and (d.transition == at if at else d.action == "create")]
        groups: dict[str, list[Draft]] = defaultdict(list)
        for draft in due:
            groups[_frame(work, field, draft)].append(draft)
        for frame, group in groups.items():
            first = sequences.take(work.tx, f"{writer.entity.name}.{field.name}", frame, len(group), gapless=gapless)
            for n, draft in enumerate(group, first):
                draft.after[field.name] = COUNTER.sub(lambda m, n=n: str(n).zfill(int(m[1] or 1)), frame)  # type: ignore[misc]


def take_back(writer: Writer, drafts: Sequence[Draft]) -> None:
    """Forget the gapless numbers of a write that was rolled back: the counter has been rolled back too."""
    for field in writer.sequences:
        for draft in drafts:
            if is_gapless(field) and field.name not in draft.given:
                draft.after[field.name] = draft.before.get(field.name)


def _frame(work: Work, field: Field, draft: Draft) -> str:
    """The pattern with everything filled in but the number; it names the counter."""
    values: dict[str, Any] = {"year": work.today.year, "month": f"{work.today.month:02}", **draft.after}
    pattern: str = getattr(field.options, "pattern", "{n}")
    per = [name for name in getattr(field.options, "per", ()) if "{" + name + "}" not in pattern]
    frame = re.sub(r"\{([a-z_0-9]+)\}", lambda m: m[0] if m[1] == "n" else str(values.get(m[1]) or ""), pattern)
    return frame if not per else frame + "\x1f".join(["", *(str(values.get(name) or "") for name in per)])
