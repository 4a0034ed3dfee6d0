"""Bars over days: a line for each record, under the name of its group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from xrm_core.web.svg.frame import cut, frame

WIDE, NAMES, HEAD, LINE = 1100.0, 230.0, 30.0, 30.0
LETTER = 6.6


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `start` to `end`, as shares (0 to 1) of what is shown; `is_open` has no end. `said` are its days in words."""

    label: str
    start: float
    end: float
    said: str
    href: str = ""
    tone: str = "accent"
    is_open: bool = False
    move: BarMove | None = None


@dataclass(frozen=True, slots=True)
class BarMove:
    """What a bar that may be moved is: its record with the version that was read, and its days (ISO, and as the reader writes them). `last` is '' where it has no
    end, None where it lasts for its one day."""

    id: str
    version: str
    first: str
    last: str | None
    title: str = ""
    first_shown: str = ""
    last_shown: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """Bars under one name; '' where nothing is grouped."""

    label: str
    bars: tuple[Bar, ...]


def timeline(
    title: str,
    ticks: Sequence[tuple[float, str]],
    lanes: Sequence[Lane],
    now: float | None,
    now_label: str,
    days: int = 0,
    begins: str = "",
) -> Markup:
    """The picture: `ticks` are the beginnings of months or quarters, with their names; `now` is where today stands, if it is shown;
    `days` how many days are shown and `begins` the first of them (ISO), where bars may be moved."""
    room = WIDE - NAMES
    lines = sum(len(lane.bars) + bool(lane.label) for lane in lanes)
    height = HEAD + max(lines, 1) * LINE + 8
    parts = [
        f'<line class="grid" x1="{NAMES + at * room:.1f}" x2="{NAMES + at * room:.1f}" y1="{HEAD - 6:g}" y2="{height - 4:g}"/>'
        f'<text class="tick" x="{NAMES + at * room + 5:.1f}" y="{HEAD - 12:g}">{escape(name)}</text>'
        for at, name in ticks
    ]
    y = HEAD
    for lane in lanes:
        if lane.label:
            parts.append(f'<text class="lane-name" x="0" y="{y + 20:g}">{cut(lane.label, 34)}</text>')
            y += LINE
        for bar in lane.bars:
            parts.append(_bar(bar, y, room, 12 if lane.label else 0))
            y += LINE
    if now is not None:
        x = NAMES + now * room
        parts.append(f'<line class="now" x1="{x:.1f}" x2="{x:.1f}" y1="{HEAD - 6:g}" y2="{height - 4:g}"/>')
        parts.append(f'<text class="now-name" x="{x + 4:.1f}" y="{height - 2:g}">{escape(now_label)}</text>')
    if days:
        parts.append(
            f'<text class="moving-days" data-days="{days}" data-begins="{begins}" data-start="{NAMES:g}" data-room="{room:g}" y="0"></text>'
        )
    return frame("timeline", (WIDE, height + 8), title, "".join(parts), "group")  # each bar says its own words


def _bar(bar: Bar, y: float, room: float, indent: float) -> str:
    start, end = max(bar.start, 0.0), min(bar.end, 1.0)
    x, width = NAMES + start * room, max((end - start) * room, 6.0)
    name = f'<text class="bar-name" x="{indent:g}" y="19">{cut(bar.label, int((NAMES - indent - 10) / LETTER))}</text>'
    css = "bar open" if bar.is_open else "bar"
    said = escape(f"{bar.label}: {bar.said}")
    shape = f'<rect class="{css}" x="{x:.1f}" y="6" width="{width:.1f}" height="{LINE - 12:g}" rx="5"/>'
    marks = ""
    if bar.move is not None:
        shape += _ends(bar, x, width)
        until = "" if bar.move.last is None else f' data-last="{escape(bar.move.last)}"'
        marks = f' data-bar="{escape(bar.move.id)}" data-is="{escape(bar.move.version)}" data-first="{escape(bar.move.first)}"{until}'
    inner = f"<title>{said}</title>{name}{shape}"
    if bar.href:
        return (
            f'<a class="{escape(bar.tone)}" transform="translate(0 {y:g})" href="{escape(bar.href)}"{marks}>{inner}</a>'
        )
    return f'<g class="{escape(bar.tone)}" transform="translate(0 {y:g})">{inner}</g>'


def _ends(bar: Bar, x: float, width: float) -> str:
    """What the ends of a bar are taken by; an end that lies outside of the picture is not."""
    end = '<rect class="bar-end" data-end="{}" x="{:.1f}" y="6" width="10" height="{:g}"/>'
    if bar.move is None or bar.move.last is None:
        return ""
    first = end.format("first", x - 4, LINE - 12) if bar.start >= 0 else ""
    has_last = bar.end <= 1
    return first + (end.format("last", x + width - 6, LINE - 12) if has_last else "")
