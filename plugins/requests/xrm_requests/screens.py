"""The pages of the plugin: the inbox where requests are decided, and the week in which they are done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xrm_core.plugin import Screen, hook

from .screens_inbox import decide, inbox, one_request, waiting
from .screens_week import move, week

INBOX = {"en": "Inbox", "de": "Eingang", "ar": "الوارد"}
WEEK = {"en": "Week", "de": "Woche", "ar": "الأسبوع"}


@hook
def xrm_screens() -> Sequence[Screen]:
    """The inbox, one request in it, and the week."""
    given = {"icon": "inbox", "entity": "request", "act": decide}
    return [
        Screen("inbox", INBOX, "requests/inbox.html", show=inbox, menu="requests", count=waiting, **given),  # type: ignore[arg-type]
        Screen("inbox/{request}", INBOX, "requests/inbox.html", show=one_request, **given),  # type: ignore[arg-type]
        Screen(
            "week",
            WEEK,
            "requests/week.html",
            show=week,
            act=move,
            icon="calendar-range",
            entity="slot",
            menu="requests",
        ),
    ]


@hook
def xrm_templates() -> Sequence[Path]:
    """The templates of the pages."""
    return [Path(__file__).parent / "templates"]
