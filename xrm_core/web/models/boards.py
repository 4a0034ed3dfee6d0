"""Boards: records as cards in columns."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.web.models.lists import RecordsPage
from xrm_core.web.models.parts import Action, Cell, EmptyState, Pill, Tone


class Card(Struct, frozen=True, kw_only=True):
    """A record on a board. `moves` are the columns it may go to (post `to`, `version`), `lanes` the lanes (post `lane`); dropping it
    on one of `targets`, or where `changes_lane` in another lane, is open.
    """

    id: str
    href: str
    title: str
    version: str = ""
    lines: tuple[Cell, ...] = ()
    pills: tuple[Pill, ...] = ()
    owner: str = ""
    due: Cell | None = None
    moves: tuple[Action, ...] = ()
    targets: tuple[str, ...] = ()
    lanes: tuple[Action, ...] = ()

    @property
    def changes_lane(self) -> bool:
        """May it go to another lane?"""
        return bool(self.lanes)


class BoardColumn(Struct, frozen=True, kw_only=True):
    """A column: its value, how many records it holds (`limit`: how many it should, at most) and what they sum up to; `more_href`
    leads to the cards that follow, `all_href` to the list of all.
    """

    value: str
    label: str
    cards: tuple[Card, ...]
    count: str = ""
    sum: str = ""
    tone: Tone = "neutral"
    limit: str = ""
    is_over: bool = False
    more_href: str = ""
    all_href: str = ""
    create_href: str = ""


class BoardCell(Struct, frozen=True, kw_only=True):
    """Where a lane crosses a column, at `id`; `more` is how many cards have no room: they come from `more_href`, after those that
    stand there or, with `anew`, with them in their place; where it `waits` as soon as the cell is seen. Without scripts `all_href`
    leads to the list of all. `count` is how many cards lie there altogether, `sum` what they come to.
    """

    value: str
    label: str
    cards: tuple[Card, ...]
    id: str = ""
    count: str = ""
    sum: str = ""
    more: str = ""
    more_href: str = ""
    all_href: str = ""
    anew: bool = False
    waits: bool = False


class BoardLane(Struct, frozen=True, kw_only=True):
    """A lane: a value of a second field, across all columns; `value` is None where nothing can be moved to (several values, or one
    that is not for the reader)."""

    value: str | None
    label: str
    cells: tuple[BoardCell, ...]
    count: str = ""
    sum: str = ""


class BoardPage(RecordsPage, frozen=True, kw_only=True):
    """Template `board.html`. A drop posts `id`, `to` and `version` to `move_url`, which answers the page again
    (taken: `#board`), or 409 / 422 with a problem whose `detail` is shown while the card goes back.
    """

    entity: str
    columns: tuple[BoardColumn, ...]
    move_url: str
    icon: str = "square-kanban"
    lanes: tuple[BoardLane, ...] = ()
    stay: tuple[tuple[str, str], ...] = ()
    empty: EmptyState | None = None
