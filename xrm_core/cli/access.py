"""Commands about access: needs, explain, map, diff, log, prove."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import NotFound
from .acting import asking
from .opening import AS, JSON, ROOT, host_of, opened
from .output import counted, print_json, print_table, progress, say

if TYPE_CHECKING:
    from ..access.access_diff import Shift
    from ..access.access_map import AccessMap
    from ..access.explaining import Explanation


@click.group("access")
def access_command() -> None:
    """Who may do what, why, and what was done: needs, explain, map, diff, log, prove."""


@access_command.command("needs")
@click.option("--department", help="Only this one.")
@ROOT
@JSON
def needs_command(department: str | None, root: Path, as_json: bool) -> None:
    """Print what each department sees and why, fields without a class, classes nobody needs, and all exceptions."""
    from dataclasses import asdict

    from ..access.needs_report import needs_report

    report = needs_report(_catalog(root))
    if as_json:
        print_json(asdict(report))
        return
    for one in report.departments:
        if department in (None, one.department):
            say(f"\n{one.department}  (roles: {', '.join(one.roles) or 'none'})")
            rows = []
            for need in one.needs:
                why = f"{need.cell} of {need.column}" if need.cell != "-" else "exceptions"
                rows.append((need.data_class, why, counted(len(need.fields), "field"), ", ".join(need.roles)))
            print_table(("class", "why", "sees", "through grants to"), rows)
    say(f"\nfields without a class: {len(report.unclassed)}")
    for name, place in report.unclassed:
        say(f"  {name}  {place}")
    say(f"classes that nobody needs by the matrix: {', '.join(report.unneeded) or 'none'}")
    say(f"classes that no field has: {', '.join(report.unused) or 'none'}")
    say(f"exceptions: {len(report.exceptions)}")
    for e in report.exceptions:
        beyond = f"beyond the matrix: {', '.join(e.beyond)}" if e.beyond else "nothing beyond the matrix"
        say(f"  {e.role} {'/'.join(e.verbs)} {e.entity}: {', '.join(e.fields)} ({beyond})  {e.place}")


def _catalog(root: Path) -> Any:
    from ..services.organisation import compile_organisation
    from ..services.settings import load_settings

    settings = load_settings(root)
    return compile_organisation(settings, host_of(settings))


@access_command.command("explain")
@click.argument("user")
@click.argument("entity")
@click.argument("id", required=False)
@click.option("--field", help="One of its fields.")
@click.option(
    "--verb", default="read", show_default=True, help="read, create, update, delete, a transition, an action."
)
@AS
@ROOT
@JSON
def explain_command(
    user: str, entity: str, id: str | None, field: str | None, verb: str, as_user: str | None, root: Path, as_json: bool
) -> None:
    """Print whether USER (e-mail address or id) may do something, by which grant, as which SQL, and what would open it.

    Without ID the question is whether the verb is open on any record of ENTITY.
    """
    from dataclasses import asdict

    from ..services.access_explain import explain_access

    with asking(opened(root), as_user, "access explain") as work:
        told = explain_access(work, user, entity, id, verb=verb, field=field)
    print_json(asdict(told)) if as_json else _print_explanation(told)


def _print_explanation(told: Explanation) -> None:
    what = f"{told.entity}{f'.{told.field}' if told.field else ''}{f' {told.id}' if told.id else ''}"
    say(f"{told.user}, {told.verb} {what}: {'ALLOWED' if told.allowed else 'REFUSED'}")
    say(f"  {told.because}")
    say(f"rows: {told.rows or 'all'}" + (f"\nfield where: {told.on or 'the record is open'}" if told.field else ""))
    if told.fields is not None:
        say(f"fields: {', '.join(told.fields) or 'none'}")
    if told.need is not None:
        cells = ", ".join(f"{who}: {cell} (column {column})" for who, column, cell in told.need.cells)
        say(f"class {told.need.data_class}: {cells or 'no column of the matrix speaks for this user'}")
    for r in told.reasons:
        holds = {None: "", True: "  holds", False: "  does not hold"}[r.holds]
        field = "" if told.field is None or r.opens else f"  (does not name {told.field})"
        say(f"  {r.kind} to {r.role}  {r.place}  where {r.condition or 'true'}{holds}{field}")
    if told.sql:
        say(f"reads as: {told.sql}")
        if told.parameters:
            say(f"  with: {', '.join(told.parameters)}")
    if told.ways:
        say("would open it, one of:")
        for way in told.ways:
            say(f"  {way.text}" + (f"  ({', '.join(way.places)})" if way.places else ""))


@access_command.command("map")
@click.option("--role", "who", help="Only this role, or 'everyone'.")
@click.option("--entity", help="Only this entity.")
@click.option("--parts", is_flag=True, help="Child rows too, which follow the record that they belong to.")
@ROOT
@JSON
def map_command(who: str | None, entity: str | None, parts: bool, root: Path, as_json: bool) -> None:
    """Print who does what: for each role and department the entities, verbs, rows and classes of data."""
    from ..access.access_map import access_map

    catalog = _catalog(root)
    found = access_map(catalog)
    if as_json:
        print_json(found.to_json())
        return
    _known("role", who, [subject.name for subject in found.subjects])
    _known("entity", entity, catalog.entities)
    shown = {e.name for e in catalog.entities.values() if parts or e.parent is None or e.name == entity}
    for subject in found.subjects:
        if who not in (None, subject.name):
            continue
        rows = [
            (line.entity, ", ".join(line.verbs), ", ".join(line.classes), line.condition)
            for line in found.lines(subject.name)
            if line.entity in shown and entity in (None, line.entity)
        ]
        if rows:
            say(f"\n{subject.name}" + (f"  ({subject.department})" if subject.role and subject.department else ""))
            print_table(("entity", "verbs", "classes", "rows"), rows)


def _known(what: str, name: str | None, names: Iterable[str]) -> None:
    """Raise NotFound, with the nearest, where a name is none of these."""
    if name is None or name in names:
        return
    near = get_close_matches(name, list(names), 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(names))}"
    raise NotFound(f"there is no {what} {name!r}", code="not_found", hint=hint)


@access_command.command("diff")
@click.argument("before", default="force")
@click.argument("after", default="files")
@ROOT
@JSON
def diff_command(before: str, after: str, root: Path, as_json: bool) -> None:
    """Print who gains and who loses between two states of the metadata.

    A state is `force` (what the database holds as in force), `files` (the folder as it stands), a folder of metadata or of an
    organisation, or a revision of git. Without any: from what is in force to the files.
    """
    from ..access.access_diff import access_diff
    from ..services.access_force import map_of_state
    from ..services.settings import load_settings
    from ..storage.database import Database

    settings = load_settings(root)
    host = host_of(settings)
    database = Database(settings.database_url, functions=tuple(host.functions.values()))
    try:
        maps: list[AccessMap] = [map_of_state(settings, host, state, database) for state in (before, after)]
    finally:
        database.dispose()
    shifts = access_diff(*maps)
    print_json([shift_json(s) for s in shifts]) if as_json else print_shifts(shifts, "nobody gains or loses anything")


def shift_json(shift: Shift) -> dict[str, Any]:
    """A difference for programs."""
    from dataclasses import asdict

    return asdict(shift)


def _together(shifts: list[Shift]) -> list[Shift]:
    """Shifts of one kind, those alike for several people or verbs as one; what everyone gains is not said of each role again."""
    from dataclasses import replace

    verbs: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for s in shifts:
        verbs.setdefault((s.who, s.entity, s.what, s.places), []).append(s.verb)
    people: dict[tuple[str, str, str, tuple[str, ...]], list[str]] = {}
    for (who, entity, what, places), names in verbs.items():
        people.setdefault((entity, ", ".join(names), what, places), []).append(who)
    first = {(s.entity, s.what, s.places): s for s in reversed(shifts)}
    return [
        replace(first[entity, what, places], who="everyone" if "everyone" in who else ", ".join(who), verb=names)
        for (entity, names, what, places), who in people.items()
    ]


def print_shifts(shifts: list[Shift], none: str = "") -> None:
    """Who gains, who loses, and whose rows change in a way that is neither; what is alike for several is said once."""
    for kind, title in (("gains", "access gained"), ("loses", "access lost"), ("changes", "access changed")):
        found = [s for s in shifts if s.kind == kind]
        if found:
            say(f"{title}:")
            for shift in _together(found):
                say(f"  {shift}")
    if not shifts and none:
        say(none)


@access_command.command("log")
@click.option("--who", default="", help="Part of a name, or the id of a user.")
@click.option("--kind", "kinds", multiple=True, help="sign_in, refused, export, ...; may be repeated.")
@click.option("--entity", default="")
@click.option("--record", default="", help="Id of a record.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Before this day (UTC).")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option(
    "--forget-before", type=click.DateTime(["%Y-%m-%d"]),
    help="Remove what is older than this day, at least 30 days back. There is no other way to remove anything.",
)  # fmt: skip
@ROOT
@JSON
def log_command(
    who: str, kinds: tuple[str, ...], entity: str, record: str, since: datetime | None, until: datetime | None, limit: int,
    forget_before: datetime | None, root: Path, as_json: bool,
) -> None:  # fmt: skip
    """Print the log of access, the newest first: sign-ins, refusals, exports, changes of rights, reads that are told."""
    from ..errors import BadRequest
    from ..metamodel.values import SYSTEM
    from ..services import access_log
    from ..storage.access_log import Wanted

    if unknown := set(kinds) - set(access_log.KINDS):
        raise BadRequest(f"there is no kind {sorted(unknown)[0]!r}", hint=f"one of: {', '.join(access_log.KINDS)}")
    runtime = opened(root)
    if forget_before is not None:
        _forget(runtime, forget_before, as_json)
        return
    wanted = Wanted(who, kinds, entity, record, _utc(since), _utc(until))
    with runtime.work(SYSTEM, "cli") as work:
        events = access_log.read(work, wanted, limit)
    if as_json:
        print_json([access_log.event_json(e) for e in events])
        return
    rows = [(f"{e.at:%Y-%m-%d %H:%M:%S}", e.kind, e.actor_name, e.entity, e.record_id, e.door, access_log.summary(e)) for e in events]  # fmt: skip
    print_table(("at (UTC)", "kind", "who", "entity", "record", "door", "what"), rows)


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


def _forget(runtime: Any, day: datetime, as_json: bool) -> None:
    from ..errors import BadRequest
    from ..metamodel.values import SYSTEM
    from ..services import access_log

    if day.date() > date.today() - timedelta(days=30):  # a day or two do not matter here
        raise BadRequest("the last 30 days of the log are always kept", hint="name an earlier day")
    with runtime.work(SYSTEM, "cli", write=True) as work:
        gone = access_log.forget(work, day.replace(tzinfo=UTC))
    print_json({"removed": gone}) if as_json else say(f"{counted(gone, 'row')} removed")


@access_command.command("prove")
@click.option("--role", "roles", multiple=True, help="Only this role, or 'nobody'; may be repeated.")
@click.option("--entity", "entities", multiple=True, help="Only this entity; may be repeated.")
@click.option("--channel", "channels", multiple=True, help="Only this channel; may be repeated.")
@ROOT
@JSON
@click.pass_obj
def prove_command(
    create_app: Any, roles: tuple[str, ...], entities: tuple[str, ...], channels: tuple[str, ...], root: Path, as_json: bool
) -> None:  # fmt: skip
    """Prove access: every role before every entity through every channel, on sample records, against a second, naive reading of
    the rules. Works on a database of its own; exit code 1 where an answer disagrees."""
    from ..errors import BadRequest
    from ..services.proving import CHANNELS, prove, proving_ground

    if unknown := set(channels) - CHANNELS.keys():
        raise BadRequest(f"there is no channel {sorted(unknown)[0]!r}", hint=f"one of: {', '.join(CHANNELS)}")
    with proving_ground(root) as runtime:
        app = create_app(runtime, worker=False, watch=False)
        with progress("proving") as move:
            report = prove(
                runtime, app, roles=frozenset(roles) or None, entities=frozenset(entities) or None,
                channels=frozenset(channels) or None, tell=move,
            )  # fmt: skip
    if as_json:
        print_json(report.to_json())
    else:
        for cell in report.problems:
            say(f"{cell.role}, {cell.verb} {cell.entity} by {cell.channel}: {cell.differs}")
        for cell in report.unsaid:
            say(f"not decided: {cell.role}, {cell.entity} by {cell.channel}: {cell.unsaid}")
        told = f"{counted(len(report.cells), 'cell')}, {counted(report.probes, 'question')}, {report.seconds:.0f} s"
        say(f"{told}: {counted(len(report.problems), 'disagreement')}")
    if report.problems:
        raise SystemExit(1)
