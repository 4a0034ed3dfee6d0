"""The command line `xrm`: for implementers and operators. Every command works in the organisation's folder."""

from __future__ import annotations

import sys


def main() -> None:
    """Run a command; faults are printed as sentences, with exit code 1 (2 for a wrong call)."""
    from ..errors import XrmError
    from .commands import xrm
    from .output import print_fault

    try:
        xrm(standalone_mode=True)
    except XrmError as fault:
        print_fault(fault)
        sys.exit(1)
