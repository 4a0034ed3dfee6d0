"""Pictures: charts and the relationship picture, as values that `xrm_core.web.svg` draws."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Point(Struct, frozen=True, kw_only=True):
    """One bar, dot or slice. `text` is the value as the reader sees it; `href` leads to the records behind it."""

    label: str
    value: float
    text: str = ""
    href: str = ""


class ChartPanel(Struct, frozen=True, kw_only=True):
    """A chart with its title; `unit` is said once, beside the title. The same figures are offered as a table."""

    title: str
    points: tuple[Point, ...]
    kind: Literal["bar", "line", "donut"] = "bar"
    unit: str = ""
    width: int = 360
    height: int = 180


class Node(Struct, frozen=True, kw_only=True):
    """A neighbour in the relationship picture; `group` chooses its colour (1 to 6), `tie` is read from the centre
    outwards.
    """

    label: str
    tie: str
    href: str = ""
    group: int = 1
    kind: str = ""


class GraphPanel(Struct, frozen=True, kw_only=True):
    """A party in the middle of those it is connected with; `more` counts those not drawn."""

    title: str
    centre: str
    nodes: tuple[Node, ...]
    more: int = 0
    all_href: str = ""
    width: int = 400
    height: int = 320
