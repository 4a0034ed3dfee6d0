"""Answers sent piece by piece: a thread makes them, the web server sends them, and neither runs ahead of the other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from litestar import Response
from litestar.response import Stream

from ..errors import XrmError
from . import problems
from .asked import Answer

AT_ONCE = 4
"""Streams made at the same time; further ones wait. They have threads of their own, so that slow readers hold up nobody else."""
ROOM = 4
"""Pieces made ahead of the reader."""
PATIENCE = 20.0
"""Seconds that a reader may take for one piece."""
END = object()
Produce = Callable[[Callable[[Any], None]], None]


class Gone(Exception):
    """The reader went away, or is too slow."""


class Pipe:
    """Pieces on their way from the thread that makes them to the task that sends them."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[Any] = asyncio.Queue(ROOM)
        self.gone = threading.Event()

    def feed(self, piece: Any) -> None:
        """Hand over a piece; waits while the reader is behind. Raises Gone. For the making thread."""
        if self.gone.is_set():
            raise Gone
        handed = asyncio.run_coroutine_threadsafe(self.queue.put(piece), self.loop)
        try:
            handed.result(PATIENCE)
        except TimeoutError:
            handed.cancel()
            self.gone.set()
            raise Gone from None

    def run(self, produce: Produce) -> None:
        """Make all pieces; a fault is the last one."""
        last: Any = END
        try:
            produce(self.feed)
        except Gone:
            return
        except Exception as fault:  # told to the reader, or ends the connection
            last = fault
        try:
            self.feed(last)
        except Gone:
            return

    async def rest(self) -> AsyncIterator[bytes]:
        """The pieces after the first. A fault ends the connection, so that the reader knows that the rest is missing."""
        try:
            while (piece := await self.queue.get()) is not END:
                if isinstance(piece, Exception):
                    problems.log.error("a stream broke off", exc_info=piece)
                    raise piece
                yield piece
        finally:
            self.gone.set()
            while not self.queue.empty():
                self.queue.get_nowait()


class Streams:
    """Runs what makes streams, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="xrm-stream")

    async def response(self, produce: Produce) -> Response[Any]:
        """The response: the first piece is an `Answer` with status and headers, the others are its body. A fault before
        the first piece of the body becomes a problem response."""
        pipe = Pipe()
        self._threads.submit(pipe.run, produce)
        head = await pipe.queue.get()
        if isinstance(head, Exception):
            return problems.of_error(head) if isinstance(head, XrmError) else problems.unexpected(head)
        assert isinstance(head, Answer)
        return Stream(pipe.rest(), status_code=head.status, headers=head.headers, media_type=head.media_type)
