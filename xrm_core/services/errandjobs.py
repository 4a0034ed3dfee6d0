"""Running plugins' errands in the worker: what they work with, and those that come again each minute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..errors import Conflict, InvalidRecord, NotFound, PluginError, Problem, Refused, XrmError
from ..language import speaking
from ..metamodel.values import SYSTEM, FurtherChange
from ..plugin.errands import Later
from ..plugin.host import failure
from ..storage import locks, outbox
from . import accounts, actions, egress, errands, files
from .doors import require_factor
from .saving import carry_out
from .work import Work, WorkReader

if TYPE_CHECKING:
    from .runtime import Runtime

MAIL = "mail"
"""The door of what people decide by mail."""
HELD = timedelta(minutes=30)
"""How long a lock of an errand is held at most."""


class WorkDesk:
    """One transaction of an errand (`Desk`)."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def reader(self) -> WorkReader:
        """Reads in this transaction."""
        return self._work.reader

    def save(self, changes: Sequence[FurtherChange]) -> list[str]:
        """Save new records and patches; their ids, in order."""
        return carry_out(self._work, "errand", changes)

    def act(
        self, user: str, entity: str, id: str, name: str, values: Mapping[str, Any], acting: str | None = None
    ) -> Sequence[Problem]:
        """Run an action as a user, with his rights; what was refused, nothing of which is kept."""
        work = self._work
        try:
            actor = accounts.actor_by_id(work, user, acting)
            require_factor(replace(actor, owes_factor=accounts.owes_factor(work, user, acting)))
            theirs = Work(work.host, work.settings, work.catalog, work.tx, actor, MAIL, work.now, work.files)
            with speaking(actor.language), work.tx.savepoint():
                actions.run_action(theirs, entity, id, name, values)
        except (InvalidRecord, Conflict, NotFound, Refused) as fault:
            return tuple(fault.problems) or (Problem(fault.message, fault.code, hint=fault.hint),)
        finally:
            work.forget()
        return ()

    def later(self, what: Later) -> None:
        """Put a further errand down. Raises PluginError where no plugin brings it."""
        if said := errands.misdirected(self._work, what):
            raise PluginError(f"it {said}", code="plugin_failed")
        errands.put_down(self._work, [what])

    def keep_file(self, entity: str, field: str, name: str, media_type: str, body: bytes) -> str:
        """Keep a file for a field; its id."""
        return files.keep(self._work, name, media_type, body, entity, field)

    def file(self, id: str) -> tuple[str, str, bytes]:
        """Name, media type and bytes of a kept file."""
        kept = files.held(self._work, id)
        return kept.name, kept.media_type, kept.body


class RuntimeOffice:
    """What an errand works with (`Office`)."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    @property
    def settings(self) -> Mapping[str, Any]:
        """The organisation's settings."""
        return self._runtime.settings.facts()

    @property
    def mail_accounts(self) -> Mapping[str, Mapping[str, Any]]:
        """The mail accounts of the settings by name."""
        return {name: box.model_dump() for name, box in self._runtime.settings.mail.boxes.items()}

    @contextmanager
    def open(self, write: bool = False) -> Iterator[WorkDesk]:
        """A transaction of the system."""
        with self._runtime.work(SYSTEM, "job", write=write) as work:
            yield WorkDesk(work)

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Hold a lock among all processes; False where somebody else holds it."""
        database = self._runtime.database
        fence = locks.take(database, f"errand:{name}", locks.this_holder(), HELD)
        try:
            yield fence is not None
        finally:
            if fence is not None:
                locks.release(database, f"errand:{name}", fence)

    def smtp(self, account: str) -> Any:  # smtplib.SMTP
        """A connection to the account's SMTP server, signed in."""
        return egress.open_smtp(self._runtime.settings, account)

    def imap(self, account: str) -> Any:  # IMAPClient
        """A connection to the account's IMAP server, signed in."""
        return egress.open_imap(self._runtime.settings, account)


class Minutes:
    """Puts down errands that come again each minute, once per minute among all processes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._ticked = ""

    def tick(self, now: datetime | None = None) -> int:
        """Put a job down for each errand of this minute that is needed; how many were new."""
        minute = f"{(now or datetime.now(UTC)).astimezone(UTC):%Y-%m-%dT%H:%M}"
        again = [e for e in self.runtime.host.errands.values() if e.every]
        if minute == self._ticked or not again:
            return 0
        office = RuntimeOffice(self.runtime)
        due = [e.name for e in again if e.needed is None or e.needed(office)]
        self._ticked = minute
        if not due:
            return 0
        with self.runtime.database.write() as tx:
            kept = [outbox.put(tx, errands.KIND, {"name": n, "given": {}}, key=f"{n}:{minute}") for n in due]
        return sum(id is not None for id in kept)


def run_errand(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Run an errand. Raises PluginError where it raises; it is run again then."""
    errand = runtime.host.errands.get(payload["name"])
    if errand is None:
        return  # its plugin is no longer in use
    try:
        errand.run(RuntimeOffice(runtime), payload["given"])
    except XrmError:
        raise
    except Exception as fault:  # a stranger's code may raise anything
        plugin = next(
            n for n, given in runtime.host.answers("xrm_errands") if any(e.name == errand.name for e in given)
        )
        raise failure(plugin, f"xrm_errands:{errand.name}", errand.run, fault) from fault


HANDLERS = {errands.KIND: run_errand}
