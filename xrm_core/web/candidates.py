"""Candidates of a link: the records that typed words may mean, each with what tells it from others of its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services import desk, lists
from ..services.sight import is_open
from ..services.work import Work
from .addresses import entity_url
from .cells import cell_of
from .models import Option, SearchHit
from .offered import list_of
from .paths import Path, resolve

MANY = 10
"""Candidates that are shown at most, where they are of one kind; of several kinds there are fewer of each."""
LATELY = 12
"""Records opened last among which those are looked for that a link may point to."""
CONTEXT, TOLD = 4, 3
"""Values below the title of a hit; values beside a candidate of a link."""


def candidates(work: Work, targets: Sequence[str], q: str) -> tuple[SearchHit, ...]:
    """The records of these entities that words mean; without words those opened last, then the first ones. Where there are several
    kinds, the id of a hit begins with its entity."""
    single, open_ = len(targets) == 1, [t for t in targets if is_open(work, t)]
    hits: list[SearchHit] = [] if q else _opened_last(work, open_, single)
    known = {hit.id for hit in hits}
    for target in open_:
        entity, paths = work.entity(target), telling(work, work.entity(target))[:TOLD]
        for row in lists.lookup(work, target, q, MANY if single else 4, columns=columns_of(paths)):
            id = str(row["id"]) if single else f"{target}/{row['id']}"
            if id in known:
                continue
            kind = say(entity.label, work.language)
            hits.append(
                SearchHit(
                    id=id,
                    label=str(row["display"] or row["id"]),
                    href=entity_url(target, str(row["id"])),
                    kind=kind,
                    text=context(work, paths, row, str(row["display"] or "")) if single else kind,
                    icon=entity.icon,
                )
            )
    return tuple(hits)


def which_of(work: Work, targets: Sequence[str], words: str) -> tuple[Option, ...]:
    """The records among which one has to say which is meant, where words mean several: without scripts there is no list to pick from."""
    found = candidates(work, targets, words) if words else ()
    return tuple(Option(value=hit.id, label=hit.label, hint=hit.text) for hit in found) if len(found) > 1 else ()


def _opened_last(work: Work, targets: Sequence[str], single: bool) -> list[SearchHit]:
    """The records of these entities that the reader opened last: before anything is typed, one of them is most likely meant."""
    found = [one for one in desk.recent(work, LATELY) if one.entity in targets][:3]
    return [
        SearchHit(
            id=one.id if single else f"{one.entity}/{one.id}", label=one.title, href=entity_url(one.entity, one.id),
            kind=say(work.entity(one.entity).label, work.language), text=_("opened lately"), icon=work.entity(one.entity).icon,
        )
        for one in found
    ]  # fmt: skip


def telling(work: Work, entity: Entity) -> list[Path]:
    """What stands below a title: the first values of the list of its kind that cost little."""
    listed = list_of(work, entity.name)
    names = [n for n in (listed.columns if listed else ()) if _is_cheap(entity, n)][:CONTEXT]
    return [resolve(work, entity.name, n) for n in names]


def columns_of(paths: Sequence[Path]) -> tuple[str, ...]:
    """All columns of some paths."""
    return tuple(c for p in paths for c in p.columns)


def context(work: Work, paths: Sequence[Path], row: Mapping[str, Any], title: str) -> str:
    """What stands beside a title and tells the record from others of its name: values that are seen and are not in it."""
    cells = [cell_of(work, p, row) for p in paths]
    return " · ".join(dict.fromkeys(c.text for c in cells if c.kind not in ("empty", "hidden") and c.text not in title))


def _is_cheap(entity: Entity, name: str) -> bool:
    """Is it a stored field of the record itself, short enough for a line below its title?"""
    field = entity.fields.get(name)
    return field is not None and not field.virtual and field.type.name not in ("long_text", "json", "tags")
