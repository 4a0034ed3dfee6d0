"""What was typed into a form that came to nothing: the error page shows it and offers to send it again, since a browser that goes back to
a page of ours finds it empty (nothing of them is kept)."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..language import _
from ..metamodel.catalog import Entity
from ..metamodel.text import say
from ..services.sight import is_open, reads
from ..services.work import Work
from .asked import Asked, Upload
from .guards import CSRF_FIELD, SAFE, own_path
from .models import Action, Typed

WORDS = "__text"
"""Ends the name of the input with the words of a link, beside the one with its id."""


def is_of_a_record(asked: Asked) -> bool:
    """Does a form of a record come from a page of ours, by the browser's word?"""
    return asked.method not in SAFE and asked.headers.get("sec-fetch-site") == "same-origin" and "entity" in asked.path


def typed_in(work: Work, asked: Asked) -> tuple[Typed, ...]:
    """What a reader typed into the form of a record, input by input; nothing where another page, or none, may have made it up."""
    if not is_of_a_record(asked):
        return ()
    entity = work.catalog.entities.get(str(asked.path["entity"]))
    known = entity if entity is not None and is_open(work, entity.name) else None
    names = {name for name, __ in asked.form}
    made = []
    for name, value in asked.form:
        text = _("{file} (choose it again)", file=value.name) if isinstance(value, Upload) and value.body else value
        if not isinstance(text, str) or not text.strip() or name.startswith("_") or name + WORDS in names:
            continue
        made.append(Typed(label=_label(work, known, name.removesuffix(WORDS)), text=_chosen(work, known, name, text)))
    return tuple(made)


def _label(work: Work, entity: Entity | None, name: str) -> str:
    """What an input is called, as far as the reader may know."""
    if entity is None:
        return name
    table, dot, rest = name.partition(".")
    if dot and table in entity.children:
        child = work.catalog.entities[entity.children[table].entity]
        inner = _label(work, child, rest.partition(".")[2]) if is_open(work, child.name) else rest.partition(".")[2]
        return f"{_label(work, entity, table)}: {inner}"
    found = entity.fields.get(entity.field_of_column.get(name, name))
    return say(found.label, work.language) if found is not None and reads(work, entity, found.name) else name


def _chosen(work: Work, entity: Entity | None, name: str, text: str) -> str:
    """A choice by its label, as far as the reader may know; anything else as it was typed."""
    found = entity.fields.get(name) if entity is not None else None
    if entity is None or found is None or not found.columns or not reads(work, entity, name):
        return text
    codes = work.catalog.codes.get(found.columns[0].kind.codes or "")
    return say(codes.values[text].label, work.language) if codes is not None and text in codes.values else text


def send_again(asked: Asked) -> Action:
    """The same form once more, with the token of whoever is signed in by then."""
    kept = tuple((name, value) for name, value in asked.form if isinstance(value, str) and name != CSRF_FIELD)
    return Action(
        label=_("Send it again"),
        href=own_path(urlsplit(asked.url).path),
        method="post",
        style="primary",
        icon="send",
        fields=kept,
    )
