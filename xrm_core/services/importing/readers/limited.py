"""Reading in a child process with an end to its memory and its time: for what strangers upload (XLSX, ODS, XLS, vCard).

The child writes frames to its standard output: four bytes of length, then MessagePack `[kind, content]`.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import msgspec

from ....errors import ImportFault
from ....language import _, speak, spoken
from ....plugin.confined_child import set_limits
from .open import open_table
from .table import Hints, Limits, Row, Table

BASE_MEMORY = 320 << 20
PER_BYTE = 24
CHUNK = 500


def open_limited(
    path: Path, hints: Hints | None = None, limits: Limits | None = None, *, name: str | None = None
) -> Table:
    """As `open_table`, in a child process that is ended when it takes more than its share. Raises ImportFault."""
    hints, limits, name = hints or Hints(), limits or Limits(), name or path.name
    order = msgspec.json.encode(
        {"path": str(path), "name": name, "hints": asdict(hints), "limits": asdict(limits), "language": spoken()}
    )
    child = subprocess.Popen(  # noqa: S603  # our own module
        [sys.executable, "-m", __name__.rpartition(".")[0] + ".child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    clock = threading.Timer(limits.seconds, child.kill)
    clock.daemon = True
    clock.start()
    try:
        with suppress(BrokenPipeError):  # it was ended already: the missing answer is told below
            child.stdin.write(order)
            child.stdin.close()
        head = _frame(child.stdout)
        if head is None or head[0] == "fault":
            raise _fault(head, name, clock.is_alive())
    except BaseException:
        _end(child, clock)
        raise
    rows = _rows(child, clock, name)
    told = head[1]
    return Table(
        name, told["format"], tuple(told["columns"]), rows, told["nested"], told["unit"], told["notes"],
        told["encoding"], told["delimiter"], told["sheet"], tuple(told["sheets"]),
    )  # fmt: skip


def _rows(child: subprocess.Popen[bytes], clock: threading.Timer, name: str) -> Iterator[Row]:
    assert child.stdout is not None
    try:
        while True:
            frame = _frame(child.stdout)
            if frame is None or frame[0] == "fault":
                raise _fault(frame, name, clock.is_alive())
            if frame[0] == "end":
                return
            for row in frame[1]:
                yield Row(*row)
    finally:
        _end(child, clock)


def _end(child: subprocess.Popen[bytes], clock: threading.Timer) -> None:
    clock.cancel()
    child.kill()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    child.wait()


def _frame(stream: IO[bytes]) -> Any:
    """The next frame; None when the child has ended without one."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return msgspec.msgpack.decode(body) if len(body) == size else None


def _fault(frame: Any, name: str, in_time: bool) -> ImportFault:
    if frame is not None:
        return ImportFault(frame[1]["message"], code=frame[1]["code"], hint=frame[1]["hint"])
    told = (
        _("reading {name} needs too much memory", name=name)
        if in_time
        else _("reading {name} takes too long", name=name)
    )
    return ImportFault(told, code="too_big", hint=_("save the part that you need as CSV"))


def serve(order: bytes, out: IO[bytes]) -> None:
    """The child's work: limit itself, read, and write frames."""
    given = msgspec.json.decode(order)
    hints, limits = msgspec.convert(given["hints"], Hints), msgspec.convert(given["limits"], Limits)
    path = Path(given["path"])
    speak(given["language"])
    _limit(path.stat().st_size, limits)
    try:
        table = open_table(path, hints, limits, name=given["name"])
        head = {
            "format": table.format,
            "columns": table.columns,
            "nested": table.nested,
            "unit": table.unit,
            "notes": table.notes,
            "encoding": table.encoding,
            "delimiter": table.delimiter,
            "sheet": table.sheet,
            "sheets": table.sheets,
        }
        _write(out, ["table", head])
        chunk: list[Row] = []
        for row in table.rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                _write(out, ["rows", chunk])
                chunk = []
        _write(out, ["rows", chunk])
        _write(out, ["end", None])
    except ImportFault as fault:
        _write(out, ["fault", {"message": fault.message, "code": fault.code, "hint": fault.hint}])


def _write(out: IO[bytes], frame: list[Any]) -> None:
    body = msgspec.msgpack.encode(frame)
    out.write(len(body).to_bytes(4, "big"))
    out.write(body)
    out.flush()


def _limit(size: int, limits: Limits) -> None:
    """An end to the address space, to time on the processor and to what is written to disk, where the system can set one."""
    set_limits(BASE_MEMORY + PER_BYTE * min(size, limits.unpacked), limits.seconds, limits.unpacked)
