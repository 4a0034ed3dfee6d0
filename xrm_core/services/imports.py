"""Imports, as faces use them: start, try out, carry out, look at, cancel, mend and take back. See the package `importing`."""

from .importing.imports import (
    begin_again,
    cancel_import,
    import_files,
    import_of,
    imports_of,
    kept_sources,
    mapping_of,
    run_import,
    start_import,
    try_import,
    write_errors,
    written_by,
    wrong_state,
)
from .importing.report import Refusal, Tally
from .importing.sources import Source, sources_in
from .importing.suggest import mapping_for, suggest_mapping
from .importing.undo import Undone, undo_import

__all__ = [
    "Refusal",
    "Source",
    "Tally",
    "Undone",
    "begin_again",
    "cancel_import",
    "import_files",
    "import_of",
    "imports_of",
    "kept_sources",
    "mapping_for",
    "mapping_of",
    "run_import",
    "sources_in",
    "start_import",
    "suggest_mapping",
    "try_import",
    "undo_import",
    "write_errors",
    "written_by",
    "wrong_state",
]  # fmt: skip
