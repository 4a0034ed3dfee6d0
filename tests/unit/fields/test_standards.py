"""country, currency, language, time_zone and the standards behind them."""

import pytest

from xrm_core.fields.standards import countries, currencies, languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GB", "GB"), ("gb", "GB"), ("GBR", "GB"), ("UK", "GB"), ("U.K.", "GB"), ("Great Britain", "GB"), ("USA", "US"), ("U.S.A.", "US"),
        ("United States of America", "US"), ("Russia", "RU"), ("Russian Federation", "RU"), ("Ivory Coast", "CI"), ("Côte d'Ivoire", "CI"),
        ("Macedonia", "MK"), ("Palestinian Territory", "PS"), ("Swaziland", "SZ"), ("Czech Republic", "CZ"), ("Myanmar", "MM"),
        ("Bosnia and Herzegovina", "BA"), ("Deutschland", "DE"), ("Allemagne", "DE"), ("Österreich", "AT"), ("Viet Nam", "VN"), ("Vietnam", "VN"),
        ("The Gambia", "GM"), ("Saint Lucia", "LC"), ("St. Lucia", "LC"), ("Holland", "NL"), ("Türkiye", "TR"), ("Turkey", "TR"),
        ("Korea, Republic of", "KR"), ("Tanzania", "TZ"), ("Georgia", "GE"),
    ],
)  # fmt: skip
def test_countries_by_code_and_name(ask, text, code):
    """Codes, official and common names in several languages, and names in use."""
    assert ask.read("country", text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("Congo", "ambiguous"), ("Korea", "ambiguous"), ("Atlantis", "not_a_country"), ("XX", "not_a_country")],
)
def test_countries_that_are_not_clear(ask, text, code):
    """Names of several countries are not guessed."""
    assert ask.unread("country", text).code == code


def test_every_country_reads_its_own_name(ask):
    """The name that is shown can be typed back, in every widely read language."""
    for language in ("en", "de", "fr", "es", "it", "nl", "pt", "pl"):
        wrong = {
            c: n for c in countries() if ask.read("country", n := ask.shown("country", c, language), language) != c
        }
        assert not wrong


def test_country_values(ask):
    """A program sends two letters."""
    assert ask.accept("country", "de") == "DE"
    assert ask.accept("country", "") is None
    assert ask.refused("country", "UK") == "not_a_country"
    assert ask.refused("country", 49) == "not_a_country"
    assert ask.refused("country", "FR", only=("DE", "AT")) == "not_allowed"
    assert ask.shown("country", "DE", "fr") == "Allemagne"
    assert "GB" in ask.field("country").columns[0].kind.options
    assert ask.faults("country", only=("UK",)) == ["'UK' is not a country of ISO 3166-1"]
    assert ask.unread("country", "Germny").hint == "did you mean Germany?"


def test_currency(ask):
    """By code or name; currencies out of use are refused."""
    assert ask.accept("currency", "eur") == "EUR"
    assert ask.read("currency", "Pound Sterling") == "GBP"
    assert ask.read("currency", "Schweizer Franken", "de") == "CHF"
    assert ask.read("currency", "€") == "EUR"
    assert ask.refused("currency", "DEM") == "not_a_currency"
    assert ask.refused("currency", "USD", only=("EUR",)) == "not_allowed"
    assert ask.shown("currency", "GBP", "de") == "Britisches Pfund"
    assert ask.faults("currency", only=("DEM",)) == ["'DEM' is not a currency of ISO 4217"]


def test_language(ask):
    """Any well-formed tag of a known language, in its usual spelling."""
    for raw, tag in [("de", "de"), ("DE_at", "de-AT"), ("zh-hant-tw", "zh-Hant-TW"), ("gsw", "gsw"), ("", None)]:
        assert ask.accept("language", raw) == tag
    for raw in ("xx", "deutsch", "de-", "d", "de-abcdefghi", "de-x"):
        assert ask.refused("language", raw) == "not_a_language"
    assert ask.read("language", "German") == "de"
    assert ask.read("language", "Französisch", "de") == "fr"
    assert ask.shown("language", "pt-BR", "de") == "Portugiesisch (Brasilien)"
    assert ask.faults("language", only=("DE",)) == ["write 'de' instead of 'DE'"]


def test_time_zone(ask):
    """IANA names; a form takes the city too."""
    assert ask.accept("time_zone", "Europe/Berlin") == "Europe/Berlin"
    assert ask.refused("time_zone", "europe/berlin") == "not_a_time_zone"
    assert ask.read("time_zone", "europe/berlin") == "Europe/Berlin"
    assert ask.read("time_zone", "New York") == "America/New_York"
    assert ask.unread("time_zone", "Europe/Berln").hint == "did you mean Europe/Berlin?"
    assert ask.shown("time_zone", "America/New_York", "de") == "New York"


def test_the_standards_are_whole():
    """Numbers of entries are those of the standards."""
    assert len(countries()) == 249
    assert len(currencies()) > 150
    assert len(languages()) > 150
