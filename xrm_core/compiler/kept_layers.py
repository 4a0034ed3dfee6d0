"""The merged layers as plain data, and back: from them provenance is told when somebody asks.

A block is `{"k": keys, "v": values, "p": places, "b": replaced settings}`, a list `{"i": items, "p": places}`; a place is one
number (see `blocks.py`).
"""

from __future__ import annotations

from typing import Any

from .blocks import Block, Files, Items, SourceFile
from .merge import KINDS, Definition, Definitions


def pack_layers(definitions: Definitions) -> dict[str, Any]:
    """Merged layers as plain JSON data."""
    return {
        "files": [[f.layer, f.shown] for f in definitions.files.items],
        "layers": definitions.layers,
        "kinds": {kind: [_definition(d, key) for key, d in found.items()] for kind, found in definitions.kinds.items()},
        "grants": [_definition(d, "") for d in definitions.grants],
        "needs": pack(definitions.needs),
    }


def unpack_layers(data: dict[str, Any]) -> Definitions:
    """The reverse of `pack_layers`."""
    files = Files([SourceFile(layer, shown) for layer, shown in data["files"]])
    made = Definitions(files, layers=tuple((name, title) for name, title in data["layers"]))
    for kind in KINDS:
        made.kinds[kind] = dict(_revived(kind, d) for d in data["kinds"][kind])
    made.grants = [_revived("grants", d)[1] for d in data["grants"]]
    made.needs = unpack(data["needs"])
    return made


def _definition(definition: Definition, key: str) -> list[Any]:
    return [key, definition.name, definition.layer, definition.place, definition.stem, pack(definition.block)]


def _revived(kind: str, data: list[Any]) -> tuple[str, Definition]:
    key, name, layer, place, stem, block = data
    return key, Definition(kind, name, layer, unpack(block), place, stem)


def pack(value: Any) -> Any:
    """Authored data as plain JSON data."""
    if isinstance(value, Block):
        made: dict[str, Any] = {
            "k": list(value),
            "v": [pack(v) for v in value.values()],
            "p": [value.places.get(k, 0) for k in value],
        }
        if value.before:
            made["b"] = {key: [[place, pack(old)] for place, old in chain] for key, chain in value.before.items()}
        return made
    if isinstance(value, Items):
        return {"i": [pack(v) for v in value], "p": value.places}
    return value


def unpack(data: Any) -> Any:
    """The reverse of `pack`."""
    if not isinstance(data, dict):
        return data
    if "i" in data:
        return Items([unpack(v) for v in data["i"]], data["p"])
    keys = data["k"]
    made = Block(zip(keys, map(unpack, data["v"]), strict=True), dict(zip(keys, data["p"], strict=True)))
    if "b" in data:
        made.before = {key: [(place, unpack(old)) for place, old in chain] for key, chain in data["b"].items()}
    return made
