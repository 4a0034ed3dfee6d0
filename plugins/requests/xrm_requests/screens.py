"""The pages of the plugin: the inbox where requests are decided, the week in which they are done, and their order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xrm_core.plugin import Screen, hook

from .screens_about import about, unsent
from .screens_ask import ask, form, kinds
from .screens_inbox import decide, inbox, one_request, waiting
from .screens_mail import keep, wish
from .screens_order import confirm, order, raising
from .screens_send import choose, send
from .screens_week import move, week

INBOX = {"en": "Inbox", "de": "Eingang", "ar": "الوارد"}
ASK = {"en": "Ask for work", "de": "Arbeit anfragen", "ar": "طلب عمل"}
MAIL = {"en": "Mail about requests", "de": "Mails zu Anfragen", "ar": "البريد عن الطلبات"}
SEND = {"en": "Choose who does it", "de": "Wählen, wer es tut", "ar": "اختر من ينفذه"}
ORDER = {"en": "Order", "de": "Reihenfolge", "ar": "الترتيب"}
WEEK = {"en": "Week", "de": "Woche", "ar": "الأسبوع"}


@hook
def xrm_screens() -> Sequence[Screen]:
    """The inbox, one request in it, the week, the order, one request that rises in it, asking for work, and choosing who does it."""
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
        Screen(
            "order", ORDER, "requests/order.html", show=order, icon="list-ordered", entity="request", menu="requests"
        ),
        Screen(
            "ask",
            ASK,
            "requests/ask.html",
            show=kinds,
            icon="message-square-plus",
            entity="request",
            verb="create",
            menu="requests",
            of=about,
        ),
        Screen(
            "send/{request}",
            SEND,
            "requests/send.html",
            show=choose,
            act=send,
            icon="users",
            entity="request",
            verb="send",
            of=unsent,
        ),
        Screen("ask/{kind}", ASK, "requests/ask.html", show=form, act=ask, entity="request", verb="create"),
        Screen("mail", MAIL, "requests/mail.html", show=wish, act=keep, icon="bell", entity="request_notice"),
        Screen(
            "order/{request}",
            ORDER,
            "requests/order.html",
            show=raising,
            act=confirm,
            icon="list-ordered",
            entity="request",
        ),
    ]


@hook
def xrm_templates() -> Sequence[Path]:
    """The templates of the pages."""
    return [Path(__file__).parent / "templates"]
