"""The relationship picture: a record in the middle of those it is connected with, a few steps out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from markupsafe import Markup, escape

from xrm_core.web.marks import COLOURS, initials
from xrm_core.web.models.panels import GraphPanel, Node
from xrm_core.web.svg.frame import cut, frame
from xrm_core.web.svg.tree import GAP, Place, radius, tree

Spot = tuple[float, float, float]
"""Where a node stands: x, y, and the angle seen from the middle."""
Box = tuple[float, float, float, float]
"""A room in the picture: left, top, right, bottom."""
Reach = Callable[[Node, int, int], tuple[float, float]]
"""How far out a node stands, to the side and up: of the node, its number among its siblings, and how many there are in all."""
CROWDED = 8
"""From more neighbours than this on they stand in rows, and ties are said by pointing and in the list only."""
FAN = 2 * math.pi / 3
"""What stands behind one neighbour keeps to that much of the circle, however empty the rest is."""
STEP, FLAT = 150.0, 0.8
"""Few neighbours stand that far from each other where there is room for it, above and below a little less."""
NARROW, WIDE = 420, 700
"""Up to and from how wide a picture of few is narrow or wide: styles let it grow and shrink by that."""
LETTER, LINE, EDGE = 3.3, 13.0, 4.0
"""Half the width of a letter of a name, the height of its lines, and the room around all."""
SHORT, LONG = 16, 18
"""Letters of a name that stands in one line, and at most in a line (`cut`)."""
BESIDE = 2
"""Up to so many neighbours stand beside the one in the middle, not above and below."""
ALONG = (0.53, 0.58, 0.63, 0.48, 0.68)
"""Where on its line a tie is said: the first place of these at which its words touch nothing."""
SMALL = 2.75
"""Half the width of a letter of a tie."""
DIAGONAL = 4
"""So many neighbours stand aslant: their names and ties have more room."""
MIDDLE = ""
"""The key of the one in the middle."""


def graph(panel: GraphPanel) -> Markup:
    """Return the picture: the record in the middle, its neighbours around it, each a link that says its tie; those reached through a
    neighbour stand behind it, further out.

    Of few each gets as much of the circle as stands behind it, clockwise from the top in the order of group and name, at a fixed
    distance; many stand in rows to the right and left. The same ties give the same picture, as large as it needs.
    """
    nodes = {node.id or f"{n}": node for n, node in enumerate(panel.nodes)}
    if len(nodes) > CROWDED:
        return _many(panel, nodes)
    spots, size = _cropped(panel, nodes, _spots(nodes, _steps(panel)))
    order = sorted(nodes, key=lambda key: (nodes[key].depth, spots[key][2]))
    edges = "".join(_edge(spots[nodes[key].parent], spots[key], nodes[key].over) for key in order)
    edges += "".join(_edge(spots[a], spots[b], False, "cross") for a, b in panel.cross if a in spots and b in spots)
    drawn = "".join(_near(nodes[key], spots[key]) for key in order)
    drawn += _ties(panel.centre, nodes, spots, order, size[0])
    css = f"graph few {'wide' if size[0] > WIDE else 'narrow' if size[0] < NARROW else 'fair'}"
    inner = edges + drawn + _centre(panel.centre, spots[MIDDLE])
    return frame(css, size, f"{panel.title}: {panel.centre}", inner, "group")


def _many(panel: GraphPanel, nodes: Mapping[str, Node]) -> Markup:
    """Return the picture of many: rows on both sides of the middle."""
    half = LETTER * 1.1 * min(LONG, max(map(len, _lines(panel.centre))))
    found = tree(nodes, half, panel.width)
    spots = {MIDDLE: (*found.middle, 0.0), **{key: (at.x, at.y, 0.0) for key, at in found.places.items()}}
    ways = (f'<path{_css("over" if nodes[key].over else "")} d="{at.way}"/>' for key, at in found.places.items())
    edges = "".join(_edge(spots[a], spots[b], False, "cross") for a, b in panel.cross if a in spots and b in spots)
    order = sorted(nodes, key=lambda key: (-found.places[key].side, nodes[key].depth, found.places[key].y))
    drawn = "".join(_beside(nodes[key], found.places[key], found.letters) for key in order)
    inner = edges + "".join(ways) + drawn + _centre(panel.centre, spots[MIDDLE])
    return frame("graph many", found.size, f"{panel.title}: {panel.centre}", inner, "group")


def _steps(panel: GraphPanel) -> Reach:
    """Return how far out few nodes stand: as far for each step."""
    step = min(STEP, panel.width / 2 - 62)
    return lambda node, __, ___: (step * node.depth, STEP * FLAT * node.depth)


def _spots(nodes: dict[str, Node], reach: Reach) -> dict[str, Spot]:
    """Return where the nodes stand, seen from the one in the middle."""
    below: dict[str, list[str]] = defaultdict(list)
    for key, node in nodes.items():
        below[node.parent].append(key)
    for keys in below.values():
        keys.sort(key=lambda key: (nodes[key].group, nodes[key].label, nodes[key].tie))
    weights: dict[str, float] = {}

    def weigh(key: str) -> float:
        weights[key] = max(1.0, sum(map(weigh, below[key])))
        return weights[key]

    spots: dict[str, Spot] = {MIDDLE: (0.0, 0.0, 0.0)}

    def place(keys: Sequence[str], start: float, end: float) -> None:
        room, total = end - start, sum(weights[key] for key in keys)
        for number, key in enumerate(keys):
            share = room * weights[key] / total
            angle = start + share / 2
            wide, high = reach(nodes[key], number, len(nodes))
            spots[key] = (wide * math.cos(angle), high * math.sin(angle), angle)
            fan = min(share, FAN) / 2
            place(below[key], angle - fan, angle + fan)
            start += share

    first = below[MIDDLE]
    for key in first:
        weigh(key)
    half = math.pi / max(1, len(first))
    top = 0.0 if len(first) <= BESIDE else -math.pi / 4 if len(first) == DIAGONAL else -math.pi / 2
    place(first, top - half, top + 2 * math.pi - half)
    return spots


def _moved(spots: Mapping[str, Spot], x: float, y: float) -> dict[str, Spot]:
    return {key: (spot[0] + x, spot[1] + y, spot[2]) for key, spot in spots.items()}


def _cropped(
    panel: GraphPanel, nodes: Mapping[str, Node], spots: Mapping[str, Spot]
) -> tuple[dict[str, Spot], tuple[float, float]]:
    """Return the spots in a picture that ends where its names end, and its size."""
    boxes = []
    for key, (x, y, angle) in spots.items():
        lines = _lines(panel.centre if key == MIDDLE else nodes[key].label)
        half = max(24.0, LETTER * min(LONG, max(map(len, lines))) * (1.1 if key == MIDDLE else 1.0))
        rows = LINE * (len(lines) - 1)
        below = key == MIDDLE or _is_below(angle)
        boxes.append((x - half, y - (28 if below else 34 + rows), x + half, y + (44 + rows if below else 28)))
    left, top = min(b[0] for b in boxes) - EDGE, min(b[1] for b in boxes) - EDGE
    right, bottom = max(b[2] for b in boxes) + EDGE, max(b[3] for b in boxes) + EDGE
    return _moved(spots, -left, -top), (round(right - left), round(bottom - top))


def _is_below(angle: float) -> bool:
    """Tell whether the name of a node stands below it: outside, as seen from the middle."""
    return math.sin(angle) > -0.2


def _lines(name: str) -> list[str]:
    """Return a name as one line, or as two where it is long and has a space."""
    spaces = [n for n, letter in enumerate(name) if letter == " "]
    if len(name) <= SHORT or not spaces:
        return [name]
    at = min(spaces, key=lambda n: abs(n - len(name) / 2))
    return [name[:at], name[at + 1 :]]


def _name(x: float, y: float, name: str, below: bool = True) -> str:
    """Return the name of a node, in two lines where it is long."""
    lines = _lines(name)
    first = y if below else y - LINE * (len(lines) - 1)
    return "".join(_text("name", x, first + LINE * n, line) for n, line in enumerate(lines))


def _edge(start: Spot, end: Spot, over: bool, css: str = "") -> str:
    """Return a line between two nodes; of a tie that is over, a broken one."""
    mark = _css(" ".join(part for part in (css, "over" if over else "") if part))
    return f'<line{mark} x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"/>'


def _css(said: str) -> str:
    return f' class="{said}"' if said else ""


def _ties(centre: str, nodes: Mapping[str, Node], spots: Mapping[str, Spot], order: Iterable[str], width: float) -> str:
    """Return what the lines of a picture of few are called, whole, each where it touches neither names nor nodes nor another; left
    out where there is no room: the key of colours, pointing and the list say it too."""
    order = list(order)
    taken = [_label_box(centre, spots[MIDDLE], 22, below=True)]
    taken += [_label_box(nodes[key].label, spots[key], 16, below=_is_below(spots[key][2])) for key in order]
    taken += [_circle_box(spots[MIDDLE], 25), *(_circle_box(spots[key], 17) for key in order)]
    made = []
    for key in order:
        start, end = spots[nodes[key].parent], spots[key]
        for along in ALONG:
            x, y = start[0] + (end[0] - start[0]) * along, start[1] + (end[1] - start[1]) * along - 3
            half = SMALL * len(nodes[key].tie)
            box = (x - half, y - 8, x + half, y + 3)
            if box[0] >= 0 and box[2] <= width and not any(_touch(box, other) for other in taken):
                taken.append(box)
                made.append(_text("tie", x, y, nodes[key].tie, len(nodes[key].tie)))
                break
    return "".join(made)


def _label_box(name: str, spot: Spot, size: int, *, below: bool) -> Box:
    """Return the room of a name above or below its node."""
    lines = _lines(name)
    half = LETTER * min(LONG, max(map(len, lines)))
    rows = LINE * (len(lines) - 1)
    x, y, _ = spot
    return (
        (x - half, y + size + 4, x + half, y + size + 20 + rows)
        if below
        else (x - half, y - 32 - rows, x + half, y - size - 2)
    )


def _circle_box(spot: Spot, size: float) -> Box:
    return (spot[0] - size, spot[1] - size, spot[0] + size, spot[1] + size)


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _centre(name: str, middle: Spot) -> str:
    """Return the record in the middle."""
    x, y, _ = middle
    return (
        f'<g class="centre"><circle cx="{x:.1f}" cy="{y:.1f}" r="22"/>'
        f"{_text('letters', x, y + 4.5, initials(name))}{_name(x, y + 38, name)}</g>"
    )


def _near(node: Node, spot: Spot) -> str:
    """Return one of few neighbours: a circle with letters, its name outside."""
    x, y, angle = spot
    below = _is_below(angle)
    return _node(node, x, y, 16 if node.depth == 1 else 9, _name(x, y + 32 if below else y - 22, node.label, below))


def _beside(node: Node, place: Place, letters: int) -> str:
    """Return one of many neighbours: its name in a row with it."""
    size = radius(node)
    at, anchor = place.x + place.side * (size + GAP), "start" if place.side > 0 else "end"
    name = f'<text class="name" x="{at:.1f}" y="{place.y + 4:.1f}" text-anchor="{anchor}">{cut(node.label, letters)}</text>'
    return _node(node, place.x, place.y, size, name)


def _node(node: Node, x: float, y: float, size: float, name: str) -> str:
    """Return a neighbour: a link that says its tie, where it leads anywhere."""
    letters = _text("letters", x, y + 4, initials(node.label)) if size > 10 else ""
    inner = (
        f"<title>{escape(_said(node))}</title>"
        f'<circle class="c{(node.group - 1) % COLOURS + 1}" cx="{x:.1f}" cy="{y:.1f}" r="{size:g}"/>'
        f"{letters}{name}"
    )
    css = _css("over" if node.over else "")
    if not node.href:
        return f"<g{css}>{inner}</g>"
    return f'<a{css} href="{escape(node.href)}" aria-label="{escape(_said(node))}">{inner}</a>'


def _said(node: Node) -> str:
    """Return a node in words."""
    return ", ".join(_parts(node))


def _parts(node: Node) -> Iterable[str]:
    return (part for part in (node.label, node.tie, node.kind) if part)


def _text(css: str, x: float, y: float, words: str, letters: int = LONG) -> str:
    """Return words centred on a spot, cut to fit."""
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{cut(words, letters)}</text>'
