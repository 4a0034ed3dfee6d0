"""Pictures: deterministic, safe, and right in their geometry."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from xrm_core.web import svg
from xrm_core.web.models import ChartPanel, GraphPanel, Node, Point
from xrm_core.web.models.panels import Layer
from xrm_core.web.svg.axis import Scale, short, steps

HOSTILE = '<script>alert("x")</script>'
POINTS = (
    Point(label="2024", value=8),
    Point(label="2025", value=-3, text="−3 €"),
    Point(label="2026", value=21, href="/list"),
)


def parsed(picture: str) -> ElementTree.Element:
    """The picture as a tree; fails when it is not well-formed."""
    return ElementTree.fromstring(picture)


@pytest.mark.parametrize("kind", ["bar", "line", "donut"])
def test_a_chart_is_the_same_bytes_each_time_and_says_its_figures(kind: str) -> None:
    """A chart is well-formed, the same for the same values, and its label says every figure in words."""
    panel = ChartPanel(title="By year", kind=kind, points=POINTS)  # type: ignore[arg-type]
    first, again = svg.chart(panel), svg.chart(panel)
    assert first == again
    label = parsed(first).attrib["aria-label"]
    assert label == "By year: 2024 8, 2025 −3 €, 2026 21"


@pytest.mark.parametrize("kind", ["bar", "line", "donut"])
def test_a_chart_without_points_is_an_empty_frame(kind: str) -> None:
    """No data is no error."""
    assert parsed(svg.chart(ChartPanel(title="None", kind=kind, points=()))).tag == "svg"  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["bar", "line", "donut"])
def test_names_in_a_chart_are_escaped(kind: str) -> None:
    """What a user wrote never becomes markup in a picture."""
    point = Point(label=HOSTILE, value=1, text=HOSTILE, href='/x" onclick="y')
    drawn = svg.chart(ChartPanel(title=HOSTILE, kind=kind, points=(point,)))  # type: ignore[arg-type]
    assert "<script" not in drawn
    assert [link.attrib.get("onclick") for link in parsed(drawn).iter("a")] == [None]


@pytest.mark.parametrize(("label", "spare"), [("November {n}", 3), ("{n}", 0)])
def test_every_second_name_of_an_axis_gives_way_where_texts_are_large(label: str, spare: int) -> None:
    """On a phone, whose texts are half as large again: only where the names would run into each other."""
    points = tuple(Point(label=label.format(n=n), value=n) for n in range(6))
    texts = [text.get("class") for text in parsed(svg.chart(ChartPanel(title="t", points=points))).iter("text")]
    assert texts.count("spare") == spare


def test_bars_stand_on_zero_and_are_as_high_as_their_values() -> None:
    """A bar of twice the value is twice as high, and a negative one hangs below the zero line."""
    points = (Point(label="a", value=10), Point(label="b", value=20), Point(label="c", value=-10))
    tree = parsed(svg.chart(ChartPanel(title="t", points=points)))
    zero = float(next(line for line in tree.iter("line") if line.attrib["class"] == "zero").attrib["y1"])
    bars = [(float(rect.attrib["y"]), float(rect.attrib["height"])) for rect in tree.iter("rect")]
    assert bars[1][1] == pytest.approx(2 * bars[0][1], abs=0.2)
    assert bars[0][0] + bars[0][1] == pytest.approx(zero, abs=0.2)
    assert bars[2][0] == pytest.approx(zero, abs=0.2)


def test_what_is_below_zero_hangs_down_in_stacked_bars() -> None:
    """Layers above zero stand on each other, those below hang from it, and none is left out but those of nothing."""
    values = (10, -4, 0, -2, 5)
    layers = tuple(Layer(value=value, text=f"{value}", href=f"/{n}") for n, value in enumerate(values))
    tree = parsed(svg.chart(ChartPanel(title="t", kind="stacked", points=(Point(label="a", value=9, layers=layers),))))
    zero = next(float(line.attrib["y1"]) for line in tree.iter("line") if line.attrib.get("class") == "zero")
    bars = {a.attrib["href"]: next(a.iter("rect")) for a in tree.iter("a")}
    spans = {href: (float(b.attrib["y"]), float(b.attrib["y"]) + float(b.attrib["height"])) for href, b in bars.items()}
    assert set(spans) == {"/0", "/1", "/3", "/4"}
    assert spans["/0"][1] == pytest.approx(zero, abs=0.2)
    assert spans["/4"][1] == pytest.approx(spans["/0"][0], abs=0.2)
    assert spans["/1"][0] == pytest.approx(zero, abs=0.2)
    assert spans["/3"][0] == pytest.approx(spans["/1"][1], abs=0.2)


def test_a_single_slice_is_a_whole_ring() -> None:
    """One value fills the donut: an arc from a point to itself would draw nothing."""
    tree = parsed(svg.chart(ChartPanel(title="t", kind="donut", points=(Point(label="all", value=5),))))
    assert [ring.attrib["class"] for ring in tree.iter("circle")] == ["ring"]


def test_a_slice_keeps_the_colour_of_its_place() -> None:
    """A value of nothing is not drawn, but the next one keeps the colour that the legend gives it."""
    points = (Point(label="a", value=1), Point(label="b", value=0), Point(label="c", value=1))
    marks = re.findall(r'class="mark (c\d)"', svg.chart(ChartPanel(title="t", kind="donut", points=points)))
    assert marks == ["c1", "c3"]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 0), (0, 1), (0, 26), (-3, 21), (-900, -5), (0, 123456), (0, 0.07), (0, 1e9)]
)
def test_the_axis_spans_the_values_in_few_round_steps(low: float, high: float) -> None:
    """The marks hold zero and both ends, are evenly spaced and between two and nine."""
    marks = steps(low, high)
    gaps = {round((b - a) / (marks[1] - marks[0]), 6) for a, b in pairwise(marks)}
    assert marks[0] <= min(low, 0)
    assert marks[-1] >= max(high, 0)
    assert any(abs(mark) < 1e-12 for mark in marks)
    assert gaps == {1.0}
    assert 2 <= len(marks) <= 9


def test_numbers_on_the_axis_are_short() -> None:
    """Thousands and millions are said with a letter."""
    assert [short(value) for value in (0, 7.5, 1500, 2_000_000, -3000, 1e9)] == ["0", "7.5", "1.5k", "2M", "-3k", "1G"]


def test_a_higher_value_stands_higher() -> None:
    """The scale counts from the top."""
    place = Scale(0, 10, 100)
    assert place(10) < place(5) < place(0)


def graph(count: int) -> GraphPanel:
    """A party with `count` neighbours."""
    nodes = tuple(Node(label=f"Party {n}", tie="knows", group=n % 6 + 1, href=f"/p/{n}") for n in range(count))
    return GraphPanel(title="Connections", centre="Alder Trust", nodes=nodes)


@pytest.mark.parametrize("count", [0, 1, 2, 5, 8, 9, 14, 60])
def test_each_neighbour_is_a_link_within_the_picture(count: int) -> None:
    """Every neighbour can be reached by keyboard, says name and tie, and stands inside the frame."""
    panel = graph(count)
    tree = parsed(svg.graph(panel))
    links = list(tree.iter("a"))
    assert sorted(link.attrib["href"] for link in links) == sorted(node.href for node in panel.nodes)
    assert all("knows" in link.attrib["aria-label"] for link in links)
    __, __, width, height = (float(n) for n in tree.attrib["viewBox"].split())
    for circle in tree.iter("circle"):
        assert 14 <= float(circle.attrib["cx"]) <= width - 14
        assert 14 <= float(circle.attrib["cy"]) <= height - 14


def test_the_picture_of_few_ends_with_their_names() -> None:
    """A single neighbour leaves no empty half; long names stand in two lines, within the picture, and keep apart from each other."""
    names = ("Gesellschaft Alpha Beta", "Unterstützungsverein Nordost")
    near = Node(id="a", label=names[0], tie="knows", href="/a")
    far = Node(id="b", label=names[1], tie="knows", href="/b", depth=2, parent="a")
    panel = GraphPanel(title="Connections", centre="Nordsee Pumpen GmbH", nodes=(near, far), width=440, height=360)
    tree = parsed(svg.graph(panel))
    texts = [one for one in tree.iter("text") if one.attrib["class"] == "name"]
    said = [one.text for one in texts]
    assert said == ["Gesellschaft", "Alpha Beta", "Unterstützungsver…", "Nordost", "Nordsee", "Pumpen GmbH"]
    width = float(tree.attrib["width"])
    ends = [
        (float(t.attrib["x"]) - 3.3 * len(t.text or ""), float(t.attrib["x"]) + 3.3 * len(t.text or "")) for t in texts
    ]
    assert min(start for start, __ in ends) < 20
    assert max(end for __, end in ends) > width - 20
    by_line = sorted(ends[::2])
    assert all(before[1] < after[0] for before, after in pairwise(by_line))


def test_the_order_of_the_ties_does_not_change_the_picture() -> None:
    """The same ties in any order give the same bytes."""
    panel = graph(7)
    turned = GraphPanel(title=panel.title, centre=panel.centre, nodes=panel.nodes[::-1])
    assert svg.graph(panel) == svg.graph(turned)


def test_neighbours_do_not_stand_on_each_other() -> None:
    """Circles of neighbours never overlap."""
    for count in range(2, 13):
        tree = parsed(svg.graph(graph(count)))
        spots = [tuple(float(c.attrib[n]) for n in ("cx", "cy", "r")) for c in tree.iter("circle")]
        gaps = [
            ((x - u) ** 2 + (y - v) ** 2) ** 0.5 - r - s for i, (x, y, r) in enumerate(spots) for u, v, s in spots[:i]
        ]
        assert min(gaps) > 0, f"{count} neighbours: {min(gaps):.0f}"


def test_few_neighbours_are_spread_over_the_whole_circle() -> None:
    """Each neighbour has as much of the circle as the next one; none of it is left empty."""
    for count in (3, 5, 8):
        tree = parsed(svg.graph(graph(count)))
        spots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in tree.iter("circle")]
        (x, y), around = spots[-1], spots[:-1]
        wide = max(abs(a - x) for a, _ in around)
        high = max(abs(b - y) for _, b in around)
        angles = sorted(math.atan2((b - y) / high, (a - x) / wide) for a, b in around)
        gaps = [later - sooner for sooner, later in pairwise([*angles, angles[0] + 2 * math.pi])]
        assert max(gaps) < 1.6 * 2 * math.pi / count, f"{count} neighbours leave a gap"


@pytest.mark.parametrize("count", range(1, 9))
def test_what_lines_are_called_touches_no_name_and_no_node(count: int) -> None:
    """Long words on the lines are whole, moved or left out, so that they keep apart from names, circles and each other, within the
    picture; the key of colours says those that are left out."""
    nodes = tuple(
        Node(label=("Ostermoor County Council", "Uwe Immel", "Anneliese Wübben")[n % 3], tie="ist Ansprechperson für", href=f"/p/{n}", id=f"{n}")
        for n in range(count)
    )  # fmt: skip
    panel = GraphPanel(title="Connections", centre="Transportes Hinojosa", nodes=nodes, width=400, height=320)
    tree = parsed(svg.graph(panel))
    circles = [(float(c.attrib["cx"]), float(c.attrib["cy"]), float(c.attrib["r"])) for c in tree.iter("circle")]
    boxes = []
    for text in tree.iter("text"):
        half = {"name": 3.3, "tie": 2.75}.get(text.attrib["class"], 0) * len(text.text or "")
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        if half:
            boxes.append((text.attrib["class"], x - half, y - 8, x + half, y + 2))
    ties = [box for box in boxes if box[0] == "tie"]
    assert {text.text for text in tree.iter("text") if text.attrib["class"] == "tie"} <= {"ist Ansprechperson für"}
    width, height = float(tree.attrib["width"]), float(tree.attrib["height"])
    for tie in ties:
        _, left, top, right, bottom = tie
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        for other in boxes:
            assert other is tie or right <= other[1] or other[3] <= left or bottom <= other[2] or other[4] <= top
        for x, y, r in circles:
            beside = max(left - x, 0, x - right) ** 2 + max(top - y, 0, y - bottom) ** 2
            assert beside >= r**2, f"{tie} touches a node"


def test_each_colour_is_explained_once() -> None:
    """The key of the picture names the tie of each colour, once."""
    ties = (("knows", 1), ("owns", 2), ("knows", 1))
    nodes = tuple(Node(label="A", tie=tie, group=group, href=f"/{n}") for n, (tie, group) in enumerate(ties))
    assert GraphPanel(title="C", centre="M", nodes=nodes, width=400, height=320).key == ((1, "knows"), (2, "owns"))


def family(*counts: int) -> tuple[Node, ...]:
    """So many neighbours one, two and three steps out, with long names."""
    names = ("Bogumiła Mączyńska-Wójcik", "Uwe Immel", "Transportes Hinojosa", "Gesellschaft der Pumpenbauer Nordost")
    made: list[Node] = []
    for depth, count in enumerate(counts, 1):
        before = [one.id for one in made if one.depth == depth - 1]
        made += [
            Node(id=f"{depth}-{n}", label=names[n % 4], tie="knows", group=n % 6 + 1, href=f"/{depth}-{n}", depth=depth,
                 parent=before[n * 7 % len(before)] if before else "")
            for n in range(count)
        ]  # fmt: skip
    return tuple(made)


@pytest.mark.parametrize("counts", [(9,), (24,), (6, 18, 36), (1, 20, 39), (2, 1, 57), (60,), (3, 40)])
@pytest.mark.parametrize("width", [370, 680])
def test_names_of_many_neighbours_touch_nothing(counts: tuple[int, ...], width: int) -> None:
    """However many there are, each name stands straight in a row of its own within the picture, beside its node, and touches no
    other name and no other node; as many stand on one side as on the other, as near as they can."""
    panel = GraphPanel(
        title="C", centre="Nordsee Pumpen GmbH", nodes=family(*counts), width=width, height=480, cross=(("1-0", "2-0"),)
    )
    tree = parsed(svg.graph(panel))
    wide, high = float(tree.attrib["width"]), float(tree.attrib["height"])
    assert sorted(a.attrib["href"] for a in tree.iter("a")) == sorted(node.href for node in panel.nodes)
    boxes = []
    for text in tree.iter("text"):
        assert "transform" not in text.attrib
        if text.attrib["class"] == "name":
            long, x, y = 6.6 * len(text.text or ""), float(text.attrib["x"]), float(text.attrib["y"])
            left = x - {"start": 0, "middle": long / 2, "end": long}[text.attrib["text-anchor"]]
            boxes.append((left, y - 9, left + long, y + 2))
    boxes += [
        (x - r, y - r, x + r, y + r)
        for x, y, r in ([float(c.attrib[n]) for n in ("cx", "cy", "r")] for c in tree.iter("circle"))
    ]
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert 0 <= left < right <= wide
        assert 0 <= top < bottom <= high
        for other in boxes[:n]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top, (boxes[n], other)
    if len(counts) == 1:
        assert wide <= max(width, 400)
        assert high <= 25 * math.ceil(counts[0] / 2) + 12 or counts[0] < 9


def test_further_neighbours_stand_behind_those_they_are_reached_by() -> None:
    """Two steps out: every node keeps inside the frame and apart from the others, and stands further out than its parent."""
    near = [Node(id=f"{n}", label=f"Party {n}", tie="knows", href=f"/{n}") for n in range(5)]
    far = [
        Node(id=f"{n}-{m}", label=f"Far {n} {m}", tie="owns", depth=2, parent=f"{n}", href=f"/{n}-{m}", over=m == 1)
        for n in range(5)
        for m in range(4)
    ]
    panel = GraphPanel(
        title="Connections",
        centre="Alder Trust",
        nodes=(*near, *far),
        width=980,
        height=860,
        cross=(("0", "3"), ("", "0-1"), ("0", "gone")),
    )
    tree = parsed(svg.graph(panel))
    spots = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in tree.iter("circle")]
    gaps = [((x - u) ** 2 + (y - v) ** 2) ** 0.5 for i, (x, y) in enumerate(spots) for u, v in spots[:i]]
    assert min(gaps) > 17
    wide, high = float(tree.attrib["width"]), float(tree.attrib["height"])
    assert all(0 < x < wide and 0 < y < high for x, y in spots)
    middle = spots[-1][0]
    out = {a.attrib["href"]: float(next(a.iter("circle")).attrib["cx"]) - middle for a in tree.iter("a")}
    for node in far:
        assert abs(out[node.href]) > abs(out[f"/{node.parent}"])
        assert out[node.href] * out[f"/{node.parent}"] > 0
    lines = [one.attrib.get("class", "") for one in (*tree.iter("line"), *tree.iter("path"))]
    assert (lines.count("over"), lines.count("cross"), len(lines)) == (5, 2, 27)
