"""Spreadsheets: XLSX, XLS and ODS through calamine, as texts that people would type (ISO dates, plain numbers)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum, WorksheetNotFound

from ....errors import ImportFault
from .table import Hints, Limits, Row, Shape, Table

OTHER = {"word/": "a Word document; copy its table into a spreadsheet", "ppt/": "a presentation"}


class Archive:
    """A ZIP archive as its directory tells it: what kind it is, and whether it may be unpacked."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        try:
            with zipfile.ZipFile(file) as archive:
                self.members = archive.infolist()
                kind = archive.read("mimetype", pwd=None)[:100] if self._holds("mimetype", 200) else b""
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
            raise ImportFault(f"{name} is a damaged ZIP file ({error})", code="damaged", hint="save it again") from None
        finally:
            file.seek(0)
        self.mimetype = kind.decode("ascii", "replace")

    def _holds(self, name: str, size: int) -> bool:
        return any(member.filename == name and member.file_size <= size for member in self.members)

    @property
    def kind(self) -> str:
        """xlsx or ods; raises ImportFault for other archives."""
        names = [member.filename for member in self.members]
        if any(name.startswith("xl/workbook.") for name in names):
            return "xlsx"
        if "opendocument.spreadsheet" in self.mimetype:
            return "ods"
        for start, said in OTHER.items():
            if any(name.startswith(start) for name in names):
                raise ImportFault(f"{self.name} is {said}", code="format")
        hint = "unpack it and import the files in it, one after the other or as a set"
        raise ImportFault(f"{self.name} is a ZIP archive with {len(names)} files", code="format", hint=hint)

    def check(self, size: int, limits: Limits) -> None:
        """Refuse an archive that would unpack to more than the limits allow. Raises ImportFault."""
        total = sum(member.file_size for member in self.members)
        if len(self.members) > 10_000 or not limits.allows(total, size):
            raise ImportFault(
                f"{self.name} has {size:,} bytes and would unpack to {total:,}", code="too_big",
                hint="save the sheet you need as CSV",
            )  # fmt: skip


def read_sheet(file: BinaryIO, name: str, kind: str, hints: Hints, limits: Limits, size: int) -> Table:
    """The rows of one sheet: the one named, else the first that people see and that has any. Raises ImportFault."""
    if kind != "xls":
        Archive(file, name).check(size, limits)
    try:
        book = CalamineWorkbook.from_filelike(file)
        sheets = [hints.sheet] if hints.sheet else _seen_first(book)
        rows: list[list[Any]] = []
        chosen = sheets[0] if sheets else ""
        for chosen in sheets:
            rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
            if rows:
                break
        others = [other for other in book.sheet_names if other != chosen]
    except WorksheetNotFound:
        known = ", ".join(repr(sheet) for sheet in book.sheet_names)
        raise ImportFault(f"{name} has no sheet {hints.sheet!r}", code="sheet", hint=f"it has {known}") from None
    except (CalamineError, OSError, ValueError) as error:
        told = str(error)
        if "assword" in told:
            raise ImportFault(f"{name} is protected by a password", code="format", hint="save it without one") from None
        raise ImportFault(
            f"{name} cannot be read as a spreadsheet ({told})", code="damaged", hint="save it again, or as CSV"
        ) from None
    return _table(name, kind, chosen, rows, others, hints, limits)


def _seen_first(book: CalamineWorkbook) -> list[str]:
    """The names of the sheets, hidden ones after those that are shown."""
    shown = [sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
    return [*shown, *(name for name in book.sheet_names if name not in shown)]


def _table(
    name: str, kind: str, sheet: str, rows: list[list[Any]], others: list[str], hints: Hints, limits: Limits
) -> Table:
    start = hints.skip_lines
    if hints.header:
        while start < len(rows) and not any(cell != "" for cell in rows[start]):
            start += 1
        if start == len(rows):
            raise ImportFault(f"{name} is empty", code="empty", hint="a header row and one row are the least")
        header = [as_text(cell) for cell in rows[start]]
        start += 1
    else:
        header = list(hints.columns)
    if len(header) > limits.columns or len(rows) > limits.rows:
        raise ImportFault(f"{name} has {len(rows):,} rows and {len(header):,} columns", code="too_big", hint="split it")
    shape = Shape(header, "fill", "cell")
    notes = [f"sheet {sheet!r}"] if others else []
    notes += [f"other sheets were not read: {', '.join(others)}"] if others else []
    return Table(name, kind, shape.names, _rows(rows, start, shape), unit="row", notes=notes)


def _rows(rows: list[list[Any]], start: int, shape: Shape) -> Iterator[Row]:
    for number in range(start, len(rows)):
        cells = [as_text(cell) for cell in rows[number]]
        if any(cells):
            yield shape.row(number + 1, cells)


def as_text(value: Any) -> str:
    """A cell as text: whole numbers without a point, others with at most 15 digits, dates and times in ISO form."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else plain(value)
    if isinstance(value, datetime):
        return value.isoformat(sep="T")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "" if value is None else str(value)


def plain(value: float) -> str:
    """A number with at most 15 significant digits, as spreadsheets keep them, and without an exponent."""
    from decimal import Decimal

    text = f"{value:.15g}"
    return format(Decimal(text), "f") if "e" in text else text
