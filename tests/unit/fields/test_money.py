"""money."""

from decimal import Decimal as D

import pytest

from xrm_core.metamodel.field_type import FieldFault


@pytest.fixture
def money(ask):
    """Reads a text in a language: amount and currency, settled."""

    def read(text, language="en", currency="EUR", **options):
        field, env = ask.field("money", **options), ask.within(language, currency=currency)
        found = field.type.read({"x": text}, field, env)
        return tuple((found | field.type.settle(found, {}, field, env)).values())

    return read


@pytest.mark.parametrize(
    ("text", "language", "usual", "amount", "currency"),
    [
        ("£5,000.00", "en", "EUR", "5000.00", "GBP"), ("1.234,56", "de", "EUR", "1234.56", "EUR"), ("5 €", "de", "USD", "5.00", "EUR"),
        ("€5", "en", "USD", "5.00", "EUR"), ("EUR 5", "en", "USD", "5.00", "EUR"), ("5 eur", "en", "USD", "5.00", "EUR"),
        ("$5", "en", "EUR", "5.00", "USD"), ("$5", "en", "CAD", "5.00", "CAD"), ("US$5", "en", "CAD", "5.00", "USD"),
        ("A$5", "en", "EUR", "5.00", "AUD"), ("-£5.50", "en", "EUR", "-5.50", "GBP"), ("£-5.50", "en", "EUR", "-5.50", "GBP"),
        ("(£5.50)", "en", "EUR", "-5.50", "GBP"), ("5,50- €", "de", "EUR", "-5.50", "EUR"), ("-5,50 €", "de", "EUR", "-5.50", "EUR"),
        ("CHF 12'345.60", "de", "EUR", "12345.60", "CHF"), ("Fr. 5.00", "de-CH", "CHF", "5.00", "CHF"), ("5 kr", "sv", "SEK", "5.00", "SEK"),
        ("¥500", "en", "EUR", "500.00", "JPY"), ("¥500", "en", "CNY", "500.00", "CNY"), ("1200", "en", "EUR", "1200.00", "EUR"),
        ("12.- CHF", "de-CH", "CHF", "12.00", "CHF"), ("12,- €", "de", "EUR", "12.00", "EUR"),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(money, text, language, usual, amount, currency):
    """The currency may be a code or a sign, before or after; without one it is the organisation's."""
    assert money(text, language, usual) == (D(amount), currency)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("kr 5", "ambiguous"),
        ("5.005", "too_many_places"),
        ("five", "not_a_number"),
        ("£5 EUR", "not_a_number"),
        ("XYZ 5", "not_a_number"),
    ],
)
def test_amounts_refused(ask, text, code):
    """Signs of several currencies, too many digits and other texts are refused."""
    assert ask.unread("money", text).code == code


def test_the_currency_has_a_column_of_its_own(ask):
    """Amount and currency may come apart; two different currencies are a contradiction."""
    field = ask.field("money")
    read = lambda **given: field.type.read(given, field, ask.env)  # noqa: E731
    assert [c.name for c in field.columns] == ["x", "x_currency"]
    assert read(x="5", x_currency="usd") == {"x": D("5.00"), "x_currency": "USD"}
    assert read(x_currency="Swiss Franc") == {"x_currency": "CHF"}
    assert read(x="", x_currency="USD") == {"x": None, "x_currency": None}
    with pytest.raises(FieldFault, match="but the currency given is EUR"):
        read(x="£5", x_currency="EUR")


def test_accept_answers_what_it_is_given(ask):
    """A change of the amount alone says nothing about the currency."""
    field = ask.field("money", min=0, only=("EUR", "USD"))
    accept = lambda **given: field.type.accept(given, field, ask.env)  # noqa: E731
    assert accept(x="5") == {"x": D("5.00")}
    assert accept(x_currency="USD") == {"x_currency": "USD"}
    for given, code, part in [
        ({"x": "-1"}, "too_small", None),
        ({"x": "1", "x_currency": "GBP"}, "currency_not_allowed", "x_currency"),
        ({"x": "1", "x_currency": "eur"}, "not_a_currency", "x_currency"),
        ({"x": float("nan")}, "not_a_number", None),
    ]:
        with pytest.raises(FieldFault) as caught:
            accept(**given)
        assert (caught.value.code, caught.value.part) == (code, part)


def test_settle_completes_the_pair(ask):
    """An amount gets the field's currency, else the organisation's; no amount has no currency; a stored currency stays."""
    field = ask.field("money", currency="GBP")
    settle = lambda **record: field.type.settle(record, {}, field, ask.env)  # noqa: E731
    assert settle(x=D(5), x_currency=None) == {"x_currency": "GBP"}
    assert settle(x=D(5), x_currency="USD") == {}
    assert settle(x=None, x_currency="USD") == {"x_currency": None}
    plain = ask.field("money")
    assert plain.type.settle({"x": D(5)}, {}, plain, ask.env) == {"x_currency": "EUR"}


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.50", "EUR", "en", "€1,234.50"), ("1234.50", "EUR", "de", "1.234,50\u00a0€"), ("-5.00", "GBP", "en", "-£5.00"),
        ("-5.00", "GBP", "de", "-5,00\u00a0£"), ("5.00", "CHF", "en", "CHF\u00a05.00"), ("500.00", "JPY", "en", "¥500"),
        ("500.50", "JPY", "en", "¥500.50"), ("0.0125", "EUR", "en", "€0.0125"), ("1234567.00", "INR", "en-IN", "₹12,34,567.00"),
        ("1234.50", "EUR", "fr", "1\u202f234,50\u00a0€"),
    ],
)  # fmt: skip
def test_amounts_are_shown_in_the_readers_language(ask, amount, currency, language, text):
    """Symbol, marks and places are the language's and the currency's; no digit is hidden."""
    field = ask.field("money", scale=4)
    assert field.type.text({"x": D(amount), "x_currency": currency}, field, ask.within(language)) == text


def test_money_options(ask):
    """Currencies named in the metadata must exist and agree."""
    assert ask.faults("money", currency="XXQ") == ["'XXQ' is not a currency of ISO 4217"]
    assert "is not among only" in ask.faults("money", currency="EUR", only=("USD",))[0]
    field = ask.field("money", only=("EUR",))
    assert field.type.schema(field)["x_currency"]["enum"] == ["EUR", None]
