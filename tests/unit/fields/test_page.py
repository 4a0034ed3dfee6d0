"""The reference page of the field types."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from xrm_core.fields import built_in
from xrm_core.fields.page import EXAMPLES, example_field, field_types_page
from xrm_core.metamodel.definitions import FieldDef

PAGE = Path(__file__).resolve().parents[3] / "docs" / "field_types.md"


def test_the_page_is_current():
    """docs/field_types.md says what the types say; write it anew with `python -m xrm_core.fields.page`."""
    assert PAGE.read_text(encoding="utf-8") == field_types_page(built_in())


@pytest.mark.parametrize("kind", built_in(), ids=lambda kind: kind.name)
def test_every_type_has_an_example_that_holds(kind):
    """Examples are valid metadata of their type."""
    ((_, written),) = yaml.safe_load(EXAMPLES[kind.name]).items()
    assert FieldDef.model_validate(written).type == kind.name
    field = example_field(kind())
    assert not field.type.check_options(field, {})
