"""Values put into an expression in place of `given.name`: as constants in the tree, never pasted into the text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from xrm_core.errors import BadRequest
from xrm_core.expressions import Node, parse, unparse


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """The expression with each `given.name` replaced. Raises ExprError; BadRequest for a name that has no value."""
    return unparse(_replaced(parse(text), values))


def _replaced(node: Node, values: Mapping[str, Any]) -> Node:
    if node.op == "dot" and node.args[0].op == "name" and node.args[0].value == "given":
        if node.name not in values:
            raise BadRequest(f"no value was given for 'given.{node.name}'", code="no_value")
        return constant(values[node.name])
    if not node.args:
        return node
    return Node(node.op, [_replaced(a, values) for a in node.args], node.value, node.start, node.end)


def constant(value: Any) -> Node:
    """The constant that stands for a Python value. Raises BadRequest for one that the language has no constant for."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None)  # strftime writes the year 1 without its zeros
        return Node("call", [Node("lit", value=moment.isoformat(timespec="microseconds") + "Z")], "timestamp")
    if isinstance(value, date):
        return Node("call", [Node("lit", value=value.isoformat())], "date")
    if isinstance(value, timedelta):
        return Node("call", [Node("lit", value=_span(value))], "duration")
    if isinstance(value, (list, tuple, set, frozenset)):
        return Node("list", [constant(v) for v in value])
    if value is None or isinstance(value, (bool, str)):
        return Node("lit", value=value)
    if isinstance(value, (int, Decimal)):
        return Node("neg", [Node("lit", value=-value)]) if value < 0 else Node("lit", value=value)
    raise BadRequest(f"{type(value).__name__} cannot be given to a filter", code="bad_value")


def _span(value: timedelta) -> str:
    """A length of time as the language writes it: `-1d7200s`, `0.000001s`."""
    sign, value = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = f"{value.seconds}.{value.microseconds:06}" if value.microseconds else f"{value.seconds}"
    return f"{sign}{value.days}d{seconds}s"
