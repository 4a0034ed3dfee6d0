"""Readers: a file of any common format becomes a stream of rows with their line numbers, or is refused with a way out.

Each is imported when a file is read: a start reads none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .apart import is_apart, open_stranger
    from .limited import Children, open_limited
    from .open import open_table
    from .table import REASON, Hints, Limits, Row, Table

__all__ = [
    "REASON",
    "Children",
    "Hints",
    "Limits",
    "Row",
    "Table",
    "is_apart",
    "open_limited",
    "open_stranger",
    "open_table",
]
LATER = {
    "is_apart": "apart",
    "open_stranger": "apart",
    "Children": "limited",
    "open_limited": "limited",
    "open_table": "open",
    "REASON": "table",
    "Hints": "table",
    "Limits": "table",
    "Row": "table",
    "Table": "table",
}
"""Names of this package with their modules."""


def __getattr__(name: str) -> Any:
    """A name of `LATER` (PEP 562). Raises AttributeError."""
    if name not in LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{LATER[name]}"), name)
