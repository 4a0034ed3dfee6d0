"""A statement compiled once: the text for the driver, where each parameter goes, and how its value is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from .transaction import Transaction


class Prepared:
    """Text and parameters of a SQLAlchemy statement, ready for the driver of `tx.dialect`.

    Parameters made with `sa.bindparam(name)` are given at each run by name; constants are bound once, here.
    """

    __slots__ = ("_compiled", "_expanding", "_plan", "_processors", "sql")

    def __init__(self, statement: sa.ClauseElement, engine: sa.Engine) -> None:
        compiled: Any = statement.compile(dialect=engine.dialect)
        self._compiled = compiled
        self._expanding = any(bind.expanding for bind in compiled.binds.values())
        self._processors = {name: _processor(bind.type, engine.dialect) for name, bind in compiled.binds.items()}
        self.sql: str = compiled.string
        self._plan: tuple[tuple[str | None, Callable[[Any], Any] | None, Any], ...] = ()
        if not self._expanding:
            self._plan = tuple(self._step(name) for name in compiled.positiontup or ())

    def _step(self, name: str) -> tuple[str | None, Callable[[Any], Any] | None, Any]:
        bind = self._compiled.binds[name]
        process = self._processors[name]
        if bind.required:
            return bind.key, process, None
        return None, None, bind.effective_value if process is None else process(bind.effective_value)

    def send(self, given: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """Text and parameters for the driver."""
        if self._expanding:
            return self._expand(given)
        return self.sql, [
            constant if name is None else given[name] if process is None else process(given[name])
            for name, process, constant in self._plan
        ]

    def _expand(self, given: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """A list among the parameters changes the text: one place for each of its values."""
        params = {
            name: given[bind.key] if bind.required else bind.effective_value
            for name, bind in self._compiled.binds.items()
        }
        state = self._compiled.construct_expanded_state(params)
        out = []
        for name in state.positiontup or ():
            process = self._processors.get(name) or self._of_list(name)
            value = state.parameters[name]
            out.append(value if process is None else process(value))
        return state.statement, out

    def _of_list(self, name: str) -> Callable[[Any], Any] | None:
        """The processor of a value of a list: its parameter is named after the list's, with a number."""
        return self._processors.get(name.rpartition("_")[0])

    def rows(self, tx: Transaction, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows, as the driver gives them."""
        return tx.rows(*self.send(given))

    def run(self, tx: Transaction, given: Mapping[str, Any]) -> int:
        """The number of rows changed."""
        return tx.run(*self.send(given))


def _processor(kind: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)  # type: ignore[no-any-return]
