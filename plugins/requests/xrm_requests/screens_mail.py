"""Of which requests one is told by mail: each person's own choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import Actor, Answered, NewRecord, Patch, Problem, Query, Record, ScreenAsked, ScreenReader, _

CODES = "request_notice_mails"


def _mine(actor: Actor, reader: ScreenReader) -> Record | None:
    asked_for = Query("request_notice", ("id", "mails"), "record.user == given.me", limit=1)
    return next(iter(reader.find(asked_for, {"me": actor.acts_as or ""})), None)


def wish(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Mapping[str, Any]:
    """GET mail: the choices, and the one in force."""
    row = _mine(actor, reader)
    now = asked.posted("mails") or (str(row["mails"]) if row is not None else "at_once")
    return {
        "choices": [(code, told["label"], code == now) for code, told in reader.codes(CODES).items()],
        "here": reader.here("mail"),
        "crumbs": [(_("Inbox"), reader.here("inbox"))],
    }


def keep(asked: ScreenAsked, actor: Actor, reader: ScreenReader) -> Answered:
    """POST mail: keep the choice."""
    mails, row = asked.posted("mails"), _mine(actor, reader)
    if mails not in reader.codes(CODES):
        return Answered(problems=[Problem(_("Choose one of them."), "refused", "mails")])
    values = {"mails": mails}
    change = (
        Patch("request_notice", row["id"], values)
        if row is not None
        else NewRecord("request_notice", {**values, "user": actor.acts_as})
    )
    return Answered([change], _("Kept"), "mail")
