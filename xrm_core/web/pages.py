"""Single pages: start, jobs, preferences, files."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from litestar.datastructures.cookie import Cookie

from ..compiler import compiled
from ..errors import NotFound
from ..expressions import Typed
from ..metamodel.catalog import MenuItem
from ..metamodel.text import humanise, say
from ..metamodel.values import Query
from ..services import files, lists
from ..services.sight import is_open
from ..services.signing.sessions import is_secure
from ..services.work import Work
from ..storage import outbox
from .asked import Asked, Go, Sent, Shown
from .cells import figure, moment
from .design import design_page
from .door import PREFERENCES_COOKIE
from .guards import own_path
from .models import (
    Action,
    EmptyState,
    JobRow,
    JobsPage,
    Link,
    Pill,
    StartPage,
    Stat,
    Tile,
)  # fmt: skip
from .offered import imports_any, offered
from .shell import entity_url, looks, view_url

YEAR = 365 * 24 * 3600


def start(work: Work, _: Asked) -> Shown:
    """GET /: the domains with their lists and how much is in them."""
    tiles = []
    for n, group in enumerate(work.catalog.menu):
        links = tuple(link for item in group.items if (link := _way_in(work, item)) is not None)
        if links:
            title = say(group.label, work.language)
            tiles.append(Tile(title=title, href=links[0].href, icon=group.icon, links=links, tone=n % 6 + 1))
    steps = (Action(label="Import records", href="/import", icon="file-up"),) if not tiles and imports_any(work) else ()
    page = StartPage(
        title=f"Welcome, {work.actor.name}", text=work.settings.organisation.name, tiles=tuple(tiles), steps=steps
    )
    return Shown("start.html", page, "Start")


def _way_in(work: Work, item: MenuItem) -> Link | None:
    """A list of the menu with the number of its records; None for an entry that leads elsewhere."""
    label = say(item.label, work.language)
    if item.entity and item.entity in work.catalog.entities:
        if not is_open(work, item.entity):
            return None
        return Link(label=label, href=entity_url(item.entity), icon=item.icon, count=_size(work, item.entity, None))
    named = work.catalog.views.get(item.view) if item.view else None
    view = offered(work, named) if named is not None else None
    if view is None:
        return None
    counts = view.kind == "list" and (view.filter is None or not _adds_up(work, view.entity, view.filter))
    count = _size(work, view.entity, view.filter) if counts else ""
    return Link(label=label, href=view_url(work.catalog, view.name), icon=item.icon, count=count)


def _size(work: Work, entity: str, filter: str | None) -> str:
    found = lists.list_records(work, Query(entity, ("id",), filter, limit=1, count="capped"))
    return figure(work, found.count or 0) + ("+" if found.count_is == "capped" else "")


def _adds_up(work: Work, entity: str, filter: str) -> bool:
    """Does the filter add up other records? Then counting all that fit costs more than a start page may."""

    def reads_sums(node: Typed) -> bool:
        return node.op == "rollup" or any(map(reads_sums, node.args))

    return reads_sums(compiled(work.catalog, entity, filter, "bool").typed)


def design(_: Work, __: Asked) -> Shown:
    """GET /design: every component in its states, for those who write templates."""
    return Shown("design.html", design_page(), "Design")


def preferences(work: Work, asked: Asked) -> Go:
    """POST /preferences: theme and density, kept in a cookie so that the server draws them."""
    theme, density = looks(asked.cookies.get(PREFERENCES_COOKIE, ""))
    given = {
        k: v[0]
        for k, v in parse_qs(
            urlencode({"theme": asked.posted("theme") or theme, "density": asked.posted("density") or density})
        ).items()
    }
    checked = looks(urlencode(given))
    cookie = Cookie(
        key=PREFERENCES_COOKIE,
        value=urlencode({"theme": checked[0], "density": checked[1]}),
        path="/",
        max_age=YEAR,
        httponly=True,
        samesite="lax",
        secure=is_secure(work.settings),
    )
    return Go(own_path(asked.posted("next", "/")), cookies=(cookie,))


TONES = {"waiting": "info", "running": "accent", "done": "ok", "dead": "bad"}
NAMES = {"waiting": "Waiting", "running": "Running", "done": "Done", "dead": "Dead letters"}


def jobs(work: Work, asked: Asked) -> Shown:
    """GET /jobs?state=: what waits, runs, failed for good."""
    state = asked.get("state") if asked.get("state") in NAMES else ""
    counts = outbox.stats(work.tx).states
    dead = counts.get("dead", 0)
    stats = tuple(
        Stat(
            label=n,
            value=figure(work, counts.get(s, 0)),
            tone="bad" if s == "dead" and dead else "neutral",
            href=f"/jobs?state={s}",
        )
        for s, n in NAMES.items()
    )
    named = [
        Link(label=n, href=f"/jobs?state={s}", current=s == state, count=figure(work, counts.get(s, 0)))
        for s, n in NAMES.items()
    ]
    tabs = (Link(label="All", href="/jobs", current=not state), *named)
    rows = tuple(
        _job(work, s, job)
        for s in ((state,) if state else ("dead", "running", "waiting", "done"))
        for job in outbox.jobs(work.tx, s, 50)
    )
    empty = EmptyState(
        title="No jobs",
        text="Work that runs after a save shows here: mails, notices to other systems.",
        icon="list-checks",
    )
    return Shown("jobs.html", JobsPage(title="Jobs", stats=stats, tabs=tabs, jobs=rows, empty=empty), "Jobs")


def _job(work: Work, state: str, job: outbox.Job) -> JobRow:
    again = Action(
        label="Try again", href=f"/jobs/{job.id}/retry", method="post", icon="rotate-cw", id=f"retry-{job.id}"
    )
    tries = f"{job.attempts} attempts" if job.attempts > 1 else ""
    return JobRow(
        id=job.id, title=_job_title(work, job), state=Pill(label=NAMES[state], tone=TONES[state]), when=moment(work, job.run_at).text if job.run_at else "",  # type: ignore[arg-type]  # TONES holds tones
        tries=tries, error=job.error or "", actions=(again,) if state == "dead" else (),
    )  # fmt: skip


def _job_title(work: Work, job: outbox.Job) -> str:
    """What a job does, as its page says it: of a schedule its name, of work after a save what was saved."""
    entity = work.catalog.entities.get(str(job.payload.get("entity", "")))
    if entity is not None:
        return f"{humanise(job.kind)}: {say(entity.label, work.language)}"
    name = str(job.payload.get("name", ""))
    return f"{humanise(job.kind)}: {humanise(name).lower()}" if name else humanise(job.kind)


def retry_job(work: Work, asked: Asked) -> Go:
    """POST /jobs/{id}/retry: a dead letter once more."""
    if not outbox.revive(work.tx, asked.path["id"]):
        raise NotFound("there is no such dead letter", code="not_found")
    return Go("/jobs", "The job will be tried again")


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
