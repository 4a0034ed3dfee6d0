"""The third step of an import: what would become of the rows, by status and reason; cells are mended and rows passed over in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import XrmError
from ..language import _, ngettext
from ..metamodel.values import Actor
from ..services import importjobs
from ..services.importing.checking import group_of, mend
from ..services.importing.drafts import Part
from ..services.importing.faulty import unfilled, wrong_columns
from ..services.importing.laying import laid_out
from ..services.runtime import Runtime
from ..services.work import Work
from .asked import Asked, Go, Sent, Shown, whole_number
from .cells import capital, figure
from .import_choice import STATUSES
from .import_paths import said_path, said_value
from .import_values import choices, in_the_way, label_of_field, said_of, slot_of
from .import_wizard import Visit, error_of, labels_of, told_group, told_problem
from .models import Action, FormError, FormField, Progress, Stat
from .models.forms import Widget
from .models.importing import CheckedRow, Group, ImportCheckPage
from .standing import waits

PER_PAGE = 50
IN_GROUP = 5_000
"""Rows of one reason that may be passed over together."""
CELLS = 200
"""Columns of a row that can be mended."""


def show(work: Work, asked: Asked) -> Shown | Go | Sent:
    """GET /import/{id}/check."""
    visit = Visit(work, asked)
    if visit.step == "mapping" or (away := visit.elsewhere("check")) is not None:
        return Go(visit.href(visit.step)) if visit.step != "check" else away or Go(visit.href())
    if visit.check is None:
        if asked.by_htmx or not asked.get("status"):
            return visit.shown("import_check.html", _waiting(visit))
    elif asked.by_htmx and asked.get("wait"):
        return Sent(b"", "text/html", {"HX-Redirect": visit.href("check")})
    return _page(visit, asked)


def _waiting(visit: Visit) -> ImportCheckPage:
    done = importjobs.checked_rows(visit.work, visit.id)
    text = (
        ngettext("{n} row looked at", "{n} rows looked at", done, n=figure(visit.work, done))
        if done
        else _("nothing is written")
    )
    stop = Action(label=_("Stop"), href=visit.href("stop"), method="post", id="stop-check")
    progress = Progress(
        label=_("Checking the rows"),
        done=done,
        total=0,
        text=text,
        poll_url=visit.href("check", wait=1),
        cancel=stop,
        note=waits(visit.work, importjobs.job_of(visit.work, visit.id, (importjobs.CHECK,))),
    )
    return ImportCheckPage(wizard=visit.wizard("check"), progress=progress)


def _page(visit: Visit, asked: Asked, errors: tuple[FormError, ...] = ()) -> Shown:
    work, check = visit.work, visit.check or {}
    back = (
        Action(label=_("Back to the columns"), href=visit.href("mapping"), icon="arrow-left")
        if visit.plan is not None
        else None
    )
    again = Action(
        label=_("Check all again"), href=visit.href("again"), method="post", icon="refresh-cw", id="check-again"
    )
    if check.get("error"):
        told = capital(check["error"]) + (f" ({check['hint']})" if check.get("hint") else "")
        page = ImportCheckPage(wizard=visit.wizard("check", 0, (FormError(text=told),)), back=back, again=again)
        return visit.shown("import_check.html", page)
    counts = check.get("counts", {})
    status = asked.get("status") or next(
        (s for s in ("refused", "created", "updated", "unchanged") if counts.get(s)), "created"
    )
    group = asked.get("group")
    groups = check.get("groups", []) if status == "refused" else []
    chosen = _chosen(groups, group)
    before = -(whole_number(asked.get("after")) or 0)
    rows, after = _rows(visit, status, chosen, before)
    one = next((n for n, g in enumerate(groups) if g["text"] == chosen), 0 if len(groups) == 1 else None)
    way = groups[one] if one is not None else None
    labels = labels_of(visit)
    faults = Counter(map(_fault, rows))
    good = sum(counts.get(k, 0) for k in ("created", "updated", "unchanged"))
    label = ngettext("Import {n} row", "Import {n} rows", good, n=figure(work, good))
    here = visit.href("check", status=status, group=group)
    page = ImportCheckPage(
        wizard=visit.wizard("check", 0, errors),
        stats=stats_of(work, counts, lambda s: visit.href("check", status=s)),
        status=status,
        status_label=next(s.label for s in stats_of(work, {status: 1}, str) if s.href == status),
        groups=tuple(
            Group(text=told_group(labels, g["text"]), count=figure(work, g["count"]), href=visit.href("check", status="refused", group=n), current=g["text"] == chosen)
            for n, g in enumerate(groups[:12])
        ),
        rows=tuple(_row(visit, row, labels, faults[_fault(row)] > 1) for row in rows),
        rows_text=_told(visit, status, counts.get(status, 0), bool(rows)),
        notes=tuple(capital(n["text"]) + (f" ({n['count']})" if n["count"] > 1 else "") for n in check.get("notes", [])[:20]),
        values=in_the_way(visit, _part(visit, way.get("file", "")), way, str(one)) if way is not None else None,
        unfilled=_unfilled(visit, rows),
        mend_url=visit.href("mend"),
        here=here,
        skip_all=_skip_all(visit, group, chosen) if status == "refused" and rows else None,
        again=again if visit.row["settings"].get("mends") else None,
        start=Action(label=label, href=visit.href("run"), method="post", icon="play", style="primary", id="save") if good else None,
        back=back,
        next_href=visit.href("check", status=status, group=group, after=-after) if after else "",
    )  # fmt: skip
    return visit.shown("import_check.html", page, 422 if errors else 200)


def stats_of(work: Work, counts: dict[str, int], href: Any = None) -> tuple[Stat, ...]:
    """The counts by status; with addresses they filter."""
    return tuple(
        Stat(
            label=_("Will change") if key == "updated" and href is not None else _(label), value=figure(work, counts.get(key, 0)), tone=tone if counts.get(key) else "neutral",  # type: ignore[arg-type]
            href=href(key) if href is not None and counts.get(key) else "",
        )
        for key, label, tone in STATUSES
        if key != "left_out" or counts.get(key)
    )  # fmt: skip


def _chosen(groups: Sequence[Mapping[str, Any]], group: str) -> str | None:
    """The text of the group of problems that was asked for; None for all of them."""
    number = whole_number(group)
    return str(groups[number]["text"]) if number is not None and number < len(groups) else None


def _rows(visit: Visit, status: str, group: str | None, before: int) -> tuple[list[dict[str, Any]], int]:
    """Rows of a page, and the number behind which the next one begins (0: there is none)."""
    found: list[dict[str, Any]] = []
    while True:
        more = importjobs.check_rows(visit.work, visit.id, status, before, PER_PAGE + 1 if group is None else 500)
        found += [row for row in more if group is None or group_of(row["problems"]) == group]
        if len(found) > PER_PAGE:
            return found[:PER_PAGE], found[PER_PAGE - 1]["number"]
        if len(more) < (PER_PAGE + 1 if group is None else 500):
            return found, 0
        before = more[-1]["number"]


def _told(visit: Visit, status: str, count: int, some: bool) -> str:
    if not count:
        return _("There are none.")
    if not some:
        return _("No further ones are kept to look at; all of them are counted.")
    return {
        "refused": _("Mend a cell and the row is checked again, or pass the row over. What is left refused comes back in a file after the run."),
        "updated": _("What is stored, and what it would become."),
        "created": _("The first of the records that would be made."),
        "unchanged": _("Everything of these rows is stored already."),
        "left_out": _("Rows that the mapping leaves out, or that you passed over."),
    }[status]  # fmt: skip


def _skip_all(visit: Visit, group: str, chosen: str | None) -> Action:
    label = _("Pass over all of this reason") if chosen is not None else _("Pass over all of them")
    return Action(
        label=label,
        href=visit.href("mend"),
        method="post",
        icon="eye-off",
        fields=(("group", group), ("all", "true")),
        id="skip-all",
    )


def _row(visit: Visit, row: dict[str, Any], labels: Mapping[str, str], alike: bool) -> CheckedRow:
    given, problems = row["given"], row["problems"] or []
    part = _part(visit, given["file"])
    several = visit.plan is None or len(visit.plan.parts) > 1
    values = _values(visit, given)
    refused = row["state"] == "check_refused"
    wrong = _wrong(part, values, problems) if refused else []
    cells = tuple(
        _cell(visit.work, part, place, column, values[column]) for place, column in enumerate(values) if column in wrong
    )
    nested = "data" in given
    rest = tuple(
        (said_path(c) if nested else c, said_value(v)[:80] if nested else v[:80])
        for c, v in values.items()
        if v and c not in wrong and not (nested and v == "False")
    )[:6]
    return CheckedRow(
        number=-row["number"], line=figure(visit.work, given["line"]), file=given["file"] if several else "",
        problems=tuple(told_problem(labels, p) for p in problems), hints=tuple(p["hint"] for p in problems if p.get("hint")),
        cells=cells, rest=rest, changes=tuple((c[0], c[1], c[2]) for c in given.get("changes", [])), mended=bool(given.get("mended")),
        alike=alike and bool(cells), skip=refused,
    )  # fmt: skip


def _cell(work: Work, part: Part | None, place: int, column: str, text: str) -> FormField:
    """A cell as it is mended: chosen where there is a list, in several lines where it has some."""
    options = choices(work, slot_of(work, part, column), text) if part is not None and part.entity else ()
    widget: Widget = "select" if options else "long_text" if "\n" in text else "text"
    label = said_path(column) if part is not None and part.nested else column
    return FormField(name=f"cell.{place}", label=label, widget=widget, value=text, options=options)


def _part(visit: Visit, name: str) -> Part | None:
    return next((p for p in visit.plan.parts if p.name == name), None) if visit.plan is not None else None


def _values(visit: Visit, given: dict[str, Any]) -> dict[str, str]:
    """The cells of a row by column; those behind the last heading are named by their place."""
    if "data" in given:  # nested data are shown as their paths
        return dict(laid_out(given["data"]))
    part = _part(visit, given["file"])
    columns = (
        part.headings
        if part is not None and part.headings
        else list(visit.row["settings"].get("columns", {}).get(given["file"], []))
    )
    cells = list(given.get("cells") or [])
    names = [*columns, *(_("column {n}", n=n + 1) for n in range(len(columns), len(cells)))]
    return dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=False))


def _wrong(part: Part | None, values: dict[str, str], problems: list[dict[str, Any]]) -> list[str]:
    """The columns whose cells can be mended: those of the fields that are wrong, else all that are taken; none where what is
    wrong is that no column goes to a field."""
    found = wrong_columns(part, problems)
    if found:
        return [c for c in found if c in values]
    if unfilled(part, problems):
        return []
    taken = (
        [c for c in values if part.columns.get(c) or part.key == f"column:{c}"]
        if part is not None and any(p.get("field") for p in problems)
        else []
    )
    return (taken or list(values))[:CELLS]


def _unfilled(visit: Visit, rows: Sequence[Mapping[str, Any]]) -> str:
    """The required fields to which no column goes, of the rows that are shown; '' where there are none."""
    names: dict[str, None] = {}
    for row in rows:
        part = _part(visit, row["given"]["file"]) if row["state"] == "check_refused" else None
        if part is not None:
            names |= dict.fromkeys(label_of_field(visit.work, part, n) for n in unfilled(part, row["problems"] or []))
    return ", ".join(names)


def put(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /import/{id}/mend: other cells for a row, or rows passed over; they are checked again."""
    with runtime.work(actor, "web") as work:
        visit = Visit(work, asked)
        if (away := visit.elsewhere("check")) is not None or visit.check is None:
            return away or Go(visit.href("check"))
        said = _said(visit, asked)
    back = asked.posted("here") or visit.href("check")
    back = back if back.startswith(visit.href("check")) else visit.href("check")
    try:
        mend(runtime, actor, visit.id, said)
    except XrmError as fault:
        if fault.status not in (404, 409, 422):
            raise
        with runtime.work(actor, "web") as work:
            return _page(Visit(work, asked), asked, (error_of(fault),))
    left = [s for s in said.values() if s is None]
    text = (
        ngettext("{n} row is passed over", "{n} rows are passed over", len(left))
        if left
        else ngettext("The row was checked again", "{n} rows were checked again", len(said))
    )
    return Go(back, text)


def _said(visit: Visit, asked: Asked) -> dict[int, Any]:
    """What the form says of rows: cells by the number of the row, or None for those that are passed over."""
    if asked.has("all"):
        groups, group = (visit.check or {}).get("groups", []), asked.posted("group")
        chosen = _chosen(groups, group)
        rows = importjobs.check_rows(visit.work, visit.id, "refused", 0, IN_GROUP)
        return {row["number"]: None for row in rows if chosen is None or group_of(row["problems"]) == chosen}
    number = asked.posted("row")
    row = -(whole_number(number) or 0)
    if asked.has("skip"):
        return {row: None}
    found = next(
        (r for r in importjobs.check_rows(visit.work, visit.id, "refused", row + 1, 1) if r["number"] == row), None
    )
    if found is None:
        return {}
    values = _values(visit, found["given"])
    said = {
        name: text if _flat(text) != _flat(value) else value
        for n, (name, value) in enumerate(values.items())
        if asked.has(f"cell.{n}") and (text := asked.posted(f"cell.{n}")) is not None
    }
    return {row: said, **(_alike(visit, found, said) if asked.has("alike") else {})}


def _flat(text: str) -> str:
    """A text with the line ends that browsers send."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _alike(visit: Visit, found: dict[str, Any], said: Mapping[str, str]) -> dict[int, Any]:
    """The same change for the other refused rows of the file that have the same wrong values for the same reason."""
    values = _values(visit, found["given"])
    changed = {column: text for column, text in said.items() if text != values[column]}
    told: dict[int, Any] = {}
    for row in importjobs.check_rows(visit.work, visit.id, "refused", 0, IN_GROUP) if changed else ():
        if row["number"] == found["number"] or _fault(row) != _fault(found):
            continue
        cells = _values(visit, row["given"])
        if all(cells.get(column) == values[column] for column in changed):
            told[row["number"]] = changed
    return told


def _fault(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two rows with the same trouble have in common: file and reasons, with the values in them."""
    return row["given"]["file"], *((p.get("field"), p["message"]) for p in row["problems"] or [])


def put_values(runtime: Runtime, actor: Actor, asked: Asked) -> Shown | Go:
    """POST /import/{id}/values: other values for those that are in the way, in all rows; all of it is checked again."""
    with runtime.work(actor, "web") as work:
        visit = Visit(work, asked)
        if (away := visit.elsewhere("check")) is not None or visit.check is None:
            return away or Go(visit.href("check"))
        groups, number = visit.check.get("groups", []), whole_number(asked.posted("group"))
        group = groups[number] if number is not None and number < len(groups) else {}
        said = said_of(asked, group)
        if not said:
            errors = (FormError(text=_("Say for at least one value what stands for it")),)
            return _page(visit, asked, errors)
    importjobs.say_values(runtime, actor, visit.id, group["file"], group["column"], said)
    text = ngettext("One value is replaced in all rows", "{n} values are replaced in all rows", len(said))
    return Go(visit.href("check"), text)


def again(runtime: Runtime, actor: Actor, asked: Asked) -> Go:
    """POST /import/{id}/again: check all rows once more."""
    importjobs.check_again(runtime, actor, str(asked.path["id"]))
    return Go(f"/import/{asked.path['id']}/check")


def stop(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/stop: stop the check; nothing was written."""
    importjobs.stop_check(work, str(asked.path["id"]))
    return Go(f"/import/{asked.path['id']}/check", _("The check stops after the rows at hand"))


def start(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/run: have the import carried out, or go on with one that stopped."""
    importjobs.queue_run(work, str(asked.path["id"]))
    return Go(f"/import/{asked.path['id']}/run")


def cancel(work: Work, asked: Asked) -> Go:
    """POST /import/{id}/cancel."""
    importjobs.cancel(work, str(asked.path["id"]))
    return Go(f"/import/{asked.path['id']}", _("The import stops after the rows at hand"))
