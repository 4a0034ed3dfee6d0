"""Single pages: start, jobs, preferences, files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import urlencode

from litestar.datastructures.cookie import Cookie

from ..errors import NotFound
from ..fields.locales import show_date
from ..language import N_, _, ngettext
from ..metamodel.text import say
from ..services import files
from ..services.signing.sessions import is_secure
from ..services.work import Work
from ..storage import outbox
from ..storage.ids import is_id
from . import focus
from .asked import Asked, Go, Sent, Shown
from .cells import figure, moment
from .design import design_page
from .door import PREFERENCES_COOKIE
from .guards import own_path
from .job_faults import in_words
from .job_names import job_name
from .models import (
    Action,
    Cell,
    EmptyState,
    JobRow,
    JobsPage,
    Link,
    Pill,
    Stat,
)  # fmt: skip
from .shell import looks

YEAR = 365 * 24 * 3600
MOST_JOBS = 50
"""Jobs on a page."""


def design(work: Work, asked: Asked) -> Shown:
    """GET /design?of=…: every component in its states, for those who write templates; a group of them at a time."""
    return Shown("design.html", design_page(asked.get("of")), _("Design"))


def preferences(work: Work, asked: Asked) -> Go:
    """POST /preferences: theme, density and focus, kept in a cookie so that the server draws them."""
    before = asked.cookies.get(PREFERENCES_COOKIE, "")
    theme, density = looks(before)
    given = {
        "theme": asked.posted("theme") or theme,
        "density": asked.posted("density") or density,
        "focus": asked.posted("focus") or focus.chosen_in(before),
    }
    theme, density = looks(urlencode(given))
    cookie = Cookie(
        key=PREFERENCES_COOKIE,
        value=urlencode({"theme": theme, "density": density, "focus": focus.chosen_in(urlencode(given))}),
        path="/",
        max_age=YEAR,
        httponly=True,
        samesite="lax",
        secure=is_secure(work.settings),
    )
    return Go(own_path(asked.posted("next", "/")), cookies=(cookie,))


TONES = {"waiting": "info", "running": "accent", "done": "ok", "dead": "bad"}
NAMES = {"waiting": N_("Waiting"), "running": N_("Running"), "done": N_("Done"), "dead": N_("Dead letters")}


def jobs(work: Work, asked: Asked) -> Shown:
    """GET /jobs?state=: what waits, runs, failed for good."""
    state = asked.get("state") if asked.get("state") in NAMES else ""
    before = asked.get("before") if is_id(asked.get("before")) else None
    counts = outbox.stats(work.tx).states
    dead = counts.get("dead", 0)
    stats = tuple(
        Stat(
            label=_(n),
            value=figure(work, counts.get(s, 0)),
            tone="bad" if s == "dead" and dead else "neutral",
            href=f"/jobs?state={s}",
        )
        for s, n in NAMES.items()
    )
    named = [
        Link(label=_(n), href=f"/jobs?state={s}", current=s == state, count=figure(work, counts.get(s, 0)))
        for s, n in NAMES.items()
    ]
    tabs = (Link(label=_("All"), href="/jobs", current=not state), *named)
    rows = tuple(
        _job(work, s, job)
        for s in ((state,) if state else ("dead", "running", "waiting", "done"))
        for job in outbox.jobs(work.tx, s, MOST_JOBS, before if state else None)
    )
    more = f"/jobs?state={state}&before={rows[-1].id}" if state and len(rows) == MOST_JOBS else ""
    empty = EmptyState(
        title=_("No jobs"),
        text=_("Work that runs after a save shows here: mails, notices to other systems."),
        icon="list-checks",
    )
    return Shown(
        "jobs.html",
        JobsPage(title=_("Jobs"), stats=stats, tabs=tabs, jobs=rows, empty=empty, next_href=more),
        _("Jobs"),
    )


def _job(work: Work, state: str, job: outbox.Job) -> JobRow:
    again = Action(
        label=_("Try again"), href=f"/jobs/{job.id}/retry", method="post", icon="rotate-cw", id=f"retry-{job.id}"
    )
    tries = ngettext("{n} attempt", "{n} attempts", job.attempts) if job.attempts > 1 else ""
    return JobRow(
        id=job.id, title=job_name(work, job.kind, job.payload), state=Pill(label=_(NAMES[state]), tone=TONES[state]), when=moment(work, at).text if (at := job.ended_at or job.run_at) else "",  # type: ignore[arg-type]  # TONES holds tones
        text=_did(work, job), tries=tries, error=in_words(job.error, job.kind, state != "dead") if job.error else "", actions=(again,) if state == "dead" else (), details=_log(work, job),
    )  # fmt: skip


def _did(work: Work, job: outbox.Job) -> str:
    """What a job that was done changed, as far as it says so."""
    did = job.payload.get("did")
    if not isinstance(did, dict):
        return ""
    known = {name: work.catalog.entities[name] for name in did if name in work.catalog.entities}
    said = [f"{say(entity.plural, work.language)}: {figure(work, int(did[name]))}" for name, entity in known.items()]
    return " · ".join(said) or _("Nothing was due")


def _log(work: Work, job: outbox.Job) -> tuple[tuple[str, Cell], ...]:
    """When a job was due and when it ended, how often it was taken, for which hour or day it was put down, and what the program said when
    it failed."""
    moments = ((_("Due"), job.run_at), (_("Ended"), job.ended_at))
    made = [(name, moment(work, at)) for name, at in moments if at is not None]
    made.append((_("Attempts"), Cell(kind="text", text=figure(work, job.attempts))))
    if job.key:
        made.append((_("For"), _tick(work, job.key)))
    if job.error:
        made.append((_("The program said"), Cell(kind="text", text=job.error)))
    return tuple(made)


def _tick(work: Work, key: str) -> Cell:
    """The hour or day for which a job was put down, in the reader's writing; other keys as they are."""
    said = key.rpartition(":")[2] if "T" not in key else key[key.rfind(":", 0, key.rfind("T")) + 1 :]
    try:
        if "T" in said:
            return moment(work, datetime.strptime(said, "%Y-%m-%dT%H").replace(tzinfo=UTC))
        return Cell(kind="date", text=show_date(date.fromisoformat(said), work.language))
    except ValueError:
        return Cell(kind="text", text=key)


def retry_job(work: Work, asked: Asked) -> Go:
    """POST /jobs/{id}/retry: a dead letter once more."""
    if not outbox.revive(work.tx, asked.path["id"]):
        raise NotFound(_("there is no such dead letter"), code="not_found")
    return Go("/jobs", _("The job will be tried again"))


def file(work: Work, asked: Asked) -> Sent:
    """GET /file/{id}: images of safe kinds are shown, everything else is a download."""
    kept = files.fetch(work, asked.path["id"])
    from urllib.parse import quote

    inline = kept.media_type in files.SHOWN_INLINE
    disposition = f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(kept.name)}"
    return Sent(
        kept.body,
        kept.media_type if inline else "application/octet-stream",
        {"Content-Disposition": disposition, "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
