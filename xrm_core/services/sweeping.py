"""What the platform clears away once a day: jobs that are done, sessions and sign-in links that have run out, uploads that no
record took."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..metamodel.catalog import Catalog
from ..storage import attachments, credentials, imports, notices, outbox, signing, undo
from ..storage.database import Database
from .files import UNFINISHED

if TYPE_CHECKING:
    from .runtime import Runtime

KIND = "sweep"
"""The kind of these jobs. Their key is the day."""
KEPT = timedelta(days=30)
"""How long jobs are kept after they were done. Dead ones stay until a person has seen to them."""
TOLD = timedelta(days=180)
"""How long notices are kept."""
WAITING = timedelta(days=1)
"""How long an upload may wait for its record."""
GOING = ".gone"
"""End of the name of bytes that are about to be removed."""
DIGEST = re.compile(r"[0-9a-f]{64}")


def sweep(runtime: Runtime, payload: Mapping[str, Any]) -> None:
    """Remove what nobody asks for any more. Safe to run twice, and to be killed at any moment: the next one goes on."""
    now = datetime.now(UTC)
    with runtime.database.write() as tx:
        outbox.sweep(tx, now - KEPT)
        credentials.end_sessions(tx, before=now)
        credentials.forget_links(tx, now)
        signing.forget_guesses(tx, now - timedelta(days=1))
        signing.drop_pending(tx, before=now)
        undo.forget(tx, now - WAITING)
        notices.sweep(tx, now - TOLD)
    sweep_uploads(runtime, now - WAITING)


def sweep_uploads(runtime: Runtime, before: datetime) -> int:
    """Remove uploads of before that moment that no record holds or held, then bytes that no file describes; how many files went."""
    gone = _remove_rows(runtime.database, runtime.catalog, before)
    for folder in sorted(runtime.files.glob("[0-9a-f][0-9a-f]")):
        _sweep_folder(runtime.database, folder, before.timestamp())
    _sweep_imports(runtime.database, runtime.files / "imports", before.timestamp())
    return gone


def _remove_rows(database: Database, catalog: Catalog, before: datetime) -> int:
    """Remove the rows of files that nobody holds. Who holds one is looked up while others write, and asked once more, of the row
    itself, where it is removed: a save that takes the file says so there."""
    gone, last = 0, ""
    while True:
        with database.read() as tx:
            found = attachments.unheld(tx, before, last)
            held: dict[str, str] = {}
            for entity in {entity for _, entity in found if entity in catalog.entities}:
                held |= attachments.holders(tx, catalog, entity, [id for id, e in found if e == entity])
        if not found:
            return gone
        last = found[-1][0]
        with database.write() as tx:
            for id, record in held.items():
                attachments.hold(tx, id, record)
            # of an entity that is gone from the metadata nobody can say who holds its files
            ids = [id for id, entity in found if id not in held and entity in catalog.entities]
            gone += attachments.remove(tx, ids, before) if ids else 0


def _sweep_folder(database: Database, folder: Path, before: float) -> None:
    """Remove bytes that no file describes and nobody touched for long; finish what a sweep or an upload that was killed left."""
    old = [path for path in folder.iterdir() if _touched(path) < before]
    for path in old:
        if path.suffix == UNFINISHED:
            path.unlink(missing_ok=True)
    named = [path for path in old if DIGEST.fullmatch(path.name.removesuffix(GOING))]
    for some in _pieces(named):
        with database.read() as tx:
            known = attachments.described(tx, {path.name.removesuffix(GOING) for path in some})
        for path in some:
            if path.name.removesuffix(GOING) in known:
                _put_back(path)
            else:
                _let_go(path, before)


def _let_go(path: Path, before: float) -> None:
    """Remove bytes, unless somebody who uploads the same ones again touched them just now: he relies on them."""
    going = path.with_name(path.name.removesuffix(GOING) + GOING)
    if path != going:
        try:
            path.replace(going)
        except FileNotFoundError:
            return
    if _touched(going) < before:
        going.unlink(missing_ok=True)
    else:
        _put_back(going)


def _put_back(path: Path) -> None:
    if path.suffix == GOING:
        os.replace(path, path.with_name(path.name.removesuffix(GOING)))


def _touched(path: Path) -> float:
    """When it was written or asked for last; a moment to come where it is gone by now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _pieces(paths: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(paths), attachments.MANY):
        yield paths[start : start + attachments.MANY]


def _sweep_imports(database: Database, folder: Path, before: float) -> None:
    """Remove uploads to the import page that no import was made of."""
    old = [path for path in folder.iterdir() if _touched(path) < before] if folder.is_dir() else []
    if not old:
        return
    with database.read() as tx:
        used = imports.folders(tx)
    for path in old:
        if path.name not in used:
            shutil.rmtree(path, ignore_errors=True)


HANDLERS = {KIND: sweep}
