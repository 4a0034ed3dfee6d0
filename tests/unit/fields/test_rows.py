"""child_table and many_to_many."""

import pytest


def test_rows_are_stored_elsewhere(ask):
    """Nothing of a child table is a column of its owner."""
    field = ask.field("child_table", fields={"amount": {"type": "money"}})
    assert field.columns == ()
    assert field.virtual
    assert field.type.export({}, field) == {}
    assert field.type.read({}, field, ask.env) == {}
    assert field.type.text({"x": [{}, {}]}, field, ask.env) == "2"


def test_rows_have_the_form_of_rows(ask):
    """A list of objects; how many is limited."""
    options = {"fields": {"a": {"type": "text"}}, "max": 2, "min": 1}
    assert ask.accept("child_table", [{"a": "1"}], **options) == [{"a": "1"}]
    assert ask.refused("child_table", "a", **options) == "not_a_list"
    assert ask.refused("child_table", ["a"], **options) == "not_a_list"
    assert ask.refused("child_table", [{}] * 3, **options) == "too_many"
    assert ask.refused("child_table", [], **options) == "too_few"


def test_child_table_options(ask):
    """A row needs a field; limits need room."""
    assert ask.faults("child_table") == ["fields: a child table needs at least one field"]
    assert ask.faults("child_table", fields={"a": {"type": "text"}}, min=3, max=2) == ["min 3 is more than max 2"]


@pytest.mark.parametrize(
    ("options", "tie"),
    [({"to": "party"}, "party"), ({"to": {"mixin": "relationship"}}, "relationship"), ({"to": ["a", "b"]}, "target"), ({"to": "thing"}, "other_thing"),
     ({"to": "party", "as": "person"}, "person")],
)  # fmt: skip
def test_ties(ask, options, tie):
    """The tie's link is named after its target unless the field names it."""
    field = ask.field("many_to_many", **options)
    assert field.type.widget(field).props["tie"] == tie


def test_many_to_many_options(ask):
    """Targets must exist; fields of the tie need names of their own."""
    assert ask.faults("many_to_many", {"entities": ["party"]}, to="parti") == [
        "there is no entity 'parti'; did you mean 'party'?"
    ]
    assert "rename it" in ask.faults("many_to_many", to="party", fields={"party": {"type": "text"}})[0]
