"""Figures of many records: equal to counting by hand what each reader may read, on both databases."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.contracts.guarded import Charity
from xrm_core.errors import BadRequest, NotFound, XrmError
from xrm_core.metamodel.catalog import View
from xrm_core.metamodel.values import Query
from xrm_core.services import boards, desk
from xrm_core.services.figures import OTHERS, Key, Question, figures_of, number_of
from xrm_core.services.lists import list_records
from xrm_core.services.spans import in_span

PEOPLE = ("nora", "rita", "tom")


@pytest.fixture(scope="module")
def gifts(charity: Charity) -> Charity:
    """Donors of both offices with gifts in several months."""
    for n, office in enumerate(("north", "south", "south")):
        donor = charity.make("donor", name=f"D{n}", office=office, tax_no=f"T{n}", limit=Decimal(100 * (n + 1)))
        for k in range(n + 2):
            charity.make("gift", donor=donor, what=f"g{k}", amount=Decimal(10 + k), given_on=date(2026, 1 + 2 * k, 28))
    return charity


def seen(work: Any, entity: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the reader may read, by a list."""
    return [dict(row) for row in list_records(work, Query(entity, ("id", *columns), limit=1000)).rows]


@pytest.mark.parametrize("who", PEOPLE)
def test_counts_and_sums_are_those_of_the_records_that_one_reads(gifts: Charity, who: str) -> None:
    """For every reader the figures by month, by choice and of all equal those of the rows that a list gives him."""
    with gifts.work(who, write=False) as work:
        rows = seen(work, "gift", ("given_on",))
        by_month: dict[date, int] = defaultdict(int)
        for row in rows:
            by_month[row["given_on"].replace(day=1)] += 1
        found = figures_of(work, Question("gift"), Key("given_on", "month"))
        assert {m.key: v[0] for m, v in found.rows if v[0]} == by_month
        assert number_of(work, Question("gift")) == len(rows)
        offices: dict[str, int] = defaultdict(int)
        for row in seen(work, "donor", ("office",)):
            offices[row["office"]] += 1
        found = figures_of(work, Question("donor"), Key("office"))
        assert {m.key: v[0] for m, v in found.rows} == offices


def test_what_is_masked_adds_nothing(gifts: Charity) -> None:
    """A reader who sees an amount on some rows only gets the sum and the groups of those; one who sees none cannot ask."""
    with gifts.work("max", write=False) as work:
        total = number_of(work, Question("donor", compute="sum", value="limit"))
        assert total == sum(row["limit"] for row in seen(work, "donor", ("limit",)) if row["limit"] is not None)
        by = figures_of(work, Question("donor", compute="sum", value="limit"), Key("office"))
        assert {m.key: v[0] for m, v in by.rows}["north"] is None
    with gifts.work("rita", write=False) as work, pytest.raises(XrmError):
        number_of(work, Question("donor", compute="sum", value="= record.limit * 2"))
    with gifts.work("rita", write=False) as work, pytest.raises(XrmError):
        figures_of(work, Question("donor"), Key("tax_no"))
    with gifts.work("nora", write=False) as work, pytest.raises(NotFound):
        number_of(work, Question("memo"))


def test_each_mark_leads_to_its_records(gifts: Charity) -> None:
    """The filters of a mark find as many records as it says, whatever it is grouped by and however small the room."""
    with gifts.work(write=False) as work:
        for by, limit in (
            (Key("donor"), 24),
            (Key("donor"), 1),
            (Key("what"), 2),
            (Key("given_on", "quarter"), 24),
            (Key("donor.office"), 9),
        ):
            for mark, (value,) in figures_of(work, Question("gift"), by, limit=limit).rows:
                filter = " && ".join(f"({f})" for f in mark.filters)
                assert len(list_records(work, Query("gift", ("id",), filter, limit=1000)).rows) == (value or 0), (
                    by,
                    mark,
                )


def test_stacks_averages_and_different_values(gifts: Charity) -> None:
    """A second field stacks, averages leave out what is empty, different values count once; the parts come to the whole."""
    with gifts.work(write=False) as work:
        found = figures_of(work, Question("gift"), Key("given_on", "year"), Key("what"))
        ((_year, cells),) = found.rows
        assert sum(v for v in cells if v is not None) == number_of(work, Question("gift")) == 9
        assert [s.label for s in found.stacks] == sorted(
            (s.label for s in found.stacks), key=lambda s: (s != "g0" and s != "g1", s)
        )
        assert number_of(work, Question("gift", compute="distinct", value="donor")) == 3
        assert number_of(work, Question("donor", compute="average", value="limit")) == Decimal(200)
        with pytest.raises(BadRequest, match="cannot be added up"):
            number_of(work, Question("gift", compute="sum", value="what"))


def at_rank(values: list[Any], percent: int) -> Any:
    """The value of a rank, by nearest rank; empty ones count for nothing."""
    known = sorted(v for v in values if v is not None)
    return known[-(-len(known) * percent // 100) - 1] if known else None


@pytest.mark.parametrize(
    ("who", "entity", "value", "by"),
    [(None, "gift", "amount", "what"), ("nora", "gift", "amount", "what"), ("max", "donor", "limit", "office")],
)
def test_ranks_are_those_of_the_values_that_one_reads(
    gifts: Charity, who: str | None, entity: str, value: str, by: str
) -> None:
    """Median and ninth tenth go by nearest rank, over the values that the reader may read, in all and in every group."""
    with gifts.work(*((who,) if who else ()), write=False) as work:
        rows, groups = seen(work, entity, (value, by)), defaultdict[Any, list[Any]](list)
        for row in rows:
            groups[row[by]].append(row[value])
        for compute, percent in (("median", 50), ("p90", 90)):
            asked = Question(entity, compute=compute, value=value)  # type: ignore[arg-type]
            assert number_of(work, asked) == at_rank([row[value] for row in rows], percent)
            found = {m.key: v[0] for m, v in figures_of(work, asked, Key(by)).rows}
            assert found == {key: at_rank(values, percent) for key, values in groups.items()}
        assert any(v is not None for values in groups.values() for v in values)
        with pytest.raises(BadRequest, match="cannot be added up"):
            number_of(work, Question(entity, compute="median", value=by))


def test_lanes_and_further_cards(gifts: Charity) -> None:
    """Lanes count the cards of each column; the cards of a column go on by key until all were seen once."""
    view = View("b", "donor", {}, "board", (), by="stage", lanes="office", card=("name", "office"), sort=("name",))
    with gifts.work(write=False) as work:
        lanes = {lane.mark.key: dict(lane.counts) for lane in boards.lanes_of(work, view)}
        assert lanes == {"north": {"fresh": 1}, "south": {"fresh": 2}}
        names, after = [], None
        while True:
            page = boards.more_cards(work, view, "fresh", after, limit=1)
            names += [row["name"] for row in page.rows]
            if (after := page.next) is None:
                break
        assert names == ["D0", "D1", "D2"]
        marks = {lane.mark.key: lane.mark for lane in boards.lanes_of(work, view)}
        first = boards.cell_cards(work, view, "fresh", marks["south"], None, limit=1)
        rest = boards.cell_cards(work, view, "fresh", marks["south"], first.next)
        assert [row["office"] for row in (*first.rows, *rest.rows)] == ["south", "south"]
        assert rest.next is None


@pytest.mark.parametrize("who", ["nora", "rita", "max", None])
def test_lanes_sum_up_what_the_reader_reads_of_their_cards(gifts: Charity, who: str | None) -> None:
    """Sums of lanes and cells are those of the cards that lie there; what is masked adds nothing, what is hidden has no sum."""
    view = View("b", "donor", {}, "board", (), by="stage", lanes="office", sum="limit", card=("name",))
    with gifts.work(*([who] if who else []), write=False) as work:
        gone = "limit" in boards.hidden(work, "donor")
        rows = seen(work, "donor", ("office", "stage", *(() if gone else ("limit",))))
        lanes = boards.lanes_of(work, view)
        assert {lane.mark.key for lane in lanes} == {row["office"] for row in rows}
        for lane in lanes:
            own = [row for row in rows if row["office"] == lane.mark.key]
            assert lane.total == boards.added(row.get("limit") for row in own)
            for code, count in lane.counts.items():
                cell = [row for row in own if row["stage"] == code]
                assert (count, lane.totals.get(code)) == (len(cell), boards.added(row.get("limit") for row in cell))


def test_values_without_a_lane_of_their_own_stand_in_one_together(gifts: Charity, monkeypatch: Any) -> None:
    """No card of a board is left out because there are many lanes: the last is for all others, with their count, sum and cards."""
    view = View("b", "donor", {}, "board", (), by="stage", lanes="name", sum="limit", card=("name", "limit"))
    with gifts.work(write=False) as work:
        whole = boards.lanes_of(work, view)
        monkeypatch.setattr(boards, "MOST_LANES", 1)
        first, *_more, others = found = boards.lanes_of(work, view)
        assert others.mark.key == OTHERS
        assert len(found) < len(whole)
        assert sum(sum(lane.counts.values()) for lane in found) == sum(sum(lane.counts.values()) for lane in whole)
        assert boards.added(lane.total for lane in found) == boards.added(lane.total for lane in whole)
        cards = boards.cell_cards(work, view, "fresh", others.mark, None, limit=100).rows
        assert len(cards) == others.counts["fresh"]
        assert boards.added(card["limit"] for card in cards) == others.totals["fresh"]
        assert all(card["name"] != first.mark.key for card in cards)


def test_records_of_a_span_of_days(gifts: Charity) -> None:
    """A calendar asks for the records that touch its days, and for those alone that the reader may see."""
    view = View("c", "gift", {}, "calendar", (), by="given_on")
    with gifts.work("rita", write=False) as work:
        found, more = in_span(work, view, date(2026, 3, 1), date(2026, 5, 31), ())
        assert not more
        assert [one.first for one in found] == sorted(one.first for one in found)
        days = (row["given_on"] for row in seen(work, "gift", ("given_on",)))
        assert len(found) == sum(date(2026, 3, 1) <= d <= date(2026, 5, 31) for d in days) > 0


def test_a_desk_is_one_persons_own(gifts: Charity) -> None:
    """Pins, arrangements and what was opened are kept for one user; records out of sight are not told of any more."""
    secret = gifts.make("donor", name="South", office="south")
    with gifts.work("rita", door="web") as work:
        me = str(work.actor.id)
        desk.pin(work, "/e/donor?view=all_donor", "Donors", "users")
        desk.arrange(work, "all", {"order": ["a"]})
        assert [p.href for p in desk.pins(work)] == ["/e/donor?view=all_donor"]
        for bad in ("https://elsewhere.example", "//elsewhere.example", "javascript:alert(1)"):
            with pytest.raises(BadRequest):
                desk.pin(work, bad, "x")
    runtime = gifts.runtime
    desk.keep_opened(runtime, (me, "donor", secret))
    desk.keep_opened(runtime, (me, "gift", "00000000-0000-7000-8000-000000000000"))
    with gifts.work("rita", door="web") as work:
        assert [(r.entity, r.title) for r in desk.recent(work)] == [("donor", "South")]
        assert desk.arrangement(work, "all") == {"order": ["a"]}
        desk.unpin(work, "/e/donor?view=all_donor")
        with pytest.raises(NotFound):
            desk.unpin(work, "/e/donor?view=all_donor")
    with gifts.work("nora", door="web") as work:
        assert (desk.recent(work), desk.pins(work), desk.arrangement(work, "all")) == ([], [], {})
        other = str(work.actor.id)
    desk.keep_opened(runtime, (other, "donor", secret))
    with gifts.work("nora", door="web") as work:
        assert desk.recent(work) == []
