"""Spreadsheets: XLSX, XLS and ODS through calamine, as texts that people would type (ISO dates, plain numbers)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum, WorksheetNotFound

from ....errors import ImportFault
from ....language import N_, _
from .table import Hints, Limits, Row, Shape, Table

MACROS = re.compile(r"(?i)(^|/)vbaProject\.bin$|^Basic/|^Scripts/|^xl/macrosheets/")
OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")
BLOCK = 1 << 20
OTHER = {
    "word/": N_("{name} is a Word document; copy its table into a spreadsheet"),
    "ppt/": N_("{name} is a presentation; an import takes rows and columns"),
}


def _macros(name: str) -> ImportFault:
    hint = _("save it as XLSX, ODS or CSV, which hold none")
    return ImportFault(_("{name} holds macros; nothing of it is run or read", name=name), code="macros", hint=hint)


def _refuse_old_macros(file: BinaryIO, name: str) -> None:
    """Refuse a workbook of the old kind with a project of macros in it, found by the name of its stream."""
    kept = b""
    while block := file.read(BLOCK):
        if OLD_MACROS in kept + block:
            raise _macros(name)
        kept = block[-len(OLD_MACROS) :]
    file.seek(0)


class Archive:
    """A ZIP archive as its directory tells it: what kind it is, and whether it may be unpacked."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        try:
            with zipfile.ZipFile(file) as archive:
                self.members = archive.infolist()
                kind = archive.read("mimetype", pwd=None)[:100] if self._holds("mimetype", 200) else b""
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
            raise ImportFault(
                _("{name} is a damaged ZIP file ({error})", name=name, error=error),
                code="damaged",
                hint=_("save it again"),
            ) from None
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
                raise ImportFault(_(said, name=self.name), code="format")
        hint = _("unpack it and import the files in it, one after the other or as a set")
        raise ImportFault(
            _("{self} is a ZIP archive with {n} files", self=self.name, n=len(names)), code="format", hint=hint
        )

    def check(self, size: int, limits: Limits) -> None:
        """Refuse an archive that would unpack to more than the limits allow. Raises ImportFault."""
        if any(MACROS.search(member.filename) for member in self.members):
            raise _macros(self.name)
        total = sum(member.file_size for member in self.members)
        if len(self.members) > 10_000 or not limits.allows(total, size):
            raise ImportFault(
                _("{self} has {size:,} bytes and would unpack to {total:,}", self=self.name, size=size, total=total), code="too_big",
                hint=_("save the sheet you need as CSV"),
            )  # fmt: skip


def read_sheet(file: BinaryIO, name: str, kind: str, hints: Hints, limits: Limits, size: int) -> Table:
    """The rows of one sheet: the one named, else the first that people see and that has any. Raises ImportFault."""
    if kind == "xls":
        _refuse_old_macros(file, name)
    else:
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
        raise ImportFault(
            _("{name} has no sheet {sheet!r}", name=name, sheet=hints.sheet),
            code="sheet",
            hint=_("it has {known}", known=known),
        ) from None
    except (CalamineError, OSError, ValueError) as error:
        told = str(error)
        if "assword" in told:
            raise ImportFault(
                _("{name} is protected by a password", name=name), code="format", hint=_("save it without one")
            ) from None
        raise ImportFault(
            _("{name} cannot be read as a spreadsheet ({told})", name=name, told=told),
            code="damaged",
            hint=_("save it again, or as CSV"),
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
            raise ImportFault(
                _("{name} is empty", name=name), code="empty", hint=_("a header row and one row are the least")
            )
        above = start if hints.skip_lines else _headings(rows, start)
        told, start = above > start, above
        header = [as_text(cell) for cell in rows[start]]
        start += 1
    else:
        header, told = list(hints.columns), False
    if len(header) > limits.columns or len(rows) > limits.rows:
        raise ImportFault(
            _("{name} has {n:,} rows and {n2:,} columns", name=name, n=len(rows), n2=len(header)),
            code="too_big",
            hint=_("split it"),
        )
    shape = Shape(header, "fill", N_("cell"))
    notes = [_("sheet “{name}”", name=sheet)] if others else []
    notes += [_("other sheets were not read: {names}", names=", ".join(others))] if others else []
    notes += [_("the headings stand in row {n}; what stands above was not read", n=start)] if told else []
    found = _rows(rows, start, shape)
    return Table(name, kind, shape.names, found, unit="row", notes=notes, sheet=sheet, sheets=(sheet, *others))


ABOVE = 10
"""Within so many rows the headings of a table stand below its title."""


def _headings(rows: list[list[Any]], start: int) -> int:
    """The row of the headings: the first, but where that and others hold a title or a date alone, the first full row of texts below."""
    if sum(cell != "" for cell in rows[start]) != 1 or len(rows[start]) < 3:
        return start
    for number in range(start + 1, min(start + ABOVE, len(rows) - 1)):
        filled = [cell for cell in rows[number] if cell != ""]
        if len(filled) >= max(3, 0.6 * len(rows[number])):
            return number if all(isinstance(cell, str) for cell in filled) else start
    return start


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
