"""Ids of records: UUID version 7 (RFC 9562), as lower-case text, rising within a process."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

TAIL_BITS = 74
"""Bits after the 48 of the time in milliseconds, without the six of version and variant."""


class IdMaker:
    """Makes ids that sort by time; ids made within one millisecond rise too (RFC 9562, 6.2, monotonic random)."""

    def __init__(self, clock: Any = time.time_ns) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._milliseconds, self._tail = 0, 0

    def __call__(self) -> str:
        """A new id, e.g. `0190163d-8694-739b-aea5-966c26f8ad91`."""
        with self._lock:
            now = self._clock() // 1_000_000
            noise = int.from_bytes(os.urandom(10), "big")
            if now > self._milliseconds:
                self._milliseconds, self._tail = now, noise & ((1 << (TAIL_BITS - 1)) - 1)
            else:
                self._tail += 1 + (noise & 0xFFFF_FFFF)
                if self._tail >> TAIL_BITS:
                    self._milliseconds, self._tail = self._milliseconds + 1, noise & ((1 << (TAIL_BITS - 1)) - 1)
            milliseconds, tail = self._milliseconds, self._tail
        text = f"{(milliseconds << 80) | (0x7 << 76) | ((tail >> 62) << 64) | (0b10 << 62) | (tail & ((1 << 62) - 1)):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


new_id = IdMaker()
"""The maker of this process."""


def is_id(text: object) -> bool:
    """Whether the value is the canonical text of a UUID: 36 characters, lower case, with hyphens."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    if not (text[8] == text[13] == text[18] == text[23] == "-"):
        return False
    return not (set(text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]) - set("0123456789abcdef"))
