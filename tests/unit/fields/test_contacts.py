"""email, phone, url."""

import pytest


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("ann@example.org", "ann@example.org"), (" Ann.Bell@EXAMPLE.org ", "Ann.Bell@example.org"), ("info@müller.de", "info@xn--mller-kva.de"),
        ("o'neil+tag@ex-ample.co.uk", "o'neil+tag@ex-ample.co.uk"), ("jörg@example.org", "jörg@example.org"), ("", None),
        ("a@b.museum", "a@b.museum"), ("a@example.org.", "a@example.org"),
    ],
)  # fmt: skip
def test_email(ask, raw, stored):
    """The domain is kept in lower case and ASCII form, the local part as typed."""
    assert ask.accept("email", raw) == stored


@pytest.mark.parametrize(
    "raw",
    ["ann", "@b.de", "a@", "a..b@c.de", ".a@c.de", "a.@c.de", "a b@c.de", "a@b", "a@b@c.de", "a@-b.de", "a@b..de", "a@1.2.3.4", "x" * 65 + "@c.de",
     "a@" + "b" * 64 + ".de", '"a b"@c.de', "a@[1.2.3.4]", "a,b@c.de", "a<b@c.de", 5],
)  # fmt: skip
def test_email_refuses(ask, raw):
    """What no mail server takes is refused, saying which part is wrong."""
    assert ask.refused("email", raw) in ("not_an_email", "not_text")


def test_email_reading_and_showing(ask):
    """Names around an address are dropped; the domain is shown in its own script."""
    assert ask.read("email", "Ann Bell <Ann@Example.org>") == "Ann@example.org"
    assert ask.read("email", "mailto:ann@example.org") == "ann@example.org"
    assert ask.shown("email", "info@xn--mller-kva.de") == "info@müller.de"
    assert ask.refused("email", "a@b.de\0") == "control_character"


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("020 7183 8750", "+442071838750"), ("+49 (30) 901820", "+4930901820"), ("0044 20 7183 8750", "+442071838750"),
        ("+44 20 7183 8750 ext. 12", "+442071838750;ext=12"), ("5467", "5467"), ("(030) 0074321", "(030) 0074321"), ("call reception", "call reception"), ("", None),
    ],
)  # fmt: skip
def test_phone_keeps_what_it_does_not_know(ask, raw, stored):
    """Numbers that can exist become E.164; others stay as typed."""
    assert ask.accept("phone", raw) == stored


def test_phone_options(ask):
    """Strict fields refuse numbers that cannot exist; the country may be the field's."""
    assert ask.refused("phone", "5467", strict=True) == "not_a_phone"
    assert ask.accept("phone", "030 901820", country="DE") == "+4930901820"
    assert ask.refused("phone", "1" * 61) == "too_long"
    assert ask.read("phone", "tel:+442071838750") == "+442071838750"
    assert ask.shown("phone", "+442071838750") == "+44 20 7183 8750"
    assert ask.shown("phone", "5467") == "5467"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("https://example.org", "https://example.org"), ("HTTP://Example.ORG:8080/A?b=C#d", "http://example.org:8080/A?b=C#d"),
        ("www.example.org", "https://www.example.org"), ("example.org/x", "https://example.org/x"), ("https://exämple.org/ä", "https://xn--exmple-cua.org/ä"),
        ("https://[::1]:8080/", "https://[::1]:8080/"), ("http://intranet/", "http://intranet/"), ("https://example.org?q=a@b", "https://example.org?q=a@b"),
    ],
)  # fmt: skip
def test_url(ask, text, stored):
    """Scheme and host are in lower case; a bare host gets https."""
    assert ask.read("url", text) == stored


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("javascript:alert(1)", "scheme"), ("JaVaScRiPt:alert(1)", "scheme"), ("java\tscript:alert(1)", "not_a_url"), ("data:text/html,x", "scheme"),
        ("ftp://example.org", "scheme"), ("https://user:pw@example.org", "credentials"), ("https://example.org@evil.example", "credentials"), ("example.org", "not_a_url"),
        ("https://", "not_a_url"), ("https:example.org", "not_a_url"), ("https://exa mple.org", "not_a_url"), ("https://ex.org\\@evil.example", "not_a_url"),
        ("https://example.org:99999", "not_a_url"), ("//example.org", "not_a_url"), ('https://ex.org/"x', "not_a_url"), ("https://example.org/" + "x" * 2000, "too_long"),
        ("https://a..b/", "not_a_url"),
    ],
)  # fmt: skip
def test_url_refuses(ask, raw, code):
    """Schemes that run code, hidden users and what is no URL are refused."""
    assert ask.refused("url", raw) == code


def test_url_schemes(ask):
    """A field may allow further schemes, never those that run code."""
    assert ask.accept("url", "mailto:a@b.de", schemes=("https", "mailto")) == "mailto:a@b.de"
    assert ask.refused("url", "javascript:1", schemes=("javascript",)) == "scheme"
    assert ask.faults("url", schemes=("javascript",)) == ["the scheme 'javascript' cannot be allowed"]
    assert ask.shown("url", "https://example.org/") == "example.org"
