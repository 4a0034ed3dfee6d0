"""Rules as conditions: on which rows a verb is open, and on which of these a field."""

from __future__ import annotations

from tests.unit.access.firm import deny, grant, with_rights
from xrm_core.access.masking import CLOSED, EVERYTHING, NOWHERE, Opening, OpeningBook
from xrm_core.access.rules import Rule, Rules

A, B = "record.a == 1", "record.b == 2"


def opens(text: str | None, *fields: str) -> Rule:
    """A grant of these fields."""
    return Rule(text, frozenset(fields), "seller")


def shuts(text: str | None, *fields: str) -> Rule:
    """A deny of these fields, or of the record."""
    return Rule(text, frozenset(fields) or None, "seller")


def of(*grants: Rule, denies: tuple[Rule, ...] = (), narrowed: tuple[str, ...] = ()) -> Opening:
    """What they open."""
    return Opening.of(Rules(grants, denies), narrowed)


def test_nothing_opens_nothing() -> None:
    """No rule, a rule on no rows, a deny on all rows."""
    nothing = Opening("false", frozenset(), {})
    assert of() == of(opens("false", "x")) == of(opens(None, "x"), denies=(shuts(None),)) == CLOSED == nothing
    assert of(opens(A, "x"), denies=(shuts(B), shuts(None))) == CLOSED
    assert of(denies=(shuts(B),), narrowed=(A,)) == CLOSED
    assert CLOSED.is_closed
    assert not EVERYTHING.is_closed
    assert not of(opens(A, "x")).is_closed


def test_everything() -> None:
    """Without rules there is no condition but what plugins leave; every field is on every row."""
    assert Opening.of(None) == EVERYTHING == Opening(None, None, {})
    assert Opening.of(None, (A,)) == Opening(A, None, {})
    assert Opening.of(None, (A, B, A)) == Opening(f"({A}) && ({B})", None, {})
    assert EVERYTHING.on("x") is None


def test_one_grant_is_its_condition() -> None:
    """Its fields are on all of its rows, no other field is on any."""
    found = of(opens(A, "x", "y"))
    assert found == Opening(A, frozenset({"x", "y"}), {})
    assert (found.on("x"), found.on("z")) == (None, NOWHERE)
    assert of(opens(None, "x")) == Opening(None, frozenset({"x"}), {})


def test_grants_add_up_row_by_row() -> None:
    """A field of some of them is on the rows of these; conditions that are said twice count once; always is always."""
    found = of(opens(A, "x", "y"), opens(B, "y", "z"), opens("false", "w"), opens(A, "x"))
    assert found == Opening(f"({A}) || ({B})", frozenset({"x", "y", "z"}), {"x": A, "z": B})
    assert (found.on("x"), found.on("y")) == (A, None)
    assert of(opens(A, "x"), opens(None, "y")) == Opening(None, frozenset({"x", "y"}), {"x": A})


def test_denies_of_records_go_before_every_grant() -> None:
    """Where they are not surely false there is no row; of two that say the same one is asked."""
    not_b = "record.b != null && record.b != 2"
    assert of(opens(A, "x"), denies=(shuts(B), shuts("false"), shuts(B))) == Opening(
        f"({A}) && ({not_b})", frozenset({"x"}), {}
    )
    assert of(opens(None, "x"), denies=(shuts(B),)) == Opening(not_b, frozenset({"x"}), {})
    two = of(opens(A, "x"), denies=(shuts(B), shuts("record.c")))
    assert two.where == f"({A}) && ({not_b}) && (record.c != null && !record.c)"


def test_denies_of_fields_leave_the_rows() -> None:
    """Only these fields are closed, where the condition is not surely false; always where it has none."""
    not_b = "record.b != null && record.b != 2"
    found = of(
        opens(A, "x", "y", "z"), opens(None, "z"), denies=(shuts(B, "x", "z"), shuts(None, "y"), shuts("false", "z"))
    )
    assert found == Opening(None, frozenset({"x", "z"}), {"x": f"({A}) && ({not_b})", "z": not_b})
    assert found.on("y") == NOWHERE
    assert of(opens(A, "x"), denies=(shuts(None, "x"),)) == Opening(A, frozenset(), {})


def test_what_plugins_leave() -> None:
    """Their conditions stand beside the others, once each."""
    assert of(opens(A, "x"), narrowed=(B, A)).where == f"({A}) && ({B})"
    assert of(opens(None, "x"), narrowed=(B,)).where == B
    assert of(opens(A, "x"), opens(B, "x"), narrowed=("record.c",)).where == f"(({A}) || ({B})) && (record.c)"


def test_a_book_keeps_what_rules_open() -> None:
    """Made once for an entity and a verb."""
    book = OpeningBook(
        with_rights(grant(A.replace("a", "sealed")), deny(fields=["code"])), frozenset({"seller"}), frozenset(), True
    )
    found = book.opening("deal", "read")
    assert found is book.opening("deal", "read")
    assert found == Opening.of(book.rules("deal", "read"))
    assert (found.is_closed, found.on("code")) == (False, NOWHERE)
    assert book.opening("deal", "update") == book.opening("party", "read") == CLOSED
