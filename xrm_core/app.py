"""The composition root: the only place that knows every room. It makes the web application out of a runtime."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.concurrency import set_asyncio_executor
from litestar.config.allowed_hosts import AllowedHostsConfig

from .api.routes import api_router
from .services.jobs import Worker
from .services.organisation import Watcher, bring_up, open_organisation
from .services.runtime import Runtime
from .web.routes import web_router


def create_runtime(root: Path, *, skip_broken: bool = False) -> Runtime:
    """The organisation in a folder, with its database brought to its metadata where that is safe.

    Raises SettingsError, PluginError, MetadataError, StorageError.
    """
    runtime = open_organisation(root, skip_broken=skip_broken)
    bring_up(runtime)
    return runtime


def create_app(runtime: Runtime, *, worker: bool = True, watch: bool = True) -> Litestar:
    """The web application: API and pages. With it run a worker of the outbox and the watcher of the metadata."""
    set_asyncio_executor(ThreadPoolExecutor(runtime.settings.server.threads, thread_name_prefix="xrm"))

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        parts = [*([Worker(runtime)] if worker else []), *([Watcher(runtime)] if watch else [])]
        for part in parts:
            part.start()
        try:
            yield
        finally:
            for part in parts:
                part.stop()

    return Litestar(
        route_handlers=[api_router(runtime), web_router(runtime)],
        lifespan=[lifespan],
        openapi_config=None,
        allowed_hosts=AllowedHostsConfig(allowed_hosts=list(runtime.settings.server.hosts)),
        debug=False,
    )
