"""What an expression is evaluated in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from .values import local_date

Row = Mapping[str, Any]
"""A record: column name -> value (None, bool, int, Decimal, str, date, aware datetime, timedelta; ids are str)."""


def _nothing(entity: str, id: str) -> Row | None:
    raise LookupError(f"a rule reads {entity} through a link, but no `load` was given")


def _nobody(entity: str, by: str, id: str) -> Sequence[Row]:
    raise LookupError(f"a rule reads the {entity} records of a record, but no `children` was given")


class Ctx:
    """One evaluation: the record, who asks, and when. Make one for each thread; it is not shared.

    record: the record with all its columns, or None where only record-free parts are asked; old: the record before the
    change, for guards; actor: his facts by name; now: an aware datetime; today: the date in zone `tz` (worked out when
    left out); language: of the one who reads, for labels and what is written for people; date_order: how English dates begin
    (dmy, mdy), or iso where dates and numbers are to be exact; load(entity, id): a linked record or None; children(entity, by, id): the records of an entity whose link
    field `by` holds the id; constants: values of lifted constants (see `lift_constants`).
    """

    __slots__ = ("actor", "children", "constants", "date_order", "language", "load", "now", "today", "tz", "vars")

    def __init__(
        self,
        record: Row | None = None,
        *,
        old: Row | None = None,
        actor: Mapping[str, Any] | None = None,
        now: datetime | None = None,
        today: date | None = None,
        tz: str = "UTC",
        language: str = "en",
        date_order: str = "dmy",
        load: Callable[[str, str], Row | None] = _nothing,
        children: Callable[[str, str, str], Sequence[Row]] = _nobody,
        constants: Sequence[Any] = (),
    ) -> None:
        self.vars: dict[str, Row | None] = {"record": record, "old": old}
        self.actor: Mapping[str, Any] = actor or {}
        self.now: datetime = now or datetime.now(UTC)
        self.tz, self.language, self.date_order = tz, language, date_order
        self.today: date = today or local_date(self.now, tz) or self.now.date()
        self.load, self.children, self.constants = load, children, constants

    def on(self, record: Row | None, old: Row | None = None) -> Ctx:
        """The same for another record."""
        other = self.copy()
        other.vars = {"record": record, "old": old}
        return other

    def copy(self) -> Ctx:
        """A context of its own with the same values."""
        other = Ctx.__new__(Ctx)
        for name in Ctx.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def with_constants(self, constants: Sequence[Any]) -> Ctx:
        """The same with these values for lifted constants."""
        other = self.copy()
        other.constants = constants
        return other
