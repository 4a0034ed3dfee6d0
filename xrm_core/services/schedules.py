"""Work that comes again by itself: a job for each tick, put down once however many processes wake up, carried out by a worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..errors import Conflict, InvalidRecord, NotFound, PluginError, Problem, XrmError
from ..metamodel.values import SYSTEM, FurtherChange
from ..plugin.contributions import Schedule
from ..plugin.host import failure
from ..storage import outbox
from . import sweeping
from .saving import carry_out
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

HOOK = "xrm_schedule"
KIND = "schedule"
"""The kind of these jobs. Their key is the tick, so the outbox takes each tick once."""
Step = tuple[FurtherChange, ...]
REFUSALS = (InvalidRecord, Conflict, NotFound, PluginError)
"""What one record, or a hook that looks at it, may have against a step; anything else stops the whole run."""
MOST_TOLD = 20
"""Steps named in the job's error, at most."""


class PartlyDone(XrmError):
    """Some steps of a run could not be saved; `problems` names them. The others are saved, so the run is not repeated."""


def tick_of(schedule: Schedule, now: datetime, time_zone: str) -> str:
    """The tick that a moment belongs to: `book_due:2026-03-04`, hourly ones with the hour of UTC."""
    if schedule.every == "hourly":
        return f"{schedule.name}:{now.astimezone(UTC):%Y-%m-%dT%H}"
    return f"{schedule.name}:{now.astimezone(ZoneInfo(time_zone)):%Y-%m-%d}"


class Clock:
    """Puts down what is due. It remembers its own ticks, so that the database is asked once for each."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._ticked: dict[str, str] = {}

    def tick(self, now: datetime | None = None) -> int:
        """Put a job down for each schedule whose tick has come; how many were new."""
        now, zone = now or datetime.now(UTC), self.runtime.settings.organisation.time_zone
        ticks = {name: tick_of(schedule, now, zone) for name, schedule in self.runtime.host.schedules.items()}
        ticks[""] = f"{now.astimezone(UTC):%Y-%m-%d}"
        due = {name: tick for name, tick in ticks.items() if self._ticked.get(name) != tick}
        if not due:
            return 0
        with self.runtime.database.write() as tx:
            new = [outbox.put(tx, *self._job(name), key=tick) for name, tick in due.items()]
        self._ticked |= due
        return sum(id is not None for id in new)

    @staticmethod
    def _job(name: str) -> tuple[str, dict[str, str]]:
        """Kind and payload; the schedule without a name is the platform's own."""
        return (KIND, {"name": name}) if name else (sweeping.KIND, {})


def carry_out_schedule(runtime: Runtime, payload: Mapping[str, Any]) -> Mapping[str, int]:
    """Do the work of one tick, in one transaction of the system; how many changes it was, by entity. A step that cannot be saved keeps
    no other one back.

    Raises PartlyDone where steps are left; PluginError, StorageError: then nothing is saved, and the job is tried again.
    """
    schedule = runtime.host.schedules.get(payload["name"])
    if schedule is None:
        return {}  # its plugin is no longer in use
    with runtime.work(SYSTEM, "job", write=True) as work:
        steps = _asked(work, schedule)
        left = _save(work, schedule, steps)
    if left:
        told = [Problem(f"{_named(step)}: {fault}", getattr(fault, "code", "refused")) for step, fault in left]
        message = (
            f"{schedule.name}: {len(left)} {'steps were' if len(left) > 1 else 'step was'} not saved, all others were"
        )
        raise PartlyDone(message, "partly_done", problems=told[:MOST_TOLD])
    return Counter(change.entity for step in steps for change in step)


def _save(work: Work, schedule: Schedule, steps: Sequence[Step]) -> list[tuple[Step, XrmError]]:
    """Save all steps at once; where that is refused, by halves, until those are found that cannot be saved."""
    if not steps:
        return []
    moved = set(work.moved)
    try:
        with work.tx.savepoint():
            carry_out(work, f"schedule {schedule.name}", list(_in_kinds(steps)))
        return []
    except REFUSALS as fault:
        work.forget()
        work.moved = moved
        if len(steps) == 1:
            if isinstance(fault, PluginError):
                fault.named(_plugin_of(work, schedule), f"{HOOK}:{schedule.name}")
            return [(steps[0], fault)]
    half = len(steps) // 2
    return _save(work, schedule, steps[:half]) + _save(work, schedule, steps[half:])


def _in_kinds(steps: Sequence[Step]) -> Iterator[FurtherChange]:
    """The changes of steps that are alike side by side, so that they are saved together."""
    for changes in zip_longest(*steps):
        yield from (change for change in changes if change is not None)


def _named(step: Step) -> str:
    first = step[0]
    return f"{first.entity} {getattr(first, 'id', '(new)')}"


def _asked(work: Work, schedule: Schedule) -> Sequence[Step]:
    """The steps that the schedule asks for. Raises PluginError naming the plugin it comes from."""
    try:
        asked = tuple(schedule.run(work.reader, work.today))
        return [step if isinstance(step, tuple) else (step,) for step in asked if step != ()]
    except PluginError:
        raise
    except Exception as fault:  # a stranger's code may raise anything
        raise failure(_plugin_of(work, schedule), f"{HOOK}:{schedule.name}", schedule.run, fault) from fault


def _plugin_of(work: Work, schedule: Schedule) -> str:
    """The plugin that a schedule comes from."""
    return next(name for name, given in work.host.answers(HOOK) if any(s.name == schedule.name for s in given))


HANDLERS = {KIND: carry_out_schedule, **sweeping.HANDLERS}
