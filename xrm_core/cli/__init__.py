"""The command line `xrm`: for implementers and operators. Every command works in the organisation's folder."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..errors import XrmError


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
    except BrokenPipeError:  # who reads our output has seen enough
        sys.stderr.close()
        sys.exit(1)
    except OSError as fault:
        print_fault(of_the_machine(fault))
        sys.exit(1)


def of_the_machine(fault: OSError) -> XrmError:
    """A refusal of the operating system as a sentence with the file, the reason and a way out."""
    from ..errors import XrmError

    ways = {
        errno.ENOENT: "make that folder first, or name another",
        errno.ENOTDIR: "a part of this path is a file; name another",
        errno.EEXIST: "there is a file of this name; name another folder",
        errno.EISDIR: "this is a folder; name a file in it",
        errno.EACCES: "ask for the right to it, or name another place",
        errno.EPERM: "ask for the right to it, or name another place",
        errno.EROFS: "this disk may only be read; name another place",
        errno.ENOSPC: "make room on the disk, and run the command again",
        errno.ENAMETOOLONG: "choose a shorter name",
    }
    place = f" at {fault.filename}" if fault.filename is not None else ""
    reason = (fault.strerror or str(fault)).lower()
    return XrmError(f"the computer refused this{place}: {reason}", hint=ways.get(fault.errno or 0))
