"""A database of its own to prove on: the organisation's plugins and metadata, the sample of its plugins, nothing of its records."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...storage.database import Database
from ..organisation import bring_up, compile_organisation, open_host
from ..runtime import Runtime
from ..sampling import make_sample
from ..settings import load_settings


@contextmanager
def proving_ground(root: Path, *, scale: float = 1.0) -> Iterator[Runtime]:
    """The organisation in a folder on an empty SQLite database, with so much of the sample records. Raises as `start_organisation`."""
    settings = load_settings(root)
    host = open_host(settings)
    catalog = compile_organisation(settings, host)
    host.started(catalog)
    with tempfile.TemporaryDirectory(prefix="xrm-proof-") as temporary:
        folder = Path(temporary)
        database = Database(f"sqlite:///{folder / 'proof.sqlite3'}", functions=tuple(host.functions.values()))
        runtime = Runtime(settings, database, host, catalog, folder)
        try:
            bring_up(runtime)
            make_sample(runtime, host.sample_steps(), scale=scale)
            yield runtime
        finally:
            database.dispose()
