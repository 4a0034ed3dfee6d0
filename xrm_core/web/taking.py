"""A record that there is, taken in place of a new one: its form, with what was typed where it has nothing yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import _
from ..metamodel.catalog import Entity
from ..services.work import Work
from .asked import Answer, Go, Shown
from .drawing import Draft, draw, stored_form
from .models import Banner
from .offered import writable
from .posted import Posted, PostedRow, even, is_id
from .records import load
from .shell import entity_url


def taken(work: Work, entity: Entity, stored: Mapping[str, Any], posted: Posted) -> Answer:
    """The form of a stored record with what was typed for a new one; its page where it is not the reader's to change."""
    id = str(stored["id"])
    may = writable(work, entity, id)
    if not may.allowed:
        return Go(entity_url(entity.name, id))
    shown = stored_form(work, entity, stored)
    added = _add_texts(entity, shown, posted) + _add_rows(shown, posted)
    record = load(work, entity, id)
    note = Banner(
        title=_("This is the record that there is already.") if not added else _("What you typed was added to the record that there is already."),
        text=_("What it had stays as it is. Look it through, then save.") if added else _("It has all that you typed."),
        tone="info",
    )  # fmt: skip
    drawn: Shown = draw(work, Draft(entity, record, shown, new=False, banners=(note,), touched=bool(added)))
    return drawn


def _add_texts(entity: Entity, shown: Posted, posted: Posted) -> int:
    """What was typed goes where the record has nothing: a field as a whole, so that no amount meets another's currency."""
    added = 0
    for field in entity.fields.values():
        names = [c.name for c in field.columns if c.name in posted.texts]
        typed = {n: posted.texts[n] for n in names if even(posted.texts[n]) not in ("", "false")}
        main = field.columns[0].name if field.columns else ""
        if typed and not any(even(shown.texts.get(n, "")) for n in names) and main in shown.texts:
            shown.texts.update({n: posted.texts[n] for n in names})
            if f"{field.name}__text" in posted.texts:
                shown.texts[f"{field.name}__text"] = posted.texts[f"{field.name}__text"]
            added += 1
    return added


def _add_rows(shown: Posted, posted: Posted) -> int:
    """Rows that were typed and that the record has not are added behind its own."""
    added = 0
    for table, rows in posted.tables.items():
        if table not in shown.tables:
            continue
        known = {_main(row) for row in shown.tables[table]}
        for row in rows:
            if not row.is_blank and _main(row) not in known:
                shown.tables[table].append(
                    PostedRow(str(sum(not is_id(r.key) for r in shown.tables[table])), row.texts)
                )
                added += 1
    return added


def _main(row: PostedRow) -> tuple[tuple[str, str], ...]:
    """What a row says, without switches and words of links."""
    texts = {k: even(v) for k, v in row.texts.items() if not k.endswith("__text")}
    return tuple(sorted((k, v) for k, v in texts.items() if v not in ("", "false", "true")))
