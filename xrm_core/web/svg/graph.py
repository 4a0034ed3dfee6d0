"""The relationship picture: a party in the middle of those it is connected with."""

from __future__ import annotations

import math

from markupsafe import Markup, escape

from xrm_core.web.marks import COLOURS, initials
from xrm_core.web.models.panels import GraphPanel, Node
from xrm_core.web.svg.frame import cut, frame

Spot = tuple[float, float]
CROWDED = 8
"""From more neighbours than this on, every second one stands nearer to the middle, so that names keep apart,
and ties are said by pointing and in the list only."""


def graph(panel: GraphPanel) -> Markup:
    """Return the picture: the party in the middle, its neighbours around it, each a link that says its tie.

    Neighbours are ordered by group and name and set clockwise from the top, so the same ties give the same picture.
    """
    nodes = sorted(panel.nodes, key=lambda node: (node.group, node.label, node.tie))
    middle = (panel.width / 2, panel.height / 2)
    spots = _spots(len(nodes), panel.width, panel.height)
    edges = "".join(f'<line x1="{middle[0]:.1f}" y1="{middle[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>' for x, y in spots)
    ties = len(nodes) <= CROWDED
    drawn = "".join(_node(node, middle, spot, ties) for node, spot in zip(nodes, spots, strict=True))
    size = (panel.width, panel.height)
    return frame(
        "graph", size, f"{panel.title}: {panel.centre}", edges + drawn + _centre(panel.centre, middle), "group"
    )


def _spots(count: int, width: float, height: float) -> list[Spot]:
    """Return where the neighbours stand, on an ellipse with room for the names outside it."""
    wide, high = width / 2 - 62, height / 2 - 44
    spots = []
    for index in range(count):
        angle = -math.pi / 2 + 2 * math.pi * (index + (0.5 if count % 2 == 0 else 0.0)) / count
        near = 0.68 if count > CROWDED and index % 2 else 1.0
        spots.append((width / 2 + wide * near * math.cos(angle), height / 2 + high * near * math.sin(angle)))
    return spots


def _centre(name: str, middle: Spot) -> str:
    """Return the party in the middle."""
    x, y = middle
    return (
        f'<g class="centre"><circle cx="{x:.1f}" cy="{y:.1f}" r="22"/>'
        f"{_text('letters', x, y + 4.5, initials(name))}{_text('name', x, y + 38, name)}</g>"
    )


def _node(node: Node, middle: Spot, spot: Spot, ties: bool) -> str:
    """Return a neighbour: circle with letters, name outside, tie on the line where there is room for `ties`."""
    x, y = spot
    name_y = y - 22 if y < middle[1] - 24 else y + 32
    tie_x, tie_y = middle[0] + (x - middle[0]) * 0.56, middle[1] + (y - middle[1]) * 0.56 - 3
    inner = (
        f"<title>{escape(node.label)}, {escape(node.tie)}</title>"
        f'<circle class="c{(node.group - 1) % COLOURS + 1}" cx="{x:.1f}" cy="{y:.1f}" r="16"/>'
        f"{_text('letters', x, y + 4, initials(node.label))}"
        f"{_text('name', x, name_y, node.label)}{_text('tie', tie_x, tie_y, node.tie) if ties else ''}"
    )
    said = escape(", ".join(part for part in (node.label, node.tie, node.kind) if part))
    return f'<a href="{escape(node.href)}" aria-label="{said}">{inner}</a>' if node.href else f"<g>{inner}</g>"


def _text(css: str, x: float, y: float, words: str) -> str:
    """Return words centred on a spot, cut to fit."""
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{cut(words)}</text>'
