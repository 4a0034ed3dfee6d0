"""Real mail servers for tests, on loopback: Debian's Postfix takes mail and Dovecot hands it out, from a folder that goes afterwards.

`ADDRESSES` are mailboxes; `gone@` is accepted and comes back, `unknown@` is refused, `later@` is put off.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from smtplib import SMTP

import pytest
from imapclient import IMAPClient

SECRET = "a_secret_of_tests"  # of servers that live as long as a test
NEEDED = ("/usr/sbin/dovecot", "/usr/sbin/postfix", "/usr/lib/postfix/sbin/master")
NOBODY = 65534
START_SECONDS = 20
ADDRESSES = tuple(
    f"{name}{n}@{domain}.example" for domain in ("our", "their") for name in ("office", "person") for n in range(40)
)


@dataclass(frozen=True)
class Servers:
    """Where the servers listen, and their folder."""

    smtp: int
    imap: int
    folder: Path

    def deliver(self, to: str, message: EmailMessage | bytes, sender: str = "stranger@their.example") -> None:
        """Send a message from outside to an address."""
        body = message if isinstance(message, bytes) else message.as_bytes()
        with SMTP("127.0.0.1", self.smtp, timeout=20) as server:
            server.sendmail(sender, [to], body)

    @contextmanager
    def open(self, address: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """The mailbox of an address, as its owner sees it."""
        with IMAPClient("127.0.0.1", self.imap, ssl=False, timeout=20) as client:
            client.login(address, SECRET)
            client.select_folder(folder)
            yield client

    def wait_for(self, address: str, count: int, folder: str = "INBOX") -> list[bytes]:
        """The messages of an address, once there are so many."""
        ends = time.monotonic() + 30
        while True:
            with self.open(address, folder) as client:
                found = client.fetch(client.search(), ["BODY.PEEK[]"])
            if len(found) >= count:
                return [found[uid][b"BODY[]"] for uid in sorted(found)]
            assert time.monotonic() < ends, f"{address} has {len(found)} of {count} messages"
            time.sleep(0.05)


def letter(sender: str, to: str, subject: str, text: str = "Hello.\n", **headers: str) -> EmailMessage:
    """A message of somebody; `headers` with _ for -, an empty one is left out."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = headers.pop("Message_ID", None) or make_msgid(domain="their.example")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def missing() -> str:
    """Why the servers cannot run here; '' where they can."""
    absent = [name for name in NEEDED if not Path(name).exists()]
    if absent:
        return f"there is no {absent[0]}: apt-get install dovecot-imapd postfix"
    return "" if os.geteuid() == 0 else "mail servers are started by root alone"


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[Servers]:
    """Both servers, running. Without them tests are skipped, on a build server they fail."""
    why = missing()
    if why and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="xrm-mail-"))
    folder.chmod(0o755)
    servers = Servers(_port(), _port(), folder)
    dovecot = None
    try:
        (folder / "boxes").mkdir()
        os.chown(folder / "boxes", NOBODY, NOBODY)
        dovecot = _dovecot(servers)
        _postfix(servers)
        _wait(servers)
        yield servers
    finally:
        _end_postfix(folder)
        if dovecot is not None:
            dovecot.terminate()
            dovecot.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _dovecot(servers: Servers) -> subprocess.Popen[bytes]:
    place = servers.folder
    (place / "dovecot.conf").write_text(f"""
protocols = imap
base_dir = {place}/dovecot
state_dir = {place}/dovecot
log_path = {place}/dovecot.log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{place}/boxes/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={SECRET}
}}
userdb {{
  driver = static
  args = uid={NOBODY} gid={NOBODY} home={place}/boxes/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {servers.imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
""")
    return subprocess.Popen([NEEDED[0], "-F", "-c", str(place / "dovecot.conf")])


def _postfix(servers: Servers) -> None:
    place = servers.folder
    config = place / "postfix"
    config.mkdir()
    (place / "spool").mkdir()
    (place / "data").mkdir()
    shutil.chown(place / "data", "postfix", "postfix")
    (config / "boxes").write_text("".join(f"{name} {name}/\n" for name in ADDRESSES))
    (config / "aliases").write_text("gone@their.example gone@elsewhere.invalid\n")
    (config / "recipients").write_text("/^unknown@/ REJECT 5.1.1 nobody of this name\n/^later@/ DEFER_IF_PERMIT\n")
    (config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {place}/spool
data_directory = {place}/data
maillog_file = {place}/postfix.log
maillog_file_prefixes = {place}
myhostname = mail.our.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = our.example, their.example
virtual_mailbox_base = {place}/boxes
virtual_mailbox_maps = texthash:{config}/boxes
virtual_uid_maps = static:{NOBODY}
virtual_gid_maps = static:{NOBODY}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 60000000
virtual_alias_maps = texthash:{config}/aliases
default_transport = error:5.1.1 there is nobody of this name
relay_transport = error:nothing leaves the test
smtpd_recipient_restrictions = check_recipient_access regexp:{config}/recipients, permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {place}/dovecot/auth-postfix
smtpd_tls_security_level = none
alias_maps =
alias_database =
disable_dns_lookups = yes
""")
    lines = [
        f"127.0.0.1:{servers.smtp} inet n - n - - smtpd", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
        "rewrite unix - - n - - trivial-rewrite", "virtual unix - n n - - virtual", "error unix - - n - - error",
        "retry unix - - n - - error", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
        "proxymap unix - - n - - proxymap", "anvil unix - - n - 1 anvil", "flush unix n - n 1000 0 flush",
        "postlog unix-dgram n - n - 1 postlogd",
    ]  # fmt: skip
    (config / "master.cf").write_text("\n".join(lines) + "\n")
    done = subprocess.run([NEEDED[1], "-c", str(config), "start"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _wait(servers: Servers) -> None:
    ends = time.monotonic() + START_SECONDS
    for port in (servers.smtp, servers.imap):
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                if line.recv(16):
                    break
            assert time.monotonic() < ends, f"nothing listens on {port}: {_logs(servers.folder)}"
            time.sleep(0.05)


def _logs(folder: Path) -> str:
    return "\n".join(p.read_text(errors="replace")[-2000:] for p in folder.glob("*.log"))


def _end_postfix(folder: Path) -> None:
    """End the master by its id, which it keeps in its queue; its children end with it."""
    with suppress(OSError, ValueError):
        id = int((folder / "spool" / "pid" / "master.pid").read_text())
        os.kill(id, signal.SIGTERM)
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            os.kill(id, 0)
            time.sleep(0.05)
