"""Pages about work in the background: imports, jobs and the outbox."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from xrm_core.web.models.forms import FormError, FormField
from xrm_core.web.models.parts import Action, Cell, EmptyState, Link, Pill, Stat


class ImportMapping(Struct, frozen=True, kw_only=True):
    """A mapping that can be chosen: what it reads into which entity."""

    name: str
    label: str
    text: str = ""
    files: str = ""
    icon: str = "file-spreadsheet"
    selected: bool = False


class ImportMatch(Struct, frozen=True, kw_only=True):
    """A column of the file, the field it goes to (empty: left out) and samples of its values."""

    column: str
    field: str
    samples: tuple[str, ...] = ()
    note: str = ""


class ImportProblem(Struct, frozen=True, kw_only=True):
    """A row of a file that will not be, or was not, taken over; row 0 is said of the whole."""

    row: int
    column: str
    value: str
    text: str
    hint: str = ""
    file: str = ""


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

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100."""
        return min(100, int(100 * self.done / self.total)) if self.total else 0


class ImportPage(Struct, frozen=True, kw_only=True):
    """Template `import.html`, by `step`. "choose" posts `mapping` and `file` (multipart) to `action`, or
    `mapping=_fields` and `entity` for a table whose columns are called as fields; "check" shows
    the dry run and posts to `action` to start; "run" shows `progress`; "done" the report with the file of refused
    rows and the undo.
    """

    title: str
    step: Literal["choose", "check", "run", "done"]
    checking: bool = False
    action: str
    mappings: tuple[ImportMapping, ...] = ()
    file_field: FormField | None = None
    entity_field: FormField | None = None
    by_fields: bool = False
    options: tuple[FormField, ...] = ()
    errors: tuple[FormError, ...] = ()
    file_name: str = ""
    stats: tuple[Stat, ...] = ()
    matches: tuple[ImportMatch, ...] = ()
    problems: tuple[ImportProblem, ...] = ()
    problems_text: str = ""
    progress: Progress | None = None
    actions: tuple[Action, ...] = ()
    start_label: str = ""
    cancel_href: str = ""
    recent: tuple[JobRow, ...] = ()


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
