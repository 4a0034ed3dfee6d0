"""The one module that leaves this host: mail to the SMTP server of the settings, requests to the providers of the settings.

Where to is never taken from a request or a record. Requests end after seconds, follow no redirect, and what they bring is
bounded.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import XrmError
from ..storage.ids import new_id
from .settings import Settings

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

    from imapclient import IMAPClient

TIMEOUT = 10.0
"""Seconds for one answer."""
LARGEST = 1_000_000
"""Bytes of an answer."""
MAIL_TIMEOUT = 60.0
"""Seconds for one answer of an IMAP server: it sends whole messages."""
MAIL_PASSWORD = "XRM_MAIL_PASSWORD"  # noqa: S105  # the name of a variable, no secret
BOX_PASSWORD = "XRM_MAILBOX_{}_PASSWORD"  # noqa: S105  # the name of a variable, no secret


class Unreachable(XrmError):
    """Another machine did not answer as it should."""

    status = 502


def mail_place(settings: Settings) -> str:
    """Where mail goes, in words for people who run this."""
    mail = settings.mail
    return f"{mail.host}, port {mail.port}" if mail.host else str(settings.root / mail.folder)


def send_mail(settings: Settings, message: EmailMessage) -> None:
    """Hand one mail over: to the SMTP server, or as a file into the folder. Raises what the server or the disk says."""
    mail = settings.mail
    if mail.host is None:
        _keep(settings.root / mail.folder, message)
        return
    with _connected(mail.host, mail.port, mail.security) as server:
        if mail.user:
            server.login(mail.user, os.environ.get(MAIL_PASSWORD, ""))
        server.send_message(message)


def _connected(host: str, port: int, security: str) -> smtplib.SMTP:
    import smtplib
    import ssl

    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=TIMEOUT)
    if security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server


def box_password(name: str) -> str:
    """The password of a mail account, from the environment."""
    return os.environ.get(BOX_PASSWORD.format(name.upper()), "")


def open_smtp(settings: Settings, account: str) -> smtplib.SMTP:
    """A connection to the SMTP server of a mail account, signed in. Raises KeyError, OSError, SMTPException."""
    box = settings.mail.boxes[account]
    server = _connected(box.smtp_host, box.smtp_port, box.smtp_security)
    try:
        if box.smtp_user != "-":
            server.login(box.smtp_user or box.user, box_password(account))
    except BaseException:
        server.close()
        raise
    return server


def open_imap(settings: Settings, account: str) -> IMAPClient:
    """A connection to the IMAP server of a mail account, signed in. Raises KeyError, OSError, IMAPClientError."""
    import ssl

    from imapclient import IMAPClient

    box = settings.mail.boxes[account]
    context = ssl.create_default_context()
    secure = box.imap_security == "tls"
    server = IMAPClient(
        box.imap_host, box.imap_port, ssl=secure, ssl_context=context if secure else None, timeout=MAIL_TIMEOUT
    )
    try:
        if box.imap_security == "starttls":
            server.starttls(context)
        server.login(box.user, box_password(account))
    except BaseException:
        server.shutdown()
        raise
    return server


def _keep(folder: Path, message: EmailMessage) -> None:
    """A mail as a file that its owner alone reads: it may hold a link that signs in."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = new_id()
    opened = os.open(folder / f".{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(message.as_bytes())
    (folder / f".{name}").rename(folder / f"{name}.eml")


def fetch(
    url: str, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None, bearer: str = ""
) -> dict[str, Any]:
    """The JSON object behind an address (GET, or POST of a form). Raises Unreachable."""
    import httpx

    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("POST" if form is not None else "GET", url, data=form, headers=headers, auth=auth) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise Unreachable(f"the answer of {answer.url.host} is too long", code="provider")
            if answer.status_code != 200:
                raise Unreachable(f"{answer.url.host} answered {answer.status_code}", code="provider")
        return msgspec.json.decode(body, type=dict[str, Any])
    except (httpx.HTTPError, msgspec.DecodeError) as fault:
        raise Unreachable(
            f"the provider does not answer as it should: {type(fault).__name__}", code="provider"
        ) from fault
