"""Prove access: put every question of every channel for every role and entity, and hold the answers against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

from ...access.oracle_values import NotSaid
from ...errors import XrmError
from ..runtime import Runtime
from ..work import Work
from . import closing, displaying, reading, serving, writing
from .channels import CHANNELS, Channel, Probe
from .ground import Ground, Seat, make_ground

ROOMS = (reading, writing, serving, displaying, closing)
"""Where channels are written; importing them registers these."""
SHOWN = 400


@dataclass(frozen=True, slots=True)
class Cell:
    """One role before one entity, by one verb through one channel, with the questions put. `differs`: the first disagreement;
    `unsaid`: why the oracle cannot say."""

    role: str
    entity: str
    verb: str
    channel: str
    probes: int
    differs: str = ""
    unsaid: str = ""


@dataclass
class Report:
    """What came out. `problems` are the cells in which the answer and the oracle disagree."""

    cells: list[Cell] = field(default_factory=list)
    seconds: float = 0.0
    by_channel: dict[str, float] = field(default_factory=dict)

    @property
    def problems(self) -> list[Cell]:
        """The cells that disagree."""
        return [c for c in self.cells if c.differs]

    @property
    def unsaid(self) -> list[Cell]:
        """The cells of which the oracle cannot speak."""
        return [c for c in self.cells if c.unsaid]

    @property
    def probes(self) -> int:
        """How many questions were put."""
        return sum(c.probes for c in self.cells)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "cells": len(self.cells), "probes": self.probes, "seconds": round(self.seconds, 1),
            "channels": {n: {"cells": sum(c.channel == n for c in self.cells), "seconds": round(s, 1)} for n, s in self.by_channel.items()},
            "problems": [asdict(c) for c in self.problems], "unsaid": [asdict(c) for c in self.unsaid],
        }  # fmt: skip


def prove(
    runtime: Runtime,
    app: Any = None,
    *,
    roles: frozenset[str] | None = None,
    entities: frozenset[str] | None = None,
    channels: frozenset[str] | None = None,
    on_pages: frozenset[str] | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Report:
    """Prove the metadata of a runtime on the records in its database. `app`: its web application; without it the channels that
    go through it are left out. `roles`, `entities`, `channels` narrow it, `on_pages` the roles that ask the web application too, which
    takes the most time; `tell` is told how far it is.

    Users and tokens are added to the database where a role has none: prove on a copy, or on one made for it."""
    started = perf_counter()
    ground, report = make_ground(runtime, app), Report()
    chosen = [
        c for c in CHANNELS.values() if (app is not None or not c.web) and (channels is None or c.name in channels)
    ]
    inner = [c for c in chosen if not c.web]

    def wanted(seat: Seat) -> bool:
        return (roles is None or seat.prober.role in roles) and (entities is None or seat.entity.name in entities)

    total = sum(map(wanted, ground.seats()))
    for n, seat in enumerate(filter(wanted, ground.seats())):
        _sit(ground, seat, chosen if on_pages is None or seat.prober.role in on_pages else inner, report)
        if tell is not None:
            tell(n + 1, total)
    report.seconds = perf_counter() - started
    return report


def _sit(ground: Ground, seat: Seat, channels: list[Channel], report: Report) -> None:
    """All channels for one seat: reading in one transaction, writing in one that is undone, the web in its own."""
    for writes in (False, True):
        some = [c for c in channels if c.writes == writes and not c.web]
        if some:
            try:
                with ground.runtime.work(seat.prober.actor, "api", write=writes) as work:
                    for one in some:
                        _put(one, work, seat, report)
                    if writes:
                        raise _Undo
            except _Undo:
                pass
    web = [c for c in channels if c.web]
    if web:
        with ground.runtime.work(seat.prober.actor, "api") as work:
            for one in web:
                _put(one, work, seat, report)


class _Undo(Exception):
    """Takes back what the writing channels left."""


def _put(channel: Channel, work: Work, seat: Seat, report: Report) -> None:
    started = perf_counter()
    found: dict[str, list[Probe]] = {}
    unsaid = broken = ""
    try:
        for probe in _probes(channel, work, seat):
            found.setdefault(probe.verb, []).append(probe)
    except NotSaid as fault:
        unsaid = str(fault) or "a part of the language that the oracle does not speak"
    except XrmError as fault:
        broken = f"{type(fault).__name__}: {fault}"
    for verb, probes in found.items():
        wrong = next((p for p in probes if p.expected != p.found), None)
        report.cells.append(
            Cell(seat.prober.role, seat.entity.name, verb, channel.name, len(probes), _difference(wrong))
        )
    if unsaid or broken:
        report.cells.append(
            Cell(seat.prober.role, seat.entity.name, "read", channel.name, 0, broken[:SHOWN], unsaid[:SHOWN])
        )
    report.by_channel[channel.name] = report.by_channel.get(channel.name, 0.0) + perf_counter() - started


def _probes(channel: Channel, work: Work, seat: Seat) -> Iterator[Probe]:
    yield from channel.ask(work, seat)


def _difference(probe: Probe | None) -> str:
    """A disagreement as a sentence: of sets of records only those that one side has."""
    if probe is None:
        return ""
    expected, found = probe.expected, probe.found
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = [k for k in {**expected, **found} if expected.get(k) != found.get(k)][:3]
        expected, found = {k: expected.get(k) for k in keys}, {k: found.get(k) for k in keys}
    return f"{probe.asked}: expected {expected!r}, found {found!r}"[:SHOWN]
