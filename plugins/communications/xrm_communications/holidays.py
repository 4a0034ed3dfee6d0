"""Public holidays of countries and their regions, out of the package `holidays`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def public_holidays(country: str, region: str | None, years: tuple[int, ...]) -> tuple[date, ...]:
    """The public holidays of a country (ISO 3166-1) and a region of it (its code without the country) in some years; none
    where the package does not know them."""
    import holidays

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError:
        if region is None:
            return ()
        return public_holidays(country, None, years)
    return tuple(sorted(found))


def knows(country: str, region: str | None) -> bool:
    """Whether holidays of the country, and of the region where one is named, are known."""
    import holidays

    try:
        holidays.country_holidays(country, subdiv=region or None, years=())
    except NotImplementedError:
        return False
    return True
