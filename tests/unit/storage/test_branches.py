"""In which parts a rule is asked."""

from __future__ import annotations

from types import SimpleNamespace

from xrm_core.expressions import Typed
from xrm_core.metamodel.kinds import BOOL, TEXT, T, ref
from xrm_core.storage.branches import are_frequent, columns_read, counted_parts, likely_first, parts_of

HOME = T("text", of=("home", "abroad"))


def column(name: str, type: T = TEXT, hops: tuple[str, ...] = ()) -> Typed:
    """A column of the record."""
    return Typed("path", type, (), SimpleNamespace(column=name, var="record", hops=hops), free=False)


def equal(name: str, type: T = TEXT) -> Typed:
    """A column is equal to a value."""
    return Typed("cmp", BOOL, (column(name, type), Typed("const", TEXT, (), "x")), "==")


def both(op: str, *parts: Typed) -> Typed:
    """An *and* or an *or*."""
    return Typed(op, BOOL, parts)


def test_what_most_rows_fulfil_is_asked_first() -> None:
    """Of an *or* what has few values stands first, what no comparison says last; an *and* stays as it is."""
    team, region, other = equal("team", ref("team")), equal("region", HOME), Typed("notnull", BOOL, (column("x"),))
    asked = likely_first(both("and", equal("sealed", BOOL), both("or", other, team, region)))
    assert asked.args[1].args == (region, team, other)
    plain = both("or", region, team)
    assert likely_first(plain) is plain


def test_a_count_goes_by_what_indexes_hold() -> None:
    """Parts that an index begins with come first, the others as one behind them, each without the rows of those before."""
    team, boss, region = equal("team", ref("team")), equal("boss", ref("team")), equal("region", HOME)
    rule = both("and", equal("sealed", BOOL), both("or", team, boss, region))
    held = {("team", "id"): ("team", "id", "sealed", "region", "boss"), ("boss",): ("boss",)}
    parts = counted_parts(rule, held, {"id"})
    assert [part.args[0] for part in parts[:1]] == [team]
    assert parts[1].args[0].op == "or"
    assert set(parts[1].args[0].args) == {region, boss}
    assert parts[1].args[-1].op == "not"
    assert counted_parts(rule, held, {"name"}) == []
    assert counted_parts(rule, {("region",): ("region",)}, set()) == []
    assert counted_parts(team, held, set()) == []


def test_what_lies_behind_a_link_is_no_column() -> None:
    """What an expression reads of other records is in no index of the table."""
    assert columns_read(both("and", equal("a"), equal("b"))) == {"a", "b"}
    assert columns_read(column("a", hops=("b",))) is None
    assert columns_read(Typed("formula", TEXT, (), "x")) is None


def test_what_is_known_of_a_column_goes_before_what_its_type_says() -> None:
    """A link that has two values leaves half of the rows: it is asked before a choice of which one code is rare, and a list over
    both of its values is not read in parts."""
    team, kind = equal("team", TEXT), equal("kind", TEXT)
    known = {"team": 0.5, "kind": 0.01}
    assert likely_first(both("or", kind, team), known).args == (team, kind)
    asked = both("or", team, equal("team", TEXT))
    assert parts_of(asked, [("team", "id")], ["id"], (), known) == []
    assert len(parts_of(asked, [("team", "id")], ["id"], (), {"team": 0.1})) == 2
    assert are_frequent([team], None, known)
    assert not are_frequent([team], None)
    assert not are_frequent([kind], None, known)
    assert not are_frequent([], None, known)
    assert not are_frequent([team], "team", known)
