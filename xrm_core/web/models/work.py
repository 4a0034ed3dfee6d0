"""Pages about work in the background: imports, jobs and the outbox."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.web.models.parts import Action, Cell, EmptyState, Link, Pill, Stat


class Progress(Struct, frozen=True, kw_only=True):
    """A running job: `done` of `total` (0: not known). `poll_url` answers `fragments/progress.html` until
    `finished`.
    """

    label: str
    done: int
    total: int
    text: str = ""
    poll_url: str = ""
    next_href: str = ""
    finished: bool = False
    cancel: Action | None = None
    note: str = ""
    """Why it does not go on just now, and what happens next."""
    act: Action | None = None
    """What can be done about that."""

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return min(100, int(100 * self.done / self.total)) if self.total else 0


class JobRow(Struct, frozen=True, kw_only=True):
    """A job, an effect or a dead letter."""

    id: str
    title: str
    state: Pill
    when: str
    text: str = ""
    tries: str = ""
    error: str = ""
    href: str = ""
    progress: Progress | None = None
    details: tuple[tuple[str, Cell], ...] = ()
    actions: tuple[Action, ...] = ()


class JobsPage(Struct, frozen=True, kw_only=True):
    """Template `jobs.html`: what waits, what runs, what failed for good."""

    title: str
    stats: tuple[Stat, ...]
    tabs: tuple[Link, ...]
    jobs: tuple[JobRow, ...]
    actions: tuple[Action, ...] = ()
    previous_href: str = ""
    next_href: str = ""
    poll_url: str = ""
    empty: EmptyState | None = None
