"""Bar, line, donut and stacked charts. Slices and layers are told apart by colour, by pattern and by their place in the legend."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from xrm_core.web.marks import COLOURS
from xrm_core.web.models.panels import ChartPanel, Point
from xrm_core.web.svg.axis import LEFT, axis, names, short
from xrm_core.web.svg.frame import cut, frame
from xrm_core.web.svg.patterns import overlay, patterned

WIDEST_BAR = 56.0


def chart(panel: ChartPanel) -> Markup:
    """Return the chart that a panel describes; without points, an empty frame of the same size."""
    draw = {"bar": _bars, "line": _line, "donut": _donut, "stacked": _stacked, "rows": _rows}[panel.kind]
    said = ", ".join(f"{point.label} {_said(point)}" for point in panel.points)
    size = (panel.height, panel.height) if panel.kind == "donut" else (panel.width, panel.height)
    links = any(point.href or any(layer.href for layer in point.layers) for point in panel.points)
    inner = draw(panel.points, *size)
    if panel.kind in ("donut", "stacked"):
        inner = patterned(panel.title, inner)
    return frame(f"chart chart-{panel.kind}", size, f"{panel.title}: {said}", inner, "group" if links else "img")


def _bars(points: Sequence[Point], width: float, height: float) -> str:
    """Draw one bar per point over an axis that holds zero."""
    lines, place = axis([point.value for point in points], width, height)
    slot = (width - LEFT) / max(1, len(points))
    bar = min(slot * 0.66, WIDEST_BAR)
    zero = place(0.0)
    parts = [lines]
    for index, point in enumerate(points):
        start = LEFT + (index + 0.5) * slot - bar / 2
        top, bottom = sorted((place(point.value), zero))
        size = f'width="{bar:.1f}" height="{max(bottom - top, 1):.1f}"'
        parts.append(_mark(point, f'<rect x="{start:.1f}" y="{top:.1f}" {size} rx="3"/>', "c1"))
    return "".join(parts) + names(points, slot, height)


def _stacked(points: Sequence[Point], width: float, height: float) -> str:
    """Draw one bar per point out of its layers, the first next to zero; what is below zero hangs down from it."""
    ends = [
        sum(layer.value for layer in point.layers if (layer.value > 0) == up)
        for point in points
        for up in (True, False)
    ]
    lines, place = axis(ends, width, height)
    slot = (width - LEFT) / max(1, len(points))
    bar = min(slot * 0.66, WIDEST_BAR)
    parts = [lines]
    for index, point in enumerate(points):
        start, reached = LEFT + (index + 0.5) * slot - bar / 2, {True: 0.0, False: 0.0}
        for number, layer in enumerate(point.layers):
            if layer.value == 0:
                continue
            begin = reached[layer.value > 0]
            reached[layer.value > 0] = end = begin + layer.value
            top, bottom = sorted((place(begin), place(end)))
            size = f'width="{bar:.1f}" height="{max(bottom - top, 1):.1f}"'
            shape = f'<rect x="{start:.1f}" y="{top:.1f}" {size}/>'
            one = Point(label=f"{point.label}, {layer.text}", value=layer.value, href=layer.href)
            parts.append(_mark(one, shape, f"c{number % COLOURS + 1}", number, said=one.label))
    return "".join(parts) + names(points, slot, height)


def _rows(points: Sequence[Point], width: float, height: float) -> str:
    """Draw one lying bar per point, its name above it and its value behind it."""
    most = max((point.value for point in points), default=0) or 1
    room = height / max(1, len(points))
    bar, parts = min(room - 19, 14.0), []
    for index, point in enumerate(points):
        top = index * room + 15
        size = f'width="{max(width * 0.78 * max(point.value, 0) / most, 2):.1f}" height="{bar:.1f}"'
        text = (
            f'<text class="name" x="0" y="{top - 4:.1f}">{cut(point.label, 38)}</text>'
            f'<text class="value" x="{max(width * 0.78 * max(point.value, 0) / most, 2) + 6:.1f}" y="{top + bar - 2:.1f}">'
            f"{escape(_said(point))}</text>"
        )
        parts.append(_mark(point, f'<rect x="0" y="{top:.1f}" {size} rx="3"/>{text}', "c1"))
    return "".join(parts)


def _line(points: Sequence[Point], width: float, height: float) -> str:
    """Draw a line with a dot per point and a tinted area under it."""
    lines, place = axis([point.value for point in points], width, height)
    if not points:
        return lines
    slot = (width - LEFT) / len(points)
    spots = [(LEFT + (index + 0.5) * slot, place(point.value)) for index, point in enumerate(points)]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    zero = place(0.0)
    area = f"{spots[0][0]:.1f},{zero:.1f} {way} {spots[-1][0]:.1f},{zero:.1f}"
    dots = "".join(
        _mark(point, f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>', "c2")
        for point, (x, y) in zip(points, spots, strict=True)
    )
    drawn = f'<polygon class="area" points="{area}"/><polyline class="line" points="{way}"/>{dots}'
    return lines + drawn + names(points, slot, height)


def _donut(points: Sequence[Point], width: float, height: float) -> str:
    """Draw one slice per point with a positive value, clockwise from the top, and the sum in the middle.

    A point keeps the colour of its place in `points`, so that a legend in the same order tells them apart.
    """
    total = sum(point.value for point in points if point.value > 0)
    middle, outer = width / 2, width / 2 - 4
    inner = outer - width * 0.15
    parts, turn = [], -math.pi / 2
    for index, point in enumerate(points):
        if point.value <= 0:
            continue
        share = 2 * math.pi * point.value / total
        shape = _slice(middle, outer, inner, turn, turn + share)
        parts.append(_mark(point, shape, f"c{index % COLOURS + 1}", index))
        turn += share
    sum_text = f'<text class="total" x="{middle:.1f}" y="{middle + 7:.1f}" text-anchor="middle">{short(total)}</text>'
    return "".join(parts) + sum_text


def _slice(middle: float, outer: float, inner: float, start: float, end: float) -> str:
    """Return a ring's piece between two angles; a whole turn is a circle with a broad edge."""
    if end - start > 2 * math.pi - 1e-6:
        broad = f'r="{(outer + inner) / 2:.1f}" stroke-width="{outer - inner:.1f}"'
        return f'<circle class="ring" cx="{middle:.1f}" cy="{middle:.1f}" {broad}/>'

    def spot(radius: float, angle: float) -> str:
        return f"{middle + radius * math.cos(angle):.1f} {middle + radius * math.sin(angle):.1f}"

    large = int(end - start > math.pi)
    return (
        f'<path d="M{spot(outer, start)}A{outer:.1f} {outer:.1f} 0 {large} 1 {spot(outer, end)}'
        f'L{spot(inner, end)}A{inner:.1f} {inner:.1f} 0 {large} 0 {spot(inner, start)}Z"/>'
    )


def _mark(point: Point, shape: str, colour: str, place: int = 0, said: str = "") -> str:
    """Return a drawn figure that says its value when pointed at, and leads to the records behind it; `place` chooses the pattern
    that lies over its colour.
    """
    said = str(escape(said or f"{point.label}: {_said(point)}"))
    inner = f"<title>{said}</title>{shape}{overlay(shape, place)}"
    if point.href:
        return f'<a class="mark {colour}" href="{escape(point.href)}" aria-label="{said}">{inner}</a>'
    return f'<g class="mark {colour}">{inner}</g>'


def _said(point: Point) -> str:
    """Return the value in words."""
    return point.text or f"{point.value:g}"
