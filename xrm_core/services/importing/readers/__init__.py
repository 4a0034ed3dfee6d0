"""Readers: a file of any common format becomes a stream of rows with their line numbers, or is refused with a way out."""

from .apart import is_apart, open_stranger
from .limited import open_limited
from .open import open_table
from .table import REASON, Hints, Limits, Row, Table

__all__ = ["REASON", "Hints", "Limits", "Row", "Table", "is_apart", "open_limited", "open_stranger", "open_table"]
