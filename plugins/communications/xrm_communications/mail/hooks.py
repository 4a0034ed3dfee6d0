"""What happens with mail when communications are saved, and the errands and commands of mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xrm_core.plugin import ActionSpec, Actor, Change, Errand, Later, Problem, Reader, hook

from .. import proposing
from . import reading, sending
from .acting import ACTIONS


@hook("xrm_before_save", entity="communication")
def complete_mail(change: Change, reader: Reader) -> Mapping[str, Any]:
    """A mail to be sent gets its mailbox, its addresses, its id and its time."""
    return sending.completed(change, reader)


@hook("xrm_validate", entity="communication")
def mail_can_be_sent(change: Change, actor: Actor, reader: Reader) -> Sequence[Problem]:
    """A mail to be sent has an address and a mailbox, which its sender sends from."""
    return [*sending.problems_of(change, reader), *sending.sent_for_others(change, actor, reader)]


@hook("xrm_after_save", entity="communication")
def put_mail_down(change: Change) -> Sequence[Later]:
    """A mail that is to be sent goes when its time has come."""
    return sending.errands_for(change)


@hook
def xrm_errands() -> Sequence[Errand]:
    """Sending, filing what was sent, and reading all mailboxes each minute."""
    return [
        Errand("send_mail", sending.send, label={"en": "Send a mail", "de": "E-Mail senden", "ar": "إرسال بريد"}),
        Errand(
            "file_sent_mail",
            sending.file_sent,
            label={"en": "File a mail that was sent", "de": "Gesendete E-Mail ablegen", "ar": "حفظ بريد مُرسَل"},
        ),
        Errand(
            "fetch_mail",
            reading.fetch_mail,
            every="minutely",
            needed=reading.is_needed,
            label={"en": "Fetch mail", "de": "E-Mails abholen", "ar": "جلب البريد"},
        ),
    ]


@hook
def xrm_actions() -> Sequence[ActionSpec]:
    """Answering the invitations of others, replying, and reading a mailbox again."""
    return [*proposing.actions(), *ACTIONS]


@hook
def xrm_commands() -> Sequence[Any]:
    """`xrm mail`."""
    from .commands import mail_command  # click is not needed by the server

    return [mail_command]
