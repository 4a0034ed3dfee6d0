"""Numbers from sequences: when a record gets one, and that none is given that came in from outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from ..fields.sequence import SequenceOptions, counter_of, number_in, number_text
from ..metamodel.catalog import Field
from ..storage import sequences
from .drafts import Draft
from .work import Work
from .writer import Writer


def options_of(field: Field) -> SequenceOptions:
    """How the numbers of this field are made."""
    return cast(SequenceOptions, field.options)


def give_numbers(work: Work, writer: Writer, drafts: Sequence[Draft], *, gapless: bool) -> None:
    """Number new records (and, for sequences with `at`, records that make that transition) that have no number yet.

    Gapless ones apart from the others: they are given to what is written for certain, when all checks have passed.
    """
    for field in writer.sequences:
        options = options_of(field)
        if options.gapless is not gapless:
            continue
        at = options.at
        due = [
            d
            for d in drafts
            if d.after.get(field.name) is None and (d.transition == at if at else d.action == "create")
        ]
        groups: dict[str, list[Draft]] = defaultdict(list)
        for draft in due:
            groups[counter_of(field, draft.after, work.today)].append(draft)
        for counter, group in groups.items():
            first = sequences.take(work.tx, *named(field, counter), len(group), gapless=gapless)
            for n, draft in enumerate(group, first - 1 + options.start):
                draft.after[field.name] = number_text(field, n, draft.after, work.today)


def pass_over(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Let the counters go on behind the numbers that records brought along, so that none of them is given again."""
    for field in writer.sequences:
        used: dict[str, int] = {}
        for draft in drafts:
            text = draft.after.get(field.name) if field.name in draft.given else None
            n = None if text is None else number_in(field, text, draft.after, work.today)
            if n is not None:
                counter = counter_of(field, draft.after, work.today)
                used[counter] = max(used.get(counter, 0), n)
        options = options_of(field)
        for counter, n in used.items():
            sequences.advance(work.tx, *named(field, counter), n + 1 - options.start, gapless=options.gapless)


def take_back(writer: Writer, drafts: Sequence[Draft]) -> None:
    """Forget the gapless numbers of a write that was rolled back: the counter has been rolled back too."""
    for field in writer.sequences:
        for draft in drafts:
            if options_of(field).gapless and field.name not in draft.given:
                draft.after[field.name] = draft.before.get(field.name)


def named(field: Field, counter: str) -> tuple[str, str]:
    """Name and key of a counter: the sequence it belongs to, and what it counts within."""
    name = f"{field.entity}.{field.name}"
    return name, counter.removeprefix(name)
