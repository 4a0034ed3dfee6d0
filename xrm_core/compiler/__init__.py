"""YAML -> Catalog in four steps: read (documents with lines), merge (layers), resolve (models, columns, defaults), check
(references and expressions). All faults come at once, each with file, line, key path, fault and way out.

    catalog = load(host.metadata_roots(), host.field_types, settings, cache_dir=Path(".xrm/cache"))
    schema_of(catalog), compiled(catalog, "donation", "record.amount > 0"), why(catalog, "donation.amount.min")
"""

from .cache import last_good, load
from .check_samples import in_order
from .compile import Report, check, compile_catalog, inspect
from .editors import json_schemas, write_schemas
from .labels import missing_labels
from .provenance import why
from .read import Document, Sources, read
from .schema import compiled, schema_of
from .watch import fingerprint

__all__ = [
    "Document",
    "Report",
    "Sources",
    "check",
    "compile_catalog",
    "compiled",
    "fingerprint",
    "in_order",
    "inspect",
    "json_schemas",
    "last_good",
    "load",
    "missing_labels",
    "read",
    "schema_of",
    "why",
    "write_schemas",
]
