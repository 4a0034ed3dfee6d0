"""Expressions that people write, for one figure of one record: checked as they are typed, with the place of what is wrong, and worked
out with the rights of whoever wrote them. What is no matter of his neither has a name in them nor goes into the figure."""

from __future__ import annotations

from decimal import Decimal

from ..errors import Problem, XrmError
from ..expressions import ExprError, parse, quote
from ..expressions.check import Checker
from ..language import _
from ..metamodel.values import Query
from ..storage.measuring import Total, measure
from ..storage.tables import schema_with_tables
from .seen_by import as_user
from .sight import is_open, reads_text
from .work import Work

NUMBERS = ("int", "decimal")


def fault_in(work: Work, entity: str, text: str) -> Problem | None:
    """What is wrong with an expression over records of the entity that is to give a number, for the actor; None where nothing is.
    The sentence names the place, the hint the way out. A field that is not for him is one that there is not."""
    if not is_open(work, entity):
        return Problem(_("There is nothing of that kind here for you."), "unknown_entity")
    relation = work.relation(entity)
    schema = schema_with_tables(work.catalog)
    try:
        masked = relation.mask is not None
        checker = Checker(schema, text, {"record": entity}, nullable=masked, sight=relation.sight)
        typed = checker.check(tree := parse(text))
        if typed.type.kind not in NUMBERS:
            hint = _("compare, count or add up: record.orders.count(o, true) is a number")
            raise ExprError(f"the result must be a number, found {typed.type}", tree.start, tree.end, text, hint)
        if relation.hidden_in(entity, typed) is not None or not reads_text(work, entity, text):
            raise ExprError("it names a field that there is not", tree.start, tree.end, text)
    except ExprError as fault:
        part = text[fault.start : fault.end].strip()
        said = _("At character {n}: {fault}", n=fault.column, fault=fault.message) if text.strip() else fault.message
        return Problem(
            said + (f" [{part}]" if part and part not in fault.message else ""), "expression", hint=fault.hint
        )
    except XrmError as fault:
        return Problem(fault.message, fault.code, hint=fault.hint)
    return None


def worked_out(work: Work, entity: str, id: str, text: str, user: str | None = None) -> Decimal | None:
    """What an expression gives for a record as the actor, or the user of that id (see `as_user`), sees it; None where it gives
    nothing, where he does not see the record, and where it says nothing to him any more."""
    own = as_user(work, user)
    if own is None or fault_in(own, entity, text) is not None:
        return None
    query = Query(entity, ("id",), f"record.id == {quote(id)}")
    try:
        figure = Total("sum", f"({text}) + 0")  # a roll-up alone is no column
        found = measure(own.tx, own.catalog, query, (), (figure,), own.context(), own.relation(entity))
    except XrmError:
        return None
    value = found[0].totals[0] if found and found[0].count == 1 else None
    return None if value is None else Decimal(value)
