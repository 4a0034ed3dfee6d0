"""`--as USER`: commands that read, with the rights of a user, told in the log of access."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..services.runtime import Runtime
    from ..services.work import Work


@contextmanager
def asking(runtime: Runtime, user: str | None, command: str) -> Iterator[Work]:
    """A transaction that reads: as the system, or with the rights that the user with this e-mail address has now.
    Raises NotFound where there is no such active user."""
    from ..metamodel.values import SYSTEM
    from ..services import access_log, accounts

    if user is None:
        with runtime.work(SYSTEM, "cli") as work:
            yield work
        return
    with runtime.work(SYSTEM, "cli", write=True) as work:
        id = accounts.user_by_email(work, user)
        actor = accounts.actor_by_id(work, id)
        access_log.note(work, "view_as", "user", id, {"action": "begin", "user": actor.name, "command": command})
    with runtime.work(actor, "cli") as work:
        yield work
