"""Single pages: start, sign-in, search, lookup, jobs, preferences, files."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from litestar.datastructures.cookie import Cookie

from ..errors import NotFound
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import accounts, files, lists
from ..services.action_specs import action_of
from ..services.work import Work
from ..storage import outbox
from .asked import Asked, Go, Sent, Shown
from .cells import figure, moment
from .design import design_page
from .door import PREFERENCES_COOKIE, SESSION_COOKIE
from .filtering import builder_of
from .guards import own_path
from .models import (
    Action,
    EmptyState,
    JobRow,
    JobsPage,
    Link,
    ListPage,
    LookupResults,
    Pager,
    Pill,
    SearchGroup,
    SearchHit,
    SearchPage,
    SignInPage,
    StartPage,
    Stat,
    Tile,
)  # fmt: skip
from .shell import entity_url, looks, view_url

YEAR = 365 * 24 * 3600
HITS = 5


def start(work: Work, _: Asked) -> Shown:
    """GET /: the domains with their entities and figures."""
    tiles = []
    for n, group in enumerate(work.catalog.menu):
        links = []
        for item in group.items:
            if item.entity and item.entity in work.catalog.entities:
                found = lists.list_records(work, Query(item.entity, ("id",), limit=1, count="capped"))
                count = figure(work, found.count or 0) + ("+" if found.count_is == "capped" else "")
                links.append(
                    Link(
                        label=say(item.label, work.language), href=entity_url(item.entity), icon=item.icon, count=count
                    )
                )
            elif item.view and item.view in work.catalog.views:
                links.append(
                    Link(label=say(item.label, work.language), href=view_url(work.catalog, item.view), icon=item.icon)
                )
        if links:
            tiles.append(
                Tile(
                    title=say(group.label, work.language),
                    href=links[0].href,
                    icon=group.icon,
                    links=tuple(links),
                    tone=n % 6 + 1,
                )
            )
    steps = () if tiles else (Action(label="Import records", href="/import", icon="file-up"),)
    page = StartPage(
        title=f"Welcome, {work.actor.name}", text=work.settings.organisation.name, tiles=tuple(tiles), steps=steps
    )
    return Shown("start.html", page, "Start")


def design(_: Work, __: Asked) -> Shown:
    """GET /design: every component in its states, for those who write templates."""
    return Shown("design.html", design_page(), "Design")


def sign_in(work: Work, asked: Asked) -> Shown | Go:
    """GET /sign-in: what to do without a session."""
    if work.actor.kind != "anonymous":
        return Go("/")
    text = "Open the one-time link that you were given. Whoever runs the system makes a new one with: xrm user link ADDRESS"
    return Shown("sign_in.html", SignInPage(title="Sign in", step="sent", text=text), "Sign in")


def sign_in_link(work: Work, asked: Asked) -> Shown:
    """GET /sign-in/{secret}: asks before it uses the link, so that a scanner of mails does not use it up."""
    page = SignInPage(
        title="Sign in", step="confirm", text=f"This link signs you in to {work.settings.organisation.name}. It works once.",
        action="/sign-in", hidden=(("token", asked.path["secret"]),), submit_label="Sign in",
    )  # fmt: skip
    return Shown("sign_in.html", page, "Sign in")


def use_link(work: Work, asked: Asked) -> Shown | Go:
    """POST /sign-in: trades the link for a session."""
    secret = accounts.use_link(work, asked.posted("token"))
    if secret is None:
        page = SignInPage(
            title="This link does not work",
            step="refused",
            text="It was used already, has expired, or was not copied whole. Ask for a new one.",
        )
        return Shown("sign_in.html", page, page.title, 403)
    secure = work.settings.server.base_url.startswith("https:")
    cookie = Cookie(
        key=SESSION_COOKIE,
        value=secret,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
    )
    return Go("/", cookies=(cookie,))


def sign_out(work: Work, asked: Asked) -> Go:
    """POST /sign-out."""
    accounts.end_session(work, asked.cookies.get(SESSION_COOKIE, ""))
    return Go("/sign-in", cookies=(Cookie(key=SESSION_COOKIE, value="", path="/", max_age=0),))


def preferences(_: Work, asked: Asked) -> Go:
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
    )
    return Go(own_path(asked.posted("next", "/")), cookies=(cookie,))


def _searchable(work: Work) -> list[Entity]:
    return [e for e in work.catalog.entities.values() if e.search and e.parent is None and not e.retired]


def search(work: Work, asked: Asked) -> Shown:
    """GET /search?q=: hits of all entities, a few of each."""
    q = asked.get("q").strip()
    groups = []
    for entity in _searchable(work) if q else ():
        page = lists.list_records(work, Query(entity.name, ("id", "display"), None, (), HITS, q=q))
        if page.rows:
            hits = tuple(
                SearchHit(
                    label=str(r["display"] or r["id"]),
                    href=entity_url(entity.name, str(r["id"])),
                    kind=say(entity.label, work.language),
                    icon=entity.icon,
                )
                for r in page.rows
            )
            plural = say(entity.plural, work.language)
            all_href = entity_url(entity.name) + "?" + urlencode({"q": q}) if page.next else ""
            groups.append(
                SearchGroup(
                    label=plural,
                    hits=hits,
                    count=f"{len(hits)}{'+' if page.next else ''}",
                    all_href=all_href,
                    icon=entity.icon,
                )
            )
    empty = (
        None
        if groups
        else EmptyState(
            title="Nothing found" if q else "Search everything",
            text="Try fewer or other words." if q else "Names, numbers, addresses.",
            icon="search",
        )
    )
    model = SearchPage(title=f"Search: {q}" if q else "Search", q=q, groups=tuple(groups), empty=empty)
    if asked.by_htmx:
        return Shown("fragments/search_hits.html", model, model.title, bare=True)
    return Shown("search.html", model, model.title)


def lookup(work: Work, asked: Asked) -> Shown:
    """GET /lookup/{entity}/{field}?q=: candidates for a link."""
    field = _asked_field(work, asked.path["entity"], asked.path["field"])
    if not field.columns or field.columns[0].kind.kind != "ref" or "xrm_file" in field.columns[0].kind.entities:
        raise NotFound("that field points to nothing", code="unknown_field")
    q, targets = asked.get("q").strip(), field.columns[0].kind.entities
    hits: list[SearchHit] = []
    for target in targets:
        entity = work.entity(target)
        for row in lists.lookup(work, target, q, 10 if len(targets) == 1 else 4):
            id = str(row["id"])
            kind = say(entity.label, work.language)
            hits.append(
                SearchHit(
                    id=id if len(targets) == 1 else f"{target}/{id}",
                    label=str(row["display"] or id),
                    href=entity_url(target, id),
                    kind=kind,
                    text=kind if len(targets) > 1 else "",
                    icon=entity.icon,
                )
            )
    page = LookupResults(q=q, hits=tuple(hits), more=len(hits) >= 10)
    return Shown("fragments/lookup_options.html", page, "", bare=True)


def _asked_field(work: Work, entity: str, name: str) -> Field:
    """A field of an entity, or one that an action of a plugin asks for."""
    owner = work.entity(entity)
    if name in owner.fields:
        return owner.fields[name]
    asked_for = (
        f for e, n in work.host.actions if e == entity for f in action_of(work.host, work.catalog, e, n).fields
    )
    found = next((f for f in asked_for if f.name == name), None)
    return found if found is not None else owner.field(name)


def filter_options(work: Work, asked: Asked) -> Shown:
    """GET /filter/{entity}?filter_field=: operators and value for the field chosen in the filter form."""
    entity = work.entity(asked.path["entity"])
    builder = builder_of(work, entity, "", chosen=asked.get("filter_field"))
    page = ListPage(title="", entity=entity.name, columns=(), rows=(), pager=Pager(text=""), builder=builder)
    return Shown("fragments/filter_value.html", page, "", bare=True)


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
    return JobRow(
        id=job.id, title=job.kind.replace("_", " "), state=Pill(label=NAMES[state], tone=TONES[state]), when=moment(work, job.run_at).text if job.run_at else "",  # type: ignore[arg-type]  # TONES holds tones
        text=str(job.payload.get("entity", "")), tries=str(job.attempts) if job.attempts else "", error=job.error or "",
        actions=(again,) if state == "dead" else (),
    )  # fmt: skip


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
