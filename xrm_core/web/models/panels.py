"""Pictures: charts and the relationship picture, as values that `xrm_core.web.svg` draws."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Layer(Struct, frozen=True, kw_only=True):
    """A part of a stacked bar; `text` and `href` as of a point."""

    value: float
    text: str = ""
    href: str = ""


class Point(Struct, frozen=True, kw_only=True):
    """One bar, dot or slice. `text` is the value as the reader sees it; `href` leads to the records behind it. Of a stacked chart
    the `layers` are in the order of the panel's `series`.
    """

    label: str
    value: float
    text: str = ""
    href: str = ""
    layers: tuple[Layer, ...] = ()


class ChartPanel(Struct, frozen=True, kw_only=True):
    """A chart with its title; `unit` is said once, beside the title. The same figures are offered as a table. "rows" are bars
    that lie, for long names; `series` are the names of the layers of a stacked chart.
    """

    title: str
    points: tuple[Point, ...]
    kind: Literal["bar", "line", "donut", "stacked", "rows"] = "bar"
    unit: str = ""
    width: int = 360
    height: int = 180
    series: tuple[str, ...] = ()


class Node(Struct, frozen=True, kw_only=True):
    """A neighbour in the relationship picture; `group` chooses its colour (1 to 6), `tie` is read from the centre
    outwards. One that is reached through another says its `depth` and the `id` of that one as `parent`. `over`: the tie is past.
    `when` says from when to when, `walk` leads to the picture with this one in the middle.
    """

    label: str
    tie: str
    href: str = ""
    group: int = 1
    kind: str = ""
    id: str = ""
    depth: int = 1
    parent: str = ""
    over: bool = False
    when: str = ""
    walk: str = ""


class GraphPanel(Struct, frozen=True, kw_only=True):
    """A record in the middle of those it is connected with; `more` counts those not drawn; `cross` are further ties, between nodes by
    their ids ("" is the one in the middle)."""

    title: str
    centre: str
    nodes: tuple[Node, ...]
    more: int = 0
    all_href: str = ""
    width: int = 400
    height: int = 320
    cross: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[tuple[int, str], ...]:
        """What each colour means: its number, and the tie; once for each."""
        return tuple(dict.fromkeys((node.group, node.tie) for node in self.nodes if node.tie))
