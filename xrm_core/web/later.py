"""Modules of pages that a start does not wait for: they are imported behind it, or when one of their pages is asked for before."""

from __future__ import annotations

import gc
import logging
import sys
from importlib import import_module
from threading import RLock, Thread
from typing import Any

log = logging.getLogger("xrm.web")
_known: dict[str, Later] = {}
_one_at_a_time = RLock()
"""Pages import one another's modules, which two threads must not begin from both ends."""


class Later:
    """A module of this room by its name; what is asked of it is asked of the module."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        with _one_at_a_time:
            module = import_module(f"{__package__}.{self._name}")
        return getattr(module, name)


def later(*names: str) -> tuple[Any, ...]:
    """Some modules of this room, for routes: `a, b = later("a", "b")` beside `from . import a, b` for whoever checks types."""
    return tuple(_known.setdefault(name, Later(name)) for name in names)


def bring_pages() -> Thread:
    """Import what the routes named, in a thread of its own, so that no visitor waits for it."""

    def bring() -> None:
        before = len(sys.modules)
        for name, module in list(_known.items()):
            try:
                module.__name__  # noqa: B018  (asking imports it)
            except Exception:  # its pages tell the same when they are asked for; the others go on
                log.exception("the pages of %s cannot be imported", name)
        if len(sys.modules) > before:
            gc.freeze()  # as at the start: it stays

    thread = Thread(target=bring, name="xrm-pages", daemon=True)
    thread.start()
    return thread
