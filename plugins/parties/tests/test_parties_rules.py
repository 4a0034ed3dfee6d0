"""The pure rules of parties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xrm_parties import rules
from xrm_parties.rates import Rates
from xrm_parties.sample import iban, roles

SUMMER, WINTER = date(2026, 7, 1), date(2026, 1, 2)


@pytest.mark.parametrize(
    ("parts", "language", "name"),
    [
        ({"prefix": "Dr.", "given": "Helga", "family": "Brandt"}, "de", "Helga Brandt"),
        ({"given": "Ferenc", "family": "Nagy"}, "hu", "Nagy Ferenc"),
        ({"given": "Ann", "middle": "B.", "family": "Cole", "suffix": "Jr"}, None, "Ann B. Cole Jr"),
        ({"given": "Cher"}, "en", "Cher"),
        ({}, "en", ""),
    ],
)
def test_compose_name(parts: dict[str, str], language: str | None, name: str) -> None:
    """A name is written in the order of its language, without title."""
    assert rules.compose_name(parts, language) == name


@pytest.mark.parametrize(
    ("text", "given_name", "family"),
    [
        ("Mr Michael Farmer", "Michael", "Farmer"), ("Lord David van der Evans MP", "David", "van der Evans"), ("Evans, David John", "David", "Evans"),
        ("Plato", None, "Plato"), ("Ms Jean Lambert MEP", "Jean", "Lambert"), ("Dr Mr", None, "Mr"),
    ],
)  # fmt: skip
def test_split_name(text: str, given_name: str | None, family: str) -> None:
    """Titles and letters behind the name are told from the name; particles stay with the family name."""
    found = rules.split_name(text)
    assert (found["given"], found["family"]) == (given_name, family)


@given(st.text(min_size=1, max_size=60))
def test_split_name_loses_no_word(text: str) -> None:
    """Every word of the name is in one of its parts."""
    words = sorted(w.strip(",.") for w in text.replace(",", " ").split())
    parts = " ".join(v for v in rules.split_name(text).values() if v)
    assert sorted(w.strip(",.") for w in parts.replace(",", " ").split()) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dr. Böhm & Söhne GmbH", "bohm sohne"),
        ("The Łukasz Trust Ltd.", "Lukasz trust"),
        ("O'Neill  plc", "ONeill"),
        ("ØRSTED A/S", "Orsted a s"),
    ],
)
def test_fold_name(one: str, other: str) -> None:
    """Accents, punctuation, titles and legal forms do not tell two names apart."""
    assert rules.fold_name(one) == rules.fold_name(other)


def test_fold_name_of_words_that_are_all_legal() -> None:
    """A name made of nothing else keeps its words."""
    assert rules.fold_name("The Company Ltd") == "the company ltd"
    assert rules.fold_spaces("  House  of\u00a0Commons ") == "house of commons"


@pytest.mark.parametrize(
    ("kind", "typed", "country", "kept", "parsed"),
    [
        ("email", " Anna@EXAMPLE.org ", None, "Anna@example.org", True), ("email", "anna@bücher.example", None, "anna@xn--bcher-kva.example", True),
        ("email", "anna at example", None, "anna at example", False), ("email", "a@b@c.org", None, "a@b@c.org", False),
        ("phone", "020 7946 0123", "GB", "+442079460123", True), ("phone", "+49 30 23125 042", None, "+493023125042", True),
        ("phone", "12", "GB", "12", False), ("phone", "020 7946 0123", None, "020 7946 0123", False), ("web", " x ", None, "x", False),
    ],
)  # fmt: skip
def test_normalise_contact(kind: str, typed: str, country: str | None, kept: str, parsed: bool) -> None:
    """What is understood has one form; what is not is kept as typed."""
    assert rules.normalise_contact(kind, typed, country) == rules.Contact(kept, parsed)


@given(st.sampled_from(["email", "phone", "web"]), st.text(max_size=40))
def test_normalising_twice_is_normalising_once(kind: str, text: str) -> None:
    """A kept form is kept, and nothing raises."""
    once = rules.normalise_contact(kind, text, "GB").value
    assert rules.normalise_contact(kind, once, "GB").value == once


def test_normalise_row_keeps_what_people_said() -> None:
    """Reading the value changes only qualities that came from reading it."""
    row = {"kind": "email", "value": "nobody", "quality": "bounced_hard"}
    assert rules.normalise_row(row, None)["quality"] == "bounced_hard"
    again = rules.normalise_row(
        {"kind": "phone", "value": "+442079460123", "raw": "020 7946 0123", "quality": "unchecked"}, "GB"
    )
    assert again["raw"] == "020 7946 0123"


def test_one_primary() -> None:
    """The newly marked row wins, then the one that was, then the first; each kind for itself."""
    old = {"id": "1", "kind": "email", "primary": True}
    new = {"kind": "email", "primary": True, "value": "new"}
    assert [r["primary"] for r in rules.one_primary([old, new, {"kind": "phone"}], [old], "kind")] == [
        False,
        True,
        True,
    ]
    assert [r["primary"] for r in rules.one_primary([old, {"kind": "email"}], [old], "kind")] == [True, False]
    assert rules.one_primary([], [], "kind") == []


def test_primary_value_passes_over_what_is_wrong() -> None:
    """A bounced address is not the one to write to."""
    rows = [
        {"kind": "email", "value": "a", "primary": True, "quality": "bounced_hard"},
        {"kind": "email", "value": "b"},
    ]
    assert rules.primary_value(rows, ("email",)) == "b"
    assert rules.primary_value([{"kind": "mobile", "value": "m"}], ("phone", "mobile")) == "m"
    assert rules.primary_value(rows[:1], ("email",)) is None


@pytest.mark.parametrize(
    ("season", "day", "covers"),
    [
        (("06-15", "08-30"), SUMMER, True),
        (("06-15", "08-30"), WINTER, False),
        (("11-01", "03-01"), WINTER, True),
        ((None, None), WINTER, None),
    ],
)
def test_in_season(season: tuple[str | None, str | None], day: date, covers: bool | None) -> None:
    """A season may span New Year."""
    assert rules.in_season({"season_from": season[0], "season_to": season[1]}, day) is covers


def test_mailing_address() -> None:
    """In season, else primary, else the newest; never undeliverable, ended or out of season."""
    primary, newest = {"n": 1, "primary": True}, {"n": 2}
    hut = {"n": 3, "season_from": "06-15", "season_to": "08-30"}
    assert rules.mailing_address([primary, newest, hut], SUMMER) is hut
    assert rules.mailing_address([primary, newest, hut], WINTER) is primary
    assert rules.mailing_address([{**primary, "quality": "undeliverable"}, newest], WINTER) is newest
    assert rules.mailing_address([{**primary, "until": WINTER - timedelta(days=1)}], WINTER) is None


def test_one_line() -> None:
    """Street, postcode with town, region, country."""
    row = {
        "address_line1": "3 The Green",
        "address_locality": "Leeds",
        "address_postcode": "LS1 9ZZ",
        "address_country": "GB",
    }
    assert rules.one_line(row) == "3 The Green, LS1 9ZZ Leeds, GB"
    assert rules.one_line({}) is None


@pytest.mark.parametrize(
    ("scheme", "typed", "kept"),
    [
        ("GB-COH", ":4037610", "04037610"),
        ("GB-SC", "sc O12 345", "SC012345"),
        ("VAT", "IE 6388047-V", "IE6388047V"),
        ("ext", "a-b", "A-B"),
        ("GB-COH", "SC123456", "SC123456"),
    ],
)
def test_normalise_identifier(scheme: str, typed: str, kept: str) -> None:
    """Numbers are compared without what people put around them."""
    assert rules.normalise_identifier(scheme, typed) == kept


def test_identifier_fault() -> None:
    """Shape and check digits tell what cannot be right."""
    assert rules.identifier_fault("GB-CHC", "12", {"pattern": r"^\d{6,7}$"}) is not None
    assert rules.identifier_fault("GB-CHC", "1234567", {"pattern": r"^\d{6,7}$"}) is None
    assert rules.identifier_fault("XI-LEI", "213800KUD8LAJWSQ9D15", {}) is None
    assert rules.identifier_fault("XI-LEI", "213800KUD8LAJWSQ9D16", {}) is not None
    assert rules.identifier_fault("VAT", "DE136695976", {}) is None
    assert rules.identifier_fault("VAT", "DE136695977", {}) is not None


@given(st.sampled_from(["DE", "AT"]), st.integers(1, 10**9))
def test_sample_ibans_are_valid_and_nobodys(country: str, account: int) -> None:
    """Right check digits, and a bank code of zeros."""
    number = iban(country, account)
    assert rules.is_iban(number)
    assert number[4:9] == "00000"


def test_account_label() -> None:
    """Holder and the last four characters."""
    assert rules.account_label("Payee ", "DE62000000000000000017", None) == "Payee …0017"
    assert rules.account_label("Payee", None, None) == "Payee"


def test_ends_and_order() -> None:
    """A kind says who may stand at its ends; a symmetric tie has one order."""
    assert rules.ends_allowed("PO>O", "person", "organisation")
    assert not rules.ends_allowed("P>O", "household", "organisation")
    assert rules.ends_allowed(None, "person", "person")
    assert rules.ordered_ends(True, "b", "a") == rules.ordered_ends(True, "a", "b") == ("a", "b")
    assert rules.ordered_ends(False, "b", "a") == ("b", "a")


DAYS = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2020, 2, 1)))


@given(DAYS, DAYS, DAYS, DAYS)
def test_overlap_is_symmetric(a: date | None, b: date | None, c: date | None, d: date | None) -> None:
    """Which period is named first makes no difference, and a period overlaps itself."""
    assert rules.periods_overlap(a, b, c, d) == rules.periods_overlap(c, d, a, b)
    assert rules.periods_overlap(a, b, a, b)


def test_terms_that_touch_do_not_overlap() -> None:
    """A term may begin on the day the one before it ends."""
    assert not rules.periods_overlap(date(2001, 1, 3), date(2003, 1, 3), date(2003, 1, 3), None)
    assert rules.periods_overlap(date(2001, 1, 3), date(2003, 1, 3), date(2003, 1, 2), None)


def test_closes_circle() -> None:
    """A chain upwards that comes back to its start."""
    above = {"a": ["b"], "b": ["c"], "c": [], "x": ["y"], "y": ["x"]}
    assert rules.closes_circle("c", "a", lambda p: above[p])
    assert not rules.closes_circle("x1", "a", lambda p: above[p])
    assert not rules.closes_circle("q", "x", lambda p: above[p])


PARTY = {"status": "active", "do_not_contact": False}
AT = date(2026, 5, 1)


def consent(status: str, channel: str = "email", day: int = 1, **more: object) -> dict[str, object]:
    """A consent record."""
    return {
        "id": f"{status}{day}",
        "purpose": "fundraising",
        "channel": channel,
        "status": status,
        "given_on": date(2026, 4, day),
        **more,
    }


@pytest.mark.parametrize(
    ("party", "consents", "purpose", "channel", "allowed"),
    [
        ({**PARTY, "do_not_contact": True}, [consent("given")], "service", "email", False), ({**PARTY, "status": "deceased"}, [], "service", "post", False),
        (PARTY, [], "service", "email", True), (PARTY, [], "fundraising", "email", False), (PARTY, [], "fundraising", "post", True),
        (PARTY, [consent("given")], "fundraising", "email", True), (PARTY, [consent("given"), consent("withdrawn", day=2)], "fundraising", "email", False),
        (PARTY, [consent("refused", "any", 9), consent("given")], "fundraising", "email", True), (PARTY, [consent("refused", "any")], "fundraising", "post", False),
        (PARTY, [consent("given", expires_on=date(2026, 4, 30))], "fundraising", "email", False), (PARTY, [consent("given")], "research", "email", False),
    ],
)  # fmt: skip
def test_may_contact(
    party: dict[str, object], consents: list[dict[str, object]], purpose: str, channel: str, allowed: bool
) -> None:
    """Whom one may write to, for what, by which channel."""
    answer = rules.may_contact(party, consents, purpose, channel, AT, post_by_legitimate_interest=True)
    assert answer.allowed is allowed
    assert answer.reason


def test_may_contact_looks_at_the_address() -> None:
    """A dead or suppressed address is not written to; letters need consent unless the setting says otherwise."""
    given_ = [consent("given")]
    assert not rules.may_contact(PARTY, given_, "fundraising", "email", AT, quality="bounced_hard").allowed
    assert not rules.may_contact(PARTY, given_, "legal", "email", AT, suppressed=True).allowed
    assert not rules.may_contact(PARTY, [], "fundraising", "post", AT).allowed
    assert rules.may_contact(PARTY, given_, "fundraising", "email", AT).consent == "given1"
    assert not rules.may_contact(PARTY, given_, "fundraising", "email", date(2026, 3, 1)).allowed


def facts(name: str, **more: object) -> rules.Facts:
    """Facts of a party by name."""
    return rules.Facts(rules.fold_name(name), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (
            facts("A", identifiers=frozenset({("GB-COH", "1")})),
            facts("B", identifiers=frozenset({("GB-COH", "1")})),
            "certain",
        ),
        (
            facts("Helga Brandt", family="brandt", emails=frozenset({"x"})),
            facts("H. Brandt", family="brandt", emails=frozenset({"x"})),
            "certain",
        ),
        (
            facts("Helga Brandt", family="brandt", emails=frozenset({"x"})),
            facts("Jonas Brandt", family="brandt", emails=frozenset({"x"})),
            None,
        ),
        (
            facts("Delph Trust", postcodes=frozenset({"1"})),
            facts("The Delph Trust Ltd", postcodes=frozenset({"1"})),
            "probable",
        ),
        (
            facts("Helga Brandt", localities=frozenset({"cork"})),
            facts("Helga Brant", localities=frozenset({"cork"})),
            "possible",
        ),
        (facts("Delph Trust"), facts("Delph Trust"), None),
    ],
)
def test_grade(a: rules.Facts, b: rules.Facts, expected: str | None) -> None:
    """How sure it is that two are one; couples who share a mailbox are two."""
    found = rules.grade(a, b)
    assert (found and found[0]) == expected
    assert (rules.grade(b, a) or (None,))[0] == expected


def test_doubles_share_a_blocking_key() -> None:
    """What is graded at least probable is also brought together."""
    a, b = (
        facts("Delph Trust", country="IE", postcodes=frozenset({"1"})),
        facts("Delph Trust Ltd", country="GB", postcodes=frozenset({"1"})),
    )
    assert rules.blocking_keys(a) & rules.blocking_keys(b)
    assert rules.blocking_keys(facts("")) == frozenset()


class RateReader:
    """A reader that knows two rates of one currency."""

    today = date(2026, 3, 1)
    settings: ClassVar[dict[str, str]] = {"currency": "EUR"}
    asked = 0

    def find(self, entity: str, filter: str, values: dict[str, str], limit: int) -> list[dict[str, Any]]:
        """The rates of the pound; no others."""
        self.asked += 1
        rows = [{"on": date(2026, 2, 1), "rate": Decimal(2)}, {"on": date(2026, 1, 1), "rate": Decimal("1.171")}]
        return rows if values["currency"] == "GBP" else []


def test_rates_count_from_their_day() -> None:
    """The newest rate on or before a day (today where none is said), none before the first; each currency is read once."""
    reader = RateReader()
    rates = Rates(reader)  # type: ignore[arg-type]  # only what rates ask for
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1), None)
    assert [rates.rate("GBP", day) for day in days] == [None, Decimal("1.171"), Decimal(2), Decimal(2)]
    assert rates.to_base(Decimal(10), "GBP", date(2026, 1, 5)) == Decimal("11.71")
    assert rates.to_base(Decimal("10.005"), None, None) == Decimal("10.01")
    assert rates.to_base(Decimal(10), "USD", None) is None
    assert rates.base("fee", None, "GBP", None) == {"fee": None, "fee_currency": None}
    assert rates.base("fee", Decimal(1), "EUR", None) == {"fee": Decimal("1.00"), "fee_currency": "EUR"}
    assert reader.asked == 2


@pytest.mark.parametrize("scale", [0.01, 0.05, 0.1, 0.2, 1.0])
def test_a_party_has_a_role_once(scale: float) -> None:
    """Of a small sample too: nobody is customer twice, and there are a customer, a supplier and a foundation that gives."""
    sizes = {"persons": 150, "households": 40, "firms": 60, "foundations": 25, "associations": 25}
    parts = {kind: [f"{kind}{n}" for n in range(max(8, round(many * scale)))] for kind, many in sizes.items()}
    found = roles(parts, scale)
    assert all(ids and len(set(ids)) == len(ids) for ids in found.values())
    assert any(id.startswith("foundations") for id in found["donor"])
    if scale == 1:
        assert [len(found[role]) for role in ("supplier", "customer", "donor")] == [45, 60, 130]
