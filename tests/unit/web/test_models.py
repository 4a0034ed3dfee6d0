"""View models: what they work out themselves."""

from __future__ import annotations

import pytest
from msgspec import Struct

from xrm_core.web import models
from xrm_core.web.models import FormError, FormField, Progress, element_id


@pytest.mark.parametrize(
    ("name", "identifier"),
    [("amount", "f-amount"), ("lines.0.amount", "f-lines-0-amount"), ("a[b]", "f-a-b"), ("x y#z", "f-x-y-z")],
)
def test_an_element_id_is_safe_in_a_selector(name: str, identifier: str) -> None:
    """Names of nested inputs become ids without signs that a selector would read."""
    assert element_id(name) == identifier
    assert FormField(name=name, label="x").id == identifier


def test_an_error_leads_to_its_input() -> None:
    """The line of the summary points to the field, or to the form when it belongs to the whole."""
    assert FormError(text="x", field="lines.0.amount").href == "#f-lines-0-amount"
    assert FormError(text="x").href == "#form"


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 0), (1, 3, 33), (5, 4, 100), (10, 10, 100)])
def test_progress_is_a_percentage(done: int, total: int, percent: int) -> None:
    """An unknown total is no progress; more than all is all."""
    assert Progress(label="x", done=done, total=total).percent == percent


def test_every_model_is_frozen_and_exported() -> None:
    """View models are values: nobody changes one after it was made."""
    exported = [getattr(models, name) for name in models.__all__]
    classes = [value for value in exported if isinstance(value, type)]
    assert len(classes) > 40
    for value in classes:
        assert issubclass(value, Struct), value
        assert value.__struct_config__.frozen, value
