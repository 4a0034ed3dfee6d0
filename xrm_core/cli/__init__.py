"""The command line `xrm`: for implementers and operators. Every command works in the organisation's folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def main(create_app: Callable[..., Any]) -> None:
    """Run a command; faults are printed as sentences, with exit code 1 (2 for a wrong call).

    `create_app` makes the web application of a runtime: the composition root hands it in.
    """
    from ..errors import XrmError
    from .commands import xrm
    from .output import print_fault

    try:
        xrm(obj=create_app)
    except XrmError as fault:
        print_fault(fault)
        sys.exit(1)
