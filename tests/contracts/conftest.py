"""A whole organisation on each database: the shipped plugins, Brightwater's departments, two colleagues."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from tests.contracts.guarded import Charity, open_charity
from tests.contracts.shop import World, open_shop
from tests.contracts.signing import Desk, open_desk
from xrm_core.metamodel.values import SYSTEM, Actor
from xrm_core.services.organisation import bring_up, open_organisation
from xrm_core.services.runtime import Runtime
from xrm_core.services.sampling import make_sample
from xrm_core.services.work import Work
from xrm_core.storage.database import Database
from xrm_core.testing import temporary_organisation

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = """
[organisation]
name = "Brightwater Trust"
time_zone = "Europe/Dublin"
currency = "EUR"
country = "IE"
[plugins]
use = ["parties", "donors", "suppliers", "customers"]
folder = "{plugins}"
"""

SAMPLE_DAY = date.today()
"""The day of the sample: figures of this year and the last ones are relative to it."""

Made = TypeVar("Made")
AsActor = Callable[..., AbstractContextManager[Work]]


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def trust(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The organisation with the domains and its departments, once on each database, for all tests of a module."""
    root = tmp_path_factory.mktemp("trust")
    (root / "metadata" / "access").mkdir(parents=True)
    for name in ("departments", "roles", "needs"):
        shutil.copy(ROOT / "metadata" / "access" / f"{name}.yaml", root / "metadata" / "access")
    (root / "xrm.toml").write_text(SETTINGS.format(plugins=ROOT / "plugins"), "utf-8")
    yield from _on(request, root)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def brightwater(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The whole demo organisation as the repository has it, with its sample, once on each database."""
    root = tmp_path_factory.mktemp("brightwater")
    shutil.copytree(ROOT / "metadata", root / "metadata")
    settings = (ROOT / "xrm.toml").read_text("utf-8").replace('folder = "plugins"', f'folder = "{ROOT / "plugins"}"')
    (root / "xrm.toml").write_text(settings, "utf-8")
    for runtime in _on(request, root):
        make_sample(runtime, runtime.host.sample_steps(), as_of=SAMPLE_DAY)
        yield runtime


def _on(request: pytest.FixtureRequest, root: Path) -> Iterator[Runtime]:
    """The organisation in a folder on the database that the fixture asks for."""
    if request.param == "sqlite":
        yield from _opened(root, f"sqlite:///{root / 'x.sqlite3'}")
        return
    with _postgres(str(request.getfixturevalue("pg_url"))) as url:
        yield from _opened(root, url)


@contextmanager
def _postgres(server: str) -> Iterator[str]:
    """Address of a fresh database on a server."""
    name = f"xrm_trust_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'").format(
                sql.Identifier(name)
            )
        )
    yield sa.make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _opened(root: Path, url: str) -> Iterator[Runtime]:
    os.environ["XRM_DATABASE_URL"] = url
    try:
        runtime = open_organisation(root)
        runtime = replace(runtime, database=Database(url))
        bring_up(runtime)
    finally:
        del os.environ["XRM_DATABASE_URL"]
    yield runtime
    runtime.database.dispose()


@pytest.fixture
def work(trust: Runtime) -> AsActor:
    """Opens a transaction: `with work() as w` as the platform from the API, `work(door="import")`, `work(actor=mei)`."""

    def opened(actor: Actor = SYSTEM, door: str = "api") -> AbstractContextManager[Work]:
        return trust.work(actor, door, write=True)

    return opened


def _on_each(request: pytest.FixtureRequest, opened: Callable[[str], AbstractContextManager[Made]]) -> Iterator[Made]:
    """What opens on an address, on a new database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        with opened("sqlite:///xrm.sqlite3") as made:
            yield made
        return
    with _postgres(str(request.getfixturevalue("pg_url"))) as url, opened(url) as made:
        yield made


def with_plugins(plugins: Sequence[str], metadata: Mapping[str, str]) -> Callable[..., Iterator[Runtime]]:
    """A fixture: an organisation that uses these plugins and has this metadata, once on each database."""

    @pytest.fixture(scope="module", params=("sqlite", "postgresql"))
    def runtime(request: pytest.FixtureRequest) -> Iterator[Runtime]:
        yield from _on_each(request, lambda url: temporary_organisation(plugins, metadata, url=url))

    return runtime


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def shop(request: pytest.FixtureRequest) -> Iterator[World]:
    """A small organisation with every kind of field, and its API, once on each database."""
    yield from _on_each(request, open_shop)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """An organisation at which people sign in, once on each database."""
    yield from _on_each(request, open_desk)


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def charity(request: pytest.FixtureRequest) -> Iterator[Charity]:
    """An organisation with people of several rights, and its API, once on each database."""
    yield from _on_each(request, open_charity)
