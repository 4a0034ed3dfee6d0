"""The rights in force, kept with the database: so that a change of them is told in the log of access, once for all processes,
and `xrm plan` and `xrm access diff` can say who gains and who loses by what stands in the files."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ..access.access_diff import Shift, access_diff
from ..access.access_map import AccessMap, access_map
from ..compiler import load
from ..errors import BadRequest, NotFound
from ..language import _
from ..metamodel.catalog import ORGANISATION, Catalog
from ..metamodel.values import SYSTEM
from ..storage.database import Database
from ..storage.install import get_meta, set_meta, version
from . import access_log
from .settings import FILE, Settings, load_settings

if TYPE_CHECKING:
    from ..plugin.host import Host
    from .runtime import Runtime

MAP, MARK = "access_map", "access_mark"
"""Names in `xrm_meta`: the map in force, and the fingerprint of what it was made of."""
TOLD = 50
"""So many differences are told in the log."""


def mark_of(catalog: Catalog) -> str:
    """The fingerprint of all in a catalog that decides about access."""
    said = [
        [g.model_dump_json() for g in catalog.grants], catalog.needs.model_dump_json(),
        sorted(r.model_dump_json() for r in catalog.roles.values()),
        sorted(d.model_dump_json() for d in catalog.departments.values()),
        [[e.name, e.parent, sorted(e.mixins), [[f.name, f.data_class, f.retired] for f in e.fields.values()]] for e in catalog.entities.values()],
    ]  # fmt: skip
    return sha256(json.dumps(said).encode()).hexdigest()


def keep_rights(runtime: Runtime) -> None:
    """Note the rights of the catalog in force; where they differ from those before, tell who gained and who lost."""
    mark = mark_of(runtime.catalog)
    with runtime.database.read() as tx:
        if get_meta(tx, MARK) == mark:
            return
    now = access_map(runtime.catalog)
    with runtime.work(SYSTEM, "job", write=True) as work:
        if get_meta(work.tx, MARK) == mark:
            return  # another process was quicker
        before = get_meta(work.tx, MAP)
        shifts = access_diff(AccessMap.from_json(json.loads(before)), now) if before else []
        set_meta(work.tx, MAP, json.dumps(now.to_json(), ensure_ascii=False))
        set_meta(work.tx, MARK, mark)
        if shifts:
            told = {
                "metadata": runtime.catalog.version[:12],
                "differences": len(shifts),
                "who": [str(s) for s in shifts[:TOLD]],
            }
            access_log.note(work, "grant_changed", detail=told)


def rights_in_force(database: Database) -> AccessMap | None:
    """The map that was noted last; None for a database that has none yet."""
    with database.read() as tx:
        kept = get_meta(tx, MAP) if version(tx) else None
    return AccessMap.from_json(json.loads(kept)) if kept else None


def changed_rights(database: Database, catalog: Catalog) -> list[Shift]:
    """Who gains and who loses when the catalog comes into force. Nothing for a database in which none was yet."""
    before = rights_in_force(database)
    return [] if before is None else access_diff(before, access_map(catalog))


def map_of_state(settings: Settings, host: Host, state: str, database: Database) -> AccessMap:
    """The map of a state of the metadata: `files` (as they stand), `force` (what the database holds as in force), a folder of an
    organisation or of metadata, or a revision of git. Raises BadRequest, NotFound, MetadataError."""
    if state == "force":
        found = rights_in_force(database)
        if found is None:
            raise NotFound(_("this database has no rights in force yet"), hint=_("start the server, or run: xrm apply"))
        return found
    from .organisation import open_host  # which notes the rights that come into force

    folder = Path(state)
    if state == "files":
        return access_map(_compiled(settings, host))
    if folder.is_dir():
        if (folder / FILE).exists():
            theirs = load_settings(folder)
            return access_map(_compiled(theirs, open_host(theirs)))
        return access_map(_compiled(settings, host, folder))
    with _revision(settings.root, state) as (top, tree):
        return access_map(_compiled(settings, host, None, (top, tree)))


def _compiled(
    settings: Settings, host: Host, metadata: Path | None = None, moved: tuple[Path, Path] | None = None
) -> Catalog:
    """The catalog of the settings with another folder of metadata, or with all layers as they were in another tree."""
    from .organisation import metadata_roots

    roots = metadata_roots(settings, host)
    if metadata is not None:
        roots = [replace(r, path=metadata) if r.layer == ORGANISATION else r for r in roots]
    if moved is not None:
        top, tree = moved
        there = [(r, r.path.resolve()) for r in roots]
        roots = [replace(r, path=tree / path.relative_to(top)) if path.is_relative_to(top) else r for r, path in there]
        roots = [r for r in roots if r.path.is_dir()]
    return load(roots, host.field_types, settings.facts(), None, host.functions, host.actions)


@contextmanager
def _revision(root: Path, revision: str) -> Iterator[tuple[Path, Path]]:
    """A revision of the organisation's folder, laid out in a temporary one: (top of the repository, where its files are now)."""
    git = shutil.which("git")
    if git is None or revision.startswith("-"):
        raise BadRequest(
            _("there is no folder {revision!r}", revision=revision),
            hint=_("name a folder, a revision of git, `files` or `force`"),
        )

    def run(*args: str) -> str:
        done = subprocess.run([git, "-C", str(root), *args], capture_output=True, text=True, check=False)  # noqa: S603  # fixed words and a revision that git checks
        if done.returncode:
            raise BadRequest(
                _("neither a folder nor a revision of git: {revision!r}", revision=revision),
                hint=_("name a folder, a revision, `files` or `force`"),
            )
        return done.stdout.strip()

    commit = run("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    top = Path(run("rev-parse", "--show-toplevel")).resolve()
    with tempfile.TemporaryDirectory(prefix="xrm-state-") as temporary:
        tree = Path(temporary) / "tree"
        run("worktree", "add", "--detach", str(tree), commit)
        try:
            yield top, tree
        finally:
            run("worktree", "remove", "--force", str(tree))
