"""The running platform as a value: settings, plugins, database and the catalog in force. Built by the composition root."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..errors import XrmError
from ..metamodel.catalog import Catalog
from ..metamodel.values import Actor
from ..plugin.host import Host
from ..storage.database import Database
from ..storage.tables import adopt
from .settings import Settings
from .work import Work


@dataclass
class Runtime:
    """Everything that services need. The catalog is swapped as a whole; a transaction keeps the one it began with."""

    settings: Settings
    database: Database
    host: Host
    catalog: Catalog
    files: Path
    fault: XrmError | None = None
    """Why newer metadata is not in force (the last good catalog is)."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def swap(self, catalog: Catalog) -> None:
        """Put a catalog into force. Tables of unchanged entities are kept, so that prepared statements stay."""
        with self._lock:
            adopt(catalog, self.catalog)
            self.host.started(catalog)
            self.catalog = catalog
            self.fault = None

    @contextmanager
    def work(self, actor: Actor, door: str, write: bool = False, now: datetime | None = None) -> Iterator[Work]:
        """One transaction on behalf of an actor; `door` says where it came in. Committed at the end, rolled back on any error."""
        opened = self.database.write() if write else self.database.read()
        with opened as tx:
            yield Work(self.host, self.settings, self.catalog, tx, actor, door, now or datetime.now(UTC), self.files)
