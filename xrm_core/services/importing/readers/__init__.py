"""Readers: a file of any common format becomes a stream of rows with their line numbers, or is refused with a way out."""

from .open import open_table
from .table import Hints, Limits, Row, Table

__all__ = ["Hints", "Limits", "Row", "Table", "open_table"]
