"""What is in force on a list, board, calendar or chart, as a value, and as the parameters of an address: each is the other.

A saved view is such a value too: an address names it (`view`) and tells only what differs from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Pairs = list[tuple[str, str]]

WIDEST, NARROWEST = 900, 48
"""Pixels of a column, at most and at least."""
STEPS = (48, 80, 120, 160, 200, 240, 320, 400, 500, 640, 900)
"""Widths that a column takes by buttons."""
MOST_FROZEN = 4
"""Columns that may stay in sight."""


@dataclass(frozen=True, slots=True)
class State:
    """Filters (expressions, all of which hold), paths to sort by (a leading '-': downwards), columns, the path of the groups,
    widths of columns in pixels, and how many of the first columns stay in sight while one goes sideways. What is empty is as the
    view of the metadata has it."""

    filters: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    group: str = ""
    widths: tuple[tuple[str, int], ...] = ()
    frozen: int = 1


EMPTY = State()


def read_state(pairs: Iterable[tuple[str, str]], base: State = EMPTY) -> State:
    """The state that parameters tell; what they do not name is as in `base`. Whatever makes no sense is left out."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    changes: dict[str, object] = {}
    if "filter" in given:
        changes["filters"] = tuple(v.strip() for v in given["filter"] if v.strip())
    if "sort" in given:
        changes["sort"] = _names(given["sort"][0])
    if "cols" in given:
        changes["columns"] = _names(given["cols"][0])
    if "group" in given:
        changes["group"] = given["group"][0].strip()
    if "width" in given:
        changes["widths"] = _widths(given["width"][0])
    if "freeze" in given and given["freeze"][0] in map(str, range(MOST_FROZEN + 1)):
        changes["frozen"] = int(given["freeze"][0])
    return replace(base, **changes)  # type: ignore[arg-type]  # each of its own kind


def write_state(state: State, base: State = EMPTY) -> Pairs:
    """The parameters that tell a state to whoever knows `base`."""
    made: Pairs = []
    if state.filters != base.filters:
        made += [("filter", f) for f in state.filters] or [("filter", "")]
    if state.sort != base.sort:
        made.append(("sort", ",".join(state.sort)))
    if state.columns != base.columns:
        made.append(("cols", ",".join(state.columns)))
    if state.group != base.group:
        made.append(("group", state.group))
    if state.widths != base.widths:
        made.append(("width", ",".join(f"{name}:{size}" for name, size in state.widths)))
    if state.frozen != base.frozen:
        made.append(("freeze", str(state.frozen)))
    return made


def _names(text: str) -> tuple[str, ...]:
    """Paths between commas, each once."""
    return tuple(dict.fromkeys(n for part in text.split(",") if (n := part.strip())))


def _widths(text: str) -> tuple[tuple[str, int], ...]:
    found: dict[str, int] = {}
    for part in text.split(","):
        name, _, size = part.strip().rpartition(":")
        if name and size.isascii() and size.isdigit() and len(size) < 6:
            found[name] = min(WIDEST, max(NARROWEST, int(size)))
    return tuple(found.items())


def turned(sort: Sequence[str], path: str, further: bool = False) -> tuple[str, ...]:
    """The order after a click on the head of a column: by it alone, or, `further`, by it behind the others; a second click
    turns it round, a third one (of several) takes it out."""
    down = f"-{path}"
    if not further:
        return (down,) if path in sort[:1] else (path,)
    if path in sort:
        return tuple(down if one == path else one for one in sort)
    if down in sort:
        return tuple(one for one in sort if one != down)
    return (*sort, path)


def moved(names: Sequence[str], name: str, by: int) -> tuple[str, ...]:
    """Names with one of them so many places further on."""
    rest = [n for n in names if n != name]
    if name not in names:
        return tuple(names)
    at = min(len(rest), max(0, list(names).index(name) + by))
    return (*rest[:at], name, *rest[at:])


def sized(widths: Sequence[tuple[str, int]], name: str, by: int) -> tuple[tuple[str, int], ...]:
    """Widths with that of a column a step wider (`by` 1) or narrower (-1); one that has none begins in the middle."""
    known = dict(widths)
    now = known.get(name, STEPS[3] if by > 0 else STEPS[4])
    further = [step for step in STEPS if (step > now if by > 0 else step < now)]
    known[name] = (further[0] if by > 0 else further[-1]) if further else now
    return tuple(known.items())
