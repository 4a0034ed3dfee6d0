"""Imports: files become records. Readers give rows, a mapping makes values of them, a run writes them; undo takes them back."""

from .imports import (
    cancel_import,
    import_files,
    import_of,
    imports_of,
    mapping_of,
    run_import,
    start_import,
    try_import,
    write_errors,
)
from .report import Refusal, Tally
from .sources import Source, sources_in
from .undo import Undone, undo_import

__all__ = [
    "Refusal", "Source", "Tally", "Undone", "cancel_import", "import_files", "import_of", "imports_of", "mapping_of",
    "run_import", "sources_in", "start_import", "try_import", "undo_import", "write_errors",
]  # fmt: skip
