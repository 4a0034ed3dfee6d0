"""What the rules of selling say to people, in their language."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency

from xrm_core.plugin import N_, spoken

REFUSALS = {
    "hold": N_("{name} is on credit hold. Ask finance to release the order."),
    "limit": N_("{shortfall} more than {name} has left in credit. Reduce the order, or ask finance to release it."),
    "prepayment": N_("{name} pays in advance: {shortfall} must come in first, or finance releases the order."),
    "overdue": N_("{name} has payments overdue. Finance decides whether the order may go out."),
}
"""Why an order is not confirmed, by kind of refusal."""


def money(amount: Decimal, currency: str) -> str:
    """An amount as people write it."""
    return format_currency(amount, currency, locale=spoken().replace("-", "_"))
