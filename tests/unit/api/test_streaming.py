"""Answers sent piece by piece."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from xrm_core.api import streaming
from xrm_core.api.asked import Answer
from xrm_core.errors import NotFound

Feed = Callable[[Any], None]


def run(produce: Callable[[Feed], None], read: int | None = None) -> tuple[Any, list[bytes]]:
    """The response of a producer, and the pieces that a reader takes (None: all)."""

    async def ask() -> tuple[Any, list[bytes]]:
        response = await streaming.Streams().response(produce)
        pieces: list[bytes] = []
        iterator = getattr(response, "iterator", None)
        if iterator is not None:
            async for piece in iterator:
                pieces.append(piece)
                if read is not None and len(pieces) == read:
                    await iterator.aclose()
                    break
        return response, pieces

    return asyncio.run(ask())


def test_pieces_come_in_order() -> None:
    """However many there are, and the status before them."""

    def produce(feed: Feed) -> None:
        feed(Answer(None, 200, {"X": "y"}, "text/plain"))
        for n in range(50):
            feed(b"%d" % n)

    response, pieces = run(produce)
    assert (response.status_code, pieces) == (200, [b"%d" % n for n in range(50)])


def test_an_early_fault_is_a_problem() -> None:
    """Before the first piece the status is still open."""

    def produce(feed: Feed) -> None:
        raise NotFound("nothing", code="not_found")

    assert run(produce)[0].status_code == 404


def test_a_late_fault_breaks_off() -> None:
    """After the first piece a fault ends the stream, so that nobody takes the part for the whole."""

    def produce(feed: Feed) -> None:
        feed(Answer())
        feed(b"1")
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        run(produce)


def test_a_reader_who_goes_ends_the_making() -> None:
    """The producer is told, and does not go on for nobody."""
    made, ended = [], threading.Event()

    def produce(feed: Feed) -> None:
        try:
            feed(Answer())
            for n in range(10_000):
                feed(b"x")
                made.append(n)
        finally:
            ended.set()

    assert len(run(produce, read=3)[1]) == 3
    assert ended.wait(5)
    assert len(made) < 100


def test_a_reader_who_sleeps_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes too long for a piece holds no thread and no transaction for ever."""
    monkeypatch.setattr(streaming, "PATIENCE", 0.05)
    ended = threading.Event()

    def produce(feed: Feed) -> None:
        try:
            feed(Answer())
            for _ in range(100):
                feed(b"x")
        finally:
            ended.set()

    async def ask() -> bool:
        await streaming.Streams().response(produce)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if ended.is_set():
                return True
        return False

    assert asyncio.run(ask())
