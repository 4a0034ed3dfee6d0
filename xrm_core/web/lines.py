"""One line of a short list (the start page, a tile): what it is about, whom it concerns, and until when, out of the columns of a view."""

from __future__ import annotations

from collections.abc import Sequence

from ..metamodel.catalog import View
from ..services.work import Work
from .cells import EMPTY
from .models import Cell
from .paths import Path, resolve

DAYS = ("date", "datetime")
NAMES = ("display", "text", "long_text", "person_name")
"""Kinds of fields that say in words what a record is."""
WHO = ("link", "user", "many_to_many")
"""Kinds of fields that lead to somebody or something else."""


def line_paths(work: Work, view: View, most: int, due: str = "") -> list[Path]:
    """The parts of a line, in their order: first what names the record (its words, else a link), then the first link, then others as
    the view has them, its day last. `due` is the path of the day that counts, whether the view shows it or not; else the first day of
    its columns. A number of its own stands on a line that is led by a link, for then it says which one; a mere yes or no says nothing."""
    paths = [resolve(work, view.entity, name) for name in view.columns or ("display",)]
    lead = next((p for p in paths if p.kind in (*NAMES, *WHO)), paths[0])
    day = resolve(work, view.entity, due) if due else next((p for p in paths if p.kind in DAYS and p is not lead), None)
    rest = [p for p in paths if p is not lead and p.kind != "boolean" and (day is None or p.path != day.path)]
    is_named = lead.kind in NAMES
    first = next((p for p in rest if p.kind in WHO), None) if is_named else None
    rest.sort(key=lambda p: (p is not first, p.kind in DAYS, is_named and p.kind == "sequence"))
    chosen = rest[: max(most - 1 - (day is not None), 0)]
    return [lead, *sorted(chosen, key=paths.index), *([day] if day is not None else [])]


def one_name(paths: Sequence[Path], cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of a line, of those that lead to somebody or something only the first that is filled and for the reader."""
    made, is_named = [], False
    for path, cell in zip(paths, cells, strict=True):
        is_one = path.kind in WHO
        made.append(EMPTY if is_one and is_named else cell)
        is_named = is_named or (is_one and cell.kind not in ("empty", "hidden"))
    return tuple(made)
