"""Opening an organisation: settings, plugins, catalog, database; and keeping the catalog in step with its files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from ..compiler import fingerprint, last_good, load
from ..errors import Conflict, MetadataError, PluginError, Problem, StorageError, XrmError
from ..metamodel.catalog import ORGANISATION, Catalog
from ..metamodel.values import SYSTEM
from ..plugin.contributions import MetadataRoot
from ..plugin.discovery import discover
from ..plugin.host import Host
from ..storage import migrate
from ..storage.database import Database
from .access_force import keep_rights
from .action_specs import check_actions
from .runtime import Runtime
from .sampling import sync_departments
from .settings import Settings, load_settings

log = logging.getLogger("xrm.metadata")
WATCH_SECONDS = 0.4
PATIENCE_SECONDS = 30.0
"""How long a start waits for another process that is changing the database's schema."""
RETRY_SECONDS = 4.0
"""How long to wait for what keeps sound metadata out of force: a plan that is applied elsewhere, a database that is away."""


def open_host(settings: Settings, *, skip_broken: bool = False) -> Host:
    """The plugins in use. Raises PluginError naming each broken one with its reason, unless told to go on without."""
    found, broken = discover(settings.plugins.use, settings.root / settings.plugins.folder)
    host = Host(found, broken)
    if host.broken and not skip_broken:
        problems = [Problem(f"plugin {b.name!r} {b.reason}", code="plugin") for b in host.broken]
        raise PluginError(
            "some plugins cannot be loaded",
            problems=problems,
            hint="mend them, take them out of [plugins] use, or say `xrm --skip-broken-plugins` before the command",
        )
    for one in host.broken:
        log.warning("plugin %s is left out: %s", one.name, one.reason)
    return host


def metadata_roots(settings: Settings, host: Host) -> list[MetadataRoot]:
    """All layers, lowest first."""
    roots = host.metadata_roots()
    if settings.metadata.is_dir():
        roots.append(
            MetadataRoot(
                ORGANISATION, settings.metadata, tuple(p.name for p in host.plugins), settings.organisation.name
            )
        )
    return roots


def compile_organisation(
    settings: Settings, host: Host, *, cached: bool = True, later: Callable[[Callable[[], None]], None] | None = None
) -> Catalog:
    """The catalog of an organisation; `later` as in `load`. Raises MetadataError with all problems."""
    cache, roots = settings.root / ".xrm" / "cache" if cached else None, metadata_roots(settings, host)
    return load(roots, host.field_types, settings.facts(), cache, host.functions, host.actions, later=later)


def last_good_catalog(settings: Settings, host: Host) -> Catalog | None:
    """The catalog that was in force before the files got their faults, if the cache still holds it."""
    roots, cache = metadata_roots(settings, host), settings.root / ".xrm" / "cache"
    return last_good(roots, host.field_types, settings.facts(), cache, host.functions, host.actions)


def open_organisation(root: Path, *, skip_broken: bool = False, lenient: bool = False) -> Runtime:
    """Everything of the organisation in `root`, ready for work. The database's schema is not touched.

    `lenient`: where the metadata has faults, the last good catalog is used if the cache holds it; `runtime.fault` says so.
    """
    settings = load_settings(root)
    host = open_host(settings, skip_broken=skip_broken)
    fault: MetadataError | None = None
    try:
        catalog = compile_organisation(settings, host)
    except MetadataError as found:
        good = last_good_catalog(settings, host) if lenient else None
        if good is None:
            raise
        log.error("the metadata has faults, so what was in force before is used: %s", found)
        catalog, fault = good, found
    check_actions(host, catalog)
    host.started(catalog)
    files = settings.root / settings.files.folder
    database = Database(settings.database_url, pool=settings.database.pool, functions=tuple(host.functions.values()))
    runtime = Runtime(settings, database, host, catalog, files)
    runtime.fault = fault
    return runtime


def start_organisation(root: Path, *, skip_broken: bool = False, lenient: bool = False) -> Runtime:
    """The organisation in a folder, with its database brought to its metadata where that is safe. `lenient`: see
    `open_organisation`.

    Raises SettingsError, PluginError, MetadataError, StorageError.
    """
    runtime = open_organisation(root, skip_broken=skip_broken, lenient=lenient)
    bring_up(runtime)
    return runtime


def bring_up(runtime: Runtime, *, only_safe: bool = True) -> migrate.Plan:
    """Bring the database's schema to the catalog: all of it, or a StorageError naming the first step that needs a decision."""
    plan = _applied(runtime.database, runtime.catalog, only_safe)
    with runtime.work(SYSTEM, "sample", write=True) as work:
        sync_departments(work)
    keep_rights(runtime)
    return plan


def _applied(database: Database, catalog: Catalog, only_safe: bool, patience: float = PATIENCE_SECONDS) -> migrate.Plan:
    """Plan and apply; while another process is at it, wait and look again at what is left to do."""
    until = monotonic() + patience
    while True:
        plan = migrate.plan(database, catalog)
        _refuse_unsafe(plan, only_safe)
        try:
            if plan.steps:
                migrate.apply(database, catalog, plan)
            return plan
        except Conflict as fault:
            if fault.code not in ("plan_running", "stale_plan") or monotonic() > until:
                raise
        sleep(0.2)


def _refuse_unsafe(plan: migrate.Plan, only_safe: bool) -> None:
    risky = [step for step in plan.steps if step.safety != "safe"]
    if risky and only_safe:
        problems = [Problem(str(step), code=step.safety) for step in risky]
        raise StorageError(
            "the metadata asks for changes that need a decision",
            code="plan_needed",
            problems=problems,
            hint="run: xrm plan, then xrm apply PLAN",
        )


class Watcher:
    """Notices changed metadata files, and puts the new catalog into force when it is right; else the last good one stays.

    Sound metadata that had to wait (for a decision, another process, the database) is tried again until it is in force.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen = self._look()
        self._again: float | None = None

    def _look(self) -> str:
        return fingerprint(metadata_roots(self.runtime.settings, self.runtime.host))

    def start(self) -> None:
        """Watch in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="xrm-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watching."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            try:
                self.look()
            except Exception:
                log.exception("looking for changed metadata failed")

    def look(self) -> bool:
        """Compare the files with what was last seen; True where a new catalog came into force."""
        seen = self._look()
        if seen == self._seen and (self._again is None or monotonic() < self._again):
            return False
        self._seen, self._again = seen, monotonic() + RETRY_SECONDS
        return self.reload()

    def reload(self) -> bool:
        """Compile, bring the schema along if that is safe, and swap. On any fault the last good catalog stays in force."""
        runtime = self.runtime
        later: list[Callable[[], None]] = []
        try:
            catalog = compile_organisation(runtime.settings, runtime.host, later=later.append)
            if catalog.version == runtime.catalog.version:
                runtime.fault = self._again = None
                return False
            check_actions(runtime.host, catalog)
            plan = migrate.plan(runtime.database, catalog)
            _refuse_unsafe(plan, True)
            if plan.steps:
                migrate.apply(runtime.database, catalog, plan)
            runtime.swap(catalog)
            with runtime.work(SYSTEM, "sample", write=True) as work:
                sync_departments(work)
            keep_rights(runtime)
        except XrmError as fault:
            if isinstance(fault, MetadataError):
                self._again = None
            if str(fault) != str(runtime.fault):
                log.error("new metadata is not in force: %s", fault)
            runtime.fault = fault
            return False
        finally:
            for what in later:  # when the new entity is served: nobody waits for it
                what()
        self._again = None
        log.info("metadata %s is in force", catalog.version[:12])
        return True
