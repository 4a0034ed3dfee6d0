"""`python -m tests.mutation [module ...]`: how many small changes to the rule compiler the tests notice.

Each change runs in a process of its own, on those of a fast share of the tests (`suite.py`) that come by the changed function, the
quickest first; the first that fails kills it. What survives is listed, and what is known to change nothing that can be seen is
left out (`same.py`). `--every 10` takes each tenth change, `--jobs` how many at once. The exit code is 1 where fewer than 95 of 100
are killed.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
import time
from pathlib import Path

from tests.mutation import suite
from tests.mutation.child import FAILED, PASSED, begin, measure
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.same import is_same
from tests.mutation.suite import Measured
from xrm_core.services.runtime import Runtime

ROOM = Path(__file__).resolve().parents[2] / "xrm_core" / "access"
MODULES = ("needs", "rules", "denials", "masking", "folding", "seeing", "access")
"""What makes statements of grants and masks."""
GATE = 95.0
"""Of 100 changes so many are killed."""


def main() -> int:
    """Run it; 1 where too many survive."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES, help=f"of {', '.join(MODULES)}")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first", help="begin with this one of so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", type=Path, help="a file that holds the output of a run: only what survived there")
    parser.add_argument("--units", action="store_true", help="only tests that need no database")
    given = parser.parse_args()
    for name in MODULES:
        importlib.import_module(f"xrm_core.access.{name}")
    all_of_them = [m for name in given.modules for m in mutants_of(ROOM / f"{name}.py")]
    mutants = [m for m in all_of_them if not is_same(m)]
    left_out = len(all_of_them) - len(mutants)
    mutants = mutants[given.first :: given.every]
    if given.again:
        before = given.again.read_text("utf-8")
        mutants = [m for m in mutants if f"survived {m}\n" in before]
    with suite.prepared() as runtime:
        began = time.monotonic()
        files = {str(ROOM / f"{n}.py"): n for n in MODULES}
        tests = measure(suite.cases(units_only=given.units), runtime, files, given.jobs)
        print(f"{len(tests)} tests measured, {time.monotonic() - began:.0f} s")  # a command talks
        gc.freeze()
        survived = _survivors(mutants, given.jobs, runtime, tests)
    score = 100 * (1 - len(survived) / max(len(mutants), 1))
    said = (
        f"{len(mutants)} changes ({left_out} more change nothing), {len(mutants) - len(survived)} killed: {score:.1f} %"
    )
    print(said)
    return 0 if score >= GATE else 1


def _survivors(mutants: list[Mutant], jobs: int, runtime: Runtime, tests: list[Measured]) -> list[Mutant]:
    running: dict[int, Mutant] = {}
    survived: list[Mutant] = []
    began, done = time.monotonic(), 0
    waiting = list(mutants)
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[begin(mutant, runtime, _ordered(mutant, tests))] = mutant
        pid, status = os.wait()
        mutant, done = running.pop(pid), done + 1
        code = os.waitstatus_to_exitcode(status)
        if code in (PASSED, FAILED):
            survived.append(mutant)
            said = "survived" if code == PASSED else "could not be made:"
            print(f"{done} of {len(mutants)}, {time.monotonic() - began:.0f} s: {said} {mutant}", flush=True)
    print(f"{time.monotonic() - began:.0f} s")
    return survived


def _ordered(mutant: Mutant, tests: list[Measured]) -> list[Measured]:
    """The tests that come by the changed function (of a constant: all that come by the module): those that come by the line
    before the others, the quickest first."""
    module = mutant.path.stem
    body = {(module, line) for line in mutant.lines[1:]}
    here = [t for t in tests if (t.lines & body if body else any(name == module for name, _ in t.lines))]
    return sorted(here, key=lambda t: ((module, mutant.line) not in t.lines and bool(body), t.seconds))


if __name__ == "__main__":
    sys.exit(main())
