"""What boards have beside the columns of `lists.board`: the cards that follow, and lanes across the columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from ..errors import BadRequest
from ..expressions import quote
from ..language import _
from ..metamodel.catalog import View
from ..metamodel.values import Page, Query
from ..storage.measuring import Total, measure
from .figures import OTHERS, Key, Keys, Mark
from .lists import joined, list_records
from .permits import hidden
from .work import Work

MOST_LANES = 12


class Lane(Struct, frozen=True):
    """A lane: a value of the second field, how many cards it has in each column, and what they sum up to where the board has a sum."""

    mark: Mark
    counts: Mapping[str, int]
    totals: Mapping[str, Any] = {}

    @property
    def total(self) -> Any:
        """What all its cards sum up to; None where there is nothing to add."""
        return added(self.totals.values())


def query_of_column(
    work: Work, view: View, code: str, filter: str | None, q: str | None, limit: int, after: str | None = None
) -> Query:
    """The cards of one column, in the order of the board."""
    gone = hidden(work, view.entity)
    if view.kind != "board" or view.by is None or view.by in gone:
        raise BadRequest(f"view {view.name} is no board", code="no_board")
    columns = (*(path for path in view.card if path not in gone), view.by, "version", "display")
    sort = tuple(path for path in view.sort if path.lstrip("-") not in gone)
    own = joined(view.filter, filter, f"record.{view.by} == {quote(code)}")
    return Query(view.entity, columns, own, sort, limit, after, q=q)


def more_cards(
    work: Work,
    view: View,
    code: str,
    after: str | None,
    filter: str | None = None,
    q: str | None = None,
    limit: int = 20,
) -> Page:
    """The cards of a column from a cursor on. Raises as `list_records`, BadRequest for a view that is no board."""
    return list_records(work, query_of_column(work, view, code, filter, q, limit, after))


def lanes_of(work: Work, view: View, filter: str | None = None, q: str | None = None) -> list[Lane]:
    """The lanes of a board in their order, with the number and the sum of the cards in each column; none where it has none. Values
    that have no room stand in one lane together. One statement, and one for the titles of links."""
    gone = hidden(work, view.entity)
    if view.lanes is None or view.by is None or view.lanes in gone or view.by in gone:
        return []
    work.access.require(view.entity, "read")
    keys = Keys(work, view.entity, Key(view.lanes))
    query = Query(view.entity, ("id",), joined(view.filter, filter), q=q)
    texts = (*keys.texts, f"record.{view.by}")
    sums = (Total("sum", f"record.{view.sum}"),) if view.sum is not None and view.sum not in gone else ()
    counts: dict[Any, dict[str, int]] = {}
    totals: dict[Any, dict[str, Any]] = {}
    for group in measure(work.tx, work.catalog, query, texts, sums, work.context(), work.relation(view.entity)):
        key, code = keys.read(group.keys), str(group.keys[-1])
        lane = counts.setdefault(key, {})
        lane[code] = lane.get(code, 0) + group.count
        if sums:
            sum_of = totals.setdefault(key, {})
            sum_of[code] = added((sum_of.get(code), *group.totals))
    marks = keys.marks({key: sum(found.values()) for key, found in counts.items()}, MOST_LANES)
    rest = counts.keys() - {mark.key for mark in marks}
    if rest:
        codes = {code for key in rest for code in counts[key]}
        counts[OTHERS] = {code: sum(counts[key].get(code, 0) for key in rest) for code in codes}
        totals[OTHERS] = {code: added(totals.get(key, {}).get(code) for key in rest) for code in codes}
        if all(mark.key != OTHERS for mark in marks):  # months of long ago
            marks = (*marks, Mark(OTHERS, _("Others")))
    return [Lane(mark, counts[mark.key], totals.get(mark.key, {})) for mark in marks if mark.key in counts]


def added(values: Iterable[Any]) -> Any:
    """What values come to; None where there are none."""
    found = [value for value in values if value is not None]
    return sum(found[1:], found[0]) if found else None


def filter_of_lane(view: View, mark: Mark) -> str | None:
    """The condition of the cards of a lane; None where there is none (all numbers but the largest groups)."""
    if mark.is_hidden:
        return f"record.{view.lanes} == {quote(str(mark.key))}"
    return joined(*mark.filters)


def cell_cards(
    work: Work, view: View, code: str, mark: Mark, after: str | None, filter: str | None = None, q: str | None = None,
    limit: int = 20,
) -> Page:  # fmt: skip
    """The cards of a column that stand in one lane, from a cursor on; none where the lane has no condition. Raises as `more_cards`."""
    own = filter_of_lane(view, mark)
    if own is None or view.lanes is None or view.lanes.partition(".")[0] in hidden(work, view.entity):
        return Page(())
    return more_cards(work, view, code, after, joined(filter, own), q, limit)
