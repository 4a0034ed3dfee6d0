"""The hooks that communications publish: other plugins may implement them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xrm_core.plugin import Desk, spec


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message that came in. `answers` are the Message-IDs that it says to answer, the nearest first; `authenticated` is what
    our own server says of the sender (pass, fail, unknown); `automatic` why it counts as written by a machine, '' where not."""

    id: str
    sender: str
    subject: str
    text: str
    answers: Sequence[str]
    authenticated: str
    automatic: str


@spec
def xrm_mail_arrived(mail: Incoming, desk: Desk) -> Mapping[str, str] | None:
    """Take a message that is for the plugin: one that answers a mail of its own.

    When: a mailbox is read, before a message is filed, in the transaction that notes it; a message that is known, came back, or
    could not be read as a whole does not come here. Arguments: the message, the desk that it is taken at. Returns: None where it
    is not for the plugin; else `state` and `reason` for the ledger: `taken` (then it becomes no communication), or `aside` (then
    it waits for a person, with the reason). The first answer counts.
    Example: `return {"state": "taken", "reason": "It decided RQ-2026-00001."}`
    """


PUBLISHED = (xrm_mail_arrived,)
