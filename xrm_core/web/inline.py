"""One field of a record changed where it stands on its page: the same input, the same checks, the same merging as in the form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import Problem, Refused, XrmError
from ..language import _
from ..metamodel.catalog import Entity, Field
from ..metamodel.text import say
from ..services import records
from ..services.work import Work
from .addresses import entity_url
from .asked import Answer, Asked, Go, Sent, Shown
from .drawing import Draft, draw_field, texts_of_record
from .editable import is_editable
from .forms import typed_record, uploads
from .merging import SEEN, UNKNOWN, merge, version_seen, why_asked
from .models import Conflict, FieldEdit
from .offered import writable
from .posted import RENDERED, Posted, read_form
from .records import load

REFUSALS = (400, 403, 409, 412, 422)


def field_form(work: Work, asked: Asked) -> Answer:
    """GET /e/{entity}/{id}/field/{name}: the input of one field; without scripts the form of the record, at that field."""
    entity, found = _asked(work, asked)
    record = load(work, entity, asked.path["id"])
    if not asked.by_htmx:
        return Go(entity_url(entity.name, str(record["id"]), "edit") + f"#f-{found.name}")
    _refuse_closed(work, entity, found, record)
    return _drawn(work, entity, found, record, Posted(texts_of_record(work, entity, record)))


def save_field(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/{id}/field/{name}: saved, with a note; else the input again with what was typed and what is wrong."""
    entity, found = _asked(work, asked)
    id = asked.path["id"]
    stored = load(work, entity, id)
    posted = read_form(work, entity, asked)
    version = version_seen(asked, stored)
    drawn_from = str(version or UNKNOWN)
    try:
        with work.tx.savepoint():
            merged = merge(work, entity, stored, version, posted, asked)
            if merged.conflicts:
                return _drawn(work, entity, found, stored, posted, version=drawn_from, conflict=merged.conflicts[0])
            values = merged.values | uploads(work, entity, asked, posted)
            if values or posted.problems:
                records.update_record(
                    work, entity.name, id, values, stored["version"], texts=True, faults=posted.problems
                )
    except XrmError as fault:
        work.forget()
        if fault.status not in REFUSALS:
            raise
        problems = fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),)
        return _drawn(work, entity, found, stored, posted, problems=problems, version=drawn_from)
    label = say(found.label, work.language)
    text = _("{field} saved", field=label)
    if merged.joined:
        text = _("{field} saved. Somebody else changed other values meanwhile; both are kept.", field=label)
    if not asked.by_htmx:
        return Go(entity_url(entity.name, id), text)
    told = {"toast": {"text": text, "tone": "ok"}} if values else {}
    return Sent(b"", "text/html", {"HX-Trigger": json.dumps(told)} if told else {}, status=204)


def _asked(work: Work, asked: Asked) -> tuple[Entity, Field]:
    entity = work.entity(asked.path["entity"])
    work.access.require(entity.name, "read")  # what is not there for the reader is not there
    found = entity.fields.get(asked.path["name"])
    if found is None or work.access.is_hidden(entity.name, found.name):
        raise Refused(_("this field is not yours to change"), code="refused")
    return entity, found


def _refuse_closed(work: Work, entity: Entity, found: Field, record: Mapping[str, Any]) -> None:
    """Raise Refused for a field that the reader cannot change by itself, now."""
    if not is_editable(work, entity, record, found, writable(work, entity, str(record["id"]))):
        raise Refused(_("this field is not yours to change"), code="refused")


def _drawn(
    work: Work, entity: Entity, found: Field, stored: dict[str, Any], posted: Posted, *, version: str = "",
    problems: Sequence[Problem] = (), conflict: Conflict | None = None,
) -> Shown:  # fmt: skip
    """The input of the field with what it holds; what is wrong with anything else is told above it."""
    draft = Draft(entity, typed_record(work, entity, posted, stored), posted, new=False, problems=problems)
    item, others = draw_field(work, draft, found.name)
    if item is None:
        raise Refused(_("this field is not yours to change"), code="refused")
    id = str(stored["id"])
    seen = ((SEEN, str(stored["version"])),) if conflict is not None else ()
    page = FieldEdit(
        field=item, action=entity_url(entity.name, id, "field", found.name), version=version or str(stored["version"]),
        hidden=((RENDERED, found.name), *seen), cancel_href=entity_url(entity.name, id), errors=others, conflict=conflict,
        conflict_who=why_asked(work, entity, id, None if version == UNKNOWN else 1) if conflict is not None else "", multipart=item.widget in ("file", "image"),
    )  # fmt: skip
    status = 409 if conflict is not None else 422 if problems else 200
    return Shown("fragments/field_edit.html", page, "", status, bare=True)
