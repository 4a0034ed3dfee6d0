"""Rights beside rows and fields: limits of tokens, what does not exist, the needs matrix, what plugins narrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.contracts.access_worlds import (
    Maker,
    fill,
    kept_as_in,
    organisation,
    replace_needs,
)
from xrm_core.access.access import Access
from xrm_core.access.needs import Needs
from xrm_core.errors import NotFound, Refused, SignInNeeded, XrmError
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.rights import GrantDef
from xrm_core.metamodel.values import ANONYMOUS, Actor, Query
from xrm_core.services.runtime import Runtime
from xrm_core.storage import query as storage
from xrm_core.storage.relation import ALL

TWO = Actor("018f0000-0000-7000-8000-000000000001", "Two", frozenset({"two"}))
ADMIN = replace(TWO, roles=frozenset({"admin"}))


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The organisation, with some records."""
    with organisation(f"sqlite:///{tmp_path_factory.mktemp('rights') / 'world.sqlite3'}") as found:
        maker = Maker(11)
        with found.database.write() as tx:
            fill(tx, found.catalog, maker.world(found.catalog))
        yield found


def to_two(entity: str, *verbs: str, **more: Any) -> GrantDef:
    """A grant to the role two."""
    return GrantDef(role="two", entity=entity, verbs=list(verbs or ("read",)), **{"rows": True, **more})


def rights(catalog: Catalog, *grants: GrantDef, cells: dict[str, dict[str, Any]] | None = None) -> Catalog:
    """The catalog with just these grants."""
    needs = replace_needs(
        catalog.needs, cells if cells is not None else {c: {"two": "W"} for c in ("red", "green", "blue")}
    )
    return replace(catalog, grants=grants, grant_places=(), needs=needs, derived=kept_as_in(catalog))


@pytest.mark.parametrize(
    ("scopes", "open", "closed"),
    [
        (None, ["gift:read", "gift:update", "party:read", "gift_lines:update"], []),
        (("read",), ["gift:read", "party:read", "gift:export", "gift_lines:history"], ["gift:update", "gift:create", "gift:import"]),
        (("write",), ["gift:update", "gift:create"], ["gift:read", "gift:export"]),
        (("gift:read",), ["gift:read", "gift_lines:read", "gift:history"], ["party:read", "gift:update"]),
        (("gift:*",), ["gift:read", "gift:update", "gift_lines:update"], ["party:read"]),
        ((), [], ["gift:read", "party:read"]),
    ],
)  # fmt: skip
def test_the_limits_of_a_token_narrow_every_verb(
    runtime: Runtime, scopes: Any, open: list[str], closed: list[str]
) -> None:
    """What a token names is left of its owner's rights, an administrator's too; child rows go with their record."""
    catalog = rights(runtime.catalog, to_two("gift", "read", "create", "update"), to_two("party"))
    for owner in (TWO, ADMIN):
        access = Access(catalog, runtime.host, replace(owner, kind="token", scopes=scopes))
        assert all(access.opens(*one.split(":")) for one in open)
        assert not any(access.opens(*one.split(":")) for one in closed)
    whole = Access(catalog, runtime.host, replace(ADMIN, kind="token", scopes=scopes)).relation("gift")
    assert (whole is ALL) == (scopes is None or "read" in scopes)


def fault(runtime: Runtime, catalog: Catalog, asked: Query) -> tuple[str, str, str | None]:
    """How a question is refused."""
    with runtime.database.read() as tx:
        relation = Access(catalog, runtime.host, TWO).relation(asked.entity)
        with pytest.raises(XrmError) as caught:
            storage.run(tx, catalog, asked, relation=relation)
        return type(caught.value).__name__, caught.value.message, caught.value.hint


@pytest.mark.parametrize("field", ["note", "party.tax", "party.boss.name", "about", "lines"])
@pytest.mark.parametrize("place", ["column", "sort", "filter"])
def test_a_hidden_field_is_an_unknown_one(runtime: Runtime, field: str, place: str) -> None:
    """A field that is closed everywhere is refused like a misspelt one, word by word, and no hint names it."""
    grants = [to_two("gift", fields=["party", "code"]), to_two("party", fields=["name"])]
    catalog = rights(runtime.catalog, *grants)

    def refused(path: str) -> tuple[str, str, str | None]:
        text = f"record.{path} == null"
        asked = {
            "column": Query("gift", (path,)),
            "sort": Query("gift", ("id",), sort=(path,)),
            "filter": Query("gift", ("id",), text),
        }
        return fault(runtime, catalog, asked[place])

    *way, name = field.split(".")
    hidden = way[-1] if way == ["party", "boss"] else name
    misspelt = field.replace(hidden, "zzzz")
    kind, message, hint = refused(field)
    assert (kind, message.replace(hidden, "zzzz"), hint) == refused(misspelt)
    near = refused(field.replace(hidden, hidden + "e"))
    assert hidden not in str(near[2])


def test_nothing_named_asks_for_what_there_is(runtime: Runtime) -> None:
    """Without columns a list and a record hold the fields that exist for the reader."""
    catalog = rights(runtime.catalog, to_two("party", fields=["name"]))
    with runtime.database.read() as tx:
        relation = Access(catalog, runtime.host, TWO).relation("party")
        row = storage.run(tx, catalog, Query("party"), relation=relation).rows[0]
        assert set(row) == {
            "id",
            "version",
            "created_at",
            "created_by",
            "updated_at",
            "updated_by",
            "deleted_at",
            "name",
        }
        assert set(storage.get(tx, catalog, "party", row["id"], relation=relation) or {}) == set(row)


def test_without_grants_there_is_no_entity(runtime: Runtime) -> None:
    """Who reads nothing of an entity is told that there is none; who reads it but may not change it, that nothing allows it."""
    access = Access(rights(runtime.catalog, to_two("gift")), runtime.host, TWO)
    with pytest.raises(NotFound):
        access.require("party", "update")
    with pytest.raises(NotFound):
        access.require("nonsense", "read")
    with pytest.raises(Refused):
        access.require("gift", "update")
    with pytest.raises(SignInNeeded):
        Access(access.catalog, runtime.host, ANONYMOUS).require("gift", "read")


def test_columns_of_the_matrix(runtime: Runtime) -> None:
    """A department without a column has that of the nearest one above it; one with a column has nothing beside it."""
    catalog = rights(
        runtime.catalog, cells={"red": {"management": "R", "fundraising": "W"}, "blue": {"management": "R"}}
    )
    needs = Needs(catalog)
    assert [needs.cell("red", d) for d in ("north", "fundraising", "management", "south")] == ["W", "W", "R", "-"]
    assert [needs.cell("blue", d) for d in ("north", "fundraising", "management", "south")] == ["-", "-", "R", "-"]


def test_rows_of_a_field_that_is_named(runtime: Runtime) -> None:
    """A grant that names the field of child rows opens of them what has no class of its own."""
    catalog = rights(runtime.catalog, to_two("gift", fields=["lines"]), cells={"green": {"two": "R"}})
    access = Access(catalog, runtime.host, TWO)
    assert access.opens("gift_lines", "read")
    assert not access.is_hidden("gift_lines", "memo")
    assert access.is_hidden("gift_lines", "quantity")
    assert access.is_hidden("gift", "note")


class Narrowing:
    """A host with a plugin that leaves gifts of one stage, and notes what it is asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def implements(self, hook: str) -> bool:
        """It does."""
        return hook == "xrm_row_scope"

    def answers(self, hook: str, entity: str, actor: Actor) -> list[tuple[str, Any]]:
        """One stage of gifts."""
        self.asked.append(entity)
        return [("one", "record.stage == 'new'")] if entity == "gift" else []


def test_plugins_narrow(runtime: Runtime) -> None:
    """What a plugin leaves goes for everybody but the system, and it is asked about entities that somebody asks for."""
    catalog = rights(runtime.catalog, to_two("gift"), to_two("party"))
    for actor in (TWO, ADMIN):
        for _ in range(2):
            host = Narrowing()
            access = Access(catalog, host, actor)  # type: ignore[arg-type]
            with runtime.database.read() as tx:
                rows = storage.run(
                    tx, catalog, Query("gift", ("stage", "party.name")), relation=access.relation("gift")
                ).rows
            assert {r["stage"] for r in rows} == {"new"}
            assert set(host.asked) <= {"gift", "party"}
            assert len(host.asked) == len(set(host.asked))


def opened(runtime: Runtime, cells: dict[str, dict[str, str]], *grants: GrantDef, actor: Actor = TWO) -> Access:
    """The access of somebody with these grants and this matrix."""
    return Access(rights(runtime.catalog, *grants, cells=cells), runtime.host, actor)


def test_exports_and_histories_go_by_what_is_read(runtime: Runtime) -> None:
    """A class that is read is exported and seen in the history, also in child rows; it is not changed."""
    verbs = ("read", "update", "create")
    access = opened(runtime, {"green": {"two": "R"}, "blue": {"two": "W"}}, to_two("gift", *verbs))
    for entity, shown, closed in (("gift", "stage", "note"), ("gift_lines", "memo", "quantity")):
        for verb in ("read", "export", "history"):
            fields = access.fields(entity, verb) or frozenset()
            assert (shown in fields, closed in fields) == (True, False), (entity, verb)
    written = access.fields("gift", "update") or frozenset()
    assert ("amount" in written, "stage" in written) == (True, False)
    assert access.opens("gift_lines", "create")
    assert not opened(runtime, {"blue": {"two": "W"}}, to_two("gift", "read", "create")).opens("gift_lines", "update")


def test_grants_to_everyone_count_the_columns_of_the_person(runtime: Runtime) -> None:
    """His departments, those of his roles, and `everyone` speak for him; a role of his own has its own column."""
    cells = {"red": {"north": "R"}, "green": {"south": "R"}, "blue": {"everyone": "R"}}
    person = replace(TWO, roles=frozenset({"one"}), units=frozenset({"north"}))
    fields = (
        opened(runtime, cells, replace_role(to_two("gift"), "everyone"), actor=person).fields("gift") or frozenset()
    )
    assert {"note", "stage", "amount"} <= fields
    by_role = opened(runtime, cells, replace_role(to_two("gift"), "one"), actor=person).fields("gift") or frozenset()
    assert ({"stage", "amount"} <= by_role, "note" in by_role) == (True, False)


def replace_role(grant: GrantDef, role: str) -> GrantDef:
    """The grant to another role."""
    return grant.model_copy(update={"role": role})


def test_what_nothing_declares_opens_nothing(runtime: Runtime) -> None:
    """A role that metadata does not know, a grant on no rows (also for child rows), a deny on no rows."""
    ghost = replace(TWO, roles=frozenset({"ghost"}))
    assert not opened(runtime, {}, replace_role(to_two("gift"), "ghost"), actor=TWO).opens("gift", "read")
    assert opened(runtime, {}, replace_role(to_two("gift"), "ghost"), actor=ghost).opens("gift", "read")
    nowhere = opened(runtime, {}, to_two("gift", rows=False))
    assert not nowhere.opens("gift", "read")
    assert not nowhere.opens("gift_lines", "read")
    harmless = opened(runtime, {}, to_two("gift"), to_two("gift", rows=False, deny=True), to_two("gift", rows=False, deny=True, fields=["code"]))  # fmt: skip
    assert harmless.opening("gift").where is None
    assert harmless.opening("gift").on("code") is None


def test_names_that_always_exist(runtime: Runtime) -> None:
    """The id and the title of what a link points to; sets of records exist where the records and their link are read."""
    access = opened(runtime, {"green": {"two": "R"}}, to_two("gift"), to_two("party"))
    assert not access.is_hidden("gift", "id")
    assert not access.is_hidden("fund", "display")
    assert not access.is_hidden("party", "gifts")
    assert access.is_hidden("fund", "label")
    assert opened(runtime, {"green": {"two": "R"}}, to_two("party")).is_hidden("party", "gifts")
    assert opened(runtime, {}, to_two("gift"), to_two("party")).is_hidden("party", "gifts")
