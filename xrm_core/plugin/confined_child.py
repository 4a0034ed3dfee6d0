"""The child of `confined`: limits itself, runs one function on the bytes that it is given, and answers bytes.

Run by its path and not as part of the package, so that it imports nothing but what the function needs.
"""

from __future__ import annotations

import sys
from importlib import import_module


def main(module: str, function: str, memory: str, seconds: str) -> None:
    """Read standard input to its end, then write what the function makes of it."""
    from xrm_core.limits import set_limits

    run = getattr(import_module(module), function)
    set_limits(int(memory), int(seconds), 0)
    sys.stdout.buffer.write(run(sys.stdin.buffer.read()))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.path.pop(0)  # the folder of this file: its modules are the platform's, not the top level's
    main(*sys.argv[1:])
