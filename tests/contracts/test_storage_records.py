"""Records go in and come out alike on both databases."""

from __future__ import annotations

from xrm_core.storage import install


def test_install_is_done_once(database):
    """A second start finds the platform's tables and does nothing."""
    install.install(database)
    install.install(database)
    with database.read() as tx:
        assert install.version(tx) == len(install.STEPS)
