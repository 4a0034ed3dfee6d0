"""What grants and the needs matrix say, as rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from tests.unit.access.firm import deny, firm, grant, with_rights
from xrm_core.access.rules import Rule, RuleBook, Rules
from xrm_core.errors import Where
from xrm_core.metamodel.catalog import SYSTEM_COLUMNS, Catalog
from xrm_core.metamodel.rights import GrantDef

ALWAYS = frozenset(SYSTEM_COLUMNS) | {"display"}
WHOLE = ALWAYS | frozenset(firm().entities["deal"].fields)
ROWS = ALWAYS | frozenset(firm().entities["deal_lines"].fields)
PLAIN = ALWAYS | {"stage", "owner", "code", "sealed", "party"}


def book(catalog: Catalog, *roles: str, units: frozenset[str] = frozenset(), signed_in: bool = True) -> RuleBook:
    """The rules of a seller, or of these roles."""
    return RuleBook(catalog, frozenset(roles or ("seller",)), units, signed_in)


def rules(*grants: GrantDef, entity: str = "deal", verb: str = "read", **more: Any) -> Rules:
    """The rules of a seller."""
    return book(with_rights(*grants, **more)).rules(entity, verb)


def at(line: int) -> Where:
    """The place of a grant."""
    return Where("access/all.yaml", line)


def test_a_rule_says_all_of_its_grant() -> None:
    """Condition, fields, role, place, layer, and whether it names its fields."""
    found = rules(
        grant("record.sealed"), grant(fields=["code"]), grant(False), deny("record.stage == 'new'"), deny(fields=["secret"])
    )  # fmt: skip
    assert found == Rules(
        grants=(
            Rule("record.sealed", WHOLE, "seller", at(1), "ours", exact=False),
            Rule(None, ALWAYS | {"code"}, "seller", at(2), "ours", exact=True),
            Rule("false", WHOLE, "seller", at(3), "ours", exact=False),
        ),
        denies=(
            Rule("record.stage == 'new'", None, "seller", at(4), "ours"),
            Rule(None, frozenset({"secret"}), "seller", at(5), "ours"),
        ),
    )
    assert not found.denies[0].exact


def test_what_a_rule_touches() -> None:
    """All fields where it names none."""
    assert Rule(None, None, "seller").touches("code")
    assert Rule(None, frozenset({"code"}), "seller").touches("code")
    assert not Rule(None, frozenset({"code"}), "seller").touches("secret")


def test_rules_are_made_once() -> None:
    """A book keeps what it has worked out."""
    found = book(with_rights(grant()))
    assert found.rules("deal", "read") is found.rules("deal", "read")
    assert found.rules("deal", "read").grants
    assert not found.rules("deal", "update").grants
    assert not found.rules("party", "read").grants


def test_without_places_grants_have_none() -> None:
    """Grants that come from nowhere in the metadata are rules all the same."""
    found = book(replace(with_rights(grant(), grant(False)), grant_places=())).rules("deal", "read")
    assert [(r.text, r.where, r.layer) for r in found.grants] == [(None, None, ""), ("false", None, "")]


def test_no_grant_is_lost_for_want_of_a_place() -> None:
    """A place too few is a mistake, not a deny less."""
    catalog = with_rights(grant(), deny())
    with pytest.raises(ValueError, match="shorter"):
        book(replace(catalog, grant_places=catalog.grant_places[:1])).rules("deal", "read")


@pytest.mark.parametrize(
    ("named", "covered", "left"),
    [
        ("read", ["read", "history", "export"], ["create", "update", "delete", "purge", "import", "restore", "win"]),
        ("update", ["update", "import", "win"], ["read", "create", "delete", "purge", "history", "export", "restore"]),
        ("delete", ["delete", "restore"], ["read", "create", "update", "purge", "win"]),
        ("create", ["create"], ["read", "update", "delete", "purge", "import", "win"]),
        ("purge", ["purge"], ["read", "update", "delete", "restore", "win"]),
        ("win", ["win"], ["read", "update", "lose"]),
        ("history", ["history"], ["read", "export"]),
    ],
)
def test_verbs_that_a_verb_covers(named: str, covered: list[str], left: list[str]) -> None:
    """History and export go with reading, imports, steps and actions with changing, restoring with deleting; the rest is named."""
    found = book(with_rights(grant(True, named)))
    assert [v for v in (*covered, *left) if found.rules("deal", v).grants] == covered


@pytest.mark.parametrize(
    ("named", "closed", "open"),
    [("read", ["read", "update", "create", "win", "purge", "export"], []), ("update", ["update", "win", "import"], ["read", "create", "delete"])],
)  # fmt: skip
def test_verbs_that_a_deny_closes(named: str, closed: list[str], open: list[str]) -> None:
    """A deny of reading closes every verb, another one what a grant of it would open."""
    found = book(with_rights(deny(True, named)))
    assert [v for v in (*closed, *open) if found.rules("deal", v).denies] == closed


@pytest.mark.parametrize(
    ("role", "roles", "signed_in", "applies"),
    [
        ("seller", ("seller",), True, True), ("seller", ("guest",), True, False), ("seller", ("guest", "seller"), True, True),
        ("everyone", ("guest",), True, True), ("everyone", ("guest",), False, False),
        ("anonymous", ("guest",), False, True), ("anonymous", ("guest",), True, True), ("other", ("guest",), True, False),
    ],
)  # fmt: skip
def test_to_whom_a_grant_is(role: str, roles: tuple[str, ...], signed_in: bool, applies: bool) -> None:
    """To those who have the role, to all who are signed in, or to everybody."""
    found = book(with_rights(grant(role=role)), *roles, signed_in=signed_in).rules("deal", "read")
    assert bool(found.grants) is applies


def test_a_grant_on_a_mixin_is_one_on_all_that_carry_it() -> None:
    """And on no other entity."""
    found = book(with_rights(grant("record.owner == null", entity=None, mixin="dealt"), grant(entity="note")))
    assert [r.text for r in found.rules("deal", "read").grants] == ["record.owner == null"]
    assert [r.text for r in found.rules("note", "read").grants] == [None]
    assert not found.rules("party", "read").grants


def fields_of(
    given: GrantDef, needs: dict[str, dict[str, Any]], *roles: str, verb: str = "read", units: tuple[str, ...] = ()
) -> frozenset[str]:
    """The fields that a grant opens to those who have these roles, beside those that every class-free grant opens."""
    [rule] = book(with_rights(given, needs=needs), *roles, units=frozenset(units)).rules("deal", verb).grants
    assert rule.fields is not None
    assert rule.fields >= PLAIN
    return rule.fields - PLAIN


@pytest.mark.parametrize(("verb", "opened"), [("read", {"secret", "price", "lines"}), ("history", {"secret", "price", "lines"}), ("export", {"secret", "price", "lines"}), ("update", {"price", "lines"}), ("create", {"price", "lines"}), ("win", {"price", "lines"})])  # fmt: skip
def test_reading_takes_what_is_read_and_changing_what_is_written(verb: str, opened: set[str]) -> None:
    """R for reading, history and export, W for all that changes."""
    verbs = ("read", "update", "create")
    assert fields_of(grant(True, *verbs), {"red": {"seller": "R"}, "blue": {"seller": "W"}}, verb=verb) == opened


def test_fields_that_a_grant_leaves_out() -> None:
    """`without` takes fields from what the matrix opens."""
    assert fields_of(grant(without=["price"]), {"red": {"seller": "R"}, "blue": {"seller": "R"}}) == {"secret", "lines"}


RED, GREEN, BLUE = {"secret"}, {"friends"}, {"price", "lines"}


@pytest.mark.parametrize(
    ("role", "needs", "roles", "units", "opened"),
    [
        ("seller", {"red": {"seller": "R"}, "green": {"sales": "R"}, "blue": {"everyone": "R"}}, ("seller",), (), RED | GREEN | BLUE),
        ("seller", {"red": {"shop": "R"}}, ("seller",), ("shop",), set()),
        ("guest", {"red": {"shop": "R"}, "green": {"sales": "R"}}, ("guest",), ("shop", "east"), RED | GREEN),
        ("guest", {"red": {"sales": "R"}, "green": {"seller": "R"}}, ("guest", "seller"), (), set()),
        ("guest", {"red": {"steward": "R"}}, ("guest", "keeper"), (), set()),
        ("keeper", {"red": {"steward": "R"}, "blue": {"keeper": "R"}}, ("keeper",), (), RED | BLUE),
        ("everyone", {"red": {"steward": "R"}, "green": {"sales": "R"}, "blue": {"shop": "R"}}, ("keeper", "seller"), ("shop",), RED | GREEN | BLUE),
        ("everyone", {"red": {"everyone": "R"}, "green": {"seller": "R"}}, ("seller",), (), RED),
        ("anonymous", {"red": {"everyone": "R"}, "blue": {"shop": "R"}}, ("guest",), ("shop",), RED | BLUE),
        ("anonymous", {"red": {"sales": "R"}, "blue": {"steward": "R"}}, ("seller", "keeper"), (), RED | BLUE),
        ("ghost", {"red": {"ghost": "R"}, "blue": {"shop": "R"}}, ("ghost",), ("shop",), RED | BLUE),
        ("everyone", {"red": {"steward": "R"}}, ("ghost",), (), set()),
    ],
)  # fmt: skip
def test_columns_that_speak_for_a_role(
    role: str, needs: dict[str, dict[str, Any]], roles: tuple[str, ...], units: tuple[str, ...], opened: set[str]
) -> None:
    """Its own, that of its department (else those of the person), everyone's, the stewards'; for everyone all of the person."""
    assert fields_of(grant(role=role), needs, *roles, units=units) == opened


def test_child_rows_follow_the_field_that_holds_them() -> None:
    """Their rules are their own and those of their owner's record, read through the link to it, where they touch the field."""
    found = rules(
        grant("record.sealed"), grant(fields=["lines"]), grant(fields=["friends"]), grant(False),
        deny("record.stage == 'new'"), deny(fields=["lines"]), deny(fields=["code"]),
        grant("record.memo == 'x'", entity="deal_lines"), deny("record.cost == 1", entity="deal_lines"), entity="deal_lines",
    )  # fmt: skip
    assert [(r.text, r.where) for r in found.grants] == [("record.memo == 'x'", at(8)), ("record.deal.sealed", at(1)), (None, at(2)), ("false", at(4))]  # fmt: skip
    assert all(r.fields == ROWS for r in found.grants)
    assert [(r.text, r.fields, r.where) for r in found.denies] == [
        ("record.cost == 1", None, at(9)), ("record.deal.stage == 'new'", None, at(5)), (None, None, at(6)),
    ]  # fmt: skip


def test_only_what_speaks_of_the_rows_is_their_own() -> None:
    """Grants or denies, for the verb."""
    assert not book(with_rights(grant())).has_own("deal_lines", "read")
    assert book(with_rights(grant(entity="deal_lines"))).has_own("deal_lines", "read")
    assert book(with_rights(deny(entity="deal_lines"))).has_own("deal_lines", "read")
    assert not book(with_rights(grant(entity="deal_lines"))).has_own("deal_lines", "update")


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("read", ["read"]), ("history", ["read"]), ("export", ["read"]), ("purge", ["purge"]), ("update", ["update"]),
        ("create", ["update", "create"]), ("delete", ["update"]), ("restore", ["update"]), ("win", ["update"]),
    ],
)  # fmt: skip
def test_verbs_on_rows_are_verbs_on_their_record(verb: str, asked: list[str]) -> None:
    """Whoever changes a record changes its rows, adds them and takes them away; a new record brings its own."""
    verbs = ("read", "purge", "update", "create", "delete", "restore")
    grants = [grant(f"record.code == '{v}'", v) for v in verbs]
    found = rules(*grants, entity="deal_lines", verb=verb)
    assert [r.text for r in found.grants] == [f"record.deal.code == '{v}'" for v in asked]


def test_a_rule_for_both_is_there_once() -> None:
    """A grant and a deny of changing and of creating are one rule for new rows."""
    found = rules(grant(True, "update", "create"), deny("record.sealed"), entity="deal_lines", verb="create")
    assert (len(found.grants), len(found.denies)) == (1, 1)
    [alone] = rules(deny("record.sealed", "create"), entity="deal_lines", verb="create").denies
    assert alone.text == "record.deal.sealed"


@pytest.mark.parametrize(
    ("text", "through"),
    [
        ("record.owner == actor.id", "record.deal.owner == actor.id"), ("record.code == 'record'", "record.deal.code == 'record'"),
        ("record.lines.exists(x, x.cost > record.price)", "record.deal.lines.exists(x, x.cost > record.deal.price)"),
        ("has(record.code)", "has(record.deal.code)"), ("!(record.stage in ['new', 'won'])", "!(record.deal.stage in ['new', 'won'])"),
        ("false", "false"),
    ],
)  # fmt: skip
def test_conditions_are_read_through_the_link(text: str, through: str) -> None:
    """Just the record is another one; the actor, texts and what belongs to the record stay."""
    [rule] = rules(grant(text), entity="deal_lines").grants
    assert rule.text == through


@pytest.mark.parametrize(
    ("given", "needs", "verb", "opened"),
    [
        (grant(True, "read", "update"), {"blue": {"seller": "W"}}, "read", ROWS - {"cost"}),
        (grant(True, "read", "update"), {"blue": {"seller": "R"}, "red": {"seller": "R"}}, "history", ROWS),
        (grant(True, "read", "update"), {"blue": {"seller": "R"}, "red": {"seller": "R"}}, "export", ROWS),
        (grant(True, "update", fields=["lines"]), {"blue": {"seller": "R"}, "red": {"seller": "R"}}, "update", ROWS - {"cost"}),
        (grant(fields=["lines"]), {}, "read", ROWS - {"cost"}),
        (grant(fields=["lines"]), {"red": {"seller": "R"}}, "read", ROWS),
    ],
)  # fmt: skip
def test_fields_of_rows(given: GrantDef, needs: dict[str, dict[str, Any]], verb: str, opened: set[str]) -> None:
    """The matrix opens them; a grant that names the field of the rows opens all that has no class of its own."""
    [rule] = rules(given, entity="deal_lines", verb=verb, needs=needs).grants
    assert rule.fields == opened


def test_a_class_that_is_that_of_the_rows_is_open_with_them() -> None:
    """A column of the rows with the very class of the field that holds them is open to whoever is given the field by name."""
    base = with_rights(grant(fields=["lines"]), needs={})
    lines = base.entities["deal_lines"]
    blue = structs.replace(lines.fields["cost"], data_class="blue")
    changed = replace(
        base, entities={**base.entities, "deal_lines": replace(lines, fields={**lines.fields, "cost": blue})}
    )
    [rule] = book(changed).rules("deal_lines", "read").grants
    assert rule.fields == ROWS


def test_rows_that_nothing_holds_are_open_to_nobody() -> None:
    """Without the field that holds them grants by name do not reach them."""
    base = with_rights(grant(fields=["lines"]), needs={})
    deal = base.entities["deal"]
    changed = replace(base, entities={**base.entities, "deal": replace(deal, children={})})
    assert book(changed).rules("deal_lines", "read") == Rules()
