"""Readings as a picture: where things stand."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from xrm_outcomes.drawing import HEIGHT, NARROW, picture

START, DUE = date(2026, 1, 1), date(2027, 1, 1)
VALUES = st.decimals(-1_000_000, 1_000_000, places=2, allow_nan=False)


@given(st.lists(st.tuples(st.integers(0, 500), VALUES), min_size=1, max_size=20, unique_by=lambda one: one[0]))
def test_everything_lies_within_the_picture(found: list[tuple[int, Decimal]]) -> None:
    """Readings after the due day too, the target, and days without one upon another."""
    readings = [(START + timedelta(days=days), value) for days, value in sorted(found)]
    made = picture(readings, (START, DUE), date(2026, 7, 1), {"target": Decimal(9)}, (Decimal(4), Decimal(9)))
    assert [spot.x for spot in made.spots] == sorted(spot.x for spot in made.spots)
    assert all(0 <= spot.x <= NARROW and 0 <= spot.y <= HEIGHT for spot in made.spots)
    assert 0 <= made.heights["target"] <= HEIGHT
    assert all(b.at - a.at > 50 for a, b in zip(made.days, made.days[1:], strict=False))


def test_a_target_stands_above_its_readings() -> None:
    """From 4 to 9: 6 is above 4 and below the target; the way that was planned ends at the target."""
    made = picture(
        [(START, Decimal(4)), (date(2026, 6, 1), Decimal(6))], (START, DUE), date(2026, 7, 1), {"target": Decimal(9)},
        (Decimal(4), Decimal(9)),
    )  # fmt: skip
    assert made.heights["target"] < made.spots[1].y < made.spots[0].y
    assert made.planned.endswith(f",{made.heights['target']:.1f}")
    assert (made.days[0].day, made.days[-1].day) == (START, DUE)
