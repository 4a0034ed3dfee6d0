"""Numbers for records that were made before their sequence was: in the order in which they were made, through the one path of
every write, so that history, search and hooks know of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from ..errors import BadRequest, InvalidRecord, NotFound
from ..fields.sequence import counter_of, number_text
from ..metamodel.catalog import Field
from ..metamodel.values import SYSTEM, Query, Record
from ..storage import query, sequences
from .drafts import Draft
from .lists import joined
from .numbers import named, options_of
from .runtime import Runtime
from .saving import save
from .several import chosen
from .work import Work
from .writer import writer_of

BATCH = 200


class Numbered(Struct):
    """What became of the records: how many have a number now, and the refused ones (id, reasons)."""

    given: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def sequence_of(work: Work, entity: str, name: str) -> Field:
    """The sequence field of that name. Raises NotFound for an unknown entity or field, BadRequest for one of another type."""
    found = work.catalog.entity(entity).fields.get(name)
    known = [f.name for f in writer_of(work.catalog, entity).sequences]
    if found is None:
        raise NotFound(f"{entity} has no field {name!r}", code="unknown_field", hint=_told(known))
    if found.type.name != "sequence":
        raise BadRequest(f"{entity}.{name} is no sequence", code="no_sequence", hint=_told(known))
    return found


def unnumbered(work: Work, of: Field, where: str | None = None) -> list[str]:
    """Ids of the records that have no number, as they were made; `where`, an expression, takes some of them only.

    Of a sequence that is given by a transition, only what `where` names: which records are past it, nobody else can say.
    Raises BadRequest where that is missing, and for an expression that cannot be read.
    """
    at = options_of(of).at
    if at is not None and where is None:
        hint = "say by --where, an expression, which records are past it"
        raise BadRequest(f"{of.entity}.{of.name} is given when a record makes {at!r}", code="given_later", hint=hint)
    lacking = joined(f"record.{of.name} == null", where)
    return chosen(work, Query(of.entity, filter=lacking, sort=("created_at", "id")), most=sys.maxsize)


def number_records(
    runtime: Runtime,
    of: Field,
    ids: Sequence[str],
    *,
    door: str = "cli",
    progress: Callable[[int], None] = lambda done: None,
) -> Numbered:
    """Give these records numbers in this order, those that lack one still; a transaction for each batch.

    Dates in a number are those of the day on which the record was made. A record that the rules of today refuse keeps its
    fault to itself: it is told with the reasons and gets no number (where numbers are gapless, none is lost by it).
    """
    made = Numbered()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        try:
            with runtime.work(SYSTEM, door, write=True) as work:
                made.given += _give(work, of, batch)
        except InvalidRecord:
            for id in batch:
                _alone(runtime, of, id, door, made)
        progress(start + len(batch))
    return made


def _alone(runtime: Runtime, of: Field, id: str, door: str, made: Numbered) -> None:
    try:
        with runtime.work(SYSTEM, door, write=True) as work:
            made.given += _give(work, of, [id])
    except InvalidRecord as fault:
        made.refused.append((id, "; ".join(p.message for p in fault.problems) or fault.message))


def _give(work: Work, of: Field, ids: Sequence[str]) -> int:
    """Number those of the records that are there and have none; all or, by InvalidRecord, none."""
    stored = query.get_many(work.tx, work.catalog, of.entity, ids)
    due = [stored[id] for id in ids if id in stored and stored[id].get(of.name) is None]
    days = [_day(work, record) for record in due]
    counters = [counter_of(of, record, day) for record, day in zip(due, days, strict=True)]
    next_of: dict[str, int] = {}
    for counter, count in Counter(counters).items():
        first = sequences.take(work.tx, *named(of, counter), count, gapless=options_of(of).gapless)
        next_of[counter] = first - 1 + options_of(of).start
    drafts = []
    for record, day, counter in zip(due, days, counters, strict=True):
        text = number_text(of, next_of[counter], record, day)
        next_of[counter] += 1
        drafts.append(Draft("update", str(record["id"]), record, {**record, of.name: text}))
    return len(save(work, of.entity, drafts)) if drafts else 0


def _day(work: Work, record: Record) -> date:
    """The day on which the record was made, where the organisation is."""
    made: datetime = record["created_at"]
    return made.astimezone(ZoneInfo(work.settings.organisation.time_zone)).date()


def _told(known: Sequence[str]) -> str:
    return f"sequences there are: {', '.join(known)}" if known else "it has no sequence"
