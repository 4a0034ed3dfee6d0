"""Pictures drawn on the server: bar, line and donut charts and the relationship picture.

They need no script, take their colours from the style sheet (light, dark, print), and are the same bytes for the same
values. Each says its figures in words; pages offer the same figures as a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from xrm_core.web.models.panels import ChartPanel, GraphPanel, Node, Point

_LEFT, _TOP, _FOOT = 44.0, 14.0, 26.0
_COLOURS = 6


def chart(panel: ChartPanel) -> Markup:
    """Return the chart that a panel describes; without points, an empty frame of the same size."""
    draw = {"bar": _bars, "line": _line, "donut": _donut}[panel.kind]
    said = ", ".join(f"{point.label} {_said(point)}" for point in panel.points)
    size = (panel.height, panel.height) if panel.kind == "donut" else (panel.width, panel.height)
    role = "group" if any(point.href for point in panel.points) else "img"
    return _frame(f"chart chart-{panel.kind}", size, f"{panel.title}: {said}", draw(panel.points, *size), role)


def steps(low: float, high: float, count: int = 4) -> list[float]:
    """Return round numbers that span `low` to `high`, zero among them: the lines of an axis."""
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = 1.0
    raw = (high - low) / count
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, last + 1)]


def short(value: float) -> str:
    """Return a number as an axis shows it: 1500 -> 1.5k, 2000000 -> 2M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def _bars(points: Sequence[Point], width: float, height: float) -> str:
    """Draw one bar per point over an axis that holds zero."""
    axis, place = _axis([point.value for point in points], width, height)
    parts = [axis]
    slot = (width - _LEFT) / max(1, len(points))
    bar = min(slot * 0.66, 56.0)
    zero = place(0.0)
    for index, point in enumerate(points):
        middle = _LEFT + (index + 0.5) * slot
        top, bottom = sorted((place(point.value), zero))
        shape = (
            f'<rect x="{middle - bar / 2:.1f}" y="{top:.1f}" width="{bar:.1f}" height="{max(bottom - top, 1):.1f}" rx="3"/>'
        )
        parts.append(_mark(point, shape, "c1"))
    return "".join(parts) + _labels(points, slot, height)


def _line(points: Sequence[Point], width: float, height: float) -> str:
    """Draw a line with a dot per point and a tinted area under it."""
    axis, place = _axis([point.value for point in points], width, height)
    if not points:
        return axis
    slot = (width - _LEFT) / len(points)
    spots = [(_LEFT + (index + 0.5) * slot, place(point.value)) for index, point in enumerate(points)]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    zero = place(0.0)
    area = f"{spots[0][0]:.1f},{zero:.1f} {way} {spots[-1][0]:.1f},{zero:.1f}"
    dots = "".join(
        _mark(point, f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>', "c2")
        for point, (x, y) in zip(points, spots, strict=True)
    )
    return f'{axis}<polygon class="area" points="{area}"/><polyline class="line" points="{way}"/>{dots}' + _labels(
        points, slot, height
    )


def _donut(points: Sequence[Point], width: float, height: float) -> str:
    """Draw one slice per point with a positive value, clockwise from the top, and the sum in the middle."""
    shown = [point for point in points if point.value > 0]
    total = sum(point.value for point in shown)
    middle, outer, inner = width / 2, width / 2 - 4, width / 2 - 4 - width * 0.15
    parts, turn = [], -math.pi / 2
    for index, point in enumerate(shown):
        colour = f"c{index % _COLOURS + 1}"
        share = 2 * math.pi * point.value / total
        if len(shown) == 1:
            ring = (outer + inner) / 2
            shape = f'<circle class="ring" cx="{middle:.1f}" cy="{middle:.1f}" r="{ring:.1f}" stroke-width="{outer - inner:.1f}"/>'
        else:
            shape = _slice(middle, outer, inner, turn, turn + share)
        parts.append(_mark(point, shape, colour))
        turn += share
    parts.append(f'<text class="total" x="{middle:.1f}" y="{middle + 7:.1f}" text-anchor="middle">{short(total)}</text>')
    return "".join(parts)


def _slice(middle: float, outer: float, inner: float, start: float, end: float) -> str:
    """Return the path of a ring's piece between two angles."""

    def spot(radius: float, angle: float) -> str:
        return f"{middle + radius * math.cos(angle):.1f} {middle + radius * math.sin(angle):.1f}"

    large = int(end - start > math.pi)
    return (
        f'<path d="M{spot(outer, start)}A{outer:.1f} {outer:.1f} 0 {large} 1 {spot(outer, end)}'
        f'L{spot(inner, end)}A{inner:.1f} {inner:.1f} 0 {large} 0 {spot(inner, start)}Z"/>'
    )


def graph(panel: GraphPanel) -> Markup:
    """Return the relationship picture: the party in the middle, its neighbours around it, each a link that says its tie.

    Neighbours are ordered by group and name and set clockwise from the top, so the same ties give the same picture.
    """
    nodes = sorted(panel.nodes, key=lambda node: (node.group, node.label, node.tie))
    middle = (panel.width / 2, panel.height / 2)
    reach = (panel.width / 2 - 62, panel.height / 2 - 44)
    spots = []
    for index in range(len(nodes)):
        angle = -math.pi / 2 + 2 * math.pi * (index + 0.5 * (len(nodes) % 2 == 0)) / max(1, len(nodes))
        near = 0.72 if len(nodes) > 8 and index % 2 else 1.0
        spots.append((middle[0] + reach[0] * near * math.cos(angle), middle[1] + reach[1] * near * math.sin(angle)))
    edges = "".join(_edge(middle, spot) for spot in spots)
    drawn = "".join(_node(node, middle, spot) for node, spot in zip(nodes, spots, strict=True))
    centre = (
        f'<g class="centre"><circle cx="{middle[0]:.1f}" cy="{middle[1]:.1f}" r="22"/>'
        f'<text class="letters" x="{middle[0]:.1f}" y="{middle[1] + 4.5:.1f}" text-anchor="middle">{_letters(panel.centre)}</text>'
        f'<text class="name" x="{middle[0]:.1f}" y="{middle[1] + 38:.1f}" text-anchor="middle">{_cut(panel.centre)}</text></g>'
    )
    return _frame("graph", (panel.width, panel.height), f"{panel.title}: {panel.centre}", edges + drawn + centre, "group")


def _edge(middle: tuple[float, float], spot: tuple[float, float]) -> str:
    """Return the line from the middle to a neighbour."""
    return f'<line x1="{middle[0]:.1f}" y1="{middle[1]:.1f}" x2="{spot[0]:.1f}" y2="{spot[1]:.1f}"/>'


def _node(node: Node, middle: tuple[float, float], spot: tuple[float, float]) -> str:
    """Return a neighbour: circle with letters, name outside, tie on the line."""
    x, y = spot
    name_y = y - 22 if y < middle[1] - 24 else y + 32
    tie_x, tie_y = middle[0] + (x - middle[0]) * 0.56, middle[1] + (y - middle[1]) * 0.56 - 3
    inner = (
        f"<title>{escape(node.label)}, {escape(node.tie)}</title>"
        f'<circle class="c{(node.group - 1) % _COLOURS + 1}" cx="{x:.1f}" cy="{y:.1f}" r="16"/>'
        f'<text class="letters" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{_letters(node.label)}</text>'
        f'<text class="name" x="{x:.1f}" y="{name_y:.1f}" text-anchor="middle">{_cut(node.label)}</text>'
        f'<text class="tie" x="{tie_x:.1f}" y="{tie_y:.1f}" text-anchor="middle">{_cut(node.tie)}</text>'
    )
    said = escape(", ".join(part for part in (node.label, node.tie, node.kind) if part))
    return f'<a href="{escape(node.href)}" aria-label="{said}">{inner}</a>' if node.href else f"<g>{inner}</g>"


def _frame(css: str, size: tuple[float, float], label: str, inner: str, role: str = "img") -> Markup:
    """Wrap drawn parts, whose texts are escaped already, into the picture."""
    frame = (
        f'<svg class="{css}" viewBox="0 0 {size[0]:g} {size[1]:g}" width="{size[0]:g}" height="{size[1]:g}" '
        f'role="{role}" aria-label="{escape(label)}">{inner}</svg>'
    )
    return Markup(frame)  # noqa: S704  every text in it went through escape()


def _axis(values: Sequence[float], width: float, height: float) -> tuple[str, _Scale]:
    """Return the lines and numbers of the value axis, and the function from a value to its height in the picture."""
    marks = steps(min(values, default=0), max(values, default=0))
    low, high = marks[0], marks[-1]
    place = _Scale(low, high, height)
    lines = "".join(
        f'<line class="{"zero" if mark == 0 else "rule"}" x1="{_LEFT - 4:.0f}" x2="{width:g}" '
        f'y1="{place(mark):.1f}" y2="{place(mark):.1f}"/>'
        f'<text x="{_LEFT - 10:.0f}" y="{place(mark) + 4:.1f}" text-anchor="end">{short(mark)}</text>'
        for mark in marks
    )
    return lines, place


class _Scale:
    """From a value to its height in the picture, counted from the top."""

    def __init__(self, low: float, high: float, height: float) -> None:
        self.low, self.span, self.height = low, high - low, height - _TOP - _FOOT

    def __call__(self, value: float) -> float:
        return _TOP + self.height * (1 - (value - self.low) / self.span)


def _labels(points: Sequence[Point], slot: float, height: float) -> str:
    """Return the names under the axis: only as many as have room."""
    longest = max((len(point.label) for point in points), default=0)
    every = max(1, math.ceil((longest * 6.2 + 6) / slot)) if slot < longest * 6.2 + 6 else 1
    letters = max(4, int(slot * every / 6.2))
    return "".join(
        f'<text x="{_LEFT + (index + 0.5) * slot:.1f}" y="{height - 8:g}" text-anchor="middle">'
        f"{_cut(point.label, letters)}</text>"
        for index, point in enumerate(points)
        if index % every == 0
    )


def _mark(point: Point, shape: str, colour: str) -> str:
    """Return a drawn figure that says its value when pointed at, and leads to the records behind it."""
    inner = f"<title>{escape(point.label)}: {escape(_said(point))}</title>{shape}"
    if point.href:
        return f'<a class="mark {colour}" href="{escape(point.href)}" aria-label="{escape(point.label)}">{inner}</a>'
    return f'<g class="mark {colour}">{inner}</g>'


def _said(point: Point) -> str:
    """Return the value in words."""
    return point.text or f"{point.value:g}"


def _cut(text: str, letters: int = 18) -> str:
    """Return an escaped text of at most so many letters."""
    return str(escape(text if len(text) <= letters else text[: letters - 1].rstrip() + "…"))


def _letters(name: str) -> str:
    """Return the escaped initials of a name."""
    words = [word for word in name.split() if word[0].isalnum()] or ["?"]
    return str(escape("".join(word[0] for word in (words[0], words[-1])[: min(2, len(words))]).upper()))
