"""Dashboards arranged on the page: tiles moved, sized and left out, for oneself, one's department or everybody, each act taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

from msgspec import structs

from ..errors import BadRequest, Conflict, NotFound
from ..language import N_, _
from ..metamodel.dashboards import Dashboard, Tile, TileSize
from ..metamodel.text import say
from ..services import arranging
from ..services.arranging import Arranged, Layout
from ..services.work import Work
from . import focus
from .asked import Asked, Go, whole_number
from .models import Action, Link, Option
from .models.desk import Arranging, TilePanel
from .whose_dashboards import dashboard_of, exists, shared_with

SIZES: dict[TileSize, str] = {
    "small": N_("Small"),
    "medium": N_("Half"),
    "large": N_("Large"),
    "full": N_("Whole width"),
}
ICONS = {"me": "lock", "department": "users", "everybody": "globe"}
FOR, SEEN = "for", "seen"
"""Names that a form sends: for whom is arranged, and which version of it the page showed."""


def with_pairs(path: str, pairs: Sequence[tuple[str, str]], *more: tuple[str, str]) -> str:
    """An address with its parameters."""
    return f"{path}?{urlencode([*pairs, *more])}" if pairs or more else path


def asked_for(work: Work, asked: Asked) -> str:
    """For whom a page is being arranged; '' where it is not. What is not the reader's to arrange is his own."""
    wanted, allowed = asked.get("arrange"), arranging.audiences(work)
    return "" if not wanted or not allowed else wanted if wanted in allowed else "me"


def found(work: Work, dashboard: Dashboard, audience: str) -> Arranged:
    """The arrangement that is being made for somebody, on top of what holds for him anyway."""
    old = arranging.of_audience(work, dashboard.name, audience, focus.department(work))
    below = beneath(work, dashboard, old)
    return old if old.layout.says or below is None else structs.replace(old, layout=below.layout)


def shown(work: Work, dashboard: Dashboard) -> Arranged:
    """The arrangement that the reader is shown."""
    return arranging.in_force(work, dashboard.name, focus.line(work))


def beneath(work: Work, dashboard: Dashboard, old: Arranged) -> Arranged | None:
    """What holds where an arrangement says nothing: that of a department above, or everybody's."""
    line = focus.line(work)
    if old.audience == "everybody":
        return None
    if old.audience == "department":
        line = line[line.index(old.unit) + 1 :] if old.unit in line else ()
    return arranging.inherited(work, dashboard.name, line)


def in_order(work: Work, dashboard: Dashboard, by: Arranged) -> list[Tile]:
    """The tiles that the reader sees, in the order and sizes of an arrangement; those that it does not name as they were written."""
    gone, sizes = set(by.layout.hidden), by.layout.sizes
    tiles = [dashboard.tiles[n] for n in _whole(dashboard, by.layout) if n in dashboard.tiles and n not in gone]
    return [replace(t, size=size) if (size := sizes.get(t.name)) in SIZES else t for t in tiles if exists(work, t)]


def _whole(dashboard: Dashboard, layout: Layout) -> list[str]:
    """All names in their order, those too of tiles that only others see."""
    return [*layout.order, *(n for n in dashboard.tiles if n not in layout.order)]


def panel(
    work: Work, dashboard: Dashboard, by: Arranged, pairs: Sequence[tuple[str, str]], *, is_late: bool = False
) -> Arranging:
    """What stands around the tiles while they are arranged."""
    path = f"/dashboards/{dashboard.name}"
    stored = arranging.of_audience(work, dashboard.name, by.audience, focus.department(work))
    gone = [n for n in by.layout.hidden if n in dashboard.tiles and exists(work, dashboard.tiles[n])]
    hidden = tuple(
        TilePanel(
            name=n, title=say(dashboard.tiles[n].label, work.language), kind=dashboard.tiles[n].kind,
            moves=(_act(_("Show"), "eye", f"show:{n}"),),
        )
        for n in gone
    )  # fmt: skip
    allowed = arranging.audiences(work)
    whose = tuple(
        Link(
            label=_(arranging.AUDIENCES[a]),
            href=with_pairs(path, pairs, ("arrange", a)),
            icon=ICONS[a],
            current=a == by.audience,
        )
        for a in allowed
    )
    return Arranging(
        hint=_hint(work, by), whose=whose if len(whose) > 1 else (), hidden=hidden, can_go_back=stored.before is not None,
        reset=_reset(work, dashboard, by)[0] if stored.layout.says else "", sent=((FOR, by.audience), (SEEN, str(by.version))),
        late=arranging.late(work, stored).message if is_late else "",
    )  # fmt: skip


def _hint(work: Work, by: Arranged) -> str:
    if by.audience == "department":
        unit = str(by.unit)
        name = focus.label(work, unit) if unit in work.catalog.departments else unit
        return _("So they stand for those in {department} who have not arranged them for themselves.", department=name)
    if by.audience == "everybody":
        return _("So they stand for all who have not arranged them for themselves, and whose department has not.")
    return _("Only you see them so.")


def _reset(work: Work, dashboard: Dashboard, old: Arranged) -> tuple[str, str]:
    """(label of the button, what is said afterwards)."""
    below = beneath(work, dashboard, old)
    if below is None:
        return _("As it was written"), _("The dashboard is as it was written")
    if below.audience == "department":
        return _("Reset to the department's"), _("The dashboard is as your department arranged it")
    return _("Reset to everybody's"), _("The dashboard is as it was arranged for everybody")


def _act(label: str, icon: str, act: str, id: str = "", closed: str = "") -> Action:
    return Action(label=label, icon=icon, fields=(("act", act),), method="post", id=id, closed=closed)


def movable(panel: TilePanel, place: int, many: int, audience: str) -> TilePanel:
    """A tile with what moves, sizes and hides it; what is fetched later can be moved too."""
    moves = (
        _act(_("Move {name} forward", name=panel.title), "arrow-left", f"earlier:{panel.name}", f"earlier-{panel.name}", "1" if place == 0 else ""),
        _act(_("Move {name} back", name=panel.title), "arrow-right", f"later:{panel.name}", f"later-{panel.name}", "1" if place == many - 1 else ""),
        _act(_("Hide {name}", name=panel.title), "eye-off", f"hide:{panel.name}", f"hide-{panel.name}"),
    )  # fmt: skip
    sizes = tuple(Option(value=f"{s}:{panel.name}", label=_(n), selected=s == panel.size) for s, n in SIZES.items())
    src = panel.src and f"{panel.src}{'&' if '?' in panel.src else '?'}arrange={audience}"
    return structs.replace(panel, moves=moves, sizes=sizes, src=src)


def arrange(work: Work, asked: Asked) -> Go:
    """POST /dashboards/{name}/arrange: `act` is earlier, later, hide, show (each with `:tile`), size (`size:tile` in `size`), order
    (all names in `order`), reset, or back: as it was before the last of these. `for` says for whom, `seen` which version was shown."""
    dashboard = dashboard_of(work, asked.path["name"])
    audience = asked.posted(FOR) or "me"
    dashboard = shared_with(dashboard, audience)
    old = arranging.of_audience(work, dashboard.name, audience, focus.department(work))
    act, _colon, name = asked.posted("act").partition(":")
    if asked.posted("size") and not act:
        size, _colon, name = asked.posted("size").partition(":")
        act = f"size={size}"
    new, told = old.before, ""
    if act == "reset":
        new, told = Layout(), _reset(work, dashboard, old)[1]
    elif act != "back":
        new = _arranged(work, dashboard, found(work, dashboard, audience), act, name, asked.posted_all("order"))
    seen = whole_number(asked.posted(SEEN)) or 0
    try:
        arranging.keep(work, dashboard.name, old, new or Layout(), seen, goes_back=act == "back")
    except Conflict as fault:
        if fault.code != arranging.LATE:
            raise
        work.forget()
        return _back(asked, dashboard, audience, name, fault.message, is_late=True)
    return _back(asked, dashboard, audience, name, told)


def _arranged(work: Work, dashboard: Dashboard, by: Arranged, act: str, name: str, order: Sequence[str]) -> Layout:
    """The arrangement after one act. Raises BadRequest for an act that there is not, NotFound for such a tile."""
    seen, layout = [t.name for t in in_order(work, dashboard, by)], by.layout
    whole = _whole(dashboard, layout)
    if act == "order":
        given = [n for n in dict.fromkeys(order) if n in seen]
        return structs.replace(layout, order=arranging.woven(whole, [*given, *(n for n in seen if n not in given)]))
    if name not in dashboard.tiles:
        raise NotFound(_("there is no such tile"), code="unknown_tile")
    if act in ("earlier", "later") and name in seen:
        place = seen.index(name)
        to = max(0, min(len(seen) - 1, place + (-1 if act == "earlier" else 1)))
        seen.insert(to, seen.pop(place))
        return structs.replace(layout, order=arranging.woven(whole, seen))
    hidden = tuple(n for n in layout.hidden if n != name)
    if act == "hide":
        return structs.replace(layout, hidden=(*hidden, name), order=arranging.woven(whole, seen))
    if act == "show":
        return structs.replace(layout, hidden=hidden, order=arranging.woven(whole, seen))
    size = act.removeprefix("size=")
    if act.startswith("size=") and size in SIZES:
        return structs.replace(layout, sizes={**layout.sizes, name: size})
    raise BadRequest(_("a tile is moved, sized, hidden or shown"), code="bad_act")


def _back(asked: Asked, dashboard: Dashboard, audience: str, name: str, told: str, *, is_late: bool = False) -> Go:
    kept = [(k, v) for k, v in asked.form if k in ("period", "owner") and isinstance(v, str) and v]
    more = [("arrange", audience), *([("late", "1")] if is_late else [])]
    anchor = f"#tile-{name}" if name and not is_late else ""
    url = with_pairs(f"/dashboards/{dashboard.name}", kept, *more) + anchor
    return Go(url, told if not is_late else "")
