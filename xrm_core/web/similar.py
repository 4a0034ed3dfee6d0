"""Records that look like one and the same: beside the form of a new one, and in pairs on a page that leads into merging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from msgspec import structs

from ..errors import NotFound
from ..expressions import one_of
from ..fields.locales import show_date
from ..language import N_, _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..metamodel.values import Query
from ..services import apart, lists, similar
from ..services.likeness import POSSIBLE, SAME_NAME, Likeness
from ..services.sight import is_open
from ..services.work import Work
from .asked import Asked, Go, Shown
from .cells import cell_of, in_sentence, title_of
from .days import day_of, day_title
from .joining import join_url, merge_of
from .models import Action, Column, EmptyState, Link, Row, SimilarBox, SimilarPage, SimilarPair, SimilarRecord, Tone
from .offered import list_of, verdict
from .paths import resolve
from .posted import is_id
from .shell import entity_url

LOOK = "_similar"
"""What `_refresh` says when a form asks for records that look like what is typed in it."""
DIFFERS = "_differs"
"""Name of the button, and of the hidden inputs, that say of one of them that it is not the same; the value is its id."""
USE = "_use"
"""Name of the button that takes one of them in place of a new record; its value is the id."""
GRADES: Mapping[str, tuple[str, Tone]] = {
    "certain": (N_("Most likely the same"), "warn"),
    "probable": (N_("Probably the same"), "warn"),
    "possible": (N_("Possibly the same"), "neutral"),
}
COLUMNS, MOST_APART = 5, 50
"""Columns of a pair; records that a new one is told apart from, at most."""


def box_of(
    work: Work, entity: Entity, values: Mapping[str, Any] | None = None, differs: Sequence[str] = ()
) -> SimilarBox:
    """The place in the form of a new record; with `values`, what was typed so far, what looks like it and is not said to differ."""
    if entity.similar is None or not is_open(work, entity.name):
        return SimilarBox()
    differs = tuple(dict.fromkeys(differs))[:MOST_APART]
    found = similar.like_typed(work, entity, values, differs=differs) if values else []
    items = tuple(
        _record(work, entity, one.id, one.title, one.likeness, one.shared, about(work, entity, one.raw))
        for one in found
    )
    if not found:
        return SimilarBox(looks=True, differs=differs)
    kind, plural = (in_sentence(work, say(text, work.language)) for text in (entity.label, entity.plural))
    one = _("Looks like an existing {kind}", kind=kind)
    title = one if len(found) == 1 else _("Looks like {n} existing {plural}", n=len(found), plural=plural)
    return SimilarBox(title=title, looks=True, similar=items, differs=differs)


def about(work: Work, entity: Entity, raw: similar.Raw) -> str:
    """What tells a record from others of the same name: where it is, or the day that is compared."""
    near = entity.similar.near if entity.similar is not None else ()
    told = {path: _text(work, value) for path, value in raw if path in near and value not in (None, "")}
    return " ".join(told[path] for path in near if path in told)


def _record(
    work: Work, entity: Entity, id: str, title: str, alike: Likeness, shared: similar.Shared, about: str = ""
) -> SimilarRecord:
    label, tone = GRADES[alike.grade]
    why = tuple(reasons(work, entity, alike, shared))
    return SimilarRecord(
        id=id, title=title, href=entity_url(entity.name, id), grade=_(label), tone=tone, why=why, about=about
    )


def reasons(work: Work, entity: Entity, alike: Likeness, shared: similar.Shared) -> list[str]:
    """Why two records are taken for one, in words."""
    made = []
    if alike.score >= SAME_NAME:
        made.append(_("Same name"))
    elif alike.score >= POSSIBLE or not shared:
        made.append(_("Similar name"))
    return made + [
        _("{field}: {value}", field=_label(work, entity, path), value=_text(work, value)) for path, value in shared
    ]


def _label(work: Work, entity: Entity, path: str) -> str:
    return say(entity.field(path.partition(".")[0]).label, work.language)


def _text(work: Work, value: Any) -> str:
    if isinstance(value, date):
        return show_date(value, work.language)
    return str(value)


def similar_page(work: Work, asked: Asked) -> Shown:
    """GET /e/{entity}/similar?after=: pairs of records that look like one, with the way to merge them."""
    entity = lists.listed_entity(work, asked.path["entity"])
    if entity.similar is None:
        raise NotFound(_("nothing says what makes two of these records alike"), code="not_found")
    found = similar.pairs(work, entity, asked.get("after") or None)
    base = entity_url(entity.name, "similar")
    plural = say(entity.plural, work.language)
    title = _("Likely duplicates")
    drawn = _pairs(work, entity, found.pairs)
    page = SimilarPage(
        title=title, icon=entity.icon, kind=plural, columns=_columns(work, entity), pairs=drawn,
        text=_looked(found) if found.after or asked.get("after") else "",
        merges=any(row.actions for pair in drawn for row in pair.rows), apart=_told(work, entity, found.apart),
        more_href=f"{base}?{urlencode({'after': found.after})}" if found.after else "", first_href=base if asked.get("after") else "",
        empty=EmptyState(title=_("No likely duplicates"), text=_("No two records here have the same numbers or ways to reach, or nearly the same name."), icon="circle-check"),
    )  # fmt: skip
    crumbs = (Link(label=plural, href=entity_url(entity.name)), Link(label=title, href=""))
    return Shown("similar.html", page, _("Likely duplicates: {what}", what=plural), crumbs=crumbs)


def _looked(found: similar.Pairs) -> str:
    return _("Looked through from {first} to {last}.", first=found.first, last=found.last) if found.first else ""


def _paths(work: Work, entity: Entity) -> list[Any]:
    view = list_of(work, entity.name)
    return [resolve(work, entity.name, name) for name in (view.columns if view else ("display",))][:COLUMNS]


def _columns(work: Work, entity: Entity) -> tuple[Column, ...]:
    paths = _paths(work, entity)
    return tuple(
        Column(name=p.path, label=p.label, align=p.align, small="lead" if n == 0 else "show")
        for n, p in enumerate(paths)
    )


def _pairs(work: Work, entity: Entity, found: Sequence[similar.Pair]) -> tuple[SimilarPair, ...]:
    ids = list(dict.fromkeys(seen.id for pair in found for seen in (pair.one, pair.other)))
    if not ids:
        return ()
    paths = _paths(work, entity)
    needed = tuple(dict.fromkeys(["id", "display", *(c for p in paths for c in p.columns)]))
    rows = {}
    for few in similar.lots(ids):
        among = one_of("record.id", few)
        found_rows = lists.list_records(work, Query(entity.name, needed, among, (), len(few))).rows
        rows.update({str(row["id"]): row for row in found_rows})
    return tuple(
        SimilarPair(
            record=_record(work, entity, pair.one.id, pair.one.title, pair.likeness, pair.shared),
            rows=tuple(_row(work, entity, paths, rows[s.id], o) for s, o in ((pair.one, pair.other), (pair.other, pair.one))),
            apart=_apart(work, entity, pair),
        )
        for pair in found
        if pair.one.id in rows and pair.other.id in rows
    )  # fmt: skip


def sees(work: Work, entity: Entity, id: str) -> bool:
    """Does the reader see a record of that id?"""
    return bool(similar.seen_of(work, entity, [id])) if is_id(id) else False


def _apart(work: Work, entity: Entity, pair: similar.Pair, *, back: bool = False) -> Action | None:
    """The button that tells a pair apart, or takes that back."""
    if work.actor.acts_as is None:
        return None
    given = (("one", pair.one.id), ("other", pair.other.id), *((("back", "1"),) if back else ()))
    label, image = (_("Take back"), "undo-2") if back else (_("Not the same"), "x")
    id = f"{'together' if back else 'apart'}-{pair.one.id}-{pair.other.id}"
    return Action(label=label, href=entity_url(entity.name, "similar"), method="post", icon=image, id=id, fields=given)


def _told(work: Work, entity: Entity, found: Sequence[tuple[similar.Pair, apart.Said]]) -> tuple[SimilarPair, ...]:
    """Pairs that were told apart: by whom and when, with the way back where it is the reader's."""
    made = []
    for pair, told in found:
        who, on = title_of(work, "user", told.user), day_title(work, day_of(work, told.at))
        said = _("{who}, {day}", who=who, day=on) if who else on
        back = _apart(work, entity, pair, back=True) if told.is_own else None
        record = _record(work, entity, pair.one.id, pair.one.title, pair.likeness, pair.shared)
        made.append(SimilarPair(record=record, rows=(), other=pair.other.title, apart=back, told=said))
    return tuple(made)


def tell_apart(work: Work, asked: Asked) -> Go:
    """POST /e/{entity}/similar: `one` and `other` are not the same; with `back`, that is taken back."""
    entity = lists.listed_entity(work, asked.path["entity"])
    one, other, here = asked.posted("one"), asked.posted("other"), entity_url(entity.name, "similar")
    if not asked.posted("back"):
        apart.tell(work, entity, one, other)
        return Go(here, _("They are not the same: kept"))
    if apart.take_back(work, entity, one, other):
        return Go(here, _("They may be the same again"))
    return Go(here, _("Who told them apart, or an administrator, takes it back"), tone="warn")


def _row(work: Work, entity: Entity, paths: Sequence[Any], row: Mapping[str, Any], other: similar.Seen) -> Row:
    id, title = str(row["id"]), str(row["display"] or row["id"])
    href = entity_url(entity.name, id)
    cells = [cell_of(work, p, row) for p in paths]
    cells[0] = structs.replace(cells[0], kind="title", text=cells[0].text or title, href=href)
    return Row(id=id, href=href, label=title, cells=tuple(cells), actions=_keep(work, entity, other, id))


def _keep(work: Work, entity: Entity, other: similar.Seen, id: str) -> tuple[Action, ...]:
    """The way to keep a record: the other one is merged into it. None where that is not the reader's to do."""
    merge = merge_of(work, entity)
    if merge is None or not verdict(work, entity, merge.transition, other.id).allowed:
        return ()
    href = join_url(entity, other.id, id)
    return (Action(label=_("Keep this one"), href=href, icon="merge", id=f"keep-{id}-{other.id}"),)
