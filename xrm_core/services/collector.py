"""The garbage collector, kept still while many values are made that are all in use."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

WHOLE = 100
"""Chunks after which all values are gone through."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Writing a chunk of rows makes some hundred thousand values that all live until it is written: looking for cycles among
    them meanwhile takes a quarter of the time and finds none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def collect(turn: int) -> None:
    """Look for cycles where `without_collector` holds for many chunks, after chunk number `turn`, of which nothing is left: among
    what was made since the last time, now and then in all there is."""
    gc.collect(2 if turn % WHOLE == 0 else 1)


@contextmanager
def starting() -> Iterator[None]:
    """What a server makes when it starts stays as long as it runs: looking for cycles in it takes a tenth of the start, and
    going through it again later would hold up requests."""
    with without_collector():
        yield
        gc.freeze()
