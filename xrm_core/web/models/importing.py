"""View models of the import wizard: five steps with addresses of their own."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .forms import FormError, FormField, Option
from .parts import Action, Link, Stat, Tone
from .work import JobRow, Progress

StepName = Literal["file", "mapping", "check", "run", "report"]


class WizardStep(Struct, frozen=True, kw_only=True):
    """A step in the head of the wizard; `href` leads to it where one may go there now."""

    name: StepName
    label: str
    state: Literal["done", "now", "later"]
    href: str = ""


class Wizard(Struct, frozen=True, kw_only=True):
    """What all steps show: the title, the names of the files, the steps, a tab for each file, what is wrong."""

    title: str
    files: str
    steps: tuple[WizardStep, ...]
    tabs: tuple[Link, ...] = ()
    errors: tuple[FormError, ...] = ()
    discard: Action | None = None


class KeptMapping(Struct, frozen=True, kw_only=True):
    """A mapping kept for next time."""

    id: str
    label: str
    text: str
    forget: Action | None = None


class ImportStartPage(Struct, frozen=True, kw_only=True):
    """Template `import.html`: files are dropped or chosen and posted to `action`; `of` says what they become, if it is known
    already. Below: mappings that were kept, imports that were begun or made."""

    title: str
    action: str
    file_field: FormField
    of: FormField
    errors: tuple[FormError, ...] = ()
    kept: tuple[KeptMapping, ...] = ()
    recent: tuple[JobRow, ...] = ()


class ImportFilePage(Struct, frozen=True, kw_only=True):
    """Template `import_file.html`: the sample of a file, how it was understood (`reading`), what it becomes (`of`)."""

    wizard: Wizard
    action: str
    reading: tuple[FormField, ...]
    of: FormField
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    count_text: str = ""
    next_label: str = ""


class ColumnRow(Struct, frozen=True, kw_only=True):
    """A column of the file: samples, the field it goes to, how sure that is, and how a linked record is found."""

    column: str
    samples: tuple[str, ...]
    field: FormField
    word: str = ""
    tone: Tone = "neutral"
    link: FormField | None = None
    note: str = ""


class ImportMappingPage(Struct, frozen=True, kw_only=True):
    """Template `import_mapping.html`: columns with their fields, values for all rows, how rows are told apart and read, and
    whether all this is kept for next time. `declared`: a mapping of the metadata is used; nothing is asked."""

    wizard: Wizard
    action: str
    columns: tuple[ColumnRow, ...] = ()
    more_text: str = ""
    taken_text: str = ""
    missing: tuple[str, ...] = ()
    constants: tuple[FormField, ...] = ()
    constant: tuple[FormField, ...] = ()
    key: tuple[FormField, ...] = ()
    reading: tuple[FormField, ...] = ()
    keep: tuple[FormField, ...] = ()
    declared: str = ""
    back: str = ""
    next_label: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """A reason for which rows would be refused, with how many."""

    text: str
    count: str
    href: str
    current: bool = False


class InTheWay(Struct, frozen=True, kw_only=True):
    """Values of one column that are refused for one reason, each with how many rows have it and what is to stand for it: `new.n`
    in a form that is posted to `action`; `fields` go with it."""

    title: str
    text: str
    action: str
    fields: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str, FormField], ...]
    more: str = ""


class CheckedRow(Struct, frozen=True, kw_only=True):
    """A row of the check: where it stands, what is wrong, the cells that can be mended, what would change."""

    number: int
    line: str
    file: str = ""
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    cells: tuple[FormField, ...] = ()
    rest: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    mended: bool = False
    alike: bool = False
    skip: bool = False


class ImportCheckPage(Struct, frozen=True, kw_only=True):
    """Template `import_check.html`: counts that filter, reasons that filter, rows that are mended in place; `start` posts to
    begin. While the check is at work there is `progress` alone."""

    wizard: Wizard
    progress: Progress | None = None
    stats: tuple[Stat, ...] = ()
    status: str = ""
    status_label: str = ""
    groups: tuple[Group, ...] = ()
    rows: tuple[CheckedRow, ...] = ()
    rows_text: str = ""
    notes: tuple[str, ...] = ()
    values: InTheWay | None = None
    unfilled: str = ""
    mend_url: str = ""
    here: str = ""
    skip_all: Action | None = None
    again: Action | None = None
    start: Action | None = None
    back: Action | None = None
    next_href: str = ""


class ImportRunPage(Struct, frozen=True, kw_only=True):
    """Template `import_run.html`: how far the import is."""

    wizard: Wizard
    progress: Progress
    stats: tuple[Stat, ...] = ()


class ReportRow(Struct, frozen=True, kw_only=True):
    """A row that was refused, or something that an undo left."""

    line: str
    file: str = ""
    problems: tuple[str, ...] = ()
    href: str = ""


class ImportReportPage(Struct, frozen=True, kw_only=True):
    """Template `import_report.html`: how it ended, what there is to do now, the rows refused."""

    wizard: Wizard
    state: str
    tone: Tone
    text: str
    stats: tuple[Stat, ...] = ()
    actions: tuple[Action, ...] = ()
    rows_title: str = ""
    rows_text: str = ""
    rows: tuple[ReportRow, ...] = ()
    notes: tuple[str, ...] = ()


class ExportPage(Struct, frozen=True, kw_only=True):
    """Template `export.html`: an export that is written by the worker: `progress` while it is, then the file or what went wrong."""

    title: str
    text: str
    tone: Tone = "neutral"
    progress: Progress | None = None
    actions: tuple[Action, ...] = ()


__all__ = [
    "CheckedRow", "ColumnRow", "ExportPage", "Group", "ImportCheckPage", "ImportFilePage", "ImportMappingPage", "ImportReportPage",
    "ImportRunPage", "ImportStartPage", "InTheWay", "KeptMapping", "Option", "ReportRow", "Wizard", "WizardStep",
]  # fmt: skip
