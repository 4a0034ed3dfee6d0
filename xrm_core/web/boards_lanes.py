"""Lanes across the columns of a board: which cards stand where a lane crosses a column, and where the next ones are asked for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct

from ..fields.locales import zone_of
from ..metamodel.catalog import View
from ..metamodel.values import Record
from ..services import boards, lists
from ..services.boards import Lane
from ..services.figures import OTHERS, Mark
from ..services.periods import start_of
from ..services.work import Work

LANE_CARDS, CELL_CARDS, ASKED = 60, 8, 12
"""Cards of a column that lanes cross, of which a cell shows the first; cells that find none among them and are asked for by
themselves, so many at once: the others come when they are in sight."""


class Held(Struct, frozen=True):
    """What a cell shows; where the rest begins (None: at the first, in place of these), and whether it shows less than it has room for."""

    rows: Sequence[Record]
    next: str | None = None
    waits: bool = False


Cells = Mapping[tuple[Any, str], Held]
"""By the key of the lane and the code of the column."""


def filled(
    work: Work, view: View, lanes: Sequence[Lane], columns: Sequence[lists.BoardColumn], filter: str | None, q: str | None
) -> Cells:  # fmt: skip
    """The first cards of every cell: from those of its column where they are among them, else asked for."""
    made: dict[tuple[Any, str], Held] = {}
    known = frozenset(lane.mark.key for lane in lanes)
    asked = 0
    for lane in lanes:
        for column in columns:
            count = lane.counts.get(column.code, 0)
            rows = [r for r in column.rows if lies_in(work, r.get(str(view.lanes)), lane.mark.key, known)][:CELL_CARDS]
            held = Held(rows)
            if len(rows) < min(count, CELL_CARDS) and boards.filter_of_lane(view, lane.mark):
                held = Held(rows, waits=True)
                if asked < ASKED:
                    page = boards.cell_cards(work, view, column.code, lane.mark, None, filter, q, CELL_CARDS)
                    held, asked = Held(page.rows, page.next), asked + 1
            made[lane.mark.key, column.code] = held
    return made


def lane_name(key: Any) -> str:
    """A lane as it stands in an address: `=` with its value, `*` for all others."""
    return "*" if key == OTHERS else f"={lane_value(key)}"


def cell_id(key: Any, code: str) -> str:
    """The id of a cell on the page, the same whatever lanes there are beside it."""
    return f"cell-{zlib.crc32(lane_name(key).encode()):x}-{code}"


def lane_value(key: Any) -> str:
    """A value of the field of the lanes as it is posted; '' for none."""
    return "" if key is None else str(key).lower() if isinstance(key, bool) else str(key)


def takes(mark: Mark) -> bool:
    """Can cards be put into a lane? Into one value that the reader may know of."""
    return mark.key != OTHERS and not mark.is_hidden and not isinstance(mark.key, date)


def lies_in(work: Work, value: Any, key: Any, known: frozenset[Any]) -> bool:
    """Does a value belong to a lane? A day lies in its month; what has no lane of its own stands in the one for all others."""
    if isinstance(value, date):
        zone = zone_of(work.settings.organisation.time_zone)
        value = start_of("month", value.astimezone(zone).date() if isinstance(value, datetime) else value)
    return value not in known if key == OTHERS else bool(value == key)
