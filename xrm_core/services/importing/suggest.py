"""A mapping for a table that nobody wrote one for: its columns matched with an entity's fields by name and label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import ImportFault
from ...language import _
from ...metamodel.catalog import Catalog
from ...metamodel.imports import ImportDef
from ...metamodel.text import say
from ..writer import writer_of
from .mapping.paths import fold_name
from .readers import open_stranger, open_table
from .sources import Source, close


def suggest_mapping(
    catalog: Catalog, entity: str, columns: Sequence[str], file: str = "*", language: str = "en"
) -> ImportDef:
    """Map each column to the field of that name or label; records are known by the first key that the columns fill.

    So an export of ours is taken back as it is. Raises ImportFault where no column or no key is found, NotFound.
    """
    writer = writer_of(catalog, entity)
    known = {fold_name(name): name for name in writer.owner}
    for name, field in writer.owner.items():
        if len(field.columns) == 1:
            known.setdefault(fold_name(say(field.label, language)), name)
    found = {known[fold_name(column)]: column for column in columns if fold_name(column) in known}
    if not found:
        hint = _("columns may be called {names}", names=", ".join(list(writer.owner)[:12]))
        raise ImportFault(
            _("no column of {file} is a field of {entity}", file=file, entity=entity), code="no_columns", hint=hint
        )
    key = key_of(catalog, entity, found)
    target: dict[str, Any] = {"entity": entity, "key": list(key), "fields": dict(found)}
    return ImportDef.model_validate({"import": entity, "files": [{"file": file, "targets": [target]}]})


def mapping_for(
    catalog: Catalog, entity: str, sources: Sequence[Source], language: str = "en", *, limited: bool = False
) -> ImportDef:
    """The mapping of tables that need none: suggested by the columns of the first; `limited` where a stranger sent it. Raises
    ImportFault, NotFound."""
    table = (open_stranger if limited else open_table)(sources[0].path, name=sources[0].name)
    columns = list(table.columns)
    if not columns:
        first = next(iter(table.rows), None)
        columns = list(first.data) if first is not None and first.data else []
    close(table.rows)
    try:
        return suggest_mapping(catalog, entity, columns, "*", language)
    except ImportFault as fault:
        raise ImportFault(
            fault.message.replace("of *", f"of {sources[0].name}"), code=fault.code, hint=fault.hint
        ) from None


def key_of(catalog: Catalog, entity: str, found: Sequence[str] | dict[str, str]) -> tuple[str, ...]:
    """The fields that tell records of the entity apart, all of which are among `found`. Raises ImportFault naming the keys."""
    owner = writer_of(catalog, entity).owner
    keys = [key.columns for key in catalog.entity(entity).keys if key.when is None]
    keys += [(name,) for name, field in owner.items() if field.unique and (name,) not in keys]
    for key in keys:
        if all(name in found for name in key):
            return key
    told = "; ".join(" and ".join(key) for key in keys)
    raise ImportFault(
        _("nothing tells the records of {entity} apart", entity=entity),
        code="key",
        hint=_("the file needs the columns of one of its keys: {told}", told=told)
        if told
        else _("it has no key: declare one in its metadata (`keys:`, or `unique: true` on a field)"),
    )
