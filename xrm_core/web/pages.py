"""Single pages: start, jobs, preferences, files."""

from __future__ import annotations

from urllib.parse import urlencode

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
from . import focus, records
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
    RelatedList,
    StartPage,
    Stat,
    Tile,
)  # fmt: skip
from .offered import imports_any, offered
from .shell import entity_url, looks, view_url

YEAR = 365 * 24 * 3600
MOST_LISTS = 4
"""Lists on a start page."""


def start(work: Work, _: Asked) -> Shown:
    """GET /: the domains with their lists and how much is in them."""
    tiles = []
    tones = {group.name: n % 6 + 1 for n, group in enumerate(work.catalog.menu)}
    for group in focus.first(work, work.catalog.menu):
        items = (item for item in group.items if focus.is_offered(work, item))
        links = tuple(link for item in items if (link := _way_in(work, item)) is not None)
        if links:
            title = say(group.label, work.language)
            tiles.append(Tile(title=title, href=links[0].href, icon=group.icon, links=links, tone=tones[group.name]))
    steps = (Action(label="Import records", href="/import", icon="file-up"),) if not tiles and imports_any(work) else ()
    page = StartPage(
        title=f"Welcome, {work.actor.name}", text=_where(work), tiles=tuple(tiles), steps=steps, lists=_of_today(work)
    )
    return Shown("start.html", page, "Start")


def _where(work: Work) -> str:
    """Where the reader is: the organisation, and the department in which he works just now."""
    code, name = focus.department(work), work.settings.organisation.name
    return f"{name} · {focus.label(work, code)}" if code is not None else name


def _of_today(work: Work) -> tuple[RelatedList, ...]:
    """What waits for the reader: the first records of the lists that his department, or his role, starts with."""
    views = (v for v in work.catalog.views.values() if v.start and v.kind == "list" and focus.is_for(work, v))
    made = (records.start_list(work, cut) for v in views if (cut := offered(work, v)) is not None)
    return tuple(one for one in made if one.rows)[:MOST_LISTS]


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
