"""Functions that take more than they should, for the child process with limits."""

from __future__ import annotations

import tempfile


def memory(given: bytes) -> bytes:
    """A gigabyte."""
    return b"x" * (1 << 30)


def work(given: bytes) -> bytes:
    """Without end."""
    while True:
        given = given[:1]


def fail(given: bytes) -> bytes:
    """Raises."""
    raise ValueError("nothing to do")


def write(given: bytes) -> bytes:
    """Tries to leave something on the disk."""
    with tempfile.TemporaryFile() as file:
        file.write(b"x" * 10_000)
        file.flush()
    return b""
