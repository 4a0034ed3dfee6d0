"""Imports on pages: choose, check, run with progress, report, undo."""

from __future__ import annotations

from pathlib import Path

from .conftest import NewPerson, Person, Server


def figures(one: Person) -> dict[str, int]:
    """The figures of the check or the report by their names."""
    found = {}
    for stat in one.tab.locator(".stat").all():
        label, value = stat.locator(".stat-label").inner_text(), stat.locator(".stat-value").inner_text()
        found[label.strip()] = int(value.replace(",", "")) if value.replace(",", "").isdigit() else -1
    return found


def upload(one: Person, mapping: str, files: list[Path]) -> None:
    """Choose a mapping and files and wait for the check."""
    one.go("/import")
    one.tab.check(f"input[name=mapping][value={mapping}]")
    one.tab.set_input_files("#f-file", [str(f) for f in files])
    one.tab.click("#save")
    one.tab.wait_for_url("**/import/0*")
    one.tab.wait_for_selector(".stat, .summary", timeout=90_000)


def test_a_set_that_lacks_a_file_says_which(person: NewPerson, data_dir: Path) -> None:
    """A mapping over several files names the one that is missing, as long as none of the set is known, and nothing can be started."""
    ben = person()
    upload(ben, "npsp", [data_dir / "donors" / "npsp_1k" / "Contact.csv"])
    assert "lacks" in ben.text(".summary")
    assert ben.tab.locator("#save").count() == 0


def test_a_set_of_files_is_checked_imported_and_undone(server: Server, person: NewPerson, data_dir: Path) -> None:
    """Northwind, all files at once: the check writes nothing, the run does what the check said, and all of it is taken back."""
    folder = data_dir / "parties_customers_suppliers" / "northwind"
    files = sorted(folder.glob("*.csv"))
    assert len(files) > 5
    before = server.runtime.catalog.version
    ben = person()
    tab = ben.tab
    upload(ben, "northwind", files)
    checked = figures(ben)
    assert checked["New"] > 1000
    ben.go("/e/party?q=Alfreds+Futterkiste")
    assert tab.locator("table.list tbody tr").count() == 0
    tab.go_back()
    tab.click("#save")
    tab.wait_for_selector("#progress, #undo-import", state="attached")
    tab.wait_for_selector("#undo-import", timeout=120_000)
    done = figures(ben)
    assert done["New"] == checked["New"]
    assert done["Refused"] == checked["Refused"]
    ben.go("/e/party?q=Alfreds+Futterkiste")
    assert tab.locator("table.list tbody tr").count() == 1
    tab.go_back()
    tab.click("#undo-import")
    tab.click("#ask button[value=yes]")
    tab.wait_for_selector(".stat:has-text('Undone')", timeout=120_000)
    ben.go("/e/party?q=Alfreds+Futterkiste")
    assert tab.locator("table.list tbody tr").count() == 0
    assert server.runtime.catalog.version == before


def test_what_is_wrong_with_a_file_is_said_on_the_page(person: NewPerson, tmp_path: Path) -> None:
    """No mapping, no file and a file that no mapping knows are told where they were chosen."""
    odd = tmp_path / "holiday.csv"
    odd.write_text("a,b\n1,2\n", "utf-8")
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/import")
    tab.check("input[name=mapping][value=northwind]")
    tab.set_input_files("#f-file", str(odd))
    tab.click("#save")
    assert "holiday.csv" in ben.text(".summary") or "file" in ben.text(".summary").lower()
