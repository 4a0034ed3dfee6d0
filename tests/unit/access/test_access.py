"""Who may do what to which records: what every service asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.access.firm import SELLER, Plugins, access, deny, firm, grant, with_rights
from xrm_core.access.access import Verdict
from xrm_core.access.masking import CLOSED, EVERYTHING, Opening
from xrm_core.access.seeing import RowMask
from xrm_core.errors import NotFound, Refused, SignInNeeded
from xrm_core.expressions import Ctx
from xrm_core.metamodel.values import ANONYMOUS, SYSTEM, Actor
from xrm_core.storage.relation import ALL

ADMIN = replace(SELLER, roles=frozenset({"admin"}))
MINE = "record.owner == actor.id"
ALL_VERBS = ("read", "create", "update", "delete", "purge")


def token(*scopes: str, owner: Actor = SELLER) -> Actor:
    """One with these limits."""
    return replace(owner, kind="token", scopes=scopes)


def test_a_verdict_opens_fields() -> None:
    """All or some where it is allowed, none where it is not."""
    assert Verdict(True).opens("code")
    assert Verdict(True, frozenset({"code"})).opens("code")
    assert not Verdict(True, frozenset({"code"})).opens("price")
    assert not Verdict(False).opens("code")
    assert not Verdict(False, frozenset({"code"})).opens("code")


@pytest.mark.parametrize(
    ("actor", "unlimited"), [(SYSTEM, True), (ADMIN, True), (SELLER, False), (ANONYMOUS, False), (token("read", owner=ADMIN), True)]
)  # fmt: skip
def test_who_is_without_limits(actor: Actor, unlimited: bool) -> None:
    """The system and administrators; all is open to them, to nobody else without a grant."""
    found = access(with_rights(), actor)
    assert found.is_unlimited is unlimited
    assert (found.opening("deal") is EVERYTHING) is unlimited
    assert (found.opening("deal") == CLOSED) is not unlimited
    assert found.opens("deal", "read") is unlimited
    assert found.fields("deal") == (None if unlimited else frozenset())


@pytest.mark.parametrize(("actor", "is_narrowed"), [(SYSTEM, False), (ADMIN, True), (SELLER, True)])
def test_plugins_narrow_all_but_the_system(actor: Actor, is_narrowed: bool) -> None:
    """Where one of them wants to; administrators too, also in verbs that change."""
    catalog, rules = (
        with_rights(grant(MINE, "read", "update")),
        {"deal": "record.sealed", "party": "record.name == 'x'"},
    )
    found = access(catalog, actor, Plugins(rules))
    assert found.is_narrowed is is_narrowed
    assert found.narrowed("deal") == (("record.sealed",) if is_narrowed else ())
    for verb in ("read", "update"):
        where = found.opening("deal", verb).where
        assert where == (
            None if not is_narrowed else "record.sealed" if actor is ADMIN else f"({MINE}) && (record.sealed)"
        )
    assert not access(catalog, actor).is_narrowed
    assert access(catalog, actor).narrowed("deal") == ()
    assert found.opening("note") == (CLOSED if actor is SELLER else EVERYTHING)


def test_plugins_are_asked_once() -> None:
    """About an entity, for as long as the access lasts."""
    plugins = Plugins({"deal": "record.sealed"})
    found = access(with_rights(grant()), SELLER, plugins)
    for verb in ("read", "update", "read"):
        found.opening("deal", verb)
    assert plugins.asked == ["deal"]
    assert found.opening("deal") is found.opening("deal")


def test_books_are_shared_by_those_of_the_same_rights() -> None:
    """The same roles, departments, and whether one is signed in."""
    catalog = with_rights(grant(), grant(role="everyone", entity="note"))
    one = access(catalog).book
    assert access(catalog, replace(SELLER, id="other", departments=frozenset("a"))).book is one
    assert (one.catalog, one.roles, one.units, one.signed_in) == (catalog, SELLER.roles, SELLER.units, True)
    for other in (
        replace(SELLER, roles=frozenset({"seller", "guest"})), replace(SELLER, units=frozenset()), replace(SELLER, kind="anonymous"),
        replace(SELLER, roles=SELLER.units, units=SELLER.roles),
    ):  # fmt: skip
        found = access(catalog, other).book
        assert found is not one
        assert (found.roles, found.units, found.signed_in) == (other.roles, other.units, other.kind != "anonymous")
    assert not access(catalog, replace(SELLER, kind="anonymous")).opens("note", "read")
    assert access(catalog).opens("note", "read")


def test_so_many_books_are_kept() -> None:
    """A hundred, then they are made again."""
    catalog = with_rights(grant())
    first = access(catalog).book
    for n in range(99):
        assert access(catalog, replace(SELLER, roles=frozenset({f"r{n}"}))).book.roles
    assert access(catalog).book is first
    for n in range(100, 103):
        assert access(catalog, replace(SELLER, roles=frozenset({f"r{n}"}))).book.roles
    assert access(catalog).book is not first


SCOPES = [
    (("read",), "deal", {"read", "history", "export"}),
    (("write",), "deal", {"create", "update", "delete", "purge", "import", "restore", "win"}),
    (("deal:read",), "deal", {"read", "history", "export"}),
    (("deal:update",), "deal", {"update", "import"}),
    (("deal:delete",), "deal", {"delete", "restore"}),
    (("deal:export",), "deal", {"export"}),
    (("deal:win",), "deal", {"win"}),
    (("deal:*",), "deal", {"read", "history", "export", "create", "update", "delete", "purge", "import", "restore", "win"}),
    (("deal:*",), "deal_lines", {"read", "history", "export", "create", "update", "delete", "purge", "import", "restore", "win"}),
    (("deal:read",), "deal_lines", {"read", "history", "export"}),
    (("deal_lines:read",), "deal_lines", {"read", "history", "export"}),
    (("deal_lines:read",), "deal", set[str]()),
    (("party:*", "note:read"), "deal", set[str]()),
    (("party:read", "deal:create"), "deal", {"create"}),
    ((), "deal", set[str]()),
    (("write",), "unknown", {"create", "update", "delete", "purge", "import", "restore", "win"}),
]  # fmt: skip


@pytest.mark.parametrize(("scopes", "entity", "left"), SCOPES)
def test_limits_of_a_token(scopes: tuple[str, ...], entity: str, left: set[str]) -> None:
    """`read` is all reading, `write` all that changes; an entity's own limits are for it and its rows."""
    verbs = {"read", "history", "export", "create", "update", "delete", "purge", "import", "restore", "win"}
    for owner in (SELLER, ADMIN):
        found = access(with_rights(grant(True, *ALL_VERBS)), token(*scopes, owner=owner))
        assert {v for v in verbs if found.is_in_scope(entity, v)} == left
        if entity != "unknown":
            assert {v for v in verbs if found.opens(entity, v)} == left
    assert all(access(with_rights()).is_in_scope(entity, v) for v in verbs)


def test_what_is_required() -> None:
    """A verb that is open on some record; else who does not read the entity is told that there is none, others that nothing
    allows it, and those who are not signed in to do so first."""
    found = access(with_rights(grant(MINE), grant(True, "create", entity="note")))
    found.require("deal", "read")
    found.require("note", "create")
    for entity, verb in (("party", "read"), ("nothing", "read"), ("old", "read"), ("note", "update")):
        with pytest.raises(NotFound) as none:
            found.require(entity, verb)
        assert (none.value.code, none.value.message) == ("unknown_entity", f"there is no entity '{entity}'")
    with pytest.raises(Refused) as refused:
        found.require("deal", "update")
    assert (refused.value.code, refused.value.message) == ("refused", "nothing allows you to change a deal")
    assert refused.value.hint == "ask an administrator for a role that does"
    with pytest.raises(SignInNeeded):
        access(with_rights(grant()), ANONYMOUS).require("deal", "read")
    access(with_rights(grant(role="anonymous")), ANONYMOUS).require("deal", "read")
    for actor in (SYSTEM, ADMIN):
        access(with_rights(), actor).require("party", "purge")
        for entity in ("old", "nothing"):
            with pytest.raises(NotFound):
                access(with_rights(), actor).require(entity, "read")


def test_fields_of_verbs() -> None:
    """Those open on some record, for each verb; reading where none is said."""
    found = access(
        with_rights(grant(fields=["code", "price"]), grant(True, "update", fields=["code"]), deny(fields=["price"]))
    )
    read, written = found.fields("deal"), found.fields("deal", "update")
    assert read is not None
    assert read == written == found.fields("deal", "read")
    assert "code" in read
    assert found.fields("deal", "delete") == frozenset()


@pytest.mark.parametrize(
    ("entity", "field", "hidden"),
    [
        ("deal", "code", False), ("deal", "price", True), ("deal", "price_currency", True), ("deal", "id", False), ("deal", "display", False),
        ("party", "id", False), ("party", "display", False), ("party", "name", True), ("deal", "version", False), ("party", "version", True),
        ("deal", "nothing", False), ("party", "nothing", True), ("nothing", "code", False), ("deal", "lines", False), ("deal", "before", False),
        ("deal_lines", "memo", False), ("deal_lines", "cost", True),
    ],
)  # fmt: skip
def test_what_does_not_exist(entity: str, field: str, hidden: bool) -> None:
    """Fields that are read on no record, and their columns; of entities that are not read all but what a link shows."""
    catalog = with_rights(grant(fields=["code", "lines"]), needs={})
    assert access(catalog).is_hidden(entity, field) is hidden
    for actor in (ADMIN, SYSTEM):
        assert not access(catalog, actor).is_hidden(entity, field)


def test_sets_of_records_exist_where_their_link_does() -> None:
    """And where the records are read at all."""
    party, deal = grant(entity="party"), grant(fields=["party"])
    assert not access(with_rights(party, deal)).is_hidden("party", "deals")
    assert access(with_rights(party, grant(fields=["code"]))).is_hidden("party", "deals")
    assert access(with_rights(party)).is_hidden("party", "deals")
    assert not access(with_rights(deal)).is_hidden("party", "deals")
    assert access(with_rights(party, grant()), plugins=Plugins({"deal": "false"})).is_hidden("party", "deals")
    assert not access(with_rights(party, grant()), plugins=Plugins({"deal": "true"})).is_hidden("party", "deals")


def test_who_sees_all() -> None:
    """Those without limits that no plugin narrows, and tokens of theirs that read."""
    catalog, plugins = with_rights(grant()), Plugins({})
    for actor in (SYSTEM, ADMIN, token("read", owner=ADMIN)):
        assert access(catalog, actor).sees_all
        assert access(catalog, actor).relation("deal") is ALL
    for actor in (SELLER, token("write", owner=ADMIN), token("read")):
        assert not access(catalog, actor).sees_all
        assert access(catalog, actor).relation("deal") is not ALL
    assert not access(catalog, ADMIN, plugins).sees_all
    assert access(catalog, SYSTEM, plugins).sees_all


def test_the_relation_of_an_entity() -> None:
    """Its rows as a text, what does not exist, the mask that says both, and a key that is equal where all of this is."""
    catalog = with_rights(grant(MINE, fields=["code"]), grant("record.text == 'a'", entity="note"))
    found = access(catalog)
    deal, note = found.relation("deal"), found.relation("note")
    assert isinstance(deal.mask, RowMask)
    assert deal.mask is deal.sight is note.mask
    assert (deal.where, note.where) == (MINE, "record.text == 'a'")
    assert deal.hides is not None
    assert (deal.hides("deal", "price"), deal.hides("deal", "code")) == (True, False)
    assert deal.key == access(catalog).relation("deal").key == (deal.mask.key, "deal")
    assert deal.key != note.key
    assert not deal.hidden


def test_the_relation_goes_by_what_is_late_now() -> None:
    """Paths that are behind are not read from where they are kept, from one question to the next."""
    late = [frozenset[str]()]
    found = access(with_rights(grant("record.party.name == 'x'")), late=lambda: late[0])
    first = found.relation("deal")
    assert found.relation("deal").mask is first.mask
    late[0] = frozenset({"deal._party_name"})
    then = found.relation("deal")
    assert isinstance(then.mask, RowMask)
    assert then.mask is not first.mask
    assert then.mask.late == late[0]
    assert then.key != first.key
    assert found.relation("deal").mask is then.mask


def verdict(actor: Actor, record: dict[str, object], *grants: object, verb: str = "read") -> Verdict:
    """What an actor may do to a record."""
    whole = dict.fromkeys(firm().entities["deal"].columns)
    ctx = Ctx(actor={"id": actor.id, "roles": sorted(actor.roles)})
    return access(with_rights(*grants), actor).verdict("deal", verb, {**whole, **record}, ctx)  # type: ignore[arg-type]


def test_the_verdict_on_a_record() -> None:
    """The rules on its values: whether it is allowed, and on which fields."""
    mine = {"owner": SELLER.id, "sealed": True}
    rules = (
        grant(MINE, fields=["code"]),
        grant("record.sealed", fields=["price"]),
        deny("record.code == 'x'", fields=["code"]),
    )
    assert verdict(SELLER, {"owner": "x", "sealed": False}, *rules) == Verdict(False, frozenset())
    assert verdict(SELLER, {"owner": None, "sealed": None}, *rules) == Verdict(False, frozenset())
    assert verdict(SELLER, mine, *rules, verb="update") == Verdict(False, frozenset())
    assert verdict(SELLER, mine) == Verdict(False, frozenset())
    seen = [verdict(SELLER, {**mine, **more}, *rules).fields or frozenset() for more in ({"code": "a"}, {"code": "x"}, {"code": None}, {"code": "a", "owner": "x"}, {"code": "a", "sealed": False})]  # fmt: skip
    assert [sorted(s & {"code", "price", "secret"}) for s in seen] == [
        ["code", "price"],
        ["price"],
        ["price"],
        ["price"],
        ["code"],
    ]
    assert all("id" in s for s in seen)
    assert verdict(ADMIN, mine) == Verdict(True)
    assert verdict(SELLER, {"owner": "x"}, grant(True, fields=["code"])).allowed


def test_a_closed_verb_is_closed_without_asking_the_record() -> None:
    """Nothing of it is read."""
    found = access(with_rights(grant(MINE))).verdict("deal", "update", {}, Ctx())
    assert found == Verdict(False, frozenset())
    assert access(with_rights(grant(MINE))).opening("deal", "update") == Opening("false", frozenset(), {})
