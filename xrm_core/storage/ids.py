"""Ids of records: UUID version 7 (RFC 9562), as lower-case text, rising within a process."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

TAIL_BITS = 74
"""Bits after the 48 of the time in milliseconds, without the six of version and variant."""
HALF = (1 << (TAIL_BITS - 1)) - 1
LOW = (1 << 48) - 1
FORM = "%08x-%04x-7%03x-%04x-"


class IdMaker:
    """Makes ids that sort by time; ids made within one millisecond rise too (RFC 9562, 6.2, monotonic random)."""

    def __init__(self, clock: Any = time.time_ns) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._milliseconds, self._tail = 0, 0

    def __call__(self) -> str:
        """A new id, e.g. `0190163d-8694-739b-aea5-966c26f8ad91`."""
        return self.many(1)[0]

    def many(self, count: int) -> list[str]:
        """So many new ids, rising."""
        with self._lock:
            now, noise = self._clock() // 1_000_000, os.urandom(12 + 4 * count)
            milliseconds, tail = self._milliseconds, self._tail
            if now > milliseconds:
                milliseconds, tail = now, int.from_bytes(noise[:10], "big") & HALF
            else:
                tail += 1 + int.from_bytes(noise[:4], "big")
            made: list[str] = []
            steps = memoryview(noise)[12:].cast("I")  # how far each id is from the one before it
            while True:
                if tail >> TAIL_BITS:
                    milliseconds, tail = milliseconds + 1, int.from_bytes(os.urandom(10), "big") & HALF
                tail = _rise(milliseconds, tail, steps[len(made) :], made)
                if len(made) == count:
                    break
            self._milliseconds, self._tail = milliseconds, tail
        return made


def _rise(milliseconds: int, tail: int, steps: memoryview[int], made: list[str]) -> int:
    """Append ids for the steps as long as all but their last 48 bits stay; the tail of the last one, or of the first that
    does not fit."""
    head = FORM % (milliseconds >> 16, milliseconds & 0xFFFF, tail >> 62, 0x8000 | (tail >> 48 & 0x3FFF))
    low, end = tail & LOW, len(made) + len(steps)
    for step in steps:
        made.append(head + "%012x" % low)  # noqa: UP031  # quicker, and this is where the time goes
        if len(made) < end:
            low += 1 + step
            if low > LOW:
                break
    return (tail & ~LOW) + low


new_id = IdMaker()
"""The maker of this process."""


def is_id(text: object) -> bool:
    """Whether the value is the canonical text of a UUID: 36 characters, lower case, with hyphens."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    if not (text[8] == text[13] == text[18] == text[23] == "-"):
        return False
    return not (set(text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]) - set("0123456789abcdef"))
