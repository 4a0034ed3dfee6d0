"""Errands: work of a plugin that leaves the process or takes long, done by the worker outside of any save."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ..errors import Problem
from ..metamodel.values import BatchReader, FurtherChange


@dataclass(frozen=True, slots=True)
class Later:
    """A further change asked for by `xrm_after_save`: an errand to be run after the commit, `seconds` later at the earliest.
    One `key` is put down once for an errand, be it done or not; `given` are values of JSON."""

    errand: str
    given: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    seconds: float = 0


class Desk(Protocol):
    """One transaction of an errand, as the system, through the door `job`."""

    @property
    def reader(self) -> BatchReader:
        """Reads in this transaction."""

    def save(self, changes: Sequence[FurtherChange]) -> list[str]:
        """Save new records and patches; their ids, in order. Raises InvalidRecord, Conflict."""

    def act(
        self, user: str, entity: str, id: str, name: str, values: Mapping[str, Any], acting: str | None = None
    ) -> Sequence[Problem]:
        """Run an action on a record as a user, with his rights and in his language, in the place of the user `acting` where he
        stands in; through the door `mail`. What was refused: then nothing of it is kept. Empty where it was done."""

    def later(self, what: Later) -> None:
        """Put a further errand down, with this transaction."""

    def keep_file(self, entity: str, field: str, name: str, media_type: str, body: bytes) -> str:
        """Keep a file for a field; its id, which a record saved in this transaction takes. Raises BadRequest."""

    def file(self, id: str) -> tuple[str, str, bytes]:
        """Name, media type and bytes of a kept file. Raises NotFound."""


class Office(Protocol):
    """What an errand works with: transactions of its own, and mail accounts of the settings."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The organisation's settings, as a reader gives them."""

    @property
    def mail_accounts(self) -> Mapping[str, Mapping[str, Any]]:
        """The mail accounts of the settings by name (`[mail.boxes.NAME]`), without their secrets."""

    def open(self, write: bool = False) -> AbstractContextManager[Desk]:
        """A transaction; committed at the end, rolled back on any error."""

    def alone(self, name: str) -> AbstractContextManager[bool]:
        """Hold a lock among all processes: False where somebody else holds it."""

    def smtp(self, account: str) -> Any:
        """A connection to the account's SMTP server, signed in (`smtplib.SMTP`). Raises OSError, SMTPException, KeyError."""

    def imap(self, account: str) -> Any:
        """A connection to the account's IMAP server, signed in (`imapclient.IMAPClient`). Raises OSError, IMAPClientError,
        KeyError."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Work done outside of a save: by the worker for each `Later` that asks for it, at least once, with growing pauses where
    it raises; and, with `every`, each minute in one process, while `needed(office)` holds. What it did outside may be done
    twice when it is ended half way: it brings an id by which receivers know that."""

    name: str
    run: Callable[[Office, Mapping[str, Any]], None]
    every: Literal["minutely"] | None = None
    needed: Callable[[Office], bool] | None = None
    label: str | Mapping[str, str] = ""
    """What it is called on the page of jobs."""


OPEN_OFFICE = "xrm.office"
"""Where a command of a plugin finds `office(root) -> Office`: `click.get_current_context().meta[OPEN_OFFICE]`."""


def hand_over(
    server: Any, sender: str, receiver: str, body: bytes, begins: Callable[[], None], options: Sequence[str] = ()
) -> tuple[int, Any]:
    """Hand a message to an SMTP server (`Office.smtp`): the code and text that it answered last. `begins` is called right before the
    message itself: from then on it may arrive without our knowing, so whoever counts tries notes one there. `options` go with the
    sender (RFC 5321, 4.1.1.2). Raises OSError where the line breaks, SMTPException with what the server says."""
    server.ehlo_or_helo_if_needed()
    answer: tuple[int, Any] = server.mail(sender, options)
    if answer[0] < 400:
        answer = server.rcpt(receiver)
    if answer[0] < 400:
        begins()
        answer = server.data(body)
    return answer
