"""Times in words: how long is left, how long ago, how much work. Pure; said in the reader's language."""

from __future__ import annotations

from datetime import datetime

from xrm_core.plugin import _, ngettext

MINUTE, HOUR, DAY = 60, 3600, 86_400
SOON, TODAY = 2 * HOUR, DAY


def left(until: datetime | None, now: datetime) -> tuple[str, str]:
    """How long is left until a moment, in words, and the tone in which it is said: `bad` past it, `warn` soon, `info` within a
    day, else `neutral`."""
    if until is None:
        return _("no deadline"), "neutral"
    seconds = (until - now).total_seconds()
    if seconds < 0:
        return over(-seconds), "bad"
    tone = "warn" if seconds < SOON else "info" if seconds < TODAY else "neutral"
    if seconds < HOUR:
        return ngettext("{n} min left", "{n} min left", max(1, int(seconds // MINUTE))), tone
    if seconds < DAY:
        return ngettext("{n} h left", "{n} h left", int(seconds // HOUR)), tone
    return ngettext("{n} day left", "{n} days left", int(seconds // DAY)), tone


def over(seconds: float) -> str:
    """How long ago a deadline was."""
    if seconds < HOUR:
        return ngettext("{n} min over", "{n} min over", max(1, int(seconds // MINUTE)))
    if seconds < DAY:
        return ngettext("{n} h over", "{n} h over", int(seconds // HOUR))
    return ngettext("{n} day over", "{n} days over", int(seconds // DAY))


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago something was; '' where it was not."""
    if then is None:
        return ""
    seconds = max(0.0, (now - then).total_seconds())
    if seconds < MINUTE:
        return _("just now")
    if seconds < HOUR:
        return ngettext("{n} min ago", "{n} min ago", int(seconds // MINUTE))
    if seconds < DAY:
        return ngettext("{n} h ago", "{n} h ago", int(seconds // HOUR))
    return ngettext("{n} day ago", "{n} days ago", int(seconds // DAY))


def work(minutes: int) -> str:
    """An amount of work: 45 min, 2 h, 7 h 30 min."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return _("{n} min", n=rest)
    return _("{h} h {n} min", h=hours, n=rest) if rest else _("{h} h", h=hours)
