"""Why work in the background failed, in words for who looks after it: what happened and what to do, by the kind of the error. What the
program itself said stays behind a click."""

from __future__ import annotations

import re

from ..language import N_, _
from ..services import schedules

KIND = re.compile(r"([A-Za-z_][\w.]*)(?::|$)")
"""How the text of a failure begins: with the name of its kind."""
DATABASE = (
    N_("The database could not be reached, or did not take what was to be written."),
    N_("See that it runs and has space left, then try again."),
)
NETWORK = (
    N_("Another system did not answer, or broke off."),
    N_("See that it can be reached from this server, then try again."),
)
MAIL = (
    N_("The mail server did not take the letter."),
    N_("Check the recipient's address and the settings for mail, then try again."),
)
RECORD = (
    N_("A record does not allow it: it was changed meanwhile, is gone, or a value is not accepted."),
    N_("Put the record right, then try again."),
)
FILE = (
    N_("A file is missing, or cannot be read or written."),
    N_("See that the folder of files is there and has space left, then try again."),
)
PLUGIN = (N_("A plugin failed."), N_("Give the text under Details to whoever looks after the plugin, then try again."))
PARTLY = (N_("Some steps of this work failed; the others are done."), N_("Put right what stands under Details."))
ELSE = (
    N_("The program failed at this work."),
    N_("Try again; if it fails once more, give the text under Details to whoever looks after the program."),
)
BY_ITSELF = N_("It is tried again by itself.")
KINDS = {
    **dict.fromkeys(("StorageError", "DriverFault", "OperationalError"), DATABASE),
    **dict.fromkeys(
        (
            "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "TimeoutError",
            "gaierror", "URLError", "HTTPError", "SSLError", "SSLCertVerificationError", "RemoteDisconnected",
        ),
        NETWORK,
    ),
    **dict.fromkeys(("InvalidRecord", "Conflict", "VersionConflict", "NotFound", "Refused", "BadRequest"), RECORD),
    **dict.fromkeys(("FileNotFoundError", "PermissionError", "IsADirectoryError", "OSError", "ImportFault"), FILE),
    "PluginError": PLUGIN,
}  # fmt: skip


def in_words(error: str, kind: str, again: bool) -> str:
    """What happened and what to do about a failure of a job of that `kind`; `again`: it is tried again without anybody."""
    found = KIND.match(error)
    name = found[1].rpartition(".")[2] if found else ""
    if name in KINDS:
        what, way = KINDS[name]
    elif name.startswith("SMTP"):
        what, way = MAIL
    elif kind == schedules.KIND and not name.endswith(("Error", "Exception")):
        what, way = PARTLY
    else:
        what, way = ELSE
    return f"{_(what)} {_(BY_ITSELF if again else way)}"
