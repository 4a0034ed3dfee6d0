"""What is guessed of a mapping before anybody says something."""

from __future__ import annotations

import pytest

from xrm_core.services.importing.drafts import likely_key
from xrm_core.services.importing.preview import Preview


def preview(*rows: dict[str, str]) -> Preview:
    """The beginning of a file of these rows."""
    return Preview("csv", tuple(rows[0]), rows, False, "utf-8", ",", "", (), (), 0)


@pytest.mark.parametrize(
    ("choices", "key"),
    [
        (["column:First name", "column:Place", "row"], "row"),
        (["column:First name", "column:CustomerID", "row"], "column:CustomerID"),
        (["column:Mitglieds-Nr.", "row"], "column:Mitglieds-Nr."),
        (["column:Account code", "row"], "row"),
        (["fields:number", "column:CustomerID", "row"], "fields:number"),
        (["column:First name"], "column:First name"),
        ([], ""),
    ],
)
def test_a_name_tells_no_records_apart(choices: list[str], key: str) -> None:
    """A key of the entity, else a column that is called like an identifier and repeats nothing; names never, as long as there is another way."""
    rows = (
        {"First name": "Ada", "Place": "York", "CustomerID": "7", "Mitglieds-Nr.": "A1", "Account code": "x"},
        {"First name": "Grace", "Place": "Bath", "CustomerID": "8", "Mitglieds-Nr.": "A2", "Account code": "x"},
    )
    assert likely_key(choices, preview(*rows)) == key
