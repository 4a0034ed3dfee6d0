"""Has anything changed? A cheap mark of all metadata files for the watcher, and an exact one for the cache."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..plugin.contributions import MetadataRoot
from .blocks import shown
from .folders import FOLDERS, files_of


def fingerprint(roots: Sequence[MetadataRoot]) -> str:
    """A mark that changes when a file is added, taken away or written: names, sizes and times, not the contents."""
    digest = hashlib.blake2b(digest_size=16)
    for root in roots:
        digest.update(f"{root.layer}|{root.path}|{','.join(root.requires)}\n".encode())
        for name in FOLDERS:
            for path, size, written in sorted(_scan(os.path.join(root.path, name))):
                digest.update(f"{path}|{size}|{written}\n".encode())
    return digest.hexdigest()


def _scan(folder: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir():
            yield from _scan(entry.path)
        elif entry.name.endswith((".yaml", ".yml")):
            stat = entry.stat()
            yield entry.path, stat.st_size, stat.st_mtime_ns


def content_hash(roots: Sequence[MetadataRoot], more: str = "") -> str:
    """A hash of the contents of all metadata files with their layers and names, and of `more`."""
    digest = hashlib.blake2b(more.encode(), digest_size=20)
    for root in roots:
        digest.update(f"\0{root.layer}\0{','.join(root.requires)}\0{root.title}\0".encode())
        for _, path in files_of(root):
            digest.update(f"\0{shown(path)}\0".encode())
            digest.update(_bytes(path))
    return digest.hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
