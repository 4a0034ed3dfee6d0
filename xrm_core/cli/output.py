"""What commands print: tables for people, JSON for programs, faults as sentences on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import XrmError

WIDE = 1000
"""Characters of a table's line where no terminal says how many it has."""

if TYPE_CHECKING:
    from rich.console import Console


def typed(program: str) -> str:
    """How a program of this environment is called in the shell that we were called from: through uv where it called us (it puts
    the environment before all others for its child alone), by its name where that leads here, else by its path."""
    if "UV" in os.environ:
        return f"uv run {program}"
    own = Path(sys.prefix, "Scripts" if os.name == "nt" else "bin", program)
    found = shutil.which(program)
    return program if found is not None and Path(found).parent.samefile(own.parent) else str(own)


@cache
def console(*, stderr: bool = False) -> Console:
    """Where lines go; imported here, since many commands print nothing but JSON."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def print_fault(fault: XrmError) -> None:
    """A fault on standard error: the sentence, then each problem on a line of its own."""
    errors = console(stderr=True)
    errors.print(
        f"[red]error[/red]: {_plain(fault.message)}" + (f"\n  [dim]{_plain(fault.hint)}[/dim]" if fault.hint else "")
    )
    for problem in fault.problems:
        errors.print(f"  {_plain(str(problem))}")


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def print_json(value: Any) -> None:
    """A result for programs."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A result for people: nothing is cut off, neither in a narrow terminal nor in a pipe."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_plain("" if v is None else str(v)) for v in row))
    out = console()
    if not out.is_terminal:
        out.width = WIDE
    out.print(table)


def say(text: str) -> None:
    """A line for people."""
    console().print(_plain(text))


def counted(count: int, what: str) -> str:
    """A number with its noun: 1 step, 2 steps."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on standard error; calls of the value it gives, with (done, total), move it."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(title, total=total)

        def move(done: int, of: int | None = None) -> None:
            bar.update(task, completed=done, total=of if of is not None else total)

        yield move
