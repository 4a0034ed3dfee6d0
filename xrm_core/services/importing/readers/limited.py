"""Reading in a child process with an end to its memory and its time: for what strangers upload (XLSX, ODS, XLS, vCard).

Both sides write frames: four bytes of length, then the content. The parent gives orders in JSON, one for each file; the child
answers with MessagePack `[kind, content]`. It imports little, for it is started for many files.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import IO, Any

import msgspec

from ....errors import ImportFault
from ....language import _, speak, spoken
from ....limits import set_limits
from .open import open_table
from .table import Hints, Limits, Row, Table

BASE_MEMORY = 320 << 20
PER_BYTE = 24
CHUNK = 500
SMALL = 256 << 10
"""Bytes of a file after which its process may read another: they leave too little behind to matter to the next."""


class Child:
    """A process that reads one file after another. `limits` are those that it keeps to; `stopped`: its time was over."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.stopped = False
        self.until = monotonic() + limits.seconds
        self.clock: threading.Timer | None = None
        self.process = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", __name__.rpartition(".")[0] + ".child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, order: bytes) -> None:
        """Give it a file to read; from now on its time runs."""
        self.clock = threading.Timer(self.limits.seconds, self._stop)
        self.clock.daemon = True
        self.clock.start()
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it was ended already: the missing answer is told by who reads it
            self.process.stdin.write(len(order).to_bytes(4, "big") + order)
            self.process.stdin.flush()

    def answer(self) -> Any:
        """The next frame, decoded; None when it has ended without one."""
        assert self.process.stdout is not None
        body = _frame(self.process.stdout)
        return None if body is None else msgspec.msgpack.decode(body)

    def rest(self) -> bool:
        """Stop the clock: the file is read. Can it read another within the time that the system gives it?"""
        if self.clock is not None:
            self.clock.cancel()
            self.clock.join()
        return not self.stopped and monotonic() < self.until

    def end(self) -> None:
        """End it, whatever it does."""
        if self.clock is not None:
            self.clock.cancel()
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self.process.wait()

    def _stop(self) -> None:
        self.stopped = True
        self.process.kill()


class Children:
    """The processes of one import that have read a small file and wait for the next: to start one takes longer than to read."""

    def __init__(self) -> None:
        self._idle: list[Child] = []

    def take(self, size: int, limits: Limits) -> Child:
        """One for a file of so many bytes: one that waits, or a new one."""
        while size <= SMALL and self._idle:
            child = self._idle.pop()
            if child.limits == limits and monotonic() < child.until and child.process.poll() is None:
                return child
            child.end()
        return Child(limits)

    def give(self, child: Child, size: int) -> None:
        """Keep one that has read a file of so many bytes to its end, or end it."""
        if child.rest() and size <= SMALL:
            self._idle.append(child)
        else:
            child.end()

    def close(self) -> None:
        """End those that wait."""
        while self._idle:
            self._idle.pop().end()


def open_limited(
    path: Path,
    hints: Hints | None = None,
    limits: Limits | None = None,
    *,
    name: str | None = None,
    children: Children | None = None,
) -> Table:
    """As `open_table`, in a child process that is ended when it takes more than its share. Raises ImportFault.

    With `children` the process may be one that has read another small file, and waits there for the next.
    """
    hints, limits, name = hints or Hints(), limits or Limits(), name or path.name
    order = msgspec.json.encode(
        {"path": str(path), "name": name, "hints": asdict(hints), "limits": asdict(limits), "language": spoken()}
    )
    size = path.stat().st_size
    child = Child(limits) if children is None else children.take(size, limits)
    try:
        child.ask(order)
        head = child.answer()
        if head is None or head[0] == "fault":
            raise _fault(head, name, child)
    except BaseException:
        child.end()
        raise
    rows = _rows(child, name, size, children)
    told = head[1]
    return Table(
        name, told["format"], tuple(told["columns"]), rows, told["nested"], told["unit"], told["notes"],
        told["encoding"], told["delimiter"], told["sheet"], tuple(told["sheets"]),
    )  # fmt: skip


def _rows(child: Child, name: str, size: int, children: Children | None) -> Iterator[Row]:
    read = False
    try:
        while True:
            frame = child.answer()
            if frame is None or frame[0] == "fault":
                raise _fault(frame, name, child)
            if frame[0] == "end":
                read = True
                return
            for row in frame[1]:
                yield Row(*row)
    finally:
        if read and children is not None:
            children.give(child, size)
        else:
            child.end()


def _frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None when the other side has ended without one."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return body if len(body) == size else None


def _fault(frame: Any, name: str, child: Child) -> ImportFault:
    if frame is not None:
        return ImportFault(frame[1]["message"], code=frame[1]["code"], hint=frame[1]["hint"])
    told = (
        _("reading {name} takes too long", name=name)
        if child.stopped
        else _("reading {name} needs too much memory", name=name)
    )
    return ImportFault(told, code="too_big", hint=_("save the part that you need as CSV"))


def serve(orders: IO[bytes], out: IO[bytes]) -> None:
    """The child's work: limit itself by the first order, and read files until there is no other order."""
    limited = False
    while (order := _frame(orders)) is not None:
        given = msgspec.json.decode(order)
        hints, limits = msgspec.convert(given["hints"], Hints), msgspec.convert(given["limits"], Limits)
        path = Path(given["path"])
        speak(given["language"])
        if not limited:
            _limit(path.stat().st_size, limits)
            limited = True
        _answer(path, hints, limits, given["name"], out)


def _answer(path: Path, hints: Hints, limits: Limits, name: str, out: IO[bytes]) -> None:
    """Read one file, and write frames."""
    try:
        table = open_table(path, hints, limits, name=name)
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
    memory = BASE_MEMORY + PER_BYTE * min(max(size, SMALL), limits.unpacked)
    seconds = 2 * limits.seconds  # the last file may begin just before the time of the first is over
    set_limits(memory, seconds, limits.unpacked)
