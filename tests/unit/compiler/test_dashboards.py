"""Dashboards and the further displays of views: what they become, and what is said of their faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xrm_core.metamodel.text import say

ENTITIES = """
entity: gift
fields:
  name: {type: text}
  status: {type: choice, values: [pledged, received]}
  kind: {type: choice, values: [once, often]}
  amount: {type: money}
  on: {type: date}
  starts_on: {type: date}
  ends_on: {type: date}
  tags: {type: tags}
  owner: {type: user}
---
entity: user
fields: {name: {type: text}}
"""
BOARD = """
dashboard: giving
label: {en: Giving, de: Spenden}
tiles:
  raised: {entity: gift, filter: "record.status == 'received'", value: amount, on: "on", owner: owner, goal: 1000, previous: true}
  months: {kind: stacked, entity: gift, group: "on", part: month, stack: kind, label: By month}
  open: {kind: list, view: waiting}
  note: {kind: text, text: "Ask *Ada*."}
"""
VIEWS = """
entity: gift
views: [{view: waiting, label: Waiting, filter: "record.status == 'pledged'", columns: [name, amount]}]
"""


def test_a_dashboard_becomes_tiles_with_what_they_leave_out(folder: Any) -> None:
    """A value is added up, without one records are counted; a list is called as its view; sizes go by kind."""
    folder.write("entities/x.yaml", ENTITIES)
    folder.write("views/x.yaml", VIEWS)
    folder.write("dashboards/x.yaml", BOARD)
    tiles = folder.catalog(currency="EUR").dashboards["giving"].tiles
    assert list(tiles) == ["raised", "months", "open", "note"]
    raised, months, waits = tiles["raised"], tiles["months"], tiles["open"]
    assert (raised.compute, raised.size, raised.goal, say(raised.label)) == ("sum", "small", 1000, "Raised")
    assert (months.compute, months.size, months.part, months.stack) == ("count", "medium", "month", "kind")
    assert (waits.entity, say(waits.label), waits.limit) == ("gift", "Waiting", 5)


def test_a_later_layer_changes_single_tiles(folder: Any) -> None:
    """`extend:` merges tiles by name: one is changed, one is added, the others stay."""
    folder.write("entities/x.yaml", ENTITIES, "one")
    folder.write("views/x.yaml", VIEWS, "one")
    folder.write("dashboards/x.yaml", BOARD, "one")
    more = "extend: giving\nperiod: this_month\ntiles:\n  raised: {goal: 5}\n  many: {entity: gift}\n"
    folder.write("dashboards/y.yaml", more, "organisation")
    made = folder.catalog(currency="EUR").dashboards["giving"]
    assert (made.period, made.tiles["raised"].goal, made.tiles["raised"].value) == ("this_month", 5, "amount")
    assert list(made.tiles)[-1] == "many"


@pytest.mark.parametrize(
    ("tile", "said"),
    [
        ("{entity: gfit}", "there is no entity 'gfit'; did you mean 'gift'?"),
        ("{view: waitng}", "there is no view 'waitng'; did you mean 'waiting'?"),
        ("{}", "the tile does not say what it is about"),
        ("{entity: gift, value: name}", "'name' is no number"),
        ("{entity: gift, value: '= record.name'}", "and no number"),
        ("{entity: gift, value: '= record.amout'}", "no field 'amout'"),
        ("{entity: gift, compute: average}", "'average' of what?"),
        ("{entity: gift, on: name}", "'name' is no date"),
        ("{entity: gift, previous: true}", "without 'on' there is no period before"),
        ("{entity: gift, owner: name}", "'name' is no link to a user"),
        ("{kind: bar, entity: gift}", "a bar chart needs 'group'"),
        ("{kind: bar, entity: gift, group: tags}", "'tags' holds several values"),
        ("{kind: bar, entity: gift, group: status, part: month}", "'status' is no date"),
        ("{kind: stacked, entity: gift, group: status}", "a stacked chart needs 'stack'"),
        (
            "{kind: stacked, entity: gift, group: status, stack: kind, compute: average, value: amount}",
            "'average' does not add up",
        ),
        ("{kind: bar, entity: gift, group: status, stack: kind}", "a bar chart stacks nothing"),
        ("{kind: text}", "a tile of text says nothing"),
        ("{entity: gift, filter: 'record.amount > 1 &&'}", "a value expected"),
        ("{kind: pie, entity: gift}", "one of: number, bar"),
    ],
)
def test_a_faulty_tile_is_told_where_it_stands(folder: Any, tile: str, said: str) -> None:
    """Each fault names the file and the line, and says what is wrong."""
    folder.write("entities/x.yaml", ENTITIES)
    folder.write("views/x.yaml", VIEWS)
    folder.write("dashboards/x.yaml", f"dashboard: d\ntiles:\n  one: {tile}\n")
    (fault,) = folder.faults(currency="EUR")
    assert said in fault
    assert "dashboards/x.yaml:3" in fault


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("{view: v, kind: timeline}", "a timeline needs 'by'"),
        ("{view: v, kind: timeline, by: name}", "'name' is no date"),
        ("{view: v, kind: calendar, by: starts_on, until: name}", "'name' is not of the kind of 'starts_on'"),
        ("{view: v, kind: board, by: status, lanes: tags}", "'tags' holds several values"),
        (
            "{view: v, kind: board, by: status, limits: {pleged: 3}}",
            "there is no code 'pleged'; did you mean 'pledged'?",
        ),
        ("{view: v, kind: chart}", "a bar chart needs 'group'"),
        ("{view: v, kind: chart, group: status, value: name}", "'name' is no number"),
        ("{view: v, kind: list, group: nope}", "there is no field 'nope'"),
    ],
)
def test_a_faulty_display_is_told_where_it_stands(one_fault: Callable[..., str], view: str, said: str) -> None:
    """Boards, calendars, timelines and charts are checked as lists are."""
    fault = one_fault({"entities/x.yaml": ENTITIES, "views/x.yaml": f"entity: gift\nviews:\n  - {view}\n"})
    assert said in fault
