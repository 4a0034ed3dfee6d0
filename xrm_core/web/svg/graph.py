"""The relationship picture: a record in the middle of those it is connected with, a few steps out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from xrm_core.web.marks import COLOURS, initials
from xrm_core.web.models.panels import GraphPanel, Node
from xrm_core.web.svg.frame import cut, frame

Spot = tuple[float, float, float]
"""Where a node stands: x, y, and the angle seen from the middle."""
CROWDED = 8
"""From more neighbours than this on, every second one stands nearer to the middle, so that names keep apart, and ties are said by
pointing and in the list only."""
CIRCLED = 14
"""From more nodes than this on, names stand along the way outwards, so that they keep apart."""
FAN = 2 * math.pi / 3
"""What stands behind one neighbour keeps to that much of the circle, however empty the rest is."""
NEARER = 0.6
"""Rings are not evenly far apart: the first ones get more of the room, for the names stand there."""
BESIDE = 2
"""Up to so many neighbours stand beside the one in the middle, not above and below."""
MIDDLE = ""
"""The key of the one in the middle."""


def graph(panel: GraphPanel) -> Markup:
    """Return the picture: the record in the middle, its neighbours around it, each a link that says its tie; those reached through a
    neighbour stand behind it, further out.

    Each neighbour gets as much of the circle as stands behind it, clockwise from the top in the order of group and name: the same
    ties give the same picture.
    """
    middle = (panel.width / 2, panel.height / 2, 0.0)
    nodes = {node.id or f"{n}": node for n, node in enumerate(panel.nodes)}
    spots = {MIDDLE: middle, **_spots(nodes, panel.width, panel.height)}
    order = sorted(nodes, key=lambda key: (nodes[key].depth, spots[key][2]))
    edges = "".join(_edge(spots[nodes[key].parent], spots[key], nodes[key].over) for key in order)
    edges += "".join(_edge(spots[a], spots[b], False, "cross") for a, b in panel.cross if a in spots and b in spots)
    circled = len(nodes) > CIRCLED
    named = len(nodes) <= CROWDED
    drawn = "".join(_node(nodes[key], spots[nodes[key].parent], spots[key], named, circled) for key in order)
    size = (panel.width, panel.height)
    return frame(
        "graph", size, f"{panel.title}: {panel.centre}", edges + drawn + _centre(panel.centre, middle), "group"
    )


def _spots(nodes: dict[str, Node], width: float, height: float) -> dict[str, Spot]:
    """Return where the nodes stand: rings by depth, on ellipses with room for the names outside them."""
    below: dict[str, list[str]] = defaultdict(list)
    for key, node in nodes.items():
        below[node.parent].append(key)
    for keys in below.values():
        keys.sort(key=lambda key: (nodes[key].group, nodes[key].label, nodes[key].tie))
    deepest = max((node.depth for node in nodes.values()), default=1)
    room = 44.0 if len(nodes) <= CIRCLED else 96.0
    wide, high = width / 2 - room - 18, height / 2 - room
    weights: dict[str, float] = {}

    def weigh(key: str) -> float:
        weights[key] = max(1.0, sum(map(weigh, below[key])))
        return weights[key]

    spots: dict[str, Spot] = {}

    def place(keys: Sequence[str], start: float, end: float) -> None:
        total = sum(weights[key] for key in keys)
        for number, key in enumerate(keys):
            share = (end - start) * weights[key] / total
            angle = start + share / 2
            near = 0.68 if deepest == 1 and CROWDED < len(nodes) <= CIRCLED and number % 2 else 1.0
            far = near * (nodes[key].depth / deepest) ** NEARER
            spots[key] = (width / 2 + wide * far * math.cos(angle), height / 2 + high * far * math.sin(angle), angle)
            fan = min(share, FAN) / 2
            place(below[key], angle - fan, angle + fan)
            start += share

    first = below[MIDDLE]
    for key in first:
        weigh(key)
    half = math.pi / max(1, len(first))
    top = 0.0 if len(first) <= BESIDE else -math.pi / 2
    place(first, top - half, top + 2 * math.pi - half)
    return spots


def _edge(start: Spot, end: Spot, over: bool, css: str = "") -> str:
    """Return a line between two nodes; of a tie that is over, a broken one."""
    said = " ".join(part for part in (css, "over" if over else "") if part)
    mark = f' class="{said}"' if said else ""
    return f'<line{mark} x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'


def _centre(name: str, middle: Spot) -> str:
    """Return the record in the middle."""
    x, y, _ = middle
    return (
        f'<g class="centre"><circle cx="{x:.1f}" cy="{y:.1f}" r="22"/>'
        f"{_text('letters', x, y + 4.5, initials(name))}{_text('name', x, y + 38, name)}</g>"
    )


def _node(node: Node, parent: Spot, spot: Spot, ties: bool, circled: bool) -> str:
    """Return a neighbour: circle with letters, name outside, tie on the line where there is room for `ties`."""
    x, y, angle = spot
    size = 16 if node.depth == 1 and not circled else 12 if node.depth == 1 else 9
    letters = _text("letters", x, y + 4, initials(node.label)) if size > 10 else ""
    if circled:
        name = _outwards(node.label, x, y, angle, size + 5)
    else:
        below = math.sin(angle) > -0.2
        name = _text("name", x, y + 32 if below else y - 22, node.label)
    tie_x, tie_y = parent[0] + (x - parent[0]) * 0.56, parent[1] + (y - parent[1]) * 0.56 - 3
    inner = (
        f"<title>{escape(_said(node))}</title>"
        f'<circle class="c{(node.group - 1) % COLOURS + 1}" cx="{x:.1f}" cy="{y:.1f}" r="{size}"/>'
        f"{letters}{name}{_text('tie', tie_x, tie_y, node.tie) if ties else ''}"
    )
    css = ' class="over"' if node.over else ""
    if not node.href:
        return f"<g{css}>{inner}</g>"
    return f'<a{css} href="{escape(node.href)}" aria-label="{escape(_said(node))}">{inner}</a>'


def _said(node: Node) -> str:
    """Return a node in words."""
    return ", ".join(_parts(node))


def _parts(node: Node) -> Iterable[str]:
    return (part for part in (node.label, node.tie, node.kind) if part)


def _text(css: str, x: float, y: float, words: str) -> str:
    """Return words centred on a spot, cut to fit."""
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{cut(words)}</text>'


def _outwards(words: str, x: float, y: float, angle: float, gap: float) -> str:
    """Return a name that runs outwards from its node, always readable from the left to the right."""
    turned = math.degrees(angle)
    flipped = math.cos(angle) < 0
    start = x + gap * math.cos(angle)
    height = y + gap * math.sin(angle)
    turn = turned + 180 if flipped else turned
    anchor = "end" if flipped else "start"
    return (
        f'<text class="name" x="{start:.1f}" y="{height:.1f}" dy="4" text-anchor="{anchor}" '
        f'transform="rotate({turn:.1f} {start:.1f} {height:.1f})">{cut(words, 17)}</text>'
    )
