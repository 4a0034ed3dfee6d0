"""sequence."""

from datetime import date

from xrm_core.fields.sequence import counter_of, number_in, number_text

DAY = date(2026, 3, 4)


def test_the_platform_gives_the_number(ask):
    """People do not type it; a file may bring it along."""
    assert ask.refused("sequence", "DN-1") == "assigned"
    assert ask.accept("sequence", None) is None
    assert ask.accept("sequence", "") is None
    assert ask.read("sequence", " DN-2019-7 ") == "DN-2019-7"
    assert ask.accept("sequence", "DN-1", may_be_given=True) == "DN-1"
    assert ask.refused("sequence", "x" * 101, may_be_given=True) == "too_long"


def test_numbers_follow_the_pattern(ask):
    """Places are filled from the day and the record; a width pads with zeros."""
    field = ask.field("sequence", pattern="R-{series}-{year}-{month}-{n:06}", per=("series", "year"))
    assert number_text(field, 42, {"series": "A"}, DAY) == "R-A-2026-03-000042"
    assert counter_of(field, {"series": "A"}, DAY) == "thing.x/A/2026"
    assert counter_of(ask.field("sequence", pattern="{yy}/{n}"), {}, DAY) == "thing.x/2026"
    assert counter_of(ask.field("sequence", pattern="DR-{n:05}"), {}, DAY) == "thing.x"
    assert number_text(ask.field("sequence", pattern="DR-{n:05}"), 123456, {}, DAY) == "DR-123456"


def test_a_number_is_read_back_from_its_text(ask):
    """What the platform could write on that day gives its number, and nothing else does."""
    field = ask.field("sequence", pattern="R-{series}-{yy}{month}{day}/{n:03}x")
    text = number_text(field, 42, {"series": "A"}, DAY)
    assert text == "R-A-260304/042x"
    assert number_in(field, text, {"series": "A"}, DAY) == 42
    for other in (
        "R-B-260304/042x",
        "R-A-250304/042x",
        "R-A-260304/x",
        "R-A-260304/-1x",
        "R-A-260304/1",
        "",
        "R-A-260304/" + 30 * "9" + "x",
    ):
        assert number_in(field, other, {"series": "A"}, DAY) is None


def test_patterns_are_checked(ask):
    """A pattern needs its number once and only known places."""
    names = {"fields": ["series"]}
    assert ask.faults("sequence", names, pattern="DN-{year}") == ["pattern 'DN-{year}' needs {n} exactly once"]
    assert ask.faults("sequence", names, pattern="{serie}-{n}") == [
        "'serie' is neither a date part nor a field; did you mean 'series'?"
    ]
    assert "brace" in ask.faults("sequence", names, pattern="{n-")[0]
    assert ask.faults("sequence", names, pattern="{series}-{n:05}") == []
