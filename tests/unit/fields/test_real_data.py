"""Field types on real files: registers of donations, a trading firm's customers and suppliers, a donor database."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from xrm_core.metamodel.field_type import FieldFault


def rows_of(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    """The rows that fit the header."""
    with path.open(encoding=encoding, newline="") as file:
        return [row for row in csv.DictReader(file) if None not in row]


def test_amounts_of_a_donation_register_add_up(ask, data_dir):
    """Each `£5,000.00` is read exactly: the sum is the one that was worked out by other means."""
    facts = json.loads((data_dir / "donors" / "_facts.json").read_text())
    for name in ("uk_ec_donations_2013_v1.csv", "uk_ec_donations_2013_v2.csv"):
        rows = rows_of(data_dir / "donors" / name, "cp1252")
        field = ask.field("money")
        read = [field.type.read({"x": row["Value"]}, field, ask.env) for row in rows]
        assert {one["x_currency"] for one in read} == {"GBP"}
        assert sum((one["x"] for one in read), Decimal(0)) == Decimal(facts[name]["sum Value GBP"])


def test_dates_of_a_donation_register_are_read(ask, data_dir):
    """Days come first; read with the month first, at least one row says so and none is swapped silently."""
    rows = rows_of(data_dir / "donors" / "uk_ec_donations_2013_v1.csv", "cp1252")
    field = ask.field("date")
    for column in ("Received date", "Accepted date", "Reported date"):
        for row in rows:
            day = field.type.read({"x": row[column]}, field, ask.env)["x"]
            assert day is None or f"{day:%d/%m/%Y}" == row[column]
    american = ask.within(date_order="mdy")
    late = next(row["Received date"] for row in rows if row["Received date"][:2] > "12")
    with pytest.raises(FieldFault, match="has no month"):
        field.type.read({"x": late}, field, american)


@pytest.mark.parametrize("name", ["customers", "suppliers", "employees", "orders"])
def test_countries_of_a_trading_firm_are_known(ask, data_dir, name):
    """Every country name of the files is read, `UK` and `USA` too."""
    rows = rows_of(data_dir / "parties_customers_suppliers" / "northwind" / f"{name}.csv")
    column = "shipCountry" if name == "orders" else "country"
    found = {row[column]: ask.read("country", row[column]) for row in rows}
    assert found["UK"] == "GB"
    assert len(set(found.values())) == len(found)


def test_phones_that_cannot_exist_stay_as_typed(ask, data_dir):
    """Of the 146 phones and faxes of customers and suppliers some 90 can exist; the others are kept, none is refused."""
    field = ask.field("phone")
    kept = []
    for name in ("customers", "suppliers"):
        for row in rows_of(data_dir / "parties_customers_suppliers" / "northwind" / f"{name}.csv"):
            env = ask.within(country=ask.read("country", row["country"]))
            given = [row[key] for key in ("phone", "fax") if row[key] not in ("NULL", "")]
            kept += [(text, field.type.read({"x": text}, field, env)["x"]) for text in given]
    assert len(kept) == 146
    assert 85 <= sum(stored.startswith("+") for _, stored in kept) <= 97  # numbering plans change
    assert all(stored == text.strip() for text, stored in kept if not stored.startswith("+"))


def test_contacts_of_a_donor_database(ask, data_dir):
    """Addresses of e-mail are all read; of 510 phones few can exist, and none is lost."""
    rows = rows_of(data_dir / "donors" / "npsp_1k" / "Contact.csv")
    mails = [ask.read("email", row["Email"]) for row in rows if row["Email"]]
    assert len(mails) > 400
    field, env = ask.field("phone"), ask.within(country="US")
    phones = [field.type.read({"x": row["Phone"]}, field, env)["x"] for row in rows if row["Phone"]]
    assert len(phones) == 510
    assert 0 < sum(phone.startswith("+") for phone in phones) < 60
