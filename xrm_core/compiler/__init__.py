"""YAML -> Catalog in four steps: read (documents with lines), merge (layers), resolve (models, columns, defaults), check
(references and expressions). All faults come at once, each with file, line, key path, fault and way out.

    catalog = load(host.metadata_roots(), host.field_types, settings, cache_dir=Path(".xrm/cache"))
    schema_of(catalog), compiled(catalog, "donation", "record.amount > 0"), why(catalog, "donation.amount.min")

A start whose metadata is in the cache reads no YAML and checks nothing, so what does that is imported when somebody asks for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .cache import last_good, load
from .provenance import why
from .schema import compiled, schema_of
from .watch import fingerprint

if TYPE_CHECKING:
    from .check_samples import in_order
    from .compile import Report, compile_catalog, inspect
    from .editors import json_schemas, write_schemas
    from .labels import missing_labels
    from .made_tiles import compile_tile, read_tile
    from .read import Document, Sources

__all__ = [
    "Document",
    "Report",
    "Sources",
    "compile_catalog",
    "compile_tile",
    "compiled",
    "fingerprint",
    "in_order",
    "inspect",
    "json_schemas",
    "last_good",
    "load",
    "missing_labels",
    "read_tile",
    "schema_of",
    "why",
    "write_schemas",
]
LATER = {
    "Document": "read",
    "Report": "compile",
    "Sources": "read",
    "compile_catalog": "compile",
    "compile_tile": "made_tiles",
    "in_order": "check_samples",
    "inspect": "compile",
    "json_schemas": "editors",
    "missing_labels": "labels",
    "read_tile": "made_tiles",
    "write_schemas": "editors",
}
"""Names of this room that are imported on first use, with their modules."""


def __getattr__(name: str) -> Any:
    """A name of `LATER` (PEP 562). Raises AttributeError."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{LATER[name]}"), name)
