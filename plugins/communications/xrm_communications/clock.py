"""The clock of answers: that of the platform, `xrm_core.plugin.working`, which plugins share."""

from xrm_core.plugin.working import (
    DAY,
    MINUTE,
    WEEK,
    BusinessCalendar,
    ClosedForGood,
    Span,
    after,
    is_open,
    joined,
    minutes_of,
    wall,
    without_pauses,
    worked,
)

__all__ = [
    "DAY", "MINUTE", "WEEK", "BusinessCalendar", "ClosedForGood", "Span", "after", "is_open", "joined", "minutes_of", "wall",
    "without_pauses", "worked",
]  # fmt: skip
