"""Exports as a list shows its records: its headings, labels and titles, dates and numbers as the reader writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..fields.locales import number_style, zone_of
from ..language import speak
from ..metamodel.values import SYSTEM, Query, Record
from ..services import exportjobs
from ..services.accounts import actor_by_id
from ..services.export_sheets import SheetColumn
from ..services.exporting import Face, Said
from ..services.work import Work
from .cells import cell_of
from .paths import Path, resolve

if TYPE_CHECKING:
    from ..services.runtime import Runtime

TOLD = frozenset({"integer", "int", "decimal", "money", "percent", "rating", "date", "datetime", "duration"})
"""Kinds of values that begin with a sign or a digit and are never a formula."""
FORMATS = {
    "integer": "#,##0",
    "int": "#,##0",
    "rating": "0",
    "percent": '0.####"%"',
    "date": "mm-dd-yy",
    "datetime": "m/d/yy h:mm",
}
"""Formats of a sheet; a spreadsheet writes those of dates as its reader's country does."""


def columns_shown(work: Work, entity: str, paths: Sequence[str]) -> tuple[str, ...]:
    """The columns that it takes to show these columns of a list."""
    return tuple(dict.fromkeys(c for path in paths for c in resolve(work, entity, path).columns))


def face_of(work: Work, query: Query, kind: str, paths: Sequence[str]) -> Face:
    """What an export of these columns of a list looks like in a file of that kind, for whoever reads."""
    found = [resolve(work, query.entity, path) for path in paths]
    style = number_style(work.language)
    if kind != "xlsx":
        return Face(
            [p.label for p in found],
            lambda row: [_text(work, p, row) for p in found],
            [],
            ";" if style.decimal == "," else ",",
        )
    amounts = [p for p in found if _is_amount(p)]
    columns = [_column(p, len(found) + amounts.index(p) if p in amounts else -1) for p in found]

    def draw(row: Record) -> list[Any]:
        return [*(_value(work, p, row) for p in found), *(_currency(p, row) for p in amounts)]

    return Face([p.label for p in found], draw, columns)


def _text(work: Work, path: Path, row: Mapping[str, Any]) -> str:
    cell = cell_of(work, path, row, short=False)
    if cell.kind == "empty":
        return ""
    return Said(cell.text) if path.kind in TOLD else cell.text


def _value(work: Work, path: Path, row: Mapping[str, Any]) -> Any:
    """What stands in a sheet: numbers and dates as such, so that one can count with them; else the text."""
    value = row.get(path.path)
    if path.kind in FORMATS or path.kind in ("decimal", "money"):
        if isinstance(value, datetime):
            zone = zone_of(work.actor.time_zone or work.settings.organisation.time_zone)
            return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
        if value is not None and not isinstance(value, str | list | dict):
            return value
    return _text(work, path, row)


def _is_amount(path: Path) -> bool:
    return path.kind == "money" or bool(path.currency)


def _currency(path: Path, row: Mapping[str, Any]) -> Any:
    return row.get(path.currency or f"{path.prefix}{path.name}_currency")


def _column(path: Path, currency: int) -> SheetColumn:
    if path.kind in ("money", "decimal"):
        scale = int(getattr(path.field.options if path.field else None, "scale", None) or 0)
        places = scale or (2 if currency >= 0 else 0)
        return SheetColumn("number", "#,##0" + ("." + "0" * places if places else ""), currency)
    if path.kind not in FORMATS:
        return SheetColumn()
    return SheetColumn(path.kind if path.kind in ("date", "datetime") else "number", FORMATS[path.kind])


def carry_out(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Write a large export as it is shown, in the language of whoever asked."""
    with runtime.work(SYSTEM, "job") as work:
        actor = SYSTEM if payload["actor"] is None else actor_by_id(work, payload["actor"], payload.get("acting"))
    speak(actor.language)
    exportjobs.carry_out(runtime, payload, face_of)
