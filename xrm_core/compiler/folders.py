"""Where metadata is written: the folders of a layer and the files in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import Problem, Where
from ..plugin.contributions import MetadataRoot
from .blocks import shown

FOLDERS = {
    "entities": ("entity", "mixin"),
    "forms": ("form",),
    "views": ("view",),
    "dashboards": ("dashboard",),
    "codes": ("codes",),
    "access": ("role", "department"),
    "imports": ("import",),
    "menu": ("menu",),
    "sample": ("sample",),
}
"""Folder -> the kinds that `extend:` in it may extend."""


def files_of(root: MetadataRoot, problems: list[Problem] | None = None) -> Iterator[tuple[str, Path]]:
    """(kind folder, file) of every metadata file of a root, sorted. Misspelt folders go to `problems`."""
    if not root.path.is_dir():
        if problems is not None:
            problems.append(
                Problem(
                    f"the folder of layer '{root.layer}' does not exist", "no_folder", where=Where(shown(root.path))
                )
            )
        return
    for entry in sorted(root.path.iterdir()):
        if entry.name in FOLDERS and entry.is_dir():
            for path in sorted(entry.rglob("*")):
                if path.suffix in (".yaml", ".yml") and not any(
                    p.startswith(".") for p in path.relative_to(entry).parts
                ):
                    yield entry.name, path
        elif problems is not None and entry.is_dir() and not entry.name.startswith("."):
            from difflib import get_close_matches

            near = get_close_matches(entry.name, FOLDERS, 1, 0.8)
            if near and any(entry.rglob("*.y*ml")):
                problems.append(
                    Problem(
                        f"'{entry.name}' is no folder of metadata",
                        "unknown_folder",
                        where=Where(shown(entry)),
                        hint=f"did you mean '{near[0]}'?",
                    )
                )
