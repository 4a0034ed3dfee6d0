"""`python -m xrm_core.language [package ...]`: bring catalogues up to the texts of the source and list what is missing.

A package is the folder of its Python; without one, it is the platform itself. `--check` changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .choosing import languages
from .collecting import faults, update
from .speech import SOURCE


def main(arguments: list[str]) -> int:
    """Run it; 1 where something is missing or wrong."""
    only_check = "--check" in arguments
    packages = [Path(a) for a in arguments if not a.startswith("-")] or [Path(__file__).parents[1]]
    wrong = 0
    for package in packages:
        for language in (tag for tag in languages() if tag != SOURCE):
            if not only_check:
                update(package, language)
            for fault in faults(package, language):
                wrong += 1
                print(f"{package.name}: {fault}")  # noqa: T201  a command talks
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
