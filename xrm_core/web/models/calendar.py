"""Records over time: the calendar's days, the timeline's bars."""

from __future__ import annotations

from markupsafe import Markup
from msgspec import Struct

from xrm_core.web.models.desk import FigureRow
from xrm_core.web.models.forms import Option
from xrm_core.web.models.lists import RecordsPage
from xrm_core.web.models.parts import Link, Tone
from xrm_core.web.svg.timeline import BarMove


class Entry(Struct, frozen=True, kw_only=True):
    """A record on a day. One that lasts several days stands on each; `begins` is its first day (ISO 8601, and as the reader writes it)."""

    id: str
    href: str
    title: str
    version: str = ""
    begins: str = ""
    begins_shown: str = ""
    time: str = ""
    text: str = ""
    tone: Tone = "accent"
    can_move: bool = False
    comes_from: bool = False
    goes_on: bool = False


class Day(Struct, frozen=True, kw_only=True):
    """A day: the entries that have room, and the next ones, and how many more there are; `href` leads to the day alone, `create_href` to the form of a new record."""

    iso: str
    number: str
    label: str
    entries: tuple[Entry, ...] = ()
    rest: tuple[Entry, ...] = ()
    beyond: int = 0
    is_today: bool = False
    is_other: bool = False
    create_href: str = ""
    href: str = ""


class CalendarPage(RecordsPage, frozen=True, kw_only=True):
    """Template `calendar.html`: a month, a week or a day. A drop posts `id`, `on` and `version` to `move_url` (see `BoardPage`)."""

    heading: str
    weekdays: tuple[str, ...]
    days: tuple[Day, ...]
    span: str
    before_href: str
    after_href: str
    today_href: str
    spans: tuple[Link, ...]
    move_url: str = ""
    note: str = ""
    stay: tuple[tuple[str, str], ...] = ()


class TimelinePage(RecordsPage, frozen=True, kw_only=True):
    """Template `timeline.html`: bars from date to date; `rows` say the same as a table."""

    heading: str
    before_href: str
    after_href: str
    today_href: str
    zooms: tuple[Link, ...]
    picture: Markup | None = None
    heads: tuple[str, ...] = ()
    rows: tuple[FigureRow, ...] = ()
    groups: tuple[Option, ...] = ()
    group_keep: tuple[tuple[str, str], ...] = ()
    note: str = ""
    moves: tuple[BarMove | None, ...] = ()
    """For each row how it is moved; none where it may not be."""
    move_url: str = ""
    stay: tuple[tuple[str, str], ...] = ()
