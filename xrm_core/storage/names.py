"""Names in the database: tables, columns, keys and indexes, none longer than PostgreSQL takes."""

from __future__ import annotations

import hashlib

MAX_NAME = 63
"""Bytes of a name in PostgreSQL; a longer one would be cut there, silently and perhaps to one that exists."""


def limited(name: str) -> str:
    """The name; a long one is cut and kept unlike others by a hash."""
    if len(name) <= MAX_NAME:
        return name
    return f"{name[:52]}_{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def key_name(table: str, columns: tuple[str, ...]) -> str:
    """Name of the unique index of a key."""
    return limited(f"uq_{table}_{'_'.join(columns)}")


def index_name(table: str, columns: tuple[str, ...]) -> str:
    """Name of an index."""
    return limited(f"ix_{table}_{'_'.join(columns)}")


def foreign_name(table: str, column: str) -> str:
    """Name of the foreign key of a link column."""
    return limited(f"fk_{table}_{column}")


def check_name(table: str, column: str) -> str:
    """Name of the check of a column."""
    return limited(f"ck_{table}_{column}")


RULE = "rule_"
"""How the names of checks begin that hold a rule of the metadata."""


def rule_name(table: str, text: str) -> str:
    """Name of the check that holds a rule; another text gives another name, so that a changed rule is seen by its name."""
    return limited(f"{RULE}{table[:40]}_{hashlib.sha256(text.encode()).hexdigest()[:12]}")


TIE = "tie_"
"""How the names of foreign keys begin that hold a rule of the metadata."""


def tie_name(table: str, columns: tuple[str, ...]) -> str:
    """Name of the foreign key by which `columns` repeat what the record says that the first of them points to."""
    return limited(f"{TIE}{table}_{'_'.join(columns)}")


def quoted(name: str) -> str:
    """The name as SQL writes it; our names have no quotes in them."""
    if '"' in name or "\x00" in name:
        raise ValueError(f"{name!r} cannot be a name in the database")
    return f'"{name}"'
