"""Exports as a workbook: one sheet, cells with their types, amounts with their currency, written row by row to a file."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from ..errors import BadRequest
from ..language import _
from ..metamodel.catalog import Entity

MAX_SHEET = 1_048_576
"""Rows of a sheet in the format of Excel."""
LONGEST = 32_767
"""Characters of a cell in that format."""
DIGITS = 15
"""Digits of a number that a spreadsheet keeps; longer ones stay texts."""
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
BLOCK = 1 << 16
WIDTHS = {"date": 12, "datetime": 20, "number": 14, "text": 28}
Rows = Iterator[Sequence[Any]]
Plain = Callable[[Any], str]


class SheetColumn(Struct, frozen=True):
    """How a column is written: its kind, the number format, and the place of the column that names the currency (-1: none)."""

    kind: str = "text"
    format: str = ""
    currency: int = -1


def sheet_columns(entity: Entity, names: Sequence[str]) -> list[SheetColumn]:
    """The columns of an export of an entity; those behind links are written by their values alone."""
    return [_column(entity, name, names) for name in names]


def _column(entity: Entity, name: str, names: Sequence[str]) -> SheetColumn:
    field = entity.fields.get(entity.field_of_column.get(name, name))
    if field is None:
        return SheetColumn()
    kind = next((c.kind.kind for c in field.columns if c.name == name), "text")
    scale = int(getattr(field.options, "scale", None) or 0)
    if field.type.name == "money" and kind == "decimal":
        unit = f"{field.name}_currency"
        return SheetColumn("number", "#,##0." + "0" * (scale or 2), names.index(unit) if unit in names else -1)
    if field.type.name == "percent":
        return SheetColumn("number", '0.####"%"')
    if kind == "decimal":
        return SheetColumn("number", "0." + "0" * scale if scale else "General")
    return SheetColumn({"int": "number"}.get(kind, kind))


def write_sheet(names: Sequence[str], rows: Rows, columns: Sequence[SheetColumn], plain: Plain) -> Iterator[bytes]:
    """The workbook in pieces. Memory does not grow with the rows: they go through temporary files. The heading stays in view;
    texts stay texts, whatever they begin with. Raises BadRequest for more rows than a sheet has."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Export")
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(column.kind, WIDTHS["text"])

    def cell(value: Any, format: str = "") -> Any:
        made = WriteOnlyCell(sheet, value=None)
        if format:
            made.value, made.number_format = value, format
        else:
            made.value = ILLEGAL.sub("", plain(value))[:LONGEST]
            made.data_type = "s"
        return made

    def typed(value: Any, column: SheetColumn, row: Sequence[Any]) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int) or (isinstance(value, Decimal) and len(value.as_tuple().digits) <= DIGITS):
            unit = str(row[column.currency] or "") if column.currency >= 0 else ""
            shown = column.format + (f" [${unit}]" if re.fullmatch("[A-Z]{3}", unit) else "")
            return cell(value, shown) if shown and shown != "General" else value
        if isinstance(value, datetime):
            exact = value.microsecond == 0 and value.year >= 1900
            return cell(value.replace(tzinfo=None), column.format or "yyyy-mm-dd hh:mm:ss") if exact else cell(value)
        if isinstance(value, date) and value.year >= 1900:
            return cell(value, column.format or "yyyy-mm-dd")
        return cell(value)

    heads = [cell(name) for name in names]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    try:
        for number, row in enumerate(rows, 2):
            if number > MAX_SHEET:
                raise BadRequest(
                    _("a sheet has room for {n} rows", n=f"{MAX_SHEET:,}"), code="too_many",
                    hint=_("export as CSV, or narrow the filter"),
                )  # fmt: skip
            sheet.append([typed(value, column, row) for value, column in zip(row, columns, strict=False)])
    except BaseException:
        sheet.close()
        raise
    with tempfile.TemporaryFile(prefix="xrm-export-") as out:
        book.save(out)
        out.seek(0)
        while block := out.read(BLOCK):
            yield block
