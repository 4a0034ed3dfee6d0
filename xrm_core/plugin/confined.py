"""Running a function on bytes of strangers in a child process with an end to its memory and its time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ..errors import XrmError
from ..language import _

CHILD = Path(__file__).with_name("confined_child.py")


class Confined(XrmError):
    """The child did not answer: `too_slow`, `too_big` (memory), or `broke`."""


def confined(module: str, function: str, given: bytes, *, memory: int, seconds: int) -> bytes:
    """What `module.function(given)` answers, run in a child process that is ended when it takes more than `memory` bytes or
    `seconds`. The function takes and gives bytes, and its module imports little. Raises Confined."""
    try:
        done = subprocess.run(  # noqa: S603  # our own file; names of the caller's code
            [sys.executable, str(CHILD), module, function, str(memory), str(seconds)],
            input=given, capture_output=True, timeout=seconds + 5, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Confined(_("it takes too long to read"), code="too_slow") from None
    if done.returncode == 0:
        return done.stdout
    told = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if "MemoryError" in told:
        raise Confined(_("it takes too much memory to read"), code="too_big")
    if done.returncode < 0:
        raise Confined(_("it takes too long to read"), code="too_slow")
    raise Confined(_("it could not be read: {reason}", reason=told[:200]), code="broke")
