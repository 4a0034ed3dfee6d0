"""Titles of records that links of several kinds point to: asked for all rows of a page together, one statement for each kind, and not for
each row by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..services.naming import titles_of
from ..services.work import Work
from .paths import Path, is_link


def with_titles(work: Work, paths: Sequence[Path], rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The rows of a list with the titles of what such links among its columns point to, as far as they are there for the reader."""
    links = [
        (f"{path.prefix}{path.name}.display", path.prefix + path.field.columns[0].name, path.prefix + path.field.columns[1].name)
        for path in paths
        if path.field is not None and is_link(path.field) and len(path.field.columns) > 1
    ]  # fmt: skip
    if not links or len(rows) < 2:
        return rows
    named = {(str(row[kind]), str(row[id])) for row in rows for _, id, kind in links if row.get(id) and row.get(kind)}
    titles = titles_of(work, sorted(named))
    return [
        {**row, **{shown: titles.get((str(row.get(kind)), str(row.get(id)))) for shown, id, kind in links}} for row in rows
    ]  # fmt: skip
