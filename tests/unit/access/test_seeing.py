"""What an actor sees, as statements are compiled with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from tests.unit.access.firm import SELLER, Plugins, access, deny, firm, grant, with_rights
from xrm_core.access import seeing
from xrm_core.access.folding import folded
from xrm_core.access.seeing import Narrowed, RowMask
from xrm_core.compiler import compiled
from xrm_core.expressions import Typed, shape
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.values import ANONYMOUS, Actor
from xrm_core.storage.kept import kept_paths

TABLE = sa.table("deal")
MINE = "record.owner == actor.id"


def mask(
    catalog: Catalog, actor: Actor = SELLER, plugins: Plugins | None = None, late: frozenset[str] = frozenset()
) -> RowMask:
    """What a seller sees."""
    return RowMask(access(catalog, actor, plugins), late)


def said(rule: Any) -> str:
    """A rule as a text that can be compared."""
    assert isinstance(rule, Typed)
    return shape(rule)


def meant(text: str, entity: str = "deal", found: RowMask | None = None) -> str:
    """What a condition becomes for a seller."""
    return shape(folded(compiled(firm(), entity, text).typed, (found or mask(with_rights())).facts))


def test_rows_and_fields() -> None:
    """Rows that a rule opens; fields on all of them, on some, on none; by their name or that of a column."""
    found = mask(with_rights(grant(MINE), grant("record.sealed", fields=["price"]), deny(fields=["secret"])))
    both = f"({MINE}) || (record.sealed)"
    assert said(found.rows("deal", TABLE)) == meant(both)
    assert found.shown("deal", "price", TABLE) is None
    assert said(found.shown("deal", "code", TABLE)) == meant(MINE)
    assert found.shown("deal", "price_currency", TABLE) is None
    for closed in (found.shown("deal", "secret", TABLE), found.rows("party", TABLE)):
        assert isinstance(closed, sa.False_)
    assert found.masks("deal", None)
    assert found.masks("deal", "code")
    assert not found.masks("deal", "price_currency")
    assert found.hides("deal", "secret")
    assert not found.hides("deal", "price_currency")


def test_a_column_goes_by_its_field() -> None:
    """Where the field is closed on some rows, so is each of its columns."""
    found = mask(with_rights(grant(MINE), grant(True, fields=["code"])))
    assert (
        said(found.shown("deal", "price_currency", TABLE)) == meant(MINE) == said(found.shown("deal", "price", TABLE))
    )
    assert found.masks("deal", "price_currency")
    assert found.both("deal", "price_currency") is None  # rows are not limited


def test_all_rows_need_no_condition() -> None:
    """What is always so is not asked."""
    found = mask(with_rights(grant()))
    assert found.rows("deal", TABLE) is None
    assert found.shown("deal", "code", TABLE) is None
    assert not found.masks("deal", None)
    admin = mask(with_rights(), replace(SELLER, roles=frozenset({"admin"})))
    assert [admin.masks("deal", None), admin.masks("deal", "price_currency"), admin.masks("nothing", "x")] == [
        False
    ] * 3
    always = mask(with_rights(grant("'seller' in actor.roles"), grant("record.sealed", fields=["code"])))
    assert always.rows("deal", TABLE) is None


def test_a_field_that_is_on_every_seen_row_needs_no_condition() -> None:
    """Also where its own condition is another one, that follows from that of the rows."""
    found = mask(with_rights(grant("record.code == 'a'"), grant("record.code == 'a' || record.sealed", fields=["price"]), deny("record.code == 'b'", fields=["price"]), deny("record.sealed")))  # fmt: skip
    assert found.masks("deal", "price")
    follows = mask(
        with_rights(
            grant("record.code == 'a' && record.sealed == true"), deny("record.sealed == false", fields=["price"])
        )
    )
    assert not follows.masks("deal", "price")
    assert follows.masks("deal", None)


def test_both_in_one() -> None:
    """Rows that are seen and on which a field is, said at once; nothing where one of them is all."""
    found = mask(with_rights(grant(MINE), grant("record.sealed", fields=["price"])))
    assert found.both("deal", "price") is None
    assert said(found.both("deal", "code")) == meant(MINE)
    apart = mask(with_rights(grant(MINE), deny("record.code == 'x'", fields=["price"])))
    assert said(apart.both("deal", "price_currency")) == meant(f"{MINE} && (record.code != null && record.code != 'x')")


def test_what_is_seen_is_worked_out_once() -> None:
    """For an entity, for a field, and for all who have the same rights."""
    catalog = with_rights(grant(MINE), grant("record.sealed", fields=["price"]))
    found = mask(catalog)
    seen = found.seen("deal")
    assert found.seen("deal") is seen
    assert seen.field("code") is seen.field("code")
    assert mask(catalog, replace(SELLER, id="018f0000-0000-7000-8000-000000000009")).seen("deal") is seen
    assert found.seen("party") is not seen
    assert seen.field("price") is None
    assert seen.field("code") is not None


OTHERS: dict[str, Actor] = {
    "other roles": replace(SELLER, roles=frozenset({"seller", "guest"})),
    "other units": replace(SELLER, units=frozenset()),
    "more departments": replace(SELLER, departments=frozenset({"x"})),
    "leads one": replace(SELLER, leads=frozenset({"x"})),
    "nobody known": replace(SELLER, id=None),
    "anonymous": replace(SELLER, kind="anonymous"),
    "a token": replace(SELLER, scopes=("read",)),
    "the system": replace(SELLER, kind="system"),
}


@pytest.mark.parametrize("who", OTHERS)
def test_whose_rights_differ_shares_nothing(who: str) -> None:
    """Roles, departments, how many of them, whether he is known and signed in, limits of a token."""
    catalog = with_rights(grant(MINE))
    one, other = mask(catalog), mask(catalog, OTHERS[who])
    assert one.key != other.key
    assert one.seen("deal") is not other.seen("deal")
    assert one.key == mask(catalog, replace(SELLER)).key
    assert hash(one.key) == hash(mask(catalog).key)


def test_facts_of_an_actor() -> None:
    """How many departments he is in and leads, his roles, and whether he is known."""
    found = mask(with_rights(), replace(SELLER, departments=frozenset("ab"), leads=frozenset("a"))).facts
    assert (found.roles, found.counts, found.is_known) == (
        frozenset({"seller"}),
        (("departments", 2), ("leads", 1)),
        True,
    )
    assert not mask(with_rights(), ANONYMOUS).facts.is_known
    for fact in ("departments", "leads"):
        rule = f"record.team in actor.{fact}"
        one = mask(with_rights(grant(rule, entity="party")), replace(SELLER, **{fact: frozenset("a")}))  # type: ignore[arg-type]
        assert said(one.rows("party", TABLE)) == meant(rule, "party", one)
        assert f"('{fact}', 0)" in said(one.rows("party", TABLE))


def test_so_many_kinds_of_rights_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then all are made again."""
    monkeypatch.setattr(seeing, "MOST", 3)
    catalog = with_rights(grant(MINE))
    first = mask(catalog).seen("deal")
    for n in range(4):
        mask(catalog, replace(SELLER, roles=frozenset({"seller", f"r{n}"}))).seen("deal")
        assert (mask(catalog).seen("deal") is first) == (n < 2)


def test_kept_paths_are_read_unless_they_are_late() -> None:
    """A rule over a link reads the column that the database keeps for it, and the link where it is behind."""
    catalog = with_rights(grant("record.party.name == 'x'"))
    [kept] = kept_paths(catalog)
    assert (kept.entity, kept.column.name) == ("deal", "_party_name")
    assert "_party_name" in said(mask(catalog).rows("deal", TABLE))
    late = frozenset({kept.key})
    assert "_party_name" not in said(mask(catalog, late=late).rows("deal", TABLE))
    assert mask(catalog).key != mask(catalog, late=late).key


def test_child_rows_that_nothing_is_said_of_follow() -> None:
    """Unless a grant or deny speaks of them, or a plugin narrows them; for administrators always."""
    own = (grant(), grant(entity="deal_lines"))
    assert mask(with_rights(grant())).follows("deal_lines")
    assert not mask(with_rights(*own)).follows("deal_lines")
    assert mask(with_rights(*own), replace(SELLER, roles=frozenset({"admin", "seller"}))).follows("deal_lines")
    assert (
        mask(with_rights(grant()), plugins=Plugins({"deal_lines": "record.cost == 1"})).follows("deal_lines") is False
    )
    assert mask(with_rights(grant()), plugins=Plugins({"deal": "record.sealed"})).follows("deal_lines")


def narrowed(rules: dict[str, str], *entities: str) -> Narrowed:
    """What plugins leave, of entities that were asked for."""
    found = Narrowed(access(with_rights(grant()), plugins=Plugins(rules)))
    for entity in entities:
        found.of(entity)
    return found


def test_what_plugins_leave_is_the_same_where_they_say_the_same() -> None:
    """Of the entities that somebody asked for, on either side."""
    one, other = {"deal": "record.sealed", "party": "record.name == 'a'"}, {"deal": "record.sealed"}
    assert narrowed(one, "deal") == narrowed(other, "deal")
    assert narrowed(one, "deal", "party") != narrowed(other, "deal")
    assert narrowed(other, "deal") != narrowed(one, "deal", "party")
    assert narrowed(one) == narrowed(other)
    assert hash(narrowed(one, "deal")) == hash(narrowed(other, "deal"))
    assert narrowed(one, "deal").__eq__("deal") is NotImplemented
    assert narrowed(one).of("deal") == ("record.sealed",)
    assert narrowed(one).of("note") == ()


def test_plugins_are_asked_once_about_what_is_asked_for() -> None:
    """What they narrow is no matter of others: it is not kept with the catalog."""
    catalog, plugins = with_rights(grant()), Plugins({"deal": "record.sealed"})
    found = mask(catalog, plugins=plugins)
    assert plugins.asked == []
    assert said(found.rows("deal", TABLE)) == meant("record.sealed")
    assert found.narrowed is not None
    assert found.narrowed.touched == {"deal": ("record.sealed",)}
    assert plugins.asked == ["deal"]
    found.narrowed.of("deal")
    assert plugins.asked == ["deal"]
    assert mask(catalog, plugins=Plugins({"deal": "!record.sealed"})).key != found.key
    assert said(mask(catalog, plugins=Plugins({"deal": "!record.sealed"})).rows("deal", TABLE)) == meant(
        "!record.sealed"
    )
    assert mask(catalog).narrowed is None
    assert mask(catalog).rows("deal", TABLE) is None
