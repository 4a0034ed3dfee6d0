"""Days as headings: what happened is grouped by them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from ..fields.locales import show_date, zone_of
from ..language import _
from ..services.work import Work


def day_of(work: Work, moment: datetime) -> date:
    """The day of a moment on the reader's clock."""
    return moment.astimezone(zone_of(work.actor.time_zone or work.settings.organisation.time_zone)).date()


def day_title(work: Work, day: date) -> str:
    """What a day is called: today, yesterday, tomorrow, else its date."""
    near = {
        work.today: _("Today"),
        work.today - timedelta(days=1): _("Yesterday"),
        work.today + timedelta(days=1): _("Tomorrow"),
    }
    return near.get(day) or show_date(day, work.language)
