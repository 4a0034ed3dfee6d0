"""Channels through pages that show many records at once: views of every kind, searches, the start page and what goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from ...metamodel.catalog import View
from ..work import Work
from .channels import Probe, channel
from .ground import Seat
from .serving import SHUT, page_of, strangers

OFTEN = ("/", "/dashboards", "/notifications", "/menu/counts", "/palette", "/import")
WORDS = 2


@channel("page views", "GET /e/{entity}/chart.csv", "GET /palette/hits", "GET /search", web=True)
def page_views(_: Work, seat: Seat) -> Iterator[Probe]:
    """Boards, calendars, timelines, charts and lists lead to nothing that is not seen, and are not there where nothing is. What a
    record that is not seen is called leads a search to nothing that is not seen."""
    name = seat.entity.name
    if seat.entity.parent is not None:
        return
    for view in _one_of_each_kind(seat):
        path = f"/e/{name}?view={view.name}"
        status, html = page_of(seat, path)
        if not seat.is_open:
            yield Probe("read", True, status in SHUT, f"GET {path}")
        yield Probe("read", [], strangers(seat, html), f"records of {path}")
    for word in _hidden_words(seat):
        for path in (f"/search?q={quote(word)}", f"/palette/hits?q={quote(word)}"):
            yield Probe("read", [], strangers(seat, page_of(seat, path)[1]), f"records of {path}")


def _one_of_each_kind(seat: Seat) -> list[View]:
    kinds = {view.kind: view for view in seat.ground.catalog.views_of(seat.entity.name)}
    return list(kinds.values())


def _hidden_words(seat: Seat) -> list[str]:
    """Words of titles of records that are not seen."""
    texts = [
        str(value)
        for id in seat.unseen[:WORDS]
        for name in seat.entity.columns
        if isinstance(value := seat.live[id].get(name), str) and 3 < len(value) < 40 and name not in ("id",)
    ]
    return texts[:WORDS]


@channel(
    "pages of one's own",
    "GET /",
    "GET /dashboards",
    "GET /notifications",
    "GET /menu/counts",
    "GET /palette",
    "GET /import",
    web=True,
)
def own_pages(_: Work, seat: Seat) -> Iterator[Probe]:
    """The start page, dashboards, notices, the menu's counts and the palette lead to nothing that is not seen. Once for each person."""
    if seat.entity.name != "user":
        return
    for path in OFTEN:
        status, html = page_of(seat, path)
        yield Probe("read", True, status in (200, 204, 303, *SHUT), f"GET {path}: {status}")
        yield Probe("read", [], strangers(seat, html), f"records of {path}")
    for dashboard in seat.ground.catalog.dashboards:
        path = f"/dashboards/{dashboard}"
        yield Probe("read", [], strangers(seat, page_of(seat, path)[1]), f"records of {path}")
