"""YAML texts to data with places: only what metadata needs, so that `no`, `on` and `0042` stay the texts they look like.

Scalars follow the core schema of YAML 1.2.2 section 10.3 (true, false, null, plain numbers), narrowed: a number with leading
zeros is a text, and there are no dates, octal numbers or tags. Keys are always texts. An alias is
a copy of what its anchor names; how much may be copied is limited, so that no small file becomes a large one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from .blocks import Block, Items, copied

MAX_DEPTH = 40
MAX_COPIED = 10_000
"""Values that the aliases of one document may copy in all."""
Report = Callable[[int, str, str, str | None], None]
"""Called with line, key path, fault and hint."""

INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
WORDS |= {"True": True, "False": False, "TRUE": True, "FALSE": False}

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str, base: int, report: Report) -> list[tuple[int, Any]]:
    """(line, data) of each document of a text. `base` is added to every line to make a place. Faults go to `report`;
    what was read before a syntax fault is kept."""
    found: list[tuple[int, Any]] = []
    loader = LOADER(text)
    builder = _Builder(base, report)
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, DocumentStartEvent):
                builder.begin()
            elif isinstance(event, DocumentEndEvent):
                if builder.root is not None:
                    found.append((builder.first, builder.root))
            elif not builder.take(event):
                break
    except yaml.YAMLError as fault:
        report(*_syntax(fault, text))
    finally:
        loader.dispose()
    return found


def scalar(event: Any) -> Any:
    """The value of a plain scalar; quoted and block scalars are texts."""
    text: str = event.value
    if event.style or not event.implicit[0]:  # the C loader says "" for a plain scalar, the Python one None
        return text
    if text in WORDS:
        return WORDS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else text


def size(value: Any) -> int:
    """Number of values in a value, itself included."""
    inner = value.values() if isinstance(value, Block) else value if isinstance(value, Items) else ()
    return 1 + sum(map(size, inner))


class _Builder:
    """Builds one document from events, without recursion."""

    def __init__(self, base: int, report: Report) -> None:
        self.base, self.report = base, report
        self.begin()

    def begin(self) -> None:
        self.stack: list[tuple[Any, str | None, str | None]] = []
        self.anchors: dict[str, Any] = {}
        self.copied = 0
        self.node: Block | Items | None = None
        self.key: str | None = None
        self.key_line = self.first = 0
        self.root: Any = None

    def take(self, event: Any) -> bool:
        """Add one event. False: the rest of the file cannot be read."""
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            return self.alias(str(event.anchor), line)
        if isinstance(event, ScalarEvent):
            self.no_tag(event, line)
            if isinstance(self.node, Block) and self.key is None:
                self.start_key(event.value, line)
            else:
                self.name_value(event.anchor, value := scalar(event))
                self.add(value, line)
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self.no_tag(event, line)
            return self.open(Block() if isinstance(event, MappingStartEvent) else Items(), line, event.anchor)
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            done = self.node
            self.node, _, anchor = self.stack.pop()
            self.key = None
            self.name_value(anchor, done)
        return True

    def no_tag(self, event: Any, line: int) -> None:
        """Tags could ask for objects; there are none here."""
        if event.tag is not None and event.tag != "!":
            self.fault(line, f"tag '{event.tag}' is not allowed", "write the plain value")

    def name_value(self, anchor: str | None, value: Any) -> None:
        """Remember a whole value for aliases."""
        if anchor is not None:
            self.anchors[anchor] = value

    def alias(self, anchor: str, line: int) -> bool:
        """Copy the value that an anchor names."""
        if isinstance(self.node, Block) and self.key is None:
            self.fault(line, "an alias cannot be a key", "write the key")
            return False
        if anchor not in self.anchors:
            self.fault(line, f"'*{anchor}' names nothing written before it in this document", "name it with '&' first")
            return False
        value = self.anchors[anchor]
        self.copied += size(value)
        if self.copied > MAX_COPIED:
            self.fault(line, f"the aliases of this document copy more than {MAX_COPIED} values", "share with a mixin")
            return False
        self.add(copied(value), line)
        return True

    def open(self, made: Block | Items, line: int, anchor: str | None) -> bool:
        if isinstance(self.node, Block) and self.key is None:
            self.fault(line, "a key must be a text", "put quotes around texts that hold { or [")
            return False
        if len(self.stack) >= MAX_DEPTH:
            self.fault(line, f"nested deeper than {MAX_DEPTH} levels", None)
            return False
        parent, key = self.node, self.key
        self.add(made, line)
        self.stack.append((parent, key, anchor))
        self.node, self.key = made, None
        return True

    def start_key(self, key: str, line: int) -> None:
        assert isinstance(self.node, Block)
        if key in self.node:
            first = self.node.places[key] - self.base
            self.key = key
            self.fault(line, f"'{key}' is written twice (first in line {first})", "keep one of the two")
        self.key, self.key_line = key, line
        if key == "<<":
            self.fault(line, "'<<' (merging of mappings) is not understood", "write the keys out, or share a mixin")

    def add(self, value: Any, line: int) -> None:
        if self.node is None:
            self.root, self.first = value, line
        elif isinstance(self.node, Items):
            self.node.put(value, self.base + line)
        else:
            assert self.key is not None
            if self.key not in self.node:
                self.node.put(self.key, value, self.base + self.key_line)
            self.key = None

    def fault(self, line: int, message: str, hint: str | None) -> None:
        keys = [key for _, key, _ in self.stack[1:] if key] + ([self.key] if self.key else [])
        self.report(line, ".".join(keys), message, hint)


def _syntax(fault: yaml.YAMLError, text: str) -> tuple[int, str, str, str | None]:
    """Line, key path, fault and hint of a syntax error."""
    mark = getattr(fault, "problem_mark", None)
    line = mark.line + 1 if mark is not None else 0
    problem = getattr(fault, "problem", None) or getattr(fault, "reason", None) or "not YAML"
    lines = text.splitlines()
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    hint = None
    if "\t" in shown:
        problem, hint = "a tab cannot be used here", "indent with spaces"
    elif ": " in shown.partition(": ")[2]:
        hint = "put quotes around a text that holds ': '"
    return line, "", f"not readable as YAML: {problem}", hint
