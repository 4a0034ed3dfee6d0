"""What a run found: figures with their gates, as text for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

TIMES = "x"
"""Unit of ratios: how many times the hand-written handler's CPU, or the first page's."""


@dataclass
class Figure:
    """One measured figure. `gate` is the most (or, with `at_least`, the least) that it may be; `detail` is what it comes of."""

    name: str
    value: float
    unit: str
    gate: float | None = None
    at_least: bool = False
    detail: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool | None:
        """Does the gate hold? None without one."""
        if self.gate is None:
            return None
        return self.value >= self.gate if self.at_least else self.value <= self.gate


@dataclass
class Report:
    """All figures of a run. `load` is how many processes wanted a processor before and after it, on average of a minute."""

    database: str
    records: int
    figures: list[Figure] = field(default_factory=list)
    load: list[float] = field(default_factory=list)

    def add(
        self, name: str, value: float, unit: str, gate: float | None = None, *, at_least: bool = False, **detail: float
    ) -> None:
        """Note a figure."""
        told = {k: round(v, 3) for k, v in detail.items()}
        self.figures.append(Figure(name, round(value, 3), unit, gate, at_least, told))

    def look_at_load(self) -> None:
        """Note how busy the machine is now."""
        self.load.append(round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else 0.0)

    def machine(self) -> str:
        """The machine in one line."""
        load = " to ".join(f"{one:g}" for one in self.load)
        return f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load}"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "database": self.database,
            "records": self.records,
            "machine": self.machine(),
            "figures": [{**asdict(f), "holds": f.holds} for f in self.figures],
        }

    def lines(self) -> Iterator[str]:
        """For people: at most 80 characters a line, what a figure comes of below it."""
        yield f"{self.database}, {self.records:,} clients; {self.machine()}"
        yield ""
        yield f"{'':<42}{'measured':>14}  {'gate':<12}verdict"
        for f in self.figures:
            gate = "" if f.gate is None else f"{'>=' if f.at_least else '<='} {shown(f.gate)}"
            verdict = {True: "holds", False: "MISSED", None: ""}[f.holds]
            yield f"{f.name:<42}{shown(f.value) + ' ' + f.unit:>14}  {gate:<12}{verdict}".rstrip()
            if f.detail:
                yield "    " + ", ".join(f"{name.replace('_', ' ')} {shown(value)}" for name, value in f.detail.items())
        missed = [f.name for f in self.figures if f.holds is False]
        yield ""
        yield "All gates hold." if not missed else f"{len(missed)} gates are missed: {'; '.join(missed)}."


def shown(value: float) -> str:
    """A figure with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
