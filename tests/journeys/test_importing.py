"""Imports on pages, from the file to the undo: five steps that one can leave and come back to."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from .conftest import NewPerson, Person, Server


def figures(one: Person) -> dict[str, int]:
    """The figures of the check or the report by their names."""
    found = {}
    for stat in one.tab.locator(".stat").all():
        label, value = stat.locator(".stat-label").inner_text(), stat.locator(".stat-value").inner_text()
        found[label.strip()] = int(value.replace(",", "")) if value.replace(",", "").isdigit() else -1
    return found


def send(one: Person, files: list[Path], of: str = "") -> None:
    """Send files, as what they are; the first step."""
    one.go("/import")
    one.tab.set_input_files("#f-file", [str(f) for f in files])
    if of:
        one.tab.select_option("#f-of", of)
    one.tab.click("#save")
    one.tab.wait_for_url("**/file*")


def go_on(one: Person, step: str) -> None:
    """To the next step."""
    one.tab.click("#save")
    one.tab.wait_for_url(f"**/{step}*")


def checked(one: Person) -> dict[str, int]:
    """What the check tells, once it is there."""
    one.tab.wait_for_selector(".stat, .summary", timeout=120_000)
    return figures(one)


def test_a_set_that_lacks_a_file_says_which(person: NewPerson, data_dir: Path) -> None:
    """A mapping over several files names the one that is missing, as long as none of the set is known, and nothing can be started."""
    ben = person()
    send(ben, [data_dir / "donors" / "npsp_1k" / "Contact.csv"], "m:npsp")
    go_on(ben, "mapping")
    go_on(ben, "check")
    ben.tab.wait_for_selector(".summary", timeout=90_000)
    assert "lacks" in ben.text(".summary")
    assert ben.tab.locator("#save").count() == 0


def test_a_set_of_files_is_checked_imported_and_undone(server: Server, person: NewPerson, data_dir: Path) -> None:
    """Northwind, all files at once: the check writes nothing, the run does what the check said, and all of it is taken back."""
    files = sorted((data_dir / "parties_customers_suppliers" / "northwind").glob("*.csv"))
    assert len(files) > 5
    before = server.runtime.catalog.version
    ben = person()
    tab = ben.tab
    send(ben, files, "m:northwind")
    go_on(ben, "mapping")
    go_on(ben, "check")
    told = checked(ben)
    assert told["New"] > 1000
    home = tab.url.split("/check")[0].removeprefix(server.base)
    ben.go("/e/party?q=Alfreds+Futterkiste")
    assert tab.locator("table.list tbody tr").count() == 0
    ben.go(home)
    tab.click("#save")
    tab.wait_for_selector("#undo-import", timeout=120_000)
    done = figures(ben)
    assert done["New"] == told["New"]
    assert done["Refused"] == told["Refused"]
    ben.go("/e/party?q=Alfreds+Futterkiste")
    assert tab.locator("table.list tbody tr").count() == 1
    ben.go(home)
    tab.click("#undo-import")
    tab.click("#ask button[value=yes]")
    tab.wait_for_selector("#report .pill:has-text('Undone')", timeout=120_000)
    ben.go("/e/party?q=Alfreds+Futterkiste")
    assert tab.locator("table.list tbody tr").count() == 0
    assert server.runtime.catalog.version == before


def test_a_messy_table_from_the_sample_to_the_undo(person: NewPerson, data_dir: Path) -> None:
    """A real table that nobody mapped: its sample, guesses that are put right, a cell mended in place, the run and the undo; the
    page is left and come back to after the check."""
    ben = person()
    tab = ben.tab
    send(ben, [data_dir / "messy_tables" / "csvkit_realdata" / "FY09_EDU_Recipients_by_State.csv"])
    assert "ALABAMA" in ben.text("#sample")
    tab.select_option("#f-delimiter", ";")
    tab.locator("#sample th").nth(5).wait_for(state="detached")
    tab.select_option("#f-delimiter", "")
    tab.locator("#sample th").nth(5).wait_for()
    tab.select_option("#f-of", "e:party")
    go_on(ben, "mapping")
    for column, field in (("State Name", "name"), ("TOTAL", "employees"), ("Code", "")):
        row = tab.locator(".map-table tbody tr", has=tab.get_by_role("rowheader", name=column, exact=True))
        with tab.expect_response("**/mapping*"):
            row.locator("select").first.select_option(field)
        tab.wait_for_load_state("networkidle")
    with tab.expect_response("**/mapping*"):
        tab.select_option("#f-key", "column:State Abbreviate")
    tab.wait_for_load_state("networkidle")
    go_on(ben, "check")
    told = checked(ben)
    assert (told["New"], told["Refused"]) == (52, 1)
    row = tab.locator(".check-row").first
    row.get_by_label("State Name").fill("Zz mended")
    row.get_by_label("State Abbreviate").fill("ZZ")
    row.locator("button", has_text="Check this row again").click()
    tab.locator("#skip-all").wait_for(state="detached")
    home = urlsplit(tab.url).path.removesuffix("/check")
    ben.go("/import")
    ben.go(home)
    told = checked(ben)
    assert (told["Refused"], told["New"]) == (0, 53)
    tab.click("#save")
    tab.wait_for_selector("#undo-import", timeout=120_000)
    assert figures(ben)["New"] == told["New"]
    ben.go("/e/party?q=CALIFORNIA")
    assert tab.locator("table.list tbody tr").count() == 1
    tab.go_back()
    tab.click("#undo-import")
    tab.click("#ask button[value=yes]")
    tab.wait_for_selector("#report .pill:has-text('Undone')", timeout=120_000)


def test_what_is_wrong_with_a_file_is_said_on_the_page(person: NewPerson, tmp_path: Path) -> None:
    """Without scripts too: a file that is no table is told where it was chosen, and a first column says what comes next."""
    odd = tmp_path / "holiday.csv"
    odd.write_text("", "utf-8")
    ben = person(scripts=False)
    tab = ben.tab
    ben.go("/import")
    tab.set_input_files("#f-file", str(odd))
    tab.click("#save")
    assert "holiday.csv" in ben.text(".summary")
    odd.write_text("a,b\n1,2\n", "utf-8")
    tab.set_input_files("#f-file", str(odd))
    tab.click("#save")
    tab.click("#save")
    assert "Choose what each row is" in ben.text(".summary")
