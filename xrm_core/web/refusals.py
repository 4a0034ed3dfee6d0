"""Refused records of an act on many: by reason, each as a link where its reader may see it, with the way out."""

from __future__ import annotations

from collections.abc import Sequence

from ..language import _
from ..services.several import Refusal, by_reason
from ..services.work import Work
from .addresses import entity_url
from .cells import capital, figure, title_of
from .models import BulkReason, RefusedRecord

FIRST = 3
"""Records named with a reason at once; others stand behind a click."""
NAMED = 200
"""Records that a page names in all."""


def told_reasons(work: Work, entity: str, refused: Sequence[Refusal]) -> tuple[BulkReason, ...]:
    """Why records were refused, the most frequent reason first."""
    made, left = [], NAMED
    for reason, ones in by_reason(refused):
        named = ones[:left]
        left -= len(named)
        records = tuple(found for one in named if (found := _record(work, entity, one)) is not None)
        hint = next((one.hint for one in ones if one.hint), "")
        made.append(
            BulkReason(
                text=capital(reason), count=figure(work, len(ones)), hint=capital(hint), records=records[:FIRST], others=records[FIRST:],
                more=_("{n} more", n=figure(work, len(records) - FIRST)) if len(records) > FIRST else "",
            )
        )  # fmt: skip
    return tuple(made)


def _record(work: Work, entity: str, one: Refusal) -> RefusedRecord | None:
    title = title_of(work, entity, one.id)
    return RefusedRecord(title=title, href=entity_url(entity, one.id), told=capital(one.told)) if title else None
