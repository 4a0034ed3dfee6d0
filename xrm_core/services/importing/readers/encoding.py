"""Which encoding a text file is in: by its byte order mark, by the pattern of its zeros, as UTF-8, else by its letters."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from ....errors import ImportFault
from ....language import _

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
SINGLE_BYTE = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "shift_jis",
    "gb18030",
    "big5",
]
NAMES = {"cp1252": "Windows-1252 (Western)", "latin-1": "Latin-1", "cp1250": "Windows-1250 (Central European)",
         "cp1251": "Windows-1251 (Cyrillic)", "cp1253": "Windows-1253 (Greek)", "cp1254": "Windows-1254 (Turkish)",
         "cp1255": "Windows-1255 (Hebrew)", "cp1256": "Windows-1256 (Arabic)"}  # fmt: skip
SAMPLE = 1 << 16
BLOCK = 1 << 20


def find_encoding(file: BinaryIO, hint: str | None = None) -> tuple[str, int, str | None]:
    """Encoding, length of the byte order mark, and a note for people when it was guessed. Leaves the file at its start.

    Raises ImportFault when `hint` names no encoding or the file is not in it.
    """
    head = file.read(SAMPLE)
    file.seek(0)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name, len(mark), None
    if hint:
        return _checked(file, hint), 0, None
    wide = _wide(head)
    if wide:
        return wide, 0, _("read as {encoding}, by its zero bytes", encoding=wide.upper())
    if fits(file, "utf-8"):
        return "utf-8", 0, None
    from charset_normalizer import from_bytes  # only for the rare file that leaves its encoding open

    best = from_bytes(_with_high_bytes(file), cp_isolation=SINGLE_BYTE).best()
    name = best.encoding if best is not None else "cp1252"
    if name in ("cp1250", "cp1254", "cp1257") and _alike(file, name, "cp1252"):
        name = "cp1252"  # the letters are the same: it is the one that most programs write
    if not fits(file, name):
        name = "cp1252" if fits(file, "cp1252") else "latin-1"
    return (
        name,
        0,
        _("not UTF-8: read as {encoding}; name the encoding if letters look wrong", encoding=NAMES.get(name, name)),
    )


def _alike(file: BinaryIO, one: str, other: str) -> bool:
    """Does the file say the same in both encodings, as far as it was looked at?"""
    lines = _with_high_bytes(file)
    return fits(file, other) and lines.decode(one, "replace") == lines.decode(other, "replace")


def _checked(file: BinaryIO, hint: str) -> str:
    try:
        codecs.lookup(hint)
    except LookupError:
        raise ImportFault(
            _("there is no encoding {hint!r}", hint=hint), code="encoding", hint=_("utf-8, cp1252 or latin-1, say")
        ) from None
    if not fits(file, hint):
        raise ImportFault(
            _("the file is not in the encoding {hint}", hint=hint),
            code="encoding",
            hint=_("leave the encoding out to have it found"),
        )
    return hint


def fits(file: BinaryIO, encoding: str) -> bool:
    """Does the whole file decode? Leaves it at its start."""
    decode = codecs.getincrementaldecoder(encoding)().decode
    try:
        while block := file.read(BLOCK):
            decode(block)
        decode(b"", True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: mostly Latin text has its zeros at odd (little-endian) or even places."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _with_high_bytes(file: BinaryIO) -> bytes:
    """Lines that tell encodings apart, some 64 KB of them; else the start."""
    kept, size = [], 0
    for line in file:
        if size > SAMPLE:
            break
        if not line.isascii():
            kept.append(line[:2000])
            size += len(kept[-1])
    file.seek(0)
    return b"".join(kept)
