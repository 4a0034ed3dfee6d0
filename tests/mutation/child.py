"""Processes of their own, with all that is loaded and made already: one for each test measures it, one for each change runs tests."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from tests.mutation.mutants import Mutant
from tests.mutation.suite import Case, Ground, Measured
from tests.mutation.swap import put, put_same
from xrm_core.services.runtime import Runtime

PASSED, NOTICED, FAILED = 0, 1, 2
"""How a process ends: the tests pass, one of them does not, the change could not be made."""
TIMES, MORE = 5, 2
"""A test that takes so many times what it takes without a change, and so many seconds of the processor more, was made endless by the
change, and has noticed it."""
LARGEST = 4 << 30
"""Bytes of memory; the same."""


def begin(mutant: Mutant, runtime: Runtime, tests: Sequence[Measured]) -> int:
    """The id of a process that runs tests with a change."""

    def run() -> int:
        resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
        try:
            compile(mutant.tree, str(mutant.path), "exec")
        except Exception:
            return FAILED
        ground = Ground(runtime)
        try:
            put(mutant, sys.modules[f"xrm_core.access.{mutant.path.stem}"])
            for test in tests:
                _limit(test.seconds)
                test.case.run(ground)
        except BaseException:  # whatever it is: the change was noticed
            return NOTICED
        finally:
            ground.close()
        return PASSED

    return _forked(run)


def measure(cases: Sequence[Case], runtime: Runtime, files: dict[str, str], jobs: int) -> list[Measured]:
    """How long each test takes, and by which lines of these files (path -> name of the module) it comes. What the tests load is
    loaded then. Raises SystemExit where one fails: alone, or with each module put in its own place."""
    with tempfile.TemporaryDirectory(prefix="xrm-mutation-") as folder:

        def one(number: int) -> int:
            ground, begun = Ground(runtime), os.times().user
            lines = _traced(cases[number], ground, files)
            found = {"seconds": os.times().user - begun, "lines": lines, "loaded": sorted(sys.modules)}
            ground.close()
            Path(folder, str(number)).write_text(json.dumps(found), "utf-8")
            return PASSED

        waiting, running = list(range(len(cases))), dict[int, int]()
        while waiting or running:
            while waiting and len(running) < jobs:
                number = waiting.pop()
                running[_forked(lambda number=number: one(number), loud=True)] = number
            pid = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT).si_pid  # type: ignore[union-attr]  # there are some
            _wait(pid, cases[running.pop(pid)].name)
        _wait(
            _forked(lambda: _all_the_same(cases, runtime, files), loud=True),
            "the tests, with each module in its own place,",
        )
        made = []
        for number, case in enumerate(cases):
            found = json.loads(Path(folder, str(number)).read_text("utf-8"))
            made.append(Measured(case, found["seconds"], frozenset((n, line) for n, line in found["lines"])))
            for name in found["loaded"]:
                with contextlib.suppress(Exception):  # some are made by others, and have no file
                    importlib.import_module(name)
    return made


def _all_the_same(cases: Sequence[Case], runtime: Runtime, files: dict[str, str]) -> int:
    ground = Ground(runtime)
    for path, name in files.items():
        put_same(Path(path), sys.modules[f"xrm_core.access.{name}"])
    for case in cases:
        case.run(ground)
    ground.close()
    return PASSED


def _wait(pid: int, name: str) -> None:
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != PASSED:
        raise SystemExit(f"{name} fail without any change")


def _traced(case: Case, ground: Ground, files: dict[str, str]) -> list[tuple[str, int]]:
    lines: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, given: Any) -> Any:
        name = files.get(frame.f_code.co_filename)
        if name is None:
            return None
        lines.add((name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        case.run(ground)
    finally:
        sys.settrace(None)
    return sorted(lines)


def _limit(seconds: float) -> None:
    """The kernel ends this process some time after a test should have ended."""
    last = int(time.process_time() + TIMES * seconds) + MORE
    resource.setrlimit(resource.RLIMIT_CPU, (last, resource.RLIM_INFINITY))


def _forked(run: Callable[[], int], *, loud: bool = False) -> int:
    """The id of a process that ends as `run` says."""
    pid = os.fork()
    if pid:
        return pid
    code = FAILED
    try:
        if not loud:
            sys.stderr = sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for as long as the process lives
        code = run()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
