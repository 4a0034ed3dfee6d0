"""Links by mail: to set the first password, or a new one. The job makes the secret, so that it stands in no table and no queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...errors import InvalidRecord, NotFound
from ...language import N_, _, speaking
from ...metamodel.text import in_one_line
from ...metamodel.values import ANONYMOUS, SYSTEM
from ...storage import outbox, signing
from ...storage.signing import Person
from ..egress import send_mail
from ..runtime import Runtime
from ..settings import Settings
from ..work import Work
from . import notes, own, passwords, sessions
from .entering import person_by_email
from .secrets import hash_of, new_secret

if TYPE_CHECKING:
    from email.message import EmailMessage

KIND = "sign_in_mail"
SET = "set_password"
LASTS = {"reset": timedelta(hours=1), "invite": timedelta(days=7)}
ONCE_IN = 300
"""Seconds in which an address gets one mail to reset its password, however often it is asked for."""
LONGEST_NAME = 120
"""Characters of a name in a header."""
TEXTS = {
    "reset": (
        N_("{organisation}: a new password"),
        N_(
            "Somebody, most likely you, asked for a new password for {name} at {organisation}.\n\nOpen this page within one hour, "
            "and choose one:\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.\n"
        ),
    ),
    "invite": (
        N_("Welcome to {organisation}"),
        N_(
            "{name}, you can sign in to {organisation} now.\n\nOpen this page within seven days, and choose a password:\n\n{link}\n\n"
            "Afterwards you sign in with this address: {email}\n"
        ),
    ),
}


def ask_reset(work: Work, email: str) -> None:
    """Somebody forgot a password. As much is done for addresses that nobody has: a job that finds out is put down."""
    at = int(work.now.timestamp()) // ONCE_IN
    address = email.strip()[:254].lower()
    outbox.put(work.tx, KIND, {"purpose": "reset", "email": address}, key=f"reset:{hash_of(address)}:{at}")


def invite(work: Work, user: str) -> Person:
    """Send a user a link to his first password. Raises NotFound where there is no such active user."""
    person = signing.person(work.tx, work.catalog, user)
    if person is None:
        raise NotFound(_("there is no such active user"), code="not_found")
    outbox.put(work.tx, KIND, {"purpose": "invite", "user": user})
    notes.changed(work, person, "invited")
    return person


def send(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """The job: make the link, keep its hash, then send it. Done twice, it sends two links that both work."""
    purpose, secret = str(payload["purpose"]), new_secret()
    with runtime.work(SYSTEM, "job", write=True) as work:
        person = (
            signing.person(work.tx, work.catalog, str(payload["user"]))
            if "user" in payload
            else person_by_email(work, str(payload["email"]))
        )
        if person is None:
            return
        signing.add_pending(work.tx, hash_of(secret), SET, person.id, {"purpose": purpose}, work.now, LASTS[purpose])
        with speaking(person.language or runtime.settings.organisation.language):
            message = letter(work, purpose, person, f"{runtime.settings.server.base_url}/sign-in/password/{secret}")
    send_mail(runtime.settings, message)


HANDLERS = {KIND: send}


def letter(work: Work, purpose: str, person: Person, link: str) -> EmailMessage:
    """The mail. Its headers are built from parts; none can end its line."""
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import format_datetime, make_msgid

    settings, (subject, text) = work.settings, TEXTS[purpose]
    house, name = in_one_line(settings.organisation.name, LONGEST_NAME), in_one_line(person.name, LONGEST_NAME)
    values = {
        "organisation": house, "name": name, "email": person.email, "link": link,
    }  # fmt: skip
    message = EmailMessage(policy=SMTP if person.email.isascii() else SMTP.clone(utf8=True))
    message["From"] = Address(house, addr_spec=settings.mail.sender)
    message["To"] = Address(name, addr_spec=person.email)
    message["Subject"] = _(subject, **values)
    message["Date"] = format_datetime(work.now)
    message["Message-ID"] = make_msgid(domain=host_of(settings))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_(text, **values))
    return message


def host_of(settings: Settings) -> str:
    """The host of the configured address."""
    return urlsplit(settings.server.base_url).hostname or "localhost"


def waiting(work: Work, secret: str) -> Person | None:
    """Whose password a link is for, where it still works. It stays: looking uses nothing up."""
    waits = signing.pending_of(work.tx, hash_of(secret), SET, work.now) if secret else None
    return signing.person(work.tx, work.catalog, waits.user) if waits and waits.user else None


def set_password(runtime: Runtime, secret: str, new: str, again: str) -> bool:
    """Set a password by a link, which is used up then; all sessions of the user end. False where the link does not work.
    Raises InvalidRecord where it is no password to choose."""
    with runtime.work(ANONYMOUS, "web") as work:
        person = waiting(work, secret)
    if person is None:
        return False
    if new != again:
        raise InvalidRecord(_("The two are not the same"), code="again")
    passwords.check_new(new, person.name, person.email, runtime.settings.organisation.name)
    hash = passwords.hash_password(new)
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        waits = signing.take_pending(work.tx, hash_of(secret), SET, work.now)
        now = signing.person(work.tx, work.catalog, person.id)
        if waits is None or now is None:
            return False
        own.set_hash(work, now, hash)
        sessions.end_others(work, now.id)
    return True
