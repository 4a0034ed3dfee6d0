"""What leaves this host: one mail to the server of the settings, questions to providers, with bounds on the answers."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from xrm_core.services import egress
from xrm_core.services.settings import MailSettings, Organisation, Settings

HEARD: list[str] = []
BODY = {"/good": b'{"a": 1}', "/list": b"[1]", "/broken": b'{"a"', "/long": b'"' + b"x" * egress.LARGEST + b'"'}


class Post(socketserver.StreamRequestHandler):
    """A mail server that takes one mail and writes down all that it is told."""

    def handle(self) -> None:
        """Speak SMTP (RFC 5321), as little of it as is needed."""
        self.wfile.write(b"220 here\r\n")
        body = False
        while line := self.rfile.readline():
            HEARD.append(line.decode().rstrip("\r\n"))
            if body:
                if line == b".\r\n":
                    body = False
                    self.wfile.write(b"250 taken\r\n")
                continue
            word = line[:4].upper()
            body = word == b"DATA"
            self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 yes\r\n"))
            if word == b"QUIT":
                return


class Web(BaseHTTPRequestHandler):
    """A provider that answers badly."""

    def do_GET(self) -> None:
        """A body by its path, or a redirect."""
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
            return
        self.send_response(200 if self.path in BODY else 404)
        self.end_headers()
        self.wfile.write(BODY.get(self.path, b"{}"))

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    """A server on a free port of this machine."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def settings(root: Path, **mail: object) -> Settings:
    """Settings with these for mail."""
    return Settings(organisation=Organisation(name="Test"), root=root, mail=MailSettings.model_validate(mail))


def letter() -> EmailMessage:
    """A mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Hello"
    message.set_content("Words.")
    return message


def test_mail_goes_to_the_server_of_the_settings(tmp_path: Path) -> None:
    """One sender, one receiver, one mail; nothing in the folder."""
    HEARD.clear()
    with serving(socketserver.TCPServer(("127.0.0.1", 0), Post)) as port:
        egress.send_mail(settings(tmp_path, host="127.0.0.1", port=port, security="none"), letter())
    assert [line for line in HEARD if line.lower().startswith(("mail from", "rcpt to"))] == [
        "mail FROM:<a@example.org>",
        "rcpt TO:<b@example.org>",
    ]
    assert "Words." in HEARD
    assert not (tmp_path / "mail").exists()


def test_mail_is_never_sent_in_the_clear_where_the_settings_ask_for_tls(tmp_path: Path) -> None:
    """A server that knows no STARTTLS gets no mail: the job fails and is tried again."""
    HEARD.clear()
    with serving(socketserver.TCPServer(("127.0.0.1", 0), Post)) as port, pytest.raises(Exception, match="STARTTLS"):
        egress.send_mail(settings(tmp_path, host="127.0.0.1", port=port), letter())
    assert not [line for line in HEARD if "example.org" in line or "Words" in line]


def test_without_a_server_mail_is_a_file(tmp_path: Path) -> None:
    """Whole, under its last name, for its owner alone."""
    egress.send_mail(settings(tmp_path), letter())
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert b"Subject: Hello" in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_answers_of_others_are_bounded() -> None:
    """A JSON object is taken; a redirect, another status, a list, half a text and too much are refused."""
    with serving(HTTPServer(("127.0.0.1", 0), Web)) as port:
        base = f"http://127.0.0.1:{port}"
        assert egress.fetch(f"{base}/good") == {"a": 1}
        for path in ("/away", "/list", "/broken", "/long", "/nothing"):
            with pytest.raises(egress.Unreachable) as told:
                egress.fetch(base + path)
            assert base not in str(told.value)
    with pytest.raises(egress.Unreachable):
        egress.fetch(f"{base}/good")
