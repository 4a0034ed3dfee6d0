"""Work after the commit: a worker takes jobs from the outbox, at least once, with back-off and a list of dead letters."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ..errors import XrmError, in_log
from ..language import SOURCE, speaking
from ..metamodel.values import SYSTEM, Actor, Change
from ..storage import kept_late, outbox, query
from . import errandjobs, notices, schedules
from .runtime import Runtime
from .standing import LEASE, SOON, lease_of
from .work import Work

log = logging.getLogger("xrm.jobs")
IDLE_SECONDS = 0.5

Handler = Callable[[Runtime, Mapping[str, Any]], Mapping[str, int] | None]


def after_commit(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Run the `xrm_after_commit` hooks for changes that were committed. Values are those of the record as it is now."""
    catalog, entity = runtime.catalog, payload["entity"]
    if entity not in catalog.entities:  # renamed since, or gone
        entity = next((e.name for e in catalog.entities.values() if e.was == entity), "")
    if not entity:
        return
    ids = [c["id"] for c in payload["changes"]]
    with runtime.work(SYSTEM, "job") as work:
        stored = query.get_many(work.tx, catalog, entity, ids, deleted=True)
        actor = Actor(payload["actor"], payload["actor_name"]) if payload.get("actor") else SYSTEM
    changes = [
        Change(entity, c["action"], c["id"], {}, stored.get(c["id"], {}), "job", c.get("transition"))
        for c in payload["changes"]
    ]
    for reactor in runtime.host.reactors("xrm_after_commit", catalog, entity):
        reactor.call(changes=changes, actor=actor)


def all_handlers() -> dict[str, Handler]:
    """What each kind of job does. Each is safe to run twice. Imported where jobs are done: a server answers before."""
    from . import exportjobs, importjobs, severaljobs
    from .signing import mails

    return {
        "after_commit": after_commit,
        **importjobs.HANDLERS,
        **exportjobs.HANDLERS,
        **schedules.HANDLERS,
        **errandjobs.HANDLERS,
        **severaljobs.HANDLERS,
        **mails.HANDLERS,
    }


class Worker:
    """Takes jobs until it is stopped; one thread. Several workers, in several processes, share one outbox."""

    def __init__(self, runtime: Runtime, handlers: Mapping[str, Handler] | None = None) -> None:
        self.runtime = runtime
        self._further = handlers or {}
        self.clock = schedules.Clock(runtime)
        self.minutes = errandjobs.Minutes(runtime)
        self.name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @cached_property
    def handlers(self) -> Mapping[str, Handler]:
        """What each kind of job does here."""
        return {**all_handlers(), **self._further}

    def start(self) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="xrm-worker", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 10) -> None:
        """Finish the job at hand and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)

    def run(self) -> None:
        """Take jobs until stopped; sleep while there is none."""
        while not self._stop.is_set():
            try:
                self.clock.tick()
                self.minutes.tick()
                busy = self.run_once()
            except XrmError as fault:
                log.error("the outbox cannot be read: %s", fault)
                busy = False
                self._stop.wait(5)
            except Exception:  # the worker outlives what it did not foresee
                log.exception("looking for work failed")
                busy = False
                self._stop.wait(5)
            if not busy:
                self._stop.wait(IDLE_SECONDS)

    def run_once(self) -> bool:
        """Do one job that is due; False where there is none."""
        job = outbox.claim(self.runtime.database, self.name, tuple(self.handlers), LEASE)
        if job is None:
            return kept_late.catch_up(self.runtime.database, self.runtime.catalog) > 0
        if job.kind in SOON:
            self._prolong(job)
        over = threading.Event()
        heart = threading.Thread(target=self._keep, args=(job, over), name="xrm-lease", daemon=True)
        heart.start()
        try:
            with speaking(SOURCE):  # a handler that works for somebody speaks his language
                did = self.handlers[job.kind](self.runtime, job.payload)
        except schedules.PartlyDone as fault:
            log.warning("job %s (%s): %s", job.id, job.kind, in_log(fault))
            outbox.dead(self.runtime.database, job, str(fault))
            self._tell(job)
        except Exception as fault:
            log.warning("job %s (%s) failed: %s", job.id, job.kind, in_log(fault))
            outbox.failed(self.runtime.database, job, f"{type(fault).__name__}: {fault}")
            if job.attempts >= outbox.MAX_ATTEMPTS:
                self._tell(job)
        else:
            outbox.done(self.runtime.database, job, did)
            self._tell_owner(job)
        finally:
            over.set()
        return True

    def _tell(self, job: outbox.Job) -> None:
        """Tell the administrators of a job that failed for good."""
        self._say(job, lambda work: notices.tell_failure(work, job.kind, job.id, job.payload))

    def _tell_owner(self, job: outbox.Job) -> None:
        """Tell whoever started an import that it has ended."""
        if job.kind == "import_run":
            self._say(job, lambda work: notices.tell_import(work, job.payload))

    def _say(self, job: outbox.Job, tell: Callable[[Work], None]) -> None:
        try:
            with self.runtime.work(SYSTEM, "job", write=True) as work:
                tell(work)
        except XrmError as fault:
            log.warning("nobody was told of job %s: %s", job.id, in_log(fault))

    def _keep(self, job: outbox.Job, over: threading.Event) -> None:
        """Prolong the lease of a job for as long as it is at work."""
        while not over.wait(lease_of(job.kind).total_seconds() / 4):
            self._prolong(job)

    def _prolong(self, job: outbox.Job) -> None:
        try:
            outbox.extend(self.runtime.database, job, lease_of(job.kind))
        except XrmError as fault:  # a long write holds the database; nobody else can take the job meanwhile
            log.info("the lease of job %s was not prolonged: %s", job.id, fault)
