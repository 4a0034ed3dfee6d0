"""Walk journeys that failed once more, each in a demo organisation of its own: a fault of ours fails again.

Browsers, servers and workers of one machine meet in a journey, and a busy machine can keep a browser waiting longer than its patience. That is told,
by name, so that whoever reads the build sees which journeys stumbled; more than a few that fail are never luck, nor is anything but a journey.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

JOURNEYS = "tests/journeys/"
FEW = 3
LAST = Path(".pytest_cache/v/cache/lastfailed")
"""Where pytest notes which tests failed, as JSON: an object whose names are those of the tests."""


def worth_a_second_walk(failed: list[str]) -> bool:
    """Did a few journeys fail, and nothing else?"""
    return 0 < len(failed) <= FEW and all(name.startswith(JOURNEYS) and "::" in name for name in failed)


def main(ended: int) -> int:
    """`ended` is how pytest ended; 0 when each journey that failed holds now, else how the last of them ended."""
    failed = sorted(json.loads(LAST.read_text("utf-8"))) if ended == 1 and LAST.is_file() else []
    if not worth_a_second_walk(failed):
        return ended
    for name in failed:
        print(f"failed once, walked again: {name}", flush=True)
        again = subprocess.run([sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", name], check=False)
        if again.returncode:
            return again.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
