"""A fast share of the tests of access, without their runner: on one copy of a database made beforehand, the quickest first."""

from __future__ import annotations

import inspect
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from types import ModuleType
from typing import Any

import pytest

from tests.contracts import test_access_agreement as agreement
from tests.contracts import test_access_rights as by_hand
from tests.contracts.access_worlds import Maker, fill, organisation
from tests.unit.access import test_denials, test_folding
from xrm_core.services.runtime import Runtime
from xrm_core.storage.database import Database

SEEDS = 5
"""Worlds in which the statements are compared with the oracle."""


@contextmanager
def prepared() -> Iterator[Runtime]:
    """The organisation of the tests, with some records, and nothing connected to it."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="xrm-mutation-"))
        runtime = stack.enter_context(organisation(f"sqlite:///{folder}/world.sqlite3"))
        with runtime.database.write() as tx:
            fill(tx, runtime.catalog, Maker(11).world(runtime.catalog))
        runtime.database.dispose()
        yield runtime


def run(runtime: Runtime) -> None:
    """Raises where a test fails."""
    with tempfile.TemporaryDirectory(prefix="xrm-mutant-") as folder:
        copy = Path(folder) / "world.sqlite3"
        copyfile(str(runtime.database.engine.url.database), copy)
        own = replace(runtime, database=Database(f"sqlite:///{copy}"))
        for module in (test_folding, test_denials, by_hand):
            _each(module, {"runtime": own})
        for seed in range(1, SEEDS + 1):
            agreement.test_statements_answer_what_the_oracle_does(own, seed)


def _each(module: ModuleType, given: Mapping[str, Any]) -> None:
    """All tests of a module that take no more than these fixtures, with all their parameters."""
    for name, test in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_") and test.__module__ == module.__name__:
            for values in _parameters(test):
                wanted = inspect.signature(test).parameters
                if wanted.keys() <= values.keys() | given.keys():
                    test(**{n: values[n] if n in values else given[n] for n in wanted})


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
