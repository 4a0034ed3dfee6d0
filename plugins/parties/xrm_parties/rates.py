"""Amounts in the organisation's currency, by the stored exchange rates. Plugins that require parties use it too."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from xrm_core.plugin import Reader

MANY = 10_000
CENT = Decimal("0.01")


class Rates:
    """The rates of one batch of saves, each currency read once."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.own: str = reader.settings["currency"]
        self.known: dict[str, list[tuple[date, Decimal]]] = {}

    def rate(self, currency: str | None, on: date | None) -> Decimal | None:
        """What a unit is worth in the organisation's currency on a day (None: today); None when no rate is known."""
        if currency in (None, self.own):
            return Decimal(1)
        if currency not in self.known:
            rows = self.reader.find(
                "exchange_rate", "record.currency == given.currency", {"currency": currency}, limit=MANY
            )
            self.known[currency] = sorted((row["on"], row["rate"]) for row in rows)
        return next(
            (rate for since, rate in reversed(self.known[currency]) if since <= (on or self.reader.today)), None
        )

    def to_base(self, amount: Decimal | None, currency: str | None, on: date | None) -> Decimal | None:
        """An amount in the organisation's currency, to the cent, half up; None while the rate is not known."""
        rate = None if amount is None else self.rate(currency, on)
        return None if amount is None or rate is None else (amount * rate).quantize(CENT, ROUND_HALF_UP)

    def base(self, name: str, amount: Decimal | None, currency: str | None, on: date | None) -> dict[str, object]:
        """The columns of the money field `name` that keeps an amount in the organisation's currency."""
        found = self.to_base(amount, currency, on)
        return {name: found, f"{name}_currency": None if found is None else self.own}
