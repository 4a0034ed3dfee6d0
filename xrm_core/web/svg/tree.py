"""Where many neighbours stand: in rows to the right and to the left of the one in the middle, each behind the one that it is reached
by. Names stand straight and have a row of their own, so that they are readable however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xrm_core.web.models.panels import Node

ROW = 25.0
"""From one name to the next below it."""
LETTER = 6.6
"""Width of a letter of a name."""
GAP, REACH, SIDE = 6.0, 28.0, 6.0
"""From a node to its name, from the end of a name to the next column, and at the edge."""
LETTERS = {1: 24, 2: 20, 3: 18}
"""Letters of a name, at most, by how far out the furthest nodes stand."""
FEWEST = 9
RADII = (10.5, 8.5)
"""Of the nodes that are tied to the middle, and of those behind them."""
MIDDLE = 22.0


class Place(NamedTuple):
    """Where a node stands; `side` is 1 to the right of the middle, -1 to the left. Its line begins at `start` and bends from `bend` on."""

    x: float
    y: float
    side: int
    start: float
    bend: float
    way: str


class Tree(NamedTuple):
    """The places of the nodes by their keys, that of the middle, letters that a name has room for, and the size of it all."""

    places: Mapping[str, Place]
    middle: tuple[float, float]
    letters: int
    size: tuple[float, float]


def radius(node: Node) -> float:
    """Return how large a node is drawn."""
    return RADII[0] if node.depth == 1 else RADII[1]


def tree(nodes: Mapping[str, Node], half: float, width: float) -> Tree:
    """Return the places of nodes: clockwise, in the order of group and name, half of the rows on each side. `half` is half the width of
    the name in the middle; names are cut where a picture of one step alone would be wider than `width`."""
    below: dict[str, list[str]] = defaultdict(list)
    for key, node in nodes.items():
        below[node.parent].append(key)
    for keys in below.values():
        keys.sort(key=lambda key: (nodes[key].group, nodes[key].label, nodes[key].tie))
    deepest = max(node.depth for node in nodes.values())
    first = max(half, MIDDLE) + REACH
    letters = LETTERS.get(deepest, LETTERS[3])
    if deepest == 1:
        letters = max(FEWEST, min(letters, int((width / 2 - first - RADII[0] * 2 - GAP - SIDE) / LETTER)))
    sides = _sides(below)
    rows = {side: sum(_rows(key, below) for key in keys) for side, keys in sides.items()}
    high = max([*rows.values(), 3]) * ROW
    spots: dict[str, tuple[float, float, int, float]] = {}
    reach = {side: _columns(side, keys, nodes, below, first, letters) for side, keys in sides.items()}
    for side, keys in sides.items():
        top = (high - rows[side] * ROW) / 2 + ROW / 2
        for key in keys:
            top = _stand(key, side, top, nodes, below, reach[side][0], letters, spots)
    wide = {side: max(reach[side][1], first) + SIDE for side in sides}
    x, y = wide[-1], high / 2 + SIDE
    places = {}
    for key, (at, down, side, _end) in spots.items():
        node = nodes[key]
        parent = spots.get(node.parent)
        begin, level = (parent[3] + GAP, parent[1]) if parent is not None else (first - REACH + GAP, high / 2)
        middle = MIDDLE if parent is None else begin
        places[key] = Place(
            x + side * at, down + SIDE, side, x + side * middle, x + side * begin,
            _way(x + side * middle, x + side * begin, level + SIDE, x + side * (at - radius(node)), down + SIDE),
        )  # fmt: skip
    return Tree(places, (x, y), letters, (round(wide[-1] + wide[1]), round(high + 2 * SIDE)))


def _way(start: float, bend: float, level: float, end: float, down: float) -> str:
    """Return the line to a node: straight under the name that it begins at, then bent."""
    half = (bend + end) / 2
    return f"M{start:.1f} {level:.1f}H{bend:.1f}C{half:.1f} {level:.1f} {half:.1f} {down:.1f} {end:.1f} {down:.1f}"


def _sides(below: Mapping[str, Sequence[str]]) -> dict[int, list[str]]:
    """Return the nearest nodes to the right, from above, and to the left: as many rows here as there, as near as may be."""
    keys = below[""]
    total, so_far, cut = sum(_rows(key, below) for key in keys), 0, len(keys)
    for number, key in enumerate(keys):
        rows = _rows(key, below)
        if so_far + rows / 2 > total / 2:
            cut = number
            break
        so_far += rows
    return {1: list(keys[: max(1, cut)]), -1: list(keys[max(1, cut) :])}


def _rows(key: str, below: Mapping[str, Sequence[str]]) -> int:
    return max(1, sum(_rows(child, below) for child in below.get(key, ())))


def _columns(
    side: int, keys: Sequence[str], nodes: Mapping[str, Node], below: Mapping[str, Sequence[str]], first: float, letters: int
) -> tuple[dict[int, float], float]:  # fmt: skip
    """Return how far out the nodes of each depth stand on one side, and where the last name ends."""
    longest: dict[int, float] = defaultdict(float)

    def look(key: str) -> None:
        node = nodes[key]
        longest[node.depth] = max(longest[node.depth], LETTER * min(len(node.label), letters))
        for child in below.get(key, ()):
            look(child)

    for key in keys:
        look(key)
    found, at = {}, first
    for depth in sorted(longest):
        size = RADII[0] if depth == 1 else RADII[1]
        found[depth] = at + size
        at += 2 * size + GAP + longest[depth] + REACH
    return found, at - REACH


def _stand(
    key: str, side: int, top: float, nodes: Mapping[str, Node], below: Mapping[str, Sequence[str]], columns: Mapping[int, float],
    letters: int, spots: dict[str, tuple[float, float, int, float]],
) -> float:  # fmt: skip
    """Place a node and those behind it from `top` down; return where the next one may stand."""
    node, children = nodes[key], below.get(key, ())
    start = top
    for child in children:
        top = _stand(child, side, top, nodes, below, columns, letters, spots)
    y = (spots[children[0]][1] + spots[children[-1]][1]) / 2 if children else start
    at = columns[node.depth]
    spots[key] = (at, y, side, at + radius(node) + GAP + LETTER * min(len(node.label), letters))
    return top if children else top + ROW
