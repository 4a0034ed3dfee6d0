"""What an expression reads."""

from __future__ import annotations

from typing import Any

from xrm_core.expressions import ChildSet, Link, Read


def test_own_fields(small: Any) -> None:
    """Fields of the record itself are read at an empty path."""
    n = small.compile("record.amount > 1 && record.stage == 'new'").needs
    assert n.own == {"amount", "stage"}
    assert n.fields == {("deal", "amount"), ("deal", "stage")}
    assert not n.links
    assert not n.rollups
    assert not n.clock


def test_links(small: Any) -> None:
    """Each link on the way is a field that is read, too."""
    n = small.compile("record.party.boss.name == 'x'").needs
    assert n.reads == {
        Read((), "deal", "party"),
        Read(("party",), "party", "boss"),
        Read(("party", "boss"), "party", "name"),
    }
    assert n.links == {Link(("party",), "party"), Link(("party", "boss"), "party")}


def test_rollups_through_formulas(small: Any) -> None:
    """A formula is read, and all that it reads, on the record where it stands."""
    n = small.compile("record.party.total > 1").needs
    assert n.rollups == {
        ChildSet(("party", "deals"), "deal", "party"),
        ChildSet(("party", "deals", "gifts"), "gift", "deal"),
    }
    assert Read(("party",), "party", "total") in n.reads
    assert Read(("party", "deals"), "deal", "worth") in n.reads
    assert Read(("party", "deals"), "deal", "amount") in n.reads
    assert Read(("party", "deals", "gifts"), "gift", "value") in n.reads
    assert {("party", "total"), ("deal", "worth"), ("deal", "twice"), ("gift", "value")} <= n.fields


def test_actor_clock_and_old(small: Any) -> None:
    """Facts of the actor, the clock and the record before the change are told apart."""
    n = small.compile("record.due < today() && 'x' in actor.roles && actor.user == record.party").needs
    assert n.actor == {"roles", "id"}
    assert n.clock
    assert not n.old
    assert small.compile("record.due < fyStart(0)").needs.clock
    n = small.compile("old.stage != record.stage", extra={"old": "deal"}).needs
    assert n.old


def test_what_needs_says_is_enough(small: Any) -> None:
    """A record with no more than the own fields that are needed can be evaluated."""
    e = small.compile("record.amount > 1 || record.stage == 'new' || record.party.name == 'x'")
    row = dict.fromkeys(e.needs.own) | {"party_id": None}
    assert e.python(small.ctx(row)) is False
