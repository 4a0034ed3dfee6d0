"""link, user, file, image."""

import pytest

from xrm_core.metamodel.field_type import FieldFault

ID = "0197c5a1-0000-7000-8000-00000000abcd"


def test_link_ids(ask):
    """An id is a UUID in lower case."""
    assert ask.accept("link", ID.upper(), to="donor") == ID
    assert ask.accept("link", "", to="donor") is None
    assert ask.accept("link", None, to="donor") is None
    for raw in ("DN-1", ID[:-1], ID.replace("-", ""), 5, "{" + ID + "}"):
        assert ask.refused("link", raw, to="donor") == "not_an_id"


def test_link_columns(ask):
    """One entity needs one column that references it; several need the entity too."""
    one = ask.field("link", to="donor")
    assert [(c.name, c.references) for c in one.columns] == [("x", "donor")]
    several = ask.field("link", to=["donor", {"mixin": "relationship"}])
    assert [c.name for c in several.columns] == ["x", "x_entity"]
    assert several.columns[0].kind.entities == ("donor", "mixin:relationship")
    assert ask.field("link", to={"mixin": "relationship"}).columns[1].name == "x_entity"


def test_link_to_several_entities(ask):
    """The entity meant is given beside the id, or before it in a text."""
    field = ask.field("link", to=["donor", "supplier"])
    assert field.type.read({"x": f"supplier:{ID}"}, field, ask.env) == {"x": ID, "x_entity": "supplier"}
    assert field.type.read({"x": ID, "x_entity": "donor"}, field, ask.env) == {"x": ID, "x_entity": "donor"}
    assert field.type.accept({"x": ID}, field, ask.env) == {"x": ID}
    with pytest.raises(FieldFault) as caught:
        field.type.accept({"x": ID, "x_entity": "user"}, field, ask.env)
    assert (caught.value.code, caught.value.part, caught.value.hint) == (
        "wrong_entity",
        "x_entity",
        "use donor, supplier",
    )


def test_link_settles(ask):
    """An id without its entity is incomplete; no id has no entity."""
    field = ask.field("link", to=["donor", "supplier"])
    assert field.type.settle({"x": None, "x_entity": "donor"}, {}, field, ask.env) == {"x_entity": None}
    assert field.type.settle({"x": ID, "x_entity": "donor"}, {}, field, ask.env) == {}
    with pytest.raises(FieldFault, match="which kind of record"):
        field.type.settle({"x": ID}, {}, field, ask.env)


def test_link_shows_the_title(ask):
    """The title where the list brings it, else the id."""
    field = ask.field("link", to="donor")
    assert field.type.text({"x": ID, "x.display": "DR-1 Ann"}, field, ask.env) == "DR-1 Ann"
    assert field.type.text({"x": ID}, field, ask.env) == ID
    assert field.type.text({}, field, ask.env) == ""


def test_link_options(ask):
    """Targets must exist, and a required link cannot be emptied."""
    names = {"entities": ["donor"], "mixins": ["relationship"]}
    assert ask.faults("link", names, to="donr") == ["there is no entity 'donr'; did you mean 'donor'?"]
    assert ask.faults("link", names, to={"mixin": "party"}) == ["there is no mixin 'party'"]
    assert ask.faults("link", names, to="donor") == []
    assert "does not go with required" in ask.faults("link", names, True, to="donor", on_delete="empty")[0]


def test_user_is_a_link(ask):
    """A user field links to the entity user."""
    field = ask.field("user", on_delete="empty")
    assert field.columns[0].references == "user"
    assert field.options.targets == ("user",)
    assert ask.accept("user", ID) == ID
    assert ask.refused("user", "ann") == "not_an_id"
    assert field.type.widget(field).name == "lookup"


def test_files(ask):
    """A file is held by its id; a picture allows no kind that can hold scripts."""
    assert ask.accept("file", ID) == ID
    assert ask.refused("image", "photo.png") == "not_an_id"
    assert ask.faults("file", accept=("pdf",)) == ["'pdf' is not a media type, as in application/pdf"]
    assert ask.faults("file", accept=("image/*", "application/pdf")) == []
    assert "image/svg+xml" in ask.faults("image", accept=("image/svg+xml",))[0]
    field = ask.field("image")
    assert field.type.widget(field).name == "image"
    assert field.type.text({"x": ID, "x.name": "photo.png"}, field, ask.env) == "photo.png"
