"""The pure rules of donors, under one roof: nothing here reads or writes a record."""

from .money import allocation_faults, cents, shares, suggested_ask
from .schedules import add_months, due_day, first_due, next_due, pledge_lines, report_days
from .stages import LAPSED_AFTER, TYPE_OF, evidence, thanks_wanted

__all__ = [
    "LAPSED_AFTER", "TYPE_OF", "add_months", "allocation_faults", "cents", "due_day", "evidence", "first_due",
    "next_due", "pledge_lines", "report_days", "shares", "suggested_ask", "thanks_wanted",
]  # fmt: skip
