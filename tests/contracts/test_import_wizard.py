"""The import wizard as somebody without scripts uses it: file, columns, check with rows mended in place, run, report, undo."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from xrm_core.app import create_app
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.importing.drafts import origin_of
from xrm_core.services.importing.sources import matches
from xrm_core.services.jobs import Worker
from xrm_core.testing import temporary_organisation
from xrm_core.web.cells import capital

BOAT = """
entity: boat
plural: Boats
fields:
  name: {type: text, required: true, label: {en: Name, de: Bootsname}}
  mark: {type: text, unique: true, label: Sail mark}
  length: {type: decimal, scale: 2}
  built_on: {type: date}
  rig: {type: choice, values: {sloop: Sloop, ketch: Ketch}, default: sloop}
  yard: {type: link, to: yard}
---
entity: yard
plural: Yards
fields:
  name: {type: text, required: true, unique: true}
---
entity: oar
fields:
  length: {type: integer}
"""
SAME = {"Sec-Fetch-Site": "same-origin"}


class Desk:
    """The pages of imports, by plain forms."""

    def __init__(self, runtime: Any, client: TestClient[Any]) -> None:
        self.runtime, self.client = runtime, client
        self.worker = Worker(runtime)
        self.at = "/import"

    def work(self) -> None:
        """The worker does what there is."""
        while self.worker.run_once():
            pass

    def get(self, path: str = "") -> str:
        """A page; where one is led somewhere else, that."""
        answer = self.client.get(path or self.at)
        self.at = str(answer.request.url).removeprefix("http://127.0.0.1")
        assert answer.status_code == 200, answer.text
        return html.unescape(answer.text)

    def raw(self, path: str, files: Any = None, **fields: Any) -> Any:
        """Send a form; the answer itself."""
        token = re.search(r'name="_csrf" value="([^"]*)"', self.client.get("/import").text)[1]  # type: ignore[index]
        data = {"_csrf": token, **fields}
        return self.client.post(path, data=data, files=files, headers=SAME, follow_redirects=False)

    def post(self, path: str, files: Any = None, **fields: Any) -> Any:
        """Send a form; the page that follows."""
        answer = self.raw(path, files, **fields)
        if answer.status_code != 303:
            return html.unescape(answer.text)
        self.at = answer.headers["location"]
        self.work()
        return self.get()

    def send(self, name: str, body: bytes, of: str = "") -> str:
        """Send a file; the page of the first step."""
        return str(self.post("/import", files={"file": (name, body)}, of=of))

    def form(self, page: str, **changes: Any) -> str:
        """Send the form of a step as it stands, but for some inputs."""
        body = page.split('id="form"', 1)[1].split("</form>", 1)[0]
        action = re.search(r'id="form" method="post" action="([^"]*)"', page)[1]  # type: ignore[index]
        values = dict(re.findall(r'<input[^>]*?value="([^"]*)"[^>]*? name="([^"]*)"', body))
        values = {name: value for value, name in values.items()}
        values |= dict(re.findall(r'<input[^>]*? name="([^"]*)"[^>]*?value="([^"]*)"', body))
        for name, inner in re.findall(r'<select[^>]*? name="([^"]*)"[^>]*>(.*?)</select>', body, re.S):
            chosen = re.search(r'<option value="([^"]*)" selected', inner) or re.search(
                r'<option value="([^"]*)"', inner
            )
            values[name] = chosen[1] if chosen else ""
        return str(self.post(action, **{**values, **changes}))

    def boats(self) -> list[tuple[Any, ...]]:
        """What is stored."""
        with self.runtime.work(SYSTEM, "cli") as work:
            return sorted((r["name"], r["mark"], r["length"]) for r in work.reader.find("boat", "true"))


def desk_of(runtime: Any) -> Iterator[Desk]:
    """The pages of an organisation, for its first administrator."""
    with runtime.work(SYSTEM, "cli", write=True) as work:
        session = accounts.begin_session(work, accounts.first_administrator(work, "Ada", "ada@example.com"))
    with TestClient(create_app(runtime, worker=False, watch=False), base_url="http://127.0.0.1") as client:
        client.cookies.set("xrm_session", session)
        yield Desk(runtime, client)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """Boats and yards, without any mapping."""
    with temporary_organisation(metadata={"entities/boat.yaml": BOAT}, url=database_url) as runtime:
        yield from desk_of(runtime)


MESSY = b"Bootsname;Sail mark;Length;Built\nArk;A1;7,50;31.12.1999\nBee;B2;long;01.02.2003\n;C3;4;05.06.2007\nDab;D4;3,25;07.08.2009\n"


def test_from_file_to_report_and_back(desk: Desk) -> None:
    """Delimiter, decimal comma, dates and columns in another language are found; one bad cell is mended in place, one row passed
    over; the run does what the check said, the report offers the rest, and all of it is undone."""
    page = desk.send("boats 2024.csv", MESSY)
    assert "Semicolon" in page
    assert re.search(r'<option value="e:boat" selected', page), "the columns say what it is"
    page = desk.form(page)
    assert desk.at.endswith("/mapping")
    for name, word in (("name", "sure"), ("mark", "sure"), ("length", "sure"), ("built_on", "likely")):
        assert re.search(rf'<option value="{name}" selected', page), name
        assert word in page
    assert 'value="dd.mm.yyyy" selected' in page
    assert 'value="de" selected' in page
    assert 'value="fields:mark" selected' in page
    page = desk.form(page)
    assert desk.at.endswith("/check")
    assert desk.boats() == []
    assert "Import 2 rows" in page
    assert page.count('class="check-row"') == 2
    bee = re.search(r'id="row-(\d+)">(?:(?!id="row-).)*?value="long"', page, re.S)
    assert bee is not None
    cell = re.search(r'name="(cell\.\d+)"[^>]*value="long"', page)[1]  # type: ignore[index]
    mend = re.search(r'action="(/import/[^"]*/mend)"', page)[1]  # type: ignore[index]
    page = desk.post(mend, row=bee[1], here=desk.at, **{cell: "9,75"})
    assert "Import 3 rows" in page
    assert page.count('class="check-row"') == 1
    other = re.search(r'id="row-(\d+)"', page)[1]  # type: ignore[index]
    page = desk.post(mend, row=other, here=desk.at, skip="true")
    assert "1 row is passed over" in page
    assert 'class="check-row"' not in page.split('aria-label="Refused"')[-1] or "Left out" in page
    report = desk.post(mend.replace("/mend", "/run"))
    assert desk.at.endswith("/report")
    assert "3 records were made" in report
    assert [b[0] for b in desk.boats()] == ["Ark", "Bee", "Dab"]
    assert str(desk.boats()[1][2]) == "9.75"
    assert "Undone" in desk.post(mend.replace("/mend", "/undo"))
    assert desk.boats() == []


def test_leaving_and_coming_back(desk: Desk) -> None:
    """Each step has an address; the import's own leads to the one it is at; what does not fit there is led away."""
    desk.form(desk.send("boats.csv", MESSY))
    home = desk.at.removesuffix("/mapping")
    assert desk.get(home)
    assert desk.at.endswith("/mapping")
    desk.get(home + "/check")
    assert desk.at.endswith("/mapping")
    assert "boats.csv" in desk.get("/import")
    page = desk.form(desk.get(home + "/mapping"))
    for step in ("report", "run"):
        desk.get(f"{home}/{step}")
        assert desk.at.endswith("/check"), step
    assert 'href="' + home + '/mapping"' in page
    page = desk.form(desk.get(home + "/mapping"), **{"to.2": ""})
    assert "Import 3 rows" in page, "without the column that is wrong"
    desk.post(home + "/discard")
    assert desk.at == "/import"
    assert desk.client.get(home).status_code == 404


def test_changes_are_shown_before_they_are_made(desk: Desk) -> None:
    """A second import of the same source tells what would change from what to what, and nothing of what stays."""
    report = desk.post(
        desk.form(desk.form(desk.send("a.csv", b"Name,Sail mark\nArk,A1\nBee,B2\n")))
        and desk.at.replace("/check", "/run")
    )
    assert "2 records were made" in report
    page = desk.form(desk.form(desk.send("a.csv", b"Name,Sail mark\nArk Royal,A1\nBee,B2\n")))
    assert re.search(r"<del>.*?Ark.*?</del>.*?<ins>.*?Ark Royal.*?</ins>", page, re.S)
    assert page.count('class="check-row"') == 1


def test_one_fault_of_many_rows_is_mended_once(desk: Desk) -> None:
    """Rows with the same wrong value for the same reason take the same cell; others are left as they are. Reasons are counted
    without the values in them."""
    body = b"Name,Sail mark,Rig,Length\nArk,A1,slop,1\nBee,B2,slop,2\nCod,C3,slop,long\nDab,D4,kech,4\n"
    body += b"".join(b"E%d,E%d,ketch,5\n" % (n, n) for n in range(6))
    page = desk.form(desk.form(desk.send("rigs.csv", body)))
    assert page.count('class="check-row"') == 4
    assert page.count('class="chip') == 2, "two reasons: the rig is no code, the length no number"
    assert page.count('name="alike"') == 2, "Cod has a fault more, Dab another value"
    row = re.search(r'id="row-(\d+)"', page)[1]  # type: ignore[index]
    cell = re.search(r'<select[^>]*name="(cell\.\d+)"[^>]*><option value="slop" selected>', page)[1]  # type: ignore[index]
    mend = re.search(r'action="(/import/[^"]*/mend)"', page)[1]  # type: ignore[index]
    page = desk.post(mend, row=row, here=desk.at, alike="true", **{cell: "sloop"})
    assert "2 rows were checked again" in page
    assert "Import 8 rows" in page
    assert page.count('class="check-row"') == 2


def values_form(page: str) -> tuple[str, dict[str, str]]:
    """Where the values in the way are sent to, and what goes with them."""
    form = page.split('id="values"', 1)[1].split("</form>", 1)[0]
    action = re.search(r'action="([^"]*)"', page.split('id="values"', 1)[1])[1]  # type: ignore[index]
    return action, dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))


def test_values_in_the_way_are_replaced_in_all_rows(desk: Desk) -> None:
    """Different wrong values of one column stand once each, with how many rows have them; what is said for them holds for every
    row of the file, in the run as in the check, also where rows are mended singly and columns are chosen anew afterwards."""
    rigs = ["Slup", "Ketsch", "Kutter"]
    body = b"Name,Sail mark,Rig\n" + b"".join(b"N%d,M%d,%s\n" % (n, n, rigs[n % 3].encode()) for n in range(60))
    desk.send("rigs.csv", body)
    page = desk.form(desk.get(), of="e:boat")
    page = desk.form(page, **{"to.2": "rig"})
    assert "3 values are in the way" in page
    assert page.count("20 rows") == 3
    action, fields = values_form(page)
    old = {text: name.replace("old", "new") for name, text in fields.items() if name.startswith("old.")}
    none = desk.post(action, **fields)
    assert "Say for at least one value" in none
    page = desk.post(action, **fields, **{old["Slup"]: "sloop", old["Ketsch"]: "ketch"})
    assert "Import 40 rows" in page
    assert "One value is in the way" in page
    row = re.search(r'id="row-(\d+)"', page)[1]  # type: ignore[index]
    cell = re.search(r'<select[^>]*name="(cell\.\d+)"', page)[1]  # type: ignore[index]
    page = desk.post(desk.at.split("?")[0].replace("/check", "/mend"), row=row, here=desk.at, **{cell: "ketch"})
    assert "Import 41 rows" in page
    page = desk.form(desk.get(desk.at.split("?")[0].replace("/check", "/mapping")))
    assert "Import 41 rows" in page, "what was said holds when the columns are looked at again"
    page = desk.post(desk.at.split("?")[0].replace("/check", "/run"))
    with desk.runtime.work(SYSTEM, "cli") as work:
        stored = [r["rig"] for r in work.reader.find("boat", "true")]
    assert (stored.count("sloop"), stored.count("ketch")) == (20, 21)


def test_a_line_break_in_a_cell_outlives_its_mending(desk: Desk) -> None:
    """A cell with two lines is mended in an input that has two (a browser takes line breaks out of others), and a cell that comes
    back with the line ends of browsers is not another value."""
    body = b'Name,Sail mark,Yard\nArk,A1,"North\nYard"\nBee,B2,"North\nYard"\n'
    page = desk.form(desk.form(desk.send("boats.csv", body), of="e:boat"), **{"by.2": "name"})
    cell = re.search(r'<textarea[^>]*name="(cell\.\d+)"[^>]*>\nNorth\nYard</textarea>', page)
    assert cell is not None
    row, mend = page.split('id="row-')[1].split('"')[0], desk.at.split("?")[0].replace("/check", "/mend")
    again = desk.post(mend, row=row, here=desk.at, alike="true", **{cell[1]: "North\r\nYard"})
    assert "The row was checked again" in again, "nothing was changed, so no other row follows"
    assert ">North\nYard</textarea>" in again.replace("\r", "").replace(">\n", ">")


def test_what_no_column_fills_is_told_once(desk: Desk) -> None:
    """Rows that lack a required field to which no column goes offer no cells, which could not help: the way to the columns is told."""
    page = desk.form(desk.send("marks.csv", b"Sail mark,Length\nA1,1\nB2,2\n"), of="e:boat")
    page = desk.form(page)
    assert "No column goes to Name" in page
    assert 'name="cell.' not in page
    assert page.count('name="skip"') == 2, "they can still be passed over"
    assert "Back to the columns" in page


def test_changes_are_written_as_the_reader_reads(desk: Desk) -> None:
    """Labels of codes, titles of records, dates and numbers in his language: not what is stored."""
    desk.post(
        desk.form(desk.form(desk.send("yards.csv", b"Name\nNorth\nSouth\n"), of="e:yard"))
        and desk.at.replace("/check", "/run")
    )
    head = b"Name,Sail mark,Rig,Built on,Yard,Length\n"
    for body in (b"Ark,A1,sloop,2024-01-31,North,1.5\n", b"Ark,A1,ketch,2024-02-01,South,2.5\n"):
        page = desk.form(desk.send("a.csv", head + body), of="e:boat")
        page = desk.form(page, **{"by.4": "name"})
        if body.endswith(b"1.5\n"):
            desk.post(desk.at.replace("/check", "/run"))
    told = re.findall(r"<del><bdi>(.*?)</bdi></del>.*?<ins><bdi>(.*?)</bdi></ins>", page, re.S)
    assert set(told) == {("Sloop", "Ketch"), ("31 Jan 2024", "1 Feb 2024"), ("North", "South"), ("1.5", "2.5")}


def test_links_by_key_constants_and_a_kept_mapping(desk: Desk) -> None:
    """A link is found by a key of its record, a value is said for all rows, and the mapping is offered for the next file."""
    with desk.runtime.work(SYSTEM, "cli", write=True) as work:
        from xrm_core.services.records import create_record

        yard = create_record(work, "yard", {"name": "North"})["id"]
    page = desk.form(desk.send("fleet.csv", b"Boat,No,Yard\nArk,A1,North\nBee,B2,South\n"), of="e:boat")
    page = desk.form(page, **{"to.0": "name", "to.1": "mark", "to.2": "yard", "_look": "1"})
    assert 'value="name" selected' in page.split('name="by.2"')[1].split("</select>")[0]
    page = desk.form(page, constant_slot="rig", constant_text="ketch", _look="1")
    page = desk.form(page, key="fields:mark", keep_label="Fleet list", keep_for="all")
    assert "Import 1 row" in page
    assert "South" in page
    desk.post(desk.at.replace("/check", "/run"))
    with desk.runtime.work(SYSTEM, "cli") as work:
        (ark,) = work.reader.find("boat", "true")
        assert (ark["yard"], ark["rig"]) == (yard, "ketch")
    page = desk.send("fleet of may.csv", b"Boat,No,Yard\nCod,C3,North\n")
    assert "Fleet list" in page
    assert re.search(r'<option value="k:[^"]*" selected', page)
    assert "Import 1 row" in desk.form(desk.form(page))


def test_the_report_speaks_of_fields_by_their_labels(desk: Desk) -> None:
    """And what was refused, mended and sent again has the source of the file that it came from."""
    page = desk.form(
        desk.send("list of boats.csv", b"Name,Sail mark,Length\nArk,A1,long\nBee,B2,2\nCod,C3,3\n"), of="e:boat"
    )
    page = desk.form(page, key="column:Sail mark")
    report = desk.post(desk.at.replace("/check", "/run"))
    assert "Length: 'long' is no number" in report
    body = desk.client.get(desk.at.replace("/report", "/errors"))
    assert 'filename="refused-list_of_boats.csv"' in body.headers["content-disposition"]
    assert origin_of("refused-list_of_boats.csv") == origin_of("list of boats.csv") == "list-of-boats"


def test_what_is_missing_is_told(desk: Desk) -> None:
    """No file, none that can be read, nothing chosen, no key, a required field that nothing fills."""
    assert "Choose at least one file" in desk.post("/import")
    assert "list.csv" in desk.send("list.csv", b"")
    page = desk.form(desk.send("list.csv", b"colour\nred\n"))
    assert "Choose what each row is" in page
    page = desk.form(page, of="e:oar")
    assert "Choose what each row is" in page, "nothing tells oars apart"
    page = desk.form(desk.send("list.csv", b"Name\nArk\n"), of="e:boat")
    assert "It is not said what tells the records of list.csv apart" in desk.form(page)
    page = desk.form(desk.send("list.csv", b"Sail mark\nA1\n"), of="e:boat")
    assert "Required, and nothing fills it yet" in page


def test_messages_leave_names_of_files_alone() -> None:
    """A sentence begins with a capital, the name of a file with what it begins with."""
    assert capital("people.csv is empty; send another") == "people.csv is empty; send another"
    assert capital("mein ordner.csv: nothing") == "Mein ordner.csv: nothing"
    assert capital("no column of a.csv is a field") == "No column of a.csv is a field"


def test_refused_cards_come_back_whole_and_are_taken_in_again(desk: Desk) -> None:
    """A card of an address book that is refused comes back with all it said, in a file that the same mapping knows by its name."""
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:%s\r\nNOTE:%s\r\nEND:VCARD\r\n"
    page = desk.send("boats.vcf", card % (b"Ark", b"A1") + card % (b"Bee", b"A1"), of="e:boat")
    page = desk.form(page)
    places = dict(re.findall(r'<th scope="row"><bdi>(\w+)</bdi>.*?<select[^>]*name="(to\.\d+)"', page, re.S))  # fmt: skip
    page = desk.form(
        page, **{places["fn"]: "name", places["note"]: "length", "constant_slot": "mark", "constant_text": "A1"}
    )
    assert "Bee" in page, "the check shows what the card says"
    desk.post(desk.at.split("?")[0].replace("/check", "/run"))
    sent = desk.client.get(desk.at.replace("/report", "/errors").replace("/run", "/errors"))
    assert 'filename="refused-boats.vcf.json"' in sent.headers["content-disposition"]
    assert b"Bee" in sent.content


def test_files_of_refused_rows_are_known_by_the_file_they_came_from() -> None:
    """A declared mapping takes `refused-customers.csv` as `customers.csv`."""
    assert matches("refused-customers.csv", "customers.csv")
    assert matches("refused-Cards.vcf.json", "*.vcf")
    assert matches("refused-members.xlsx.csv", "members.xlsx")
    assert not matches("other-customers.csv", "customers.csv")
    assert origin_of("refused-members 2024.xlsx.csv") == origin_of("members 2025.xlsx")


GUEST = """
entity: guest
plural: Guests
fields:
  name: {type: text, required: true}
  email: {type: email, unique: true}
  country: {type: text}
---
entity: order
plural: Orders
fields:
  guest: {type: link, to: guest, required: true}
  number: {type: text, unique: true}
  ship: {type: address, label: Delivery}
"""


def test_a_table_of_contacts_is_not_taken_for_orders() -> None:
    """Columns are counted once each, parts of an address less, and a required field that nothing fills speaks against an entity."""
    with temporary_organisation(metadata={"entities/g.yaml": GUEST}) as runtime:
        for desk in desk_of(runtime):
            page = desk.send("people.csv", b"Name,E-mail,Street,Town,Postcode,Country\nAda,a@b.example,X 1,Y,1,GB\n")
            assert '<option value="e:guest" selected' in page


def test_an_address_of_forms_that_is_opened_says_so(desk: Desk) -> None:
    """The words of the server's library are nobody's language."""
    answer = desk.client.get("/import/x/undo", headers={"Accept": "text/html"})
    assert answer.status_code == 405
    assert "Method Not Allowed" not in answer.text
    assert "open that page and go on from there" in answer.text
