"""Nested data laid out as columns: each value with its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEPTH, ITEMS = 4, 2
"""How deep nested data are laid out, and how many items of a list."""


def laid_out(data: Any, path: str = "", depth: int = 0) -> list[tuple[str, str]]:
    """The values of nested data with their paths: `buyer.name`, `phones[0].value`; a list of plain values is one text."""
    if isinstance(data, Mapping) and depth < DEPTH:
        return [
            pair
            for name, value in data.items()
            if "." not in name and "[" not in name
            for pair in laid_out(value, f"{path}.{name}" if path else name, depth + 1)
        ]
    if isinstance(data, list) and data and isinstance(data[0], Mapping):
        return [pair for n, item in enumerate(data[:ITEMS]) for pair in laid_out(item, f"{path}[{n}]", depth + 1)]
    if isinstance(data, list):
        return [(path, ", ".join(str(item) for item in data if item is not None))]
    return [(path, "" if data is None else str(data))]
