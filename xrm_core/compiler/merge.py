"""Step 2: documents of all layers to one definition per name, with the place of every key and the settings it replaced."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from msgspec import Struct, field

from ..errors import Problem
from .blocks import Block, Files, Items, Path, copied, key_path
from .layers import LAST, builds_on
from .read import Document, Sources

KINDS = ("entity", "mixin", "form", "view", "dashboard", "codes", "role", "department", "menu", "import", "sample")
JOINING = ("role", "department", "menu")
"""Kinds of which several layers may write the same name without `extend`: their settings are merged."""
APPENDED = ("mixins", "search", "keys", "rules", "items")
"""Lists that a later layer adds to; all other lists are replaced as a whole."""


class Definition(Struct):
    """One thing as all layers together define it. `layer` is the one that declares it; `at` the key path of its block when it
    stands inside another one's (a child table)."""

    kind: str
    name: str
    layer: str
    block: Block
    place: int
    stem: str = ""
    at: Path = ()


class Definitions(Struct):
    """Everything defined, by kind and name; grants in the order written; the needs matrix as one."""

    files: Files
    kinds: dict[str, dict[str, Definition]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    grants: list[Definition] = field(default_factory=list)
    needs: Block = field(default_factory=Block)
    layers: tuple[tuple[str, str], ...] = ()
    """(name, title) of each layer, lowest first."""

    def of(self, kind: str) -> dict[str, Definition]:
        """Definitions of a kind by name."""
        return self.kinds[kind]


def merge(sources: Sources) -> Definitions:
    """Put the layers on top of one another. Faults are added to `sources.problems`, doubts to `sources.warnings`."""
    titles: dict[str, str] = {}
    for root in sources.roots:
        titles.setdefault(root.layer, root.title or root.layer)
    made = Definitions(sources.files, layers=tuple(titles.items()))
    merger = _Merger(sources, made)
    documents = [d for d in _split(sources.documents) if merger.is_in_use(d)]
    carried = _carried(documents)
    documents = [d for d in documents if merger.has_carriers(d, carried)]
    for document in documents:
        if not document.extends:
            merger.define(document)
    for document in documents:
        if document.extends:
            merger.extend(document)
    return made


def _split(documents: Iterable[Document]) -> Iterable[Document]:
    """Every view of a `views:` file as a document of its own."""
    for document in documents:
        if document.kind != "views":
            yield document
            continue
        block = document.block
        views = block.get("views")
        if not isinstance(views, Items) or set(block) - {"views", "entity", "if_plugin", "if_mixin"}:
            yield document
            continue
        for view, place in zip(views, views.places, strict=True):
            own = view if isinstance(view, Block) else Block()
            for key in ("entity", "if_plugin", "if_mixin"):
                if key in block and key not in own:
                    own.put(key, block[key], block.places[key])
            name = own.get("view")
            yield Document("view", name if isinstance(name, str) else "", document.layer, own, place, document.stem)


def _carried(documents: Iterable[Document]) -> set[str]:
    """The mixins that entities carry, whichever layer gives them."""
    return {
        name
        for document in documents
        if document.kind == "entity" and isinstance(names := document.block.get("mixins"), list)
        for name in names
        if isinstance(name, str)
    }


class _Merger:
    def __init__(self, sources: Sources, made: Definitions) -> None:
        self.sources, self.made, self.files = sources, made, sources.files
        self.layers = set(sources.layers)

    def problem(self, place: int, key: str, message: str, code: str, hint: str | None = None) -> None:
        self.sources.problems.append(Problem(message, code, where=self.files.where(place, key), hint=hint))

    def is_in_use(self, document: Document) -> bool:
        """Whether the plugins that the document depends on (`if_plugin`) are there."""
        return self._condition(document, "if_plugin", "plugin") <= self.layers

    def has_carriers(self, document: Document, carried: set[str]) -> bool:
        """Whether some entity carries the mixins that the document depends on (`if_mixin`)."""
        return self._condition(document, "if_mixin", "mixin") <= carried

    def _condition(self, document: Document, key: str, what: str) -> set[str]:
        """The names that a condition of a document asks for; the condition is taken out of its block."""
        if key not in document.block:
            return set()
        place = document.block.places[key]
        names = document.block.pop(key)
        listed = names if isinstance(names, list) else [names]
        if not all(isinstance(name, str) for name in listed):
            self.problem(place, key, f"the name of a {what}, or a list of names, is expected", "wrong_type")
        return {name for name in listed if isinstance(name, str)}

    def define(self, document: Document) -> None:
        if document.kind == "grants":
            self.made.grants.append(
                Definition("grants", "", document.layer, document.block, document.place, document.stem)
            )
            return
        if document.kind == "needs":
            Layering(self, document, "needs").merge(self.made.needs, document.block, ())
            return
        if document.kind == "views":
            self.problem(
                document.place,
                "views",
                "a list of views is expected, beside it only entity, if_plugin and if_mixin",
                "wrong_type",
            )
            return
        known = self.made.of(document.kind)
        first = known.get(document.name)
        made = Definition(document.kind, document.name, document.layer, document.block, document.place, document.stem)
        if document.kind == "form" and isinstance(department := document.block.get("department"), str):
            first = known.get(f"{document.name}@{department}")
            key = f"{document.name}@{department}"
        else:
            key = document.name
        if first is None:
            known[key] = made
        elif document.kind in JOINING:
            Layering(self, document, document.name).merge(first.block, document.block, ())
        else:
            there = self.files.where(first.place)
            hint = (
                f"extend it with 'extend: {document.name}'"
                if first.layer != document.layer
                else "rename one of the two"
            )
            self.problem(
                document.place,
                document.kind,
                f"{document.kind} '{document.name}' is already defined at {there}",
                "defined_twice",
                hint,
            )

    def extend(self, document: Document) -> None:
        name = document.name
        if document.kind == "form" and isinstance(department := document.block.get("department"), str):
            name = f"{name}@{department}"
        targets = [(kind, self.made.of(kind)[name]) for kind in document.kinds if name in self.made.of(kind)]
        if not targets:
            names = [n for kind in document.kinds for n in self.made.of(kind)]
            near = get_close_matches(name, names, 1, 0.6)
            what = " or ".join(document.kinds)
            hint = (
                f"did you mean '{near[0]}'?"
                if near
                else "if it comes from another plugin, add 'if_plugin: <that plugin>'"
            )
            self.problem(document.place, "extend", f"there is no {what} '{name}' to extend", "unknown_target", hint)
            return
        kind, target = targets[0]
        if target.layer not in builds_on(self.sources.roots, document.layer):
            message = f"'{document.layer}' extends {kind} '{name}' of '{target.layer}', which it does not require"
            where = self.files.where(document.place, "extend")
            self.sources.warnings.append(
                Problem(
                    message,
                    "unrequired",
                    where=where,
                    hint=f"add '{target.layer}' to requires, or write 'if_plugin: {target.layer}'",
                )
            )
        if kind == "form":
            from .tabs import extend_tabs

            extend_tabs(target.block, document.block)
        Layering(self, document, name).merge(target.block, document.block, ())


class Layering:
    """Puts one document on top of a block: mappings deep, some lists appended, everything else replaced."""

    def __init__(self, merger: _Merger, document: Document, name: str) -> None:
        self.merger, self.document, self.name = merger, document, name
        self.free = document.layer in LAST

    def merge(self, under: Block, over: Block, path: tuple[str, ...], overrides: str | None = None) -> None:
        """Merge `over` into `under`, in place. `overrides` names the plugin whose settings may be replaced from here down."""
        overrides = over.get("overrides") or overrides
        for key, value in over.items():
            place, here = over.places[key], (*path, key)
            if key == "overrides":
                continue
            if key not in under:
                under.put(key, value, place)
                continue
            old = under[key]
            if isinstance(old, Block) and (isinstance(value, Block) or value is None):
                self.merge(old, value or Block(), here, overrides)
            elif isinstance(value, Block) and old is None:
                under.put(key, value, place)
            elif isinstance(old, Items) and isinstance(value, Items) and key in APPENDED and len(here) <= 1:
                append(old, value)
            elif old != value:
                self.replace(under, key, value, place, here, overrides)

    def replace(
        self, under: Block, key: str, value: Any, place: int, path: tuple[str, ...], overrides: str | None
    ) -> None:
        """Replace a setting, remember the old one, and refuse it where another plugin's is replaced unasked."""
        files = self.merger.files
        old_place = under.places[key]
        owner = files.layer(old_place)
        if not self.free and owner != self.document.layer and owner not in LAST and overrides != owner:
            message = f"'{self.name}': '{key_path(path)}' is set to {show(under[key])} at {files.where(old_place)} by '{owner}', and to {show(value)} here"
            self.merger.problem(
                place, key_path(path), message, "clash", f"write 'overrides: {owner}' beside it if that is meant"
            )
            return
        history = dict(under.before or {})
        history[key] = [*history.get(key, []), (old_place, under[key])]
        under.before = history
        under.put(key, value, place)


def append(under: Items, over: Items) -> None:
    """Add the items that are not there yet."""
    for value, place in zip(over, over.places, strict=True):
        if value not in under:
            under.put(copied(value), place)


def show(value: Any) -> str:
    """A value for a sentence."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return f"'{value}'"
