"""Real data of five sources, imported whole into both databases and held against counts and sums worked out plainly."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import imports
from xrm_core.services.imports import Tally, sources_in
from xrm_core.services.lists import count_records, list_records
from xrm_core.services.organisation import bring_up, open_organisation
from xrm_core.services.runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ("parties", "donors", "suppliers", "customers")


@pytest.fixture
def runtime(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    """An organisation with the metadata of this repository and an empty database of each kind."""
    root = tmp_path / "organisation"
    root.mkdir()
    (root / "metadata").symlink_to(ROOT / "metadata", target_is_directory=True)
    (root / "xrm.toml").write_text(
        f'[organisation]\nname = "Imports"\ncurrency = "GBP"\ncountry = "GB"\n[database]\nurl = "{database_url}"\n'
        f"[plugins]\nuse = {json.dumps(PLUGINS)}\n"
    )
    made = open_organisation(root)
    bring_up(made)
    yield made
    made.database.dispose()


def bring_in(runtime: Runtime, mapping: str, *places: Path, partial: bool = False) -> Tally:
    """Import files or folders with a mapping of the organisation."""
    sources = [source for place in places for source in sources_in(place)]
    return imports.import_files(runtime, SYSTEM, mapping, sources, partial=partial)


def every(runtime: Runtime, entity: str, *columns: str, filter: str | None = None) -> list[tuple[Any, ...]]:
    """Values of all records of an entity."""
    found: list[tuple[Any, ...]] = []
    query = Query(entity, columns, filter, ("id",), limit=5000)
    with runtime.work(SYSTEM, "test") as work:
        while True:
            page = list_records(work, query)
            found += [tuple(row[c] for c in columns) for row in page.rows]
            if page.next is None:
                return found
            query = Query(entity, columns, filter, ("id",), limit=5000, after=page.next)


def count(runtime: Runtime, entity: str, filter: str | None = None) -> int:
    """How many records there are."""
    with runtime.work(SYSTEM, "test") as work:
        return count_records(work, Query(entity, ("id",), filter))


def total(runtime: Runtime, entity: str, column: str, filter: str | None = None) -> Decimal:
    """The exact sum of a column."""
    return sum((value for (value,) in every(runtime, entity, column, filter=filter) if value is not None), Decimal(0))


def history_size(runtime: Runtime) -> int:
    """How many writes the history holds."""
    with runtime.work(SYSTEM, "test") as work:
        return int(work.tx.rows("SELECT count(*) FROM xrm_history")[0][0])


def plain_rows(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    """The oracle's reader: nothing but csv."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def facts(data_dir: Path, folder: str) -> dict[str, Any]:
    """What was counted and summed with plain csv and decimal."""
    return json.loads((data_dir / folder / "_facts.json").read_text("utf-8"))  # type: ignore[no-any-return]


def fold(text: str) -> str:
    """Without regard to case and runs of spaces."""
    return " ".join(text.casefold().split())


def test_npsp_comes_in_whole_and_once(runtime: Runtime, data_dir: Path) -> None:
    """Accounts, contacts, gifts, payments and all ties of NPSP: every row accounted for, the sums exact, a second import idle."""
    folder = data_dir / "donors" / "npsp_1k"
    known = facts(data_dir, "donors")["npsp"]
    told = bring_in(runtime, "npsp", folder)
    assert told.counts["refused"] == 0
    assert told.rows == sum(len(plain_rows(f)) for f in folder.glob("*.csv") if f.name != "Account_rt_mapping.csv")
    assert count(runtime, "party", "record.source_key.startsWith('account:')") == known["accounts"] == 1223
    assert count(runtime, "party", "record.kind == 'household'") == 880
    assert count(runtime, "party", "record.kind == 'person'") == known["contacts"] == 1024
    assert count(runtime, "donation") == known["opportunities"] == 1517
    assert total(runtime, "donation", "amount") == Decimal(known["sum Amount"])
    assert count(runtime, "donation_payments") == known["payments"] == 2443
    assert total(runtime, "donation_payments", "amount") == Decimal(known["sum Amount"])
    assert told.files["npe4__Relationship__c.csv"]["created"] == 654
    assert told.files["npe4__Relationship__c.csv"]["unchanged"] == 654
    assert told.notes["same tie, other end"].count == 654
    assert known["relationships"] == 1308
    ties = "record.kind == 'colleague_of' || record.kind == 'partner_of'"
    assert count(runtime, "connection", ties) == 654
    assert count(runtime, "connection", "record.kind == 'household_member_of'") == 1022
    assert count(runtime, "connection", "record.kind == 'employee_of'") == 1024
    assert count(runtime, "soft_credit") == 1100
    assert total(runtime, "soft_credit", "amount") == Decimal(1100)
    assert (count(runtime, "campaign"), count(runtime, "campaign_members")) == (13, 1699)
    assert (count(runtime, "recurring_gift"), count(runtime, "fund")) == (3, 1000)
    assert (count(runtime, "donation_people"), count(runtime, "donation_allocations")) == (3499, 1030)
    accounts = {row["account_id"] for row in plain_rows(folder / "Opportunity.csv")}
    assert count(runtime, "donor") == len(accounts) == 114
    assert count(runtime, "party_contact_points", "record.kind == 'phone'") == 510
    assert count(runtime, "party_contact_points", "record.kind == 'phone' && record.value.startsWith('+')") == 46
    assert dict(_amounts(runtime)) == _amounts_plainly(folder)
    written = history_size(runtime)
    again = bring_in(runtime, "npsp", folder)
    assert again.counts == {"created": 0, "updated": 0, "unchanged": told.rows, "refused": 0, "left_out": 0}
    assert history_size(runtime) == written


def _amounts(runtime: Runtime) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name, amount in every(runtime, "donation", "donor.party.name", "amount"):
        found[name] = found.get(name, Decimal(0)) + amount
    return found


def _amounts_plainly(folder: Path) -> dict[str, Decimal]:
    names = {row["id"]: row["Name"] for row in plain_rows(folder / "Account.csv")}
    found: dict[str, Decimal] = {}
    for row in plain_rows(folder / "Opportunity.csv"):
        name = names[row["account_id"]]
        found[name] = found.get(name, Decimal(0)) + Decimal(row["amount"])
    return found


def _mend(path: Path, merge: Callable[[list[str]], list[str]]) -> None:
    """Quote the commas in an error file: join the cells that belong together."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    width = len(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow(merge(row) if len(row) > width else row)
            assert len(row) >= width


def _join(row: list[str], at: int, extra: int) -> list[str]:
    return [*row[:at], ",".join(row[at : at + extra + 1]), *row[at + extra + 1 :]]


def test_northwind_names_its_wide_rows_and_takes_them_mended(runtime: Runtime, data_dir: Path, tmp_path: Path) -> None:
    """24 customers, 9 suppliers and 176 orders are refused by line with the reason; mended and imported again, all is in."""
    folder = data_dir / "parties_customers_suppliers" / "northwind"
    known = facts(data_dir, "parties_customers_suppliers")["northwind"]
    told = bring_in(runtime, "northwind", folder)
    for name in ("customers", "suppliers", "orders"):
        assert told.files[f"{name}.csv"]["refused"] == known[f"{name} rows of wrong width"]
        assert told.files[f"{name}.csv"]["created"] == known[name] - known[f"{name} rows of wrong width"]
        wide = _wide_lines(folder / f"{name}.csv")
        assert [r.line for r in told.refusals if r.file == f"{name}.csv"] == wide
    first = next(r for r in told.refusals if r.file == "customers.csv")
    assert str(first) == (
        "customers.csv:8: 12 values for 11 columns; a comma inside a value is not quoted: put that value in double quotes"
    )
    assert told.files["order-details.csv"] == {
        "created": 1716,
        "updated": 0,
        "unchanged": 0,
        "refused": 439,
        "left_out": 0,
    }
    assert "there is no order" in next(str(r) for r in told.refusals if r.file == "order-details.csv")
    assert told.files["employees.csv"]["created"] == 9
    assert count(runtime, "connection", "record.kind == 'reports_to'") == 8
    by_country: dict[str, int] = {}
    for (country,) in every(runtime, "customer", "party.country"):
        by_country[country] = by_country.get(country, 0) + 1
    assert sorted(by_country.values()) == sorted(known["customers by country (rows of the right width only)"].values())
    assert total(runtime, "order_lines", "net") == Decimal("1046245.1605")
    assert count(runtime, "sales_area", "record.part_of == null") == len(plain_rows(folder / "regions.csv")) == 4
    assert count(runtime, "sales_area", "record.part_of != null") == len(plain_rows(folder / "territories.csv")) == 53
    assert count(runtime, "sales_area_people") == len(plain_rows(folder / "employee-territories.csv")) == 49
    assert not [text for text in told.notes if "columns not taken" in text]
    assert count(runtime, "product") == 77
    assert sum(1 for (supplier,) in every(runtime, "product", "supplier") if supplier is None) == 25

    errors = tmp_path / "errors"
    errors.mkdir()
    with runtime.work(SYSTEM, "test") as work:
        written = imports.write_errors(work, str(told.id), errors)
    assert sorted(path.name for path in written) == [
        "customers.csv",
        "order-details.csv",
        "orders.csv",
        "suppliers.csv",
    ]
    # columns: the reason, then those of the file. In customers and orders the address holds the comma; in suppliers one name does.
    _mend(errors / "customers.csv", lambda row: _join(row, 5, len(row) - 12))
    _mend(errors / "orders.csv", lambda row: _join(row, 10, len(row) - 15))
    _mend(errors / "suppliers.csv", lambda row: _join(row, 2 if row[2] == "Pavlova" else 5, len(row) - 13))
    again = bring_in(runtime, "northwind", errors, partial=True)
    assert again.counts["refused"] == 0, again.refusals[:3]
    assert again.counts["created"] == 24 + 9 + 176 + 439
    assert all(taker is not None for (taker,) in every(runtime, "order", "taken_by"))
    assert bring_in(runtime, "northwind", folder / "products.csv", partial=True).counts["updated"] == 25
    assert count(runtime, "customer") == known["customers"]
    assert count(runtime, "supplier") == known["suppliers"]
    assert count(runtime, "order") == known["orders"]
    assert count(runtime, "order_lines") == known["order lines"]
    assert total(runtime, "order_lines", "net") == Decimal(known["order total after discount"])
    assert ("Pavlova, Ltd.",) in every(runtime, "party", "name", filter="record.source_key == 'supplier:7'")


def _wide_lines(path: Path) -> list[int]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        width = len(next(reader))
        return [reader.line_num for row in reader if len(row) > width]


def test_electoral_commission_updates_exactly_what_changed(runtime: Runtime, data_dir: Path, tmp_path: Path) -> None:
    """Sums by donor type to the penny in both versions; the second changes 36 donations and writes nothing for the others."""
    known = facts(data_dir, "donors")
    versions = [f"uk_ec_donations_2013_v{n}.csv" for n in (1, 2)]
    told = bring_in(runtime, "electoral_commission", data_dir / "donors" / versions[0])
    assert told.counts["created"] == known[versions[0]]["rows"] == 2529
    _same_sums(runtime, known[versions[0]])
    plain = plain_rows(data_dir / "donors" / versions[0], "cp1252")
    assert count(runtime, "donor") == len({fold(row["Donor name"]) for row in plain}) == 1282
    assert (
        count(runtime, "party", "record.source_key.startsWith('recipient:')")
        == known[versions[0]]["distinct Entity name"]
    )
    before, stored = history_size(runtime), _versions(runtime)
    again = bring_in(runtime, "electoral_commission", data_dir / "donors" / versions[1])
    assert known["v1 to v2"]["changed records"] == 36
    assert again.counts == {"created": 0, "updated": 36, "unchanged": 2493, "refused": 0, "left_out": 0}
    _same_sums(runtime, known[versions[1]])
    after = _versions(runtime)
    assert sum(after[key] != version for key, version in stored.items()) == 36
    assert history_size(runtime) - before < 36 * 4
    third = bring_in(runtime, "electoral_commission", data_dir / "donors" / versions[1])
    assert third.counts["unchanged"] == 2529


def _versions(runtime: Runtime) -> dict[str, int]:
    return dict(every(runtime, "donation", "source_key", "version"))  # type: ignore[arg-type]


TYPES = {
    "Company": "company", "Friendly Society": "friendly_society", "Individual": "individual", "Other": "other",
    "Limited Liability Partnership": "llp", "Public Fund": "public_body", "Registered Political Party": "political_party",
    "Trade Union": "trade_union", "Trust": "trust_foundation", "Unincorporated Association": "unincorporated_association",
}  # fmt: skip


def _same_sums(runtime: Runtime, known: dict[str, Any]) -> None:
    sums: dict[str, Decimal] = {}
    for kind, amount in every(runtime, "donation", "declared_type", "amount"):
        sums[kind] = sums.get(kind, Decimal(0)) + amount
    assert sums == {TYPES[name]: Decimal(value) for name, value in known["sum by Donor type"].items()}
    assert sum(sums.values()) == Decimal(known["sum Value GBP"])


def test_360giving_awards_of_five_funders(runtime: Runtime, data_dir: Path) -> None:
    """927 awards; the sum of each file as the facts have it; one recipient for each id and name."""
    folder = data_dir / "donors" / "360giving"
    known = facts(data_dir, "donors")
    told = bring_in(runtime, "threesixty_giving", folder)
    assert told.counts["refused"] == 0
    recipients = set()
    for path in sorted(folder.glob("*.json")):
        grants = json.loads(path.read_text("utf-8"), parse_float=Decimal)["grants"]
        ids = {grant["id"] for grant in grants}
        recipients |= {
            (g["recipientOrganization"][0]["id"], fold(g["recipientOrganization"][0]["name"])) for g in grants
        }
        fact = known[f"360giving/{path.name}"]
        assert told.files[path.name]["created"] == fact["grants"] == len(ids)
        rows = [amount for key, amount in every(runtime, "funding", "source_key", "awarded") if key in ids]
        assert len(rows) == fact["grants"]
        assert sum(rows) == Decimal(fact["sum amountAwarded"])
    assert count(runtime, "funding") == 927
    assert count(runtime, "donor") == 4
    assert told.targets["grant.recipient"]["created"] == len(recipients)
    again = bring_in(runtime, "threesixty_giving", folder)
    assert again.counts["unchanged"] == 927


def test_contracts_finder_has_each_body_once_with_its_roles(runtime: Runtime, data_dir: Path) -> None:
    """189 nested releases: bodies by register number or folded name, 74 awards by key with the latest value, nothing on repeat."""
    folder = data_dir / "parties_customers_suppliers" / "contracts_finder"
    told = bring_in(runtime, "contracts_finder", folder)
    assert told.counts["refused"] == 0
    assert told.rows == facts(data_dir, "parties_customers_suppliers")["contracts_finder"]["releases"] == 189
    bodies: dict[str, set[str]] = {}
    awards: dict[str, tuple[str, Decimal]] = {}
    ties = set()
    for path in folder.glob("*.json"):
        release = json.loads(path.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
        local = {(p["id"], p.get("name")): _key(p) for p in release["parties"]}
        for party in release["parties"]:
            bodies.setdefault(_key(party), set()).update(party["roles"])
        for award in release.get("awards", []):
            awards[award["id"]] = max(
                awards.get(award["id"], ("", Decimal(0))), (release["date"], award["value"]["amount"])
            )
            ties |= {(award["id"], local[(s["id"], s.get("name"))]) for s in award["suppliers"]}
    assert count(runtime, "party") == len(bodies)
    assert count(runtime, "contract") == len(awards) == 74
    assert total(runtime, "contract", "value") == sum(value for _, value in awards.values()) == Decimal("820775517.58")
    assert count(runtime, "supplier") == sum("supplier" in roles for roles in bodies.values())
    assert count(runtime, "contract_suppliers") == len(ties)
    stored = {key: set(tags or ()) for key, tags in every(runtime, "party", "source_key", "tags")}
    for key, roles in bodies.items():
        assert {tag for tag in stored[key] if tag.startswith("ocds:")} == {
            f"ocds:{r}" for r in roles if r != "supplier"
        }
    assert max(len(roles) for roles in bodies.values()) >= 3
    written = history_size(runtime)
    again = bring_in(runtime, "contracts_finder", folder)
    assert again.counts["unchanged"] == 189
    assert history_size(runtime) == written


def _key(party: dict[str, Any]) -> str:
    """The oracle's key of a body: register number, else folded name, else its number in the source."""
    identifier = party.get("identifier") or {}
    if identifier.get("scheme") and identifier.get("id"):
        return f"{identifier['scheme']}:{identifier['id']}"
    return f"name:{fold(party['name'])}" if party.get("name") else f"id:{party['id']}"


def test_every_card_of_an_address_book_becomes_a_party(runtime: Runtime, data_dir: Path) -> None:
    """19 cards of ten vendors in three versions of vCard, their telephones and where their people work."""
    folder = data_dir / "vcard_ics" / "vcf"
    told = bring_in(runtime, "vcard", folder)
    assert told.counts["created"] == 19
    people = dict(every(runtime, "party", "name", "person_name_family", filter="record.kind == 'person'"))
    assert people["Frank Dawson"] == "Dawson"
    assert count(runtime, "connection", "record.kind == 'employee_of'") == 12
    kept = [
        count(runtime, "party_contact_points", f"record.kind {kinds}")
        for kinds in ("== 'email'", "in ['phone', 'mobile', 'fax']")
    ]
    assert [*kept, count(runtime, "party_addresses", "true")] == [19, 41, 14], (
        "every mail, telephone and address of the files"
    )
    again = bring_in(runtime, "vcard", folder)
    assert again.counts["unchanged"] == 19
