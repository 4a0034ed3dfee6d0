"""Work that comes again by itself: a job for each tick, put down once however many processes wake up, carried out by a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ..errors import PluginError
from ..metamodel.values import SYSTEM, FurtherChange
from ..plugin.contributions import Schedule
from ..plugin.host import failure
from ..storage import outbox
from .saving import carry_out
from .work import Work

if TYPE_CHECKING:
    from .runtime import Runtime

HOOK = "xrm_schedule"
KIND = "schedule"
"""The kind of these jobs. Their key is the tick, so the outbox takes each tick once."""


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
        due = {name: tick for name, tick in ticks.items() if self._ticked.get(name) != tick}
        if not due:
            return 0
        with self.runtime.database.write() as tx:
            new = [outbox.put(tx, KIND, {"name": name}, key=tick) for name, tick in due.items()]
        self._ticked |= due
        return sum(id is not None for id in new)


def carry_out_schedule(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Do the work of one tick: what the schedule asks for is saved in one transaction of the system, or nothing of it.

    Raises PluginError, InvalidRecord, Conflict: then the job is tried again.
    """
    schedule = runtime.host.schedules.get(payload["name"])
    if schedule is None:
        return  # its plugin is no longer in use
    with runtime.work(SYSTEM, "job", write=True) as work:
        carry_out(work, f"schedule {schedule.name}", _asked(work, schedule))


def _asked(work: Work, schedule: Schedule) -> Sequence[FurtherChange]:
    """What the schedule asks for. Raises PluginError naming the plugin it comes from."""
    try:
        return tuple(schedule.run(work.reader, work.today))
    except PluginError:
        raise
    except Exception as fault:  # a stranger's code may raise anything
        plugin = next(name for name, given in work.host.answers(HOOK) if any(s.name == schedule.name for s in given))
        raise failure(plugin, f"{HOOK}:{schedule.name}", schedule.run, fault) from fault


HANDLERS = {KIND: carry_out_schedule}
