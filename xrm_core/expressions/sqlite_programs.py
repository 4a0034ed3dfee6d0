"""Parts of expressions that nest too deep for SQLite's parser: computed in Python from their fields and roll-ups.

`x_eval(key, zone, value, ...)` runs the program of that key. Programs are pure and are known by their content, so the
same part has one program however often it is compiled.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from xrm_core.metamodel.kinds import T

from .context import Ctx
from .sqlite_values import read, write
from .to_python import closure, to_python
from .typed import Typed

MAX_PROGRAMS = 5000
MAX_LEAVES = 100
"""SQLite's functions take at most 127 arguments."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NO_DAY = date(1970, 1, 1)
"""Programs do not ask the clock: what depends on it is one of their values."""


class Program:
    """One part: a typed tree over slots, and the kinds of the slots."""

    def __init__(self, tree: Typed, kinds: tuple[T, ...], is_condition: bool) -> None:
        self.run: Callable[[Ctx], Any] = to_python(tree) if is_condition else closure(tree)
        self.kinds, self.result, self.is_used = kinds, tree.type, False

    def __call__(self, zone: str, values: tuple[Any, ...]) -> Any:
        """The stored form of the result, of stored values."""
        self.is_used = True
        held = [None if v is None else read(v, t) for v, t in zip(values, self.kinds, strict=True)]
        return write(self.run(Ctx(tz=zone, now=NEVER, today=NO_DAY, constants=held)), self.result)


class Programs:
    """The programs last used in this process."""

    def __init__(self, size: int = MAX_PROGRAMS) -> None:
        self.size, self.lock = size, threading.Lock()
        self.known: dict[str, Program] = {}

    def key(self, tree: Typed, kinds: tuple[T, ...], is_condition: bool) -> str:
        """The key of a program; it can be run from now on."""
        content = f"{fingerprint(tree)} {kinds!r} {is_condition}"
        key = hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
        if key not in self.known:
            with self.lock:
                if len(self.known) >= self.size:
                    self.forget()
                self.known[key] = Program(tree, kinds, is_condition)
        return key

    def forget(self) -> None:
        """Keep the newest, and those that were used since this was done last; let the others go."""
        newest = list(self.known)[-(self.size // 4) :]
        used = [key for key, p in self.known.items() if p.is_used][-(self.size // 2) :]
        self.known = {key: self.known[key] for key in dict.fromkeys((*used, *newest))}
        for p in self.known.values():
            p.is_used = False

    def evaluate(self, key: str, zone: str, *values: Any) -> Any:
        """What `x_eval` does."""
        return self.known[key](zone, values)


def fingerprint(n: Typed) -> str:
    """All that the meaning of a part depends on, as a text."""
    return f"({n.op} {n.type!r} {n.value!r} {' '.join(map(fingerprint, n.args))})"


PROGRAMS = Programs()
"""A cache, like that of compiled patterns: SQLite's functions belong to connections, but a statement may run on any."""
