"""A record that a form lacks for one of its links is made aside: its own form carries the one that asked along, and comes back to it."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from ..errors import BadRequest, NotFound
from ..language import _
from ..metamodel.catalog import Entity
from ..services.work import Work
from .asked import Asked
from .paths import is_link

CREATE, PICK = "_create", "_pick"
"""Names that a form sends: of the input whose record is to be made (a button, without scripts); that scripts wait for the record."""
OUTER, AT, INPUT = "_outer", "_outer_at", "_outer_input"
"""The form that asked: its inputs, its address, the input that the record is for."""
KEPT = (PICK, OUTER)
FORM = re.compile(r"/e/(?P<entity>[a-z][a-z0-9_]*)/(?:new|(?P<id>[0-9a-f-]{36})/edit)(?:\?.*)?")
NEVER = frozenset({"_csrf", "_then", CREATE})
MOST = 2_000_000
"""Characters of a form that is carried along."""


def target_of(work: Work, entity: Entity, name: str) -> Entity:
    """The entity that the link behind an input points to. Raises NotFound where there is no such link, or several entities."""
    table, column = name.partition(".")[0], name.rpartition(".")[2]
    if table in entity.children and "." in name:
        entity = work.entity(entity.children[table].entity)
    field = entity.fields.get(column)
    targets = field.columns[0].kind.entities if field is not None and field.columns and is_link(field) else ()
    if len(targets) != 1:
        raise NotFound(_("no record can be made for {name!r}", name=name), code="unknown_field")
    return work.entity(targets[0])


def carried(asked: Asked, name: str) -> tuple[tuple[str, str], ...]:
    """Hidden inputs that bring a form along. Raises BadRequest for one that is too long."""
    inputs = urlencode([(k, v) for k, v in asked.form if isinstance(v, str) and k not in NEVER])
    if len(inputs) > MOST:
        raise BadRequest(
            _("this form holds too much to leave it for another"), code="too_large", hint=_("save it first")
        )
    return ((OUTER, inputs), (AT, asked.url), (INPUT, name))


def outer(asked: Asked, id: str, title: str) -> Asked:
    """The form that was brought along, as if it were sent; its link names the record, where there is one. Raises BadRequest."""
    found = FORM.fullmatch(asked.posted(AT))
    if found is None:
        raise BadRequest(_("there is no form to go back to"), code="bad_parameter")
    name = asked.posted(INPUT)
    form = parse_qsl(asked.posted(OUTER), keep_blank_values=True)
    if id:
        form = [(k, v) for k, v in form if k not in (name, f"{name}__text")] + [(name, id), (f"{name}__text", title)]
    path = {k: v for k, v in found.groupdict().items() if v is not None}
    return replace(asked, url=asked.posted(AT), path=path, query=(), form=form, by_name=None)
