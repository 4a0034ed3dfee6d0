"""The sales forecast."""

from datetime import date
from decimal import Decimal
from typing import Any

from xrm_customers import forecasting

D = Decimal
FIRST, LAST, TODAY = date(2026, 4, 1), date(2026, 6, 30), date(2026, 5, 15)


def row(stage: str, category: str, amount: int, day: date, probability: int = 50, **more: Any) -> dict[str, Any]:
    """An opportunity."""
    found = {
        "stage": stage,
        "forecast": category,
        "amount_base": D(amount),
        "probability": probability,
        "expected_on": day,
    }
    return found | {"won_on": None, "lost_on": None, "owner": "u", **more}


ROWS = [
    row("won", "closed", 100, date(2026, 3, 1), 100, won_on=date(2026, 4, 20)),
    row("negotiate", "commit", 200, date(2026, 6, 1), 75),
    row("propose", "best_case", 400, date(2026, 6, 30), 50),
    row("qualify", "pipeline", 800, date(2026, 5, 15), 10),
    row("negotiate", "commit", 1600, date(2026, 5, 14), 75),
    row("discover", "pipeline", 3200, date(2026, 7, 1), 25),
    row("lost", "omitted", 6400, date(2026, 6, 1), 0, lost_on=date(2026, 5, 1)),
]


def test_forecast_by_category() -> None:
    """Each figure holds the surer ones; what has slipped or lies outside the period is left out."""
    found = forecasting.forecast(ROWS, FIRST, LAST, TODAY)
    assert (found.closed, found.commit, found.best_case, found.pipeline) == (D(100), D(300), D(700), D(1500))
    assert found.weighted == D(100) + D(150) + D(200) + D(80)
    assert found.slipped == D(1600)


def test_accuracy() -> None:
    """One less the share of the miss."""
    assert forecasting.accuracy(D(90), D(100)) == D("0.9000")
    assert forecasting.accuracy(D(150), D(100)) == D("0.5000")
    assert forecasting.accuracy(D(150), D(0)) is None


def test_win_rate() -> None:
    """By number and by money, by the day of the decision."""
    found = forecasting.win_rate(ROWS, FIRST, LAST)
    assert (found.by_number, found.by_money) == (D("50.0"), D("1.5"))
    assert forecasting.win_rate(ROWS, date(2025, 1, 1), date(2025, 12, 31)) == forecasting.WinRate(None, None)


def test_cycle_is_the_median() -> None:
    """Half a day for an even number of wins."""
    spans = [(date(2026, 1, 1), date(2026, 1, 11)), (date(2026, 1, 1), date(2026, 1, 16))]
    assert forecasting.cycle_days(spans) == D("12.5")
    assert forecasting.cycle_days([]) is None


def test_coverage() -> None:
    """Weighted pipeline over the gap; nothing to cover once the target is met."""
    assert forecasting.coverage(D(300), D(200), D(100)) == D("3.00")
    assert forecasting.coverage(D(300), D(100), D(100)) is None


def test_snapshot_of_a_monday() -> None:
    """Open opportunities by owner and category, dated to the week's Monday."""
    rows = forecasting.snapshot([*ROWS, row("qualify", "pipeline", 1, TODAY, owner=None)], TODAY)
    assert [(r["category"], r["amount"], r["count"]) for r in rows] == [
        ("best_case", D(400), 1),
        ("commit", D(1800), 2),
        ("pipeline", D(4000), 2),
    ]
    assert {r["week"] for r in rows} == {date(2026, 5, 11)}
