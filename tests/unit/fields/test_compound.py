"""address, person_name, location."""

from decimal import Decimal as D

import pytest

from xrm_core.fields.address import address_lines
from xrm_core.metamodel.field_type import FieldFault


def columns(**parts):
    """Parts as columns of the field x."""
    return {f"x_{part}": value for part, value in parts.items()}


def test_address_parts(ask):
    """Only the parts given are answered, without blanks around them; blank is no value."""
    field = ask.field("address")
    given = columns(line1=" 10 Downing St ", postcode="sw1a 2aa", country="gb", region="")
    assert field.type.accept(given, field, ask.env) == columns(
        line1="10 Downing St", postcode="SW1A 2AA", country="GB", region=None
    )
    assert [c.name for c in field.columns] == list(
        columns(care_of=0, line1=0, line2=0, line3=0, locality=0, region=0, postcode=0, country=0)
    )


def test_address_reading(ask):
    """A country may be named; a street of several lines is spread."""
    field = ask.field("address")
    given = columns(line1="Unit 3\r\nMill Lane", country="Deutschland")
    assert field.type.read(given, field, ask.env) == columns(
        line1="Unit 3", line2="Mill Lane", line3=None, country="DE"
    )


@pytest.mark.parametrize(
    ("given", "code", "part"),
    [
        (columns(country="UK"), "not_a_country", "x_country"), (columns(line1="a\nb"), "line_break", "x_line1"), (columns(postcode="x" * 21), "too_long", "x_postcode"),
        (columns(locality=5), "not_text", "x_locality"),
    ],
)  # fmt: skip
def test_address_faults_name_the_part(ask, given, code, part):
    """The fault stands at the column that it is about."""
    field = ask.field("address")
    with pytest.raises(FieldFault) as caught:
        field.type.accept(given, field, ask.env)
    assert (caught.value.code, caught.value.part) == (code, part)


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        ({"line1": "10 Downing St", "locality": "London", "postcode": "SW1A 2AA", "country": "GB"}, ["10 Downing St", "London", "SW1A 2AA"]),
        ({"line1": "Platz 1", "locality": "Berlin", "postcode": "10115", "country": "DE"}, ["Platz 1", "10115 Berlin", "Germany"]),
        ({"line1": "1 Main St", "locality": "Boise", "region": "ID", "postcode": "83702", "country": "US"}, ["1 Main St", "Boise, ID 83702", "United States"]),
        ({"care_of": "Bell", "line1": "2 High St"}, ["c/o Bell", "2 High St"]),
        ({}, []),
    ],
)  # fmt: skip
def test_addresses_are_printed_as_in_their_country(ask, parts, lines):
    """The order is the country's; the home country is not named."""
    assert address_lines(columns(**parts), "x", ask.env) == lines
    field = ask.field("address")
    assert field.type.text(columns(**parts), field, ask.env) == ", ".join(lines)


def test_person_names(ask):
    """In the order that the field says; people with one name have one."""
    parts = columns(prefix="Dr", given="Ann", middle="B.", family="Bell", suffix="OBE", called="Annie")
    for show, text in [
        ("given_first", "Dr Ann B. Bell, OBE"),
        ("family_first", "Dr Bell Ann B., OBE"),
        ("sorted", "Bell, Ann B., OBE"),
    ]:
        field = ask.field("person_name", show=show)
        assert field.type.text(parts, field, ask.env) == text
    field = ask.field("person_name")
    assert field.type.text(columns(given="Madonna"), field, ask.env) == "Madonna"
    assert field.type.text(columns(called="Annie", family="Bell"), field, ask.env) == "Annie Bell"
    assert field.type.text({}, field, ask.env) == ""
    assert field.type.accept(columns(given=" Ann "), field, ask.env) == columns(given="Ann")


@pytest.mark.parametrize(
    ("lat", "lon", "point"),
    [
        ("51.5074", "-0.1278", ("51.507400", "-0.127800")), ("51.5074, -0.1278", "", ("51.507400", "-0.127800")), ("51.5° N, 0.25° W", "", ("51.500000", "-0.250000")),
        ("33.9 S 18.4 E", "", ("-33.900000", "18.400000")), ("-90", "180", ("-90.000000", "180.000000")),
    ],
)  # fmt: skip
def test_locations(ask, lat, lon, point):
    """Two numbers, or both in one text, in all languages with a point."""
    field = ask.field("location")
    found = field.type.read(columns(lat=lat, lon=lon), field, ask.within("de"))
    assert found == columns(lat=D(point[0]), lon=D(point[1]))


def test_location_limits(ask):
    """Within the globe, six places, both or none."""
    field = ask.field("location")
    for given, code, part in [
        (columns(lat=91), "out_of_range", "x_lat"),
        (columns(lon="-180.000001"), "out_of_range", "x_lon"),
        (columns(lat="1.1234567"), "too_many_places", "x_lat"),
        (columns(lat="north"), "not_a_number", "x_lat"),
    ]:
        with pytest.raises(FieldFault) as caught:
            field.type.accept(given, field, ask.env)
        assert (caught.value.code, caught.value.part) == (code, part)
    with pytest.raises(FieldFault, match="latitude and longitude"):
        field.type.settle(columns(lat=D(1), lon=None), {}, field, ask.env)
    assert field.type.settle(columns(lat=None, lon=None), {}, field, ask.env) == {}
    assert field.type.text(columns(lat=D("51.500000"), lon=D("-0.127800")), field, ask.env) == "51.5, -0.1278"
