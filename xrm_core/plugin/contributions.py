"""What a plugin contributes: values that declaring hooks return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Literal, Protocol

from ..metamodel.kinds import T
from ..metamodel.values import FurtherChange, Reader


@dataclass(frozen=True, slots=True)
class MetadataRoot:
    """A folder of metadata. `layer` is the plugin's name or "organisation"; `requires` the layers it builds on."""

    layer: str
    path: Path
    requires: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function for expressions: pure, and null where an argument is null. `python` computes it, on SQLite too; `postgresql`
    names the function of PostgreSQL that gives the same, None: it cannot be used in filters and sorts there."""

    name: str
    arguments: tuple[T, ...]
    result: T
    python: Callable[..., Any]
    postgresql: str | None = None
    help: str = ""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """A named operation on a record: a button and an API call. `run(record, values, actor, reader)` returns further changes, or
    `Problem` values, which refuse it (then nothing is saved), or with `effect="read"` a value that is answered and saved
    nowhere. `fields` are asked for, written as in metadata; `when` is an
    expression over `record` that must hold."""

    name: str
    entity: str
    label: str | Mapping[str, str]
    run: Callable[..., Sequence[Any]]
    when: str | None = None
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    effect: Literal["write", "read"] = "write"
    why: Callable[..., str] | None = None
    """`why(record, reader)` says in words why it is closed where `when` does not hold; without it, or where it answers nothing, the
    condition is told."""
    to: str = ""
    sources: Sequence[str] = ()
    """The state of the lifecycle that it leads to, and those that it leads from: on a board a card is moved so."""
    several: Sequence[str] | None = None
    """Offered for the records ticked in a list, asking for these of its fields; None: for one record at a time."""
    makes: str = ""
    """The entity of which it makes records: open only to those who may make one, and refused where it makes one that they may not."""
    screen: str = ""
    """The path of a screen of the same plugin that asks and shows the answer, `preview/{id}` with the id of the record: the button
    leads there. Without it a short form asks, and the answer is told in a message."""
    icon: str = ""
    """Lucide icon of its button; without one it has the icon of what it makes, or one of those that read or do something."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that comes again by itself. `run(reader, today)` gives steps: further changes, or tuples of changes that are saved
    together or not at all; `today` is the date in the organisation's time zone. Each hour or day has one run, in whichever
    process. A step that is refused keeps no other back and is told among the dead letters; the next run asks for it again.
    So `run` asks for what is due by now and not for what became due today, and no step relies on another one."""

    name: str
    every: Literal["hourly", "daily"]
    run: Callable[[Reader, date], Sequence[FurtherChange | tuple[FurtherChange, ...]]]
    label: str | Mapping[str, str] = ""
    """What it is called on the page of jobs."""


@dataclass(frozen=True, slots=True)
class PageSlot:
    """A piece of a page: a template of the plugin and the values it needs. `read(reader)` adds values that have to be read, with a
    `ScreenReader` that has the rights of whoever looks; where it answers None there is no piece."""

    template: str
    values: Mapping[str, Any]
    title: str = ""
    order: int = 100
    read: Callable[[Any], Mapping[str, Any] | None] | None = None


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry that a plugin adds to the menu at run time."""

    group: str
    label: str
    href: str
    icon: str = "circle"
    badge: int | None = None


class SampleMaker(Protocol):
    """What a sample function works with. The same seed and date give the same records on both databases."""

    seed: int
    as_of: date
    scale: float
    """1.0 makes the demo; the bench asks for more."""
    shared: dict[str, Any]
    """What sample functions of one plugin leave for those of plugins that require it (ids, names)."""

    def rng(self, name: str, n: int = 0) -> Random:
        """A generator of its own for the n-th record of a kind, so that a new kind shifts no other."""

    def add(self, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """Create records (child rows nested under their field's name); their ids in the same order. States may be any."""

    def records(self, entity: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """The stored records of these ids, in the same order, with what hooks have completed."""

    def user(self, key: str) -> str | None:
        """Id of a demo user by its short name (ben, chiara, samir, mei, dana, ada)."""

    def department(self, code: str) -> str:
        """Id of a department by its code."""


SampleStep = Callable[[SampleMaker], None]
