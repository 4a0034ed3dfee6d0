"""Running an import: chunk by chunk, each in a transaction of its own that also says how far it came; or all in one, for a try.

A run that was killed goes on where the last chunk was committed: rows are found again by key, so none is taken twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from ...errors import Conflict, ImportFault, XrmError
from ...language import _
from ...metamodel.imports import ImportDef
from ...metamodel.values import Actor
from ...storage import imports as store
from ..collector import collect, without_collector
from .chunk import Chunk, Input
from .lookups import Lookups
from .mapping.plan import FilePlan, PlanMaker
from .mends import Mends
from .readers import Limits, Row
from .report import Tally
from .sources import Shelf, Source, Step, steps_of

if TYPE_CHECKING:
    from ..runtime import Runtime
    from ..work import Work

CHUNK = 5_000
MANY = 500
"""From so many rows on a chunk is much to write."""
SORTED = 20_000
"""Rows of a chunk where the mapping sorts them: rows of one key belong together."""
Progress = Callable[[Tally], None]
Renew = Callable[["Work"], Actor]
"""Who acts, with the rights of this moment."""
Watch = Callable[["Work", Sequence[Input]], None]
"""Looks at the rows of a try while what they wrote still stands."""


class _Cancelled(Exception):
    """Somebody asked the import to stop."""


class _Undo(Exception):
    """A try has told what it would do; nothing of it stays."""


@dataclass
class Run:
    """One import at work."""

    runtime: Runtime
    actor: Actor
    id: str | None
    mapping: ImportDef
    sources: list[Source]
    tally: Tally
    partial: bool = False
    limited: bool = True
    progress: Progress | None = None
    chunk: int = CHUNK
    limits: Limits = field(default_factory=Limits)
    lookups: Lookups = field(default_factory=Lookups)
    made: set[str] = field(default_factory=set)
    renew: Renew | None = None
    mends: Mends = field(default_factory=Mends)
    watch: Watch | None = None
    turns: int = 0

    def steps(self) -> tuple[list[Step], Shelf]:
        """What to read. Raises ImportFault for a set that is not complete."""
        steps, notes = steps_of(self.mapping, self.sources, partial=self.partial)
        for note in notes:
            self.tally.note(note)
        maker = PlanMaker(self.runtime.catalog, self.mapping)
        return steps, Shelf(maker, self.sources, self.limits, self.limited, self.mends)

    def try_out(self) -> Tally:
        """Do everything in one transaction, and undo it. Raises ImportFault."""
        with suppress(_Undo), self.runtime.work(self.actor, "import", write=True) as work:
            work.tx.trial = {}
            steps, shelf = self.steps()
            with closing(shelf), without_collector():
                for number, step in enumerate(steps):
                    for plan, rows in self._batches(shelf, step, number, 0):
                        self._apply(work, plan, rows, step)
                        if self.watch is not None and step.pass_ == 1:
                            self.watch(work, rows)
                        self._tell()
                        self._forget(rows)
            raise _Undo
        return self.tally

    def carry_out(self) -> Tally:
        """Do what is left to do, a transaction for each chunk. Raises ImportFault; what was committed before stays."""
        assert self.id is not None
        steps, shelf = self.steps()
        first, skip = self.tally.step, self.tally.row
        with closing(shelf), without_collector():
            for number, step in enumerate(steps):
                if number < first:
                    continue
                for plan, rows in self._batches(shelf, step, number, skip if number == first else 0):
                    self._commit(self.id, shelf, plan, rows, step)
                    self._forget(rows)
                self.tally.step, self.tally.row = number + 1, 0
        return self.tally

    def _commit(self, id: str, shelf: Shelf, plan: FilePlan, rows: list[Input], step: Step) -> None:
        before = self.tally.position
        now = self.tally.moment(datetime.now(UTC))
        with self.runtime.work(self.actor, "import", write=True, now=now) as work:
            if self.renew is not None:
                work.actor = self.actor = self.renew(work)
            if work.catalog is not shelf.maker.catalog:
                raise ImportFault(
                    _("the metadata changed meanwhile"),
                    code="metadata",
                    hint=_("run the import again; it goes on from here"),
                )
            found = store.get(work.tx, id)
            if found is None or found["state"] != "running":
                raise _Cancelled
            if len(rows) > MANY:
                work.tx.expect_much()
            self._apply(work, plan, rows, step)
            store.add_rows(
                work.tx, id, [_kept(before + n, one) for n, one in enumerate(rows) if one.status == "refused"]
            )
            saved = {
                "counts": self.tally.to_json(),
                "problems": self.tally.notes_json(),
                "position": self.tally.position,
            }
            if not store.update(work.tx, id, saved, position=before):
                raise Conflict(_("another process is at work on this import"), code="import_running")
        self.lookups.confirm()
        self._tell()

    def _apply(self, work: Work, plan: FilePlan, rows: list[Input], step: Step) -> None:
        chunk = Chunk(work, plan, rows, self.lookups, self.made, step.pass_)
        chunk.write()
        self.tally.add(plan, rows, chunk.counts, step.pass_)
        work.forget()

    def _forget(self, rows: list[Input]) -> None:
        """Let go of a chunk's rows before the next are read, and of what else is of no more use."""
        rows.clear()
        self.turns += 1
        collect(self.turns)

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.tally)

    def _batches(self, shelf: Shelf, step: Step, number: int, skip: int) -> Iterator[tuple[FilePlan, list[Input]]]:
        """The rows of a step in chunks, from row `skip` on."""
        with shelf.open(step) as (plan, rows, table):
            self.tally.begin(step.name, number)
            for source in step.sources:
                self.tally.columns[source.name] = list(table.columns)
            if not skip:
                for note in [*(f"{step.name}: {note}" for note in table.notes), *plan.notes]:
                    self.tally.note(note)
            stream = islice(rows, skip, None)
            self.tally.row = skip
            size = SORTED if step.spec.sort else self.chunk
            while batch := _taken(stream, size):
                yield plan, batch
                self.made = set() if len(self.made) > 1_000_000 else self.made


def _taken(stream: Iterator[tuple[Source, Row]], size: int) -> list[Input]:
    """The next rows of a stream."""
    return [Input(source.name, line, data, fault, cells) for source, (line, data, fault, cells) in islice(stream, size)]


def _kept(number: int, row: Input) -> tuple[int, str, str | None, str | None, Any, Any]:
    """What is remembered of a refused row: its content too, so that it can be mended. Written ones are in the history."""
    problems = [{"field": p.field, "message": p.message, "hint": p.hint} for p in row.problems]
    content = {"cells": list(row.cells)} if row.cells is not None else {"data": plain_json(row.data)}
    return number, "refused", None, None, problems, {"file": row.file, "line": row.line, **content}


def plain_json(value: Any) -> Any:
    """JSON without decimals, which become texts."""
    if isinstance(value, dict):
        return {key: plain_json(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain_json(one) for one in value]
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def finish(run: Run, work: Callable[[], Tally]) -> Tally:
    """Carry an import out and keep how it ended."""
    assert run.id is not None
    try:
        work()
        state, error = "done", None
    except _Cancelled:
        state, error = "cancelled", None
    except XrmError as fault:
        if fault.code == "import_running":
            raise  # who is ahead goes on, and says how it ends
        state, error = "failed", str(fault)
        _end(run, state, error)
        raise
    _end(run, state, error)
    return run.tally


def _end(run: Run, state: str, error: str | None) -> None:
    run.tally.state, run.tally.error = state, error
    with run.runtime.work(run.actor, "import", write=True) as work:
        values: dict[str, Any] = {"state": state, "error": error, "ended_at": work.now, "counts": run.tally.to_json()}
        store.update(work.tx, str(run.id), {**values, "problems": run.tally.notes_json()})
