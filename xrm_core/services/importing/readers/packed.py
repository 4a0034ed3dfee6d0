"""Packed files (gzip, bzip2, xz): unpacked block by block into a temporary file, with an end to how much comes out."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tempfile
import zlib
from collections.abc import Callable
from typing import IO, BinaryIO

from ....errors import ImportFault
from ....language import _
from .table import Limits

PACKINGS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
BLOCK = 1 << 16
OPENERS: dict[str, Callable[[BinaryIO], IO[bytes]]] = {
    "gzip": lambda file: gzip.GzipFile(fileobj=file),  # type: ignore[dict-item, return-value, unused-ignore]  # they read alike
    "bzip2": lambda file: bz2.BZ2File(file),
    "xz": lambda file: lzma.LZMAFile(file),  # noqa: SIM115  # the packed file is closed by whoever opened it
}


def packing(head: bytes) -> str | None:
    """The name of the packing that a file beginning so has."""
    return next((name for mark, name in PACKINGS.items() if head.startswith(mark)), None)


def unpack(file: BinaryIO, kind: str, size: int, limits: Limits) -> BinaryIO:
    """The unpacked content, at its start. Raises ImportFault when too much comes out or the file is damaged."""
    source = OPENERS[kind](file)
    out = tempfile.SpooledTemporaryFile(max_size=1 << 22)  # noqa: SIM115  # closed with the table that reads it
    written = 0
    try:
        while block := source.read(BLOCK):
            written += len(block)
            if not limits.allows(written, size):
                raise ImportFault(
                    _("the {kind} file of {size:,} bytes unpacks to more than {written:,}", kind=kind, size=size, written=written), code="too_big",
                    hint=_("unpack it yourself, look at it, and import the content"),
                )  # fmt: skip
            out.write(block)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ImportFault(
            _("the {kind} file is damaged ({error})", kind=kind, error=error), code="damaged", hint=_("get it again")
        ) from None
    out.seek(0)
    return out  # type: ignore[return-value]  # a spooled file answers everything a binary file does
