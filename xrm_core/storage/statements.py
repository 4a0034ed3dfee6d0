"""A statement compiled once: the text for the driver, where each parameter goes, and how its value is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from xrm_core.expressions import Ctx
from xrm_core.fields.columns import UtcDateTime

from .transaction import Transaction
from .values import utc_text

HEAVY = ("statement", "compile_state", "_result_columns", "stack", "truncated_names", "anon_map")
"""What a compiled statement holds of the expressions that it was made of, a hundred kilobytes and more; it is let go, for none of it
is asked for when lists among the parameters are written out."""


class Prepared:
    """Text and parameters of a SQLAlchemy statement, ready for the driver of `tx.dialect`.

    Parameters made with `sa.bindparam(name)` are given at each run by name; constants are bound once, here. `params`: what
    gives the parameters of expressions (`SqlBuilder.params`); those that stand in the statement are kept (`params`).
    """

    __slots__ = ("_compiled", "_plan", "_processors", "params", "sql")

    def __init__(
        self, statement: sa.ClauseElement, engine: sa.Engine, params: Mapping[str, Callable[[Ctx], Any]] | None = None
    ) -> None:
        compiled: Any = statement.compile(dialect=engine.dialect)
        processors = {name: _processor(bind.type, engine.dialect) for name, bind in compiled.binds.items()}
        self.params = tuple((name, f) for name, f in (params or {}).items() if name in compiled.binds)
        self.sql: str = compiled.string
        self._compiled: Any = None
        self._processors: dict[str, Callable[[Any], Any] | None] = {}
        self._plan: tuple[tuple[str | None, Callable[[Any], Any] | None, Any], ...] = ()
        if any(bind.expanding for bind in compiled.binds.values()):
            self._compiled, self._processors = compiled, processors
            for name in HEAVY:
                setattr(compiled, name, None)
        else:
            self._plan = tuple(_step(compiled.binds[name], processors[name]) for name in compiled.positiontup or ())

    def bind(self, ctx: Ctx) -> dict[str, Any]:
        """The values of the parameters of expressions."""
        return {name: f(ctx) for name, f in self.params}

    def send(self, given: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """Text and parameters for the driver."""
        if self._compiled is not None:
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


def _step(bind: Any, process: Callable[[Any], Any] | None) -> tuple[str | None, Callable[[Any], Any] | None, Any]:
    if bind.required:
        return bind.key, process, None
    return None, None, bind.effective_value if process is None else process(bind.effective_value)


def _instant(value: datetime | None) -> str | None:
    return None if value is None else utc_text(value)


def _processor(kind: Any, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, UtcDateTime) and dialect.name == "sqlite":
        return _instant  # the same text as SQLAlchemy's, which takes six times as long: each request has one
    return kind.dialect_impl(dialect).bind_processor(dialect)  # type: ignore[no-any-return]
