"""Functions on bytes of strangers, in a child that has an end."""

from __future__ import annotations

import pytest

from xrm_core.plugin import Confined, confined

LIMITS = {"memory": 320 << 20, "seconds": 2}


def test_it_answers_what_the_function_answers() -> None:
    """Bytes in, bytes out, from a module that the child imports by itself."""
    assert confined("binascii", "hexlify", b"\x01\xff", **LIMITS) == b"01ff"


def test_too_much_memory_ends_it() -> None:
    """A function that takes more than its share is ended with the reason."""
    with pytest.raises(Confined) as told:
        confined("tests.unit.plugin.greedy", "memory", b"", **LIMITS)
    assert told.value.code == "too_big"


def test_too_much_time_ends_it() -> None:
    """One that does not end, neither by work nor by waiting, is ended with the reason."""
    with pytest.raises(Confined) as told:
        confined("tests.unit.plugin.greedy", "work", b"", memory=320 << 20, seconds=1)
    assert told.value.code == "too_slow"


def test_what_it_raises_is_told() -> None:
    """A function that raises is told with its last line, and writes no file."""
    with pytest.raises(Confined, match="nothing to do"):
        confined("tests.unit.plugin.greedy", "fail", b"", **LIMITS)
    with pytest.raises(Confined):
        confined("tests.unit.plugin.greedy", "write", b"", **LIMITS)
