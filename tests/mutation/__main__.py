"""`python -m tests.mutation [module ...]`: how many small changes to the rule compiler the tests notice.

Each change runs in a process of its own, on a fast share of the tests (`suite.py`); the first that fails kills it. What survives
is listed, and what is known to change nothing that can be seen is left out (`same.py`). `--every 10` takes each tenth change,
`--jobs` how many at once. The exit code is 1 where fewer than 95 of 100 are killed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from tests.mutation import suite
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.same import is_same
from tests.mutation.swap import put
from xrm_core.services.runtime import Runtime

ROOM = Path(__file__).resolve().parents[2] / "xrm_core" / "access"
MODULES = ("needs", "rules", "denials", "masking", "folding", "seeing", "access")
"""What makes statements of grants and masks."""
GATE, LONGEST = 95.0, 30
"""Of 100 changes so many are killed; seconds after which a change counts as killed: it made something endless."""


def main() -> int:
    """Run it; 1 where too many survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, help=f"of {', '.join(MODULES)}")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first", help="begin with this one of so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", type=Path, help="a file that holds the output of a run: only what survived there")
    given = parser.parse_args()
    for name in MODULES:
        importlib.import_module(f"xrm_core.access.{name}")
    mutants = [m for name in given.modules for m in mutants_of(ROOM / f"{name}.py") if not is_same(m)][
        given.first :: given.every
    ]
    if given.again:
        before = given.again.read_text("utf-8")
        mutants = [m for m in mutants if f"survived {m}\n" in before]
    with suite.prepared() as runtime:
        if _status(os.waitpid(_begun(None, runtime), 0)[1]) != 0:
            print("the tests fail without any change")  # a command talks
            return 1
        survived = _survivors(mutants, given.jobs, runtime)
    score = 100 * (1 - len(survived) / max(len(mutants), 1))
    print(f"{len(mutants)} changes, {len(mutants) - len(survived)} killed: {score:.1f} %")
    return 0 if score >= GATE else 1


def _survivors(mutants: list[Mutant], jobs: int, runtime: Runtime) -> list[Mutant]:
    running: dict[int, Mutant] = {}
    survived: list[Mutant] = []
    began, done = time.monotonic(), 0
    waiting = list(mutants)
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[_begun(mutant, runtime)] = mutant
        pid, status = os.wait()
        mutant, done = running.pop(pid), done + 1
        if _status(status) == 0:
            survived.append(mutant)
            print(f"{done} of {len(mutants)}, {time.monotonic() - began:.0f} s: survived {mutant}", flush=True)
    return survived


def _begun(mutant: Mutant | None, runtime: Runtime) -> int:
    """A process that runs the tests with a change; its exit code is 0 where they pass."""
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(LONGEST)
    code = 1
    try:
        if mutant is not None:
            put(mutant, sys.modules[f"xrm_core.access.{mutant.path.stem}"])
        suite.run(runtime)
        code = 0
    except BaseException:  # whatever it is: the change was noticed
        if mutant is None:
            traceback.print_exc()
    finally:
        os._exit(code)


def _status(status: int) -> int:
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
