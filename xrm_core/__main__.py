"""`python -m xrm_core` is the command `xrm`."""

from .app import main

main()
