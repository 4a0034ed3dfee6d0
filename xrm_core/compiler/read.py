"""Step 1: folders of YAML to documents. Never stops at the first fault and never raises for what a file holds."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from ..errors import Problem, Where
from ..plugin.contributions import MetadataRoot
from .blocks import LINE_BITS, LINE_MASK, Block, Files, shown
from .folders import FOLDERS, files_of
from .layers import in_order
from .scalars import parse

MAX_BYTES = 1_000_000
HEADS = (
    "dashboard",
    "view",
    "views",
    "form",
    "codes",
    "role",
    "grants",
    "needs",
    "classes",
    "import",
    "sample",
    "menu",
    "mixin",
    "entity",
    "department",
)
"""Keys that say the kind of a document; a key that another kind has too (`entity` in a view) comes after that kind."""
BESIDE = {
    "view": ("entity",), "views": ("entity",), "form": ("department",), "role": ("department",),
    "needs": ("classes",), "classes": ("needs",), "sample": ("entity",),
}  # fmt: skip
"""Head keys that a document of a kind may have beside its own."""


class Document(Struct):
    """One document of a file. `kind` is its head key; `extends` the name it extends; `stem` the file's name without ending."""

    kind: str
    name: str
    layer: str
    block: Block
    place: int
    stem: str
    extends: bool = False
    kinds: tuple[str, ...] = ()


class Sources(Struct):
    """What was read: the files, their documents in layer order, and every fault."""

    roots: tuple[MetadataRoot, ...]
    files: Files = field(default_factory=Files)
    documents: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, lowest first."""
        return tuple(dict.fromkeys(root.layer for root in self.roots))


def read(roots: Sequence[MetadataRoot]) -> Sources:
    """Read all documents of the roots, layers in order (see `in_order`)."""
    ordered, problems = in_order(roots)
    sources = Sources(tuple(ordered), problems=problems)
    for root in ordered:
        for folder, path in files_of(root, sources.problems):
            _read_file(sources, root, folder, path)
        sources.warnings += _outside(root)
    return sources


def _outside(root: MetadataRoot) -> list[Problem]:
    """Files that look like metadata and are not read, because they lie in no folder of a kind."""
    lost = [p for p in sorted(root.path.glob("*.y*ml")) if p.name != "plugin.yaml"] if root.path.is_dir() else []
    return [
        Problem(
            "this file is not read: it lies in no folder of metadata",
            "outside",
            where=Where(shown(path)),
            hint=f"move it to one of: {', '.join(FOLDERS)}",
        )
        for path in lost
    ]


def text_of(raw: bytes) -> tuple[str | None, str | None]:
    """(text, fault) of a file's bytes."""
    if len(raw) > MAX_BYTES:
        return None, f"the file has more than {MAX_BYTES} bytes"
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as fault:
        return None, f"the file is not UTF-8 (byte {fault.start})"


def _read_file(sources: Sources, root: MetadataRoot, folder: str, path: Path) -> None:
    name = shown(path)

    def report(line: int, key: str, message: str, hint: str | None = None) -> None:
        sources.problems.append(Problem(message, "unreadable", where=Where(name, line, key), hint=hint))

    try:
        raw = path.read_bytes()
    except OSError as fault:
        report(0, "", f"cannot be read: {fault.strerror}", None)
        return
    text, wrong = text_of(raw)
    if text is None:
        report(0, "", wrong or "", "save it as UTF-8, and split what is too large")
        return
    base = sources.files.add(root.layer, name) << LINE_BITS
    stem = path.stem
    for line, data in parse(text, base, report):
        if not isinstance(data, Block):
            report(
                line,
                "",
                f"a document is a mapping of keys, this is {_kind(data)}",
                f"begin it with one of: {', '.join(HEADS)}",
            )
            continue
        document = _document(data, folder, root.layer, base + line, stem, report)
        if document is not None:
            if document.kind == "entity" and not document.extends:
                stem = document.name
            sources.documents.append(document)


def _document(block: Block, folder: str, layer: str, place: int, stem: str, report: Any) -> Document | None:
    line = place & LINE_MASK
    if "extend" in block:
        name = block.pop("extend")
        if not isinstance(name, str):
            report(line, "extend", "the name of what is extended is expected")
            return None
        kinds = FOLDERS[folder]
        return Document(kinds[0], name, layer, block, place, stem, extends=True, kinds=kinds)
    kind = next((head for head in HEADS if head in block), None)
    if kind is None:
        first = next(iter(block), "")
        near = get_close_matches(first, (*HEADS, "extend"), 1, 0.6)
        hint = f"did you mean '{near[0]}'?" if near else f"begin it with one of: {', '.join(HEADS)}, extend"
        report(line, first, "the document does not say what it defines", hint)
        return None
    other = next((head for head in HEADS if head in block and head not in (kind, *BESIDE.get(kind, ()))), None)
    if other is not None:
        message = f"one document says both '{kind}' and '{other}'"
        report(block.places[other] & LINE_MASK, other, message, "separate the two by a line of ---")
        return None
    if kind in ("views", "grants", "needs", "classes"):
        return Document({"classes": "needs"}.get(kind, kind), "", layer, block, place, stem)
    name = block[kind]
    if not isinstance(name, str) or not name:
        report(block.places[kind] & LINE_MASK, kind, f"the name of the {kind} is expected, found {_kind(name)}")
        return None
    return Document(kind, name, layer, block, place, stem)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"'{value}'"
