"""A fast share of the tests of access, without their runner, one by one: with how long each takes and which lines it comes by, so
that a change is tried by the quickest of those that it can matter to."""

from __future__ import annotations

import inspect
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.contracts import test_access_agreement as agreement
from tests.contracts import test_access_rights as by_hand
from tests.contracts.access_worlds import Maker, fill, organisation
from tests.unit.access import test_access, test_denials, test_folding, test_masking, test_needs, test_rules, test_seeing
from tests.unit.access.firm import firm
from xrm_core.services.runtime import Runtime
from xrm_core.storage.database import Database

UNITS = (test_needs, test_rules, test_denials, test_masking, test_folding, test_seeing, test_access)
"""Tests that need no database."""
SEEDS = 5
"""Worlds in which the statements are compared with the oracle."""
Lines = frozenset[tuple[str, int]]
"""Modules of the rule compiler with the lines that are come by."""


class Ground:
    """What tests are given: made when the first of them asks for it. An organisation with some records, on a copy of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self.given: dict[str, Any] = {}
        self._runtime = runtime

    def give(self, module: ModuleType, name: str) -> Any:
        """A fixture of a test, by name."""
        if name == "runtime":
            if name not in self.given:
                copy = Path(tempfile.mkdtemp(prefix="xrm-mutant-")) / "world.sqlite3"
                shutil.copyfile(str(self._runtime.database.engine.url.database), copy)
                self.given[name] = replace(self._runtime, database=Database(f"sqlite:///{copy}"))
            return self.given[name]
        if name == "monkeypatch":  # nothing is put back: the process ends
            return pytest.MonkeyPatch()
        raise AssertionError(f"{module.__name__} asks for {name}, which is not given here")

    def close(self) -> None:
        """Take the copy away."""
        for runtime in self.given.values():
            shutil.rmtree(Path(str(runtime.database.engine.url.database)).parent)


@dataclass(frozen=True)
class Case:
    """One test with its values."""

    name: str
    run: Callable[[Ground], None]


@dataclass(frozen=True)
class Measured:
    """A test, how long it takes, and the lines that it comes by."""

    case: Case
    seconds: float
    lines: Lines


@contextmanager
def prepared() -> Iterator[Runtime]:
    """The organisation of the tests, with some records, and nothing connected to it."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="xrm-mutation-"))
        runtime = stack.enter_context(organisation(f"sqlite:///{folder}/world.sqlite3"))
        with runtime.database.write() as tx:
            fill(tx, runtime.catalog, Maker(11).world(runtime.catalog))
        runtime.database.dispose()
        firm()
        yield runtime


def cases(*, units_only: bool = False) -> list[Case]:
    """All tests, or those alone that need no database."""
    found = [case for module in UNITS for case in _cases_of(module)]
    if units_only:
        return found
    found += _cases_of(by_hand)
    compare = agreement.test_statements_answer_what_the_oracle_does
    for seed in range(1, SEEDS + 1):
        found.append(Case(f"{compare.__name__}[{seed}]", partial(_called, compare, agreement, {"seed": seed})))
    return found


def _cases_of(module: ModuleType) -> Iterator[Case]:
    """All tests of a module with all their parameters."""
    for name, test in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_") and test.__module__ == module.__name__:
            for number, values in enumerate(_parameters(test)):
                yield Case(f"{name}[{number}]", partial(_called, test, module, values))


def _called(test: Callable[..., None], module: ModuleType, values: dict[str, Any], ground: Ground) -> None:
    wanted = inspect.signature(test).parameters
    test(**{n: values[n] if n in values else ground.give(module, n) for n in wanted})


def _parameters(test: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    axes = []
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            names = (
                [n.strip() for n in mark.args[0].split(",")] if isinstance(mark.args[0], str) else list(mark.args[0])
            )
            axes.append([dict(zip(names, _values(one, names), strict=True)) for one in mark.args[1]])
    for combined in itertools.product(*axes):
        yield {name: value for one in combined for name, value in one.items()}


def _values(one: Any, names: list[str]) -> tuple[Any, ...]:
    if isinstance(one, type(pytest.param())):
        return tuple(one.values)
    return (one,) if len(names) == 1 else tuple(one)
