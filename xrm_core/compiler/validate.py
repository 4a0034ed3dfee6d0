"""Authored blocks against the pydantic models: faults as sentences with places, and the sound rest, so that checking can go on."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ..errors import Problem
from .blocks import Block, Files, Items, Path, copied, key_path, place_of

Model = TypeVar("Model", bound=BaseModel)
ROUNDS = 6
MAX_NAME = 63
"""Bytes of a name in PostgreSQL; longer ones would be cut off and clash."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """A hint with the nearest valid name, or the names when they are few; None when neither helps."""
    known = list(dict.fromkeys(names))
    near = nearest_of(name, known)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"one of: {', '.join(known)}" if 0 < len(known) <= 12 else None


def nearest_of(name: str, names: Iterable[str]) -> str | None:
    """The name that was most likely meant; None where none is near."""
    known = list(names)
    near = get_close_matches(name, known, 1, 0.6) or [n for n in known if n.lower() == name.lower()]
    return near[0] if near else None


def validate(
    model: type[Model],
    block: Block,
    files: Files,
    place: int,
    problems: list[Problem],
    at: Path = (),
    also: Sequence[str] = (),
) -> Model | None:
    """The block as a model. Faults go to `problems` with their places; faulty keys are left out of the model where that is
    possible, else the answer is None. `at` is the key path of the block; `also` are further keys that a hint may propose."""
    try:
        return model.model_validate(block)
    except ValidationError as fault:
        errors = fault.errors(include_url=False)
    rest: Any = copied(block)
    found = _faults(errors, block)
    for path, group in found.items():
        if _is_explained(path, group, found):
            continue
        problems.append(_problem(model, block, files, place, at, path, group, also))
    for _ in range(ROUNDS):
        for path in sorted(_faults(errors, rest), key=len, reverse=True):
            if not path or not _drop(rest, path):
                return None
        try:
            return model.model_validate(rest)
        except ValidationError as fault:
            errors = fault.errors(include_url=False)
    return None


def _faults(errors: list[Any], block: Any) -> dict[Path, list[Any]]:
    """Errors by the path of the key they are about; a missing key counts for the mapping that lacks it."""
    groups: dict[Path, list[Any]] = {}
    for error in errors:
        path, node = [], block
        for step in error["loc"]:
            if (isinstance(node, dict) and step in node) or (
                isinstance(node, list) and isinstance(step, int) and step < len(node)
            ):
                path.append(step)
                node = node[step]
        groups.setdefault(tuple(path), []).append(error)
    return groups


def _is_explained(path: Path, group: list[Any], found: Mapping[Path, list[Any]]) -> bool:
    """Whether another fault, deeper inside, says why this one of several forms of a value did not fit."""
    deeper = any(len(other) > len(path) and other[: len(path)] == path for other in found)
    return deeper and all(error["type"] in EXPECTED for error in group)


def _drop(block: Any, path: Path) -> bool:
    """Take the part at `path` out of the data."""
    node = block
    for step in path[:-1]:
        if isinstance(node, dict) and step not in node:
            return True
        if isinstance(node, list) and (not isinstance(step, int) or step >= len(node)):
            return True
        node = node[step]
    last = path[-1]
    if isinstance(node, Block) and last in node:
        del node[str(last)]
    elif isinstance(node, Items) and isinstance(last, int) and last < len(node):
        del node[last]
        del node.places[last]
    return True


def _problem(
    model: Any, block: Block, files: Files, place: int, at: Path, path: Path, group: list[Any], also: Sequence[str]
) -> Problem:
    message, code, hint, key = _words(model, path, group, also)
    where = files.where(place_of(block, path, place), key_path((*at, *path, *key)))
    return Problem(message, code, where=where, hint=hint)


def _words(
    model: Any, path: Path, group: list[Any], also: Sequence[str]
) -> tuple[str, str, str | None, tuple[str, ...]]:
    """Sentence, code, hint, and what to add to the key path."""
    missing = [e for e in group if e["type"] == "missing"]
    if missing:
        names = list(dict.fromkeys(str(e["loc"][-1]) for e in missing))
        if len(names) == len(group):
            return f"{' and '.join(repr(n) for n in names)} is missing", "missing", None, ()
    first = next((e for e in group if e["type"] == "extra_forbidden"), None)
    if first is not None:
        return (
            f"unknown key '{path[-1]}'",
            "unknown_key",
            nearest(str(path[-1]), [*keys_of(model, path[:-1]), *also]),
            (),
        )
    first = group[0]
    kind, context, given = first["type"], first.get("ctx", {}), first["input"]
    if kind == "string_pattern_mismatch" and isinstance(given, str) and len(given) > MAX_NAME:
        return f"'{given}' has more than {MAX_NAME} characters", "too_long", "use shorter names", ()
    if kind == "string_pattern_mismatch" and str(context.get("pattern", "")).startswith("^[a-z]"):
        return (
            f"'{given}' is not a name",
            "bad_name",
            "a name has small letters, digits and '_' and begins with a letter",
            (),
        )
    options = [e for e in group if e["type"] == "literal_error"]
    if options:
        allowed = [str(a) for e in options for a in _allowed(e)]
        listed = isinstance(given, str) and any(EXPECTED.get(e["type"]) == "a list" for e in group)
        hint = nearest(str(given), allowed) or f"one of: {', '.join(allowed)}"
        if listed and not hint.startswith("did you mean"):
            return (
                f"a list or {' or '.join(map(repr, allowed))} is expected, found {show(given)}",
                "wrong_type",
                f"write [{given}]",
                (),
            )
        return f"{show(given)} is not one of its values", "bad_value", hint, ()
    wanted = list(dict.fromkeys(EXPECTED[e["type"]] for e in group if e["type"] in EXPECTED))
    if wanted:
        quoted = "put it in quotes" if "a text" in wanted and isinstance(given, (int, float)) else None
        return f"{' or '.join(wanted)} is expected, found {show(given)}", "wrong_type", quoted, ()
    if kind in BOUNDS:
        return (
            f"{BOUNDS[kind]} {next(iter(context.values()))} is expected, found {show(given)}",
            "out_of_range",
            None,
            (),
        )
    text = str(first["msg"])
    return text.removeprefix("Value error, ").rstrip("."), "bad_value", None, ()


def _allowed(error: Any) -> list[str]:
    return [part.strip().strip("'") for part in str(error["ctx"]["expected"]).replace(" or ", ", ").split(", ")]


EXPECTED = {
    "string_type": "a text",
    "string_too_short": "a text that is not empty",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "float_type": "a number",
    "float_parsing": "a number",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_type": "a date (2026-01-31)",
    "date_parsing": "a date (2026-01-31)",
    "date_from_datetime_parsing": "a date (2026-01-31)",
}
"""Type of a pydantic error -> what was expected."""


BOUNDS = {
    "greater_than": "a number above",
    "greater_than_equal": "a number of at least",
    "less_than": "a number below",
    "less_than_equal": "a number of at most",
}
"""Type of a pydantic error about the size of a number -> how it is said."""


def show(value: Any) -> str:
    """A value for a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'"


def keys_of(model: Any, path: Path) -> list[str]:
    """The keys that the model allows at a path."""
    kinds = {model}
    for step in path:
        kinds = {k for kind in kinds for k in _below(kind, step)}
    names: list[str] = []
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names += [info.alias or name for name, info in kind.model_fields.items()]
    return names


def _below(kind: Any, step: str | int) -> list[Any]:
    """The types that a value of type `kind` may have at one step."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [
            t
            for name, info in kind.model_fields.items()
            if step in (name, info.alias)
            for t in _members(info.annotation)
        ]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return _members(arguments[1])
    if origin in (list, tuple):
        return [t for a in arguments if a is not Ellipsis for t in _members(a)]
    return []


def _members(kind: Any) -> list[Any]:
    """The members of a union, without annotations."""
    if get_origin(kind) is Annotated:
        return _members(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [t for a in get_args(kind) for t in _members(a)]
    return [kind]
