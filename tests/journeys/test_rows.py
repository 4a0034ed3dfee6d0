"""Rows of a record: typed in, added, taken away and moved while it is saved, and offered again after a crash."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from playwright.sync_api import expect

from xrm_core.metamodel.values import SYSTEM

from .conftest import NewPerson, Person, Server
from .test_forms import choose, saved

DRAWING = (b"_add=", b"_remove=", b"_move=", b"_refresh=")
FURTHER = "Saved. What you typed meanwhile is not saved yet."


class Saving:
    """Saves of a form that get no answer before `let`; what only draws the form anew does."""

    saves = True

    def __init__(self, tab: Any, address: str) -> None:
        self._tab, self._waiting, self._is_open = tab, list[Any](), False
        tab.route(address, self._take)

    def _take(self, route: Any) -> None:
        sent = route.request.post_data_buffer or b""
        is_save = route.request.method == "POST" and not any(name in sent for name in DRAWING)
        if is_save == self.saves and not self._is_open:
            self._waiting.append(route)
        else:
            route.fallback()

    def wait(self) -> None:
        """Until the form has been sent, as long as other steps are waited for."""
        for _ in range(300):
            if self._waiting:
                return
            self._tab.wait_for_timeout(50)
        raise AssertionError("it was not sent")

    def let(self) -> None:
        """Let it be saved, and what is sent from now on."""
        self._is_open = True
        for route in self._waiting:
            route.continue_()


class Drawing(Saving):
    """The other way round."""

    saves = False


def line(one: Person, n: int, product: str, quantity: str) -> None:
    """A further line of an order."""
    one.tab.click("#f-lines-add")
    one.tab.wait_for_selector(f"#f-lines-{n}-quantity")
    choose(one, f"#f-lines-{n}-product", product)
    one.tab.fill(f"#f-lines-{n}-quantity", quantity)
    one.tab.fill(f"#f-lines-{n}-unit_price", "10")


def begun(one: Person, *quantities: str) -> Any:
    """The form of a new order with a line of each quantity."""
    one.go("/e/order/new")
    choose(one, "#f-customer", "albatros")
    for n, quantity in enumerate(quantities):
        line(one, n, "filter" if n % 2 == 0 else "kit", quantity)
    return one.tab


def lines(server: Server, id: str) -> list[tuple[str, str]]:
    """Quantity and unit price of an order's lines, in their order."""
    with server.runtime.work(SYSTEM, "cli") as work:
        found = sorted(work.reader.find("order_lines", f"record.order == '{id}'"), key=lambda row: row["position"])
    return [(f"{float(row['quantity']):g}", f"{float(row['unit_price']):g}") for row in found]


def test_rows_are_typed_on_while_a_new_record_is_saved(server: Server, person: NewPerson) -> None:
    """The answer is late: a row that was sent is typed in, one is added, one is taken away, the form outside of rows changes. All of it
    stands in the form of what was saved, the focus is where it was, and the next save writes it."""
    tab = begun(ben := person(), "3", "4", "5")
    held = Saving(tab, "**/e/order/new")
    tab.keyboard.press("Control+s")
    held.wait()
    tab.fill("#f-lines-0-unit_price", "11")
    line(ben, 3, "filter", "6")
    tab.click("#f-lines-1-remove")
    tab.wait_for_selector("#f-lines-1-quantity", state="detached")
    tab.fill("#f-lines-2-quantity", "7")
    tab.fill("#f-customer_ref", "Zz typed meanwhile")
    tab.locator("#f-lines-3-quantity").focus()
    held.let()
    tab.wait_for_url("**/edit")
    id = ben.path().split("/")[3]
    assert lines(server, id) == [("3", "10"), ("4", "10"), ("5", "10")]
    expect(tab.locator("#toasts .toast", has_text=FURTHER)).to_be_visible()
    quantity = tab.locator("[name^='lines.'][name$='.quantity']")
    expect(quantity).to_have_count(3)
    assert quantity.evaluate_all("all => all.map((one) => Number(one.value))") == [3, 7, 6]
    price = tab.locator("[name^='lines.'][name$='.unit_price']")
    assert [float(one.input_value()) for one in price.all()] == [11, 10, 10]
    assert tab.input_value("#f-customer_ref") == "Zz typed meanwhile"
    expect(tab.locator("#f-lines-3-quantity")).to_be_focused()
    expect(tab.locator("[data-changed-note]")).to_be_visible()
    assert saved(ben, "order") == id
    assert lines(server, id) == [("3", "11"), ("7", "10"), ("6", "10")]
    assert server.one("order", f"record.id == '{id}'")["customer_ref"] == "Zz typed meanwhile"


def test_the_first_rows_of_a_stored_record_come_while_it_is_saved(server: Server, person: NewPerson) -> None:
    """A record without rows: two are added and put in another order while it is saved; one of them is still on its way when the answer comes."""
    customer = server.one("customer")["id"]
    id = server.make("order", customer=customer, customer_ref="Zz no rows")
    tab = (ben := person()).tab
    ben.go(f"/e/order/{id}/edit")
    tab.fill("#f-customer_ref", "Zz with rows")
    held = Saving(tab, f"**/e/order/{id}/edit")
    tab.keyboard.press("Control+s")
    held.wait()
    line(ben, 0, "filter", "3")
    line(ben, 1, "kit", "4")
    tab.click("#f-lines-1-up")
    expect(tab.locator("[name^='lines.'][name$='.quantity']").first).to_have_id("f-lines-1-quantity")
    slow = Drawing(tab, f"**/e/order/{id}/edit")
    tab.click("#f-lines-add")
    slow.wait()
    held.let()
    tab.wait_for_timeout(300)
    slow.let()
    expect(tab.locator("#toasts .toast", has_text=FURTHER)).to_be_visible()
    expect(tab.locator("[name^='lines.'][name$='.quantity']")).to_have_count(3)
    assert tab.input_value("#f-customer_ref") == "Zz with rows"
    tab.fill("#f-lines-2-quantity", "5")
    tab.fill("#f-lines-2-unit_price", "10")
    assert saved(ben, "order") == id
    assert lines(server, id) == [("4", "10"), ("3", "10"), ("5", "10")]


def test_a_refused_record_keeps_the_rows_typed_meanwhile(server: Server, person: NewPerson) -> None:
    """What is wrong is told, and a row that was added while the form was on its way stands beside it."""
    tab = begun(ben := person(), "3")
    tab.fill("#f-lines-0-quantity", "many")
    held = Saving(tab, "**/e/order/new")
    tab.keyboard.press("Control+s")
    held.wait()
    line(ben, 1, "kit", "4")
    held.let()
    tab.locator(".summary").wait_for()
    assert tab.input_value("#f-lines-0-quantity") == "many"
    assert tab.input_value("#f-lines-1-quantity") == "4"
    tab.fill("#f-lines-0-quantity", "3")
    assert lines(server, saved(ben, "order")) == [("3", "10"), ("4", "10")]


def test_rows_of_a_stored_record_are_offered_again_after_a_crash(server: Server, person: NewPerson) -> None:
    """New rows, and what was changed in stored ones, come back in a new tab, beside what is there by then; dropped or saved, they do not."""
    email = f"rosa-{uuid4().hex[:8]}@brightwater.example"
    server.make("user", name="Rosa Rows", email=email, roles=["admin"])
    tab = begun(rosa := person(email), "3", "4")
    id = saved(rosa, "order")
    path = f"/e/order/{id}/edit"
    kept = "Object.keys(localStorage).filter((key) => key.startsWith('xrm-new:'))"
    assert tab.evaluate(kept) == []  # saved at once after the last key

    def crash() -> None:
        """The tab goes at once, with nothing asked."""
        rosa.tab.wait_for_timeout(500)
        rosa.tab.close(run_before_unload=False)
        rosa.tab = rosa.tab.context.new_page()
        rosa.go(path)

    def quantities() -> list[str]:
        """What the lines hold."""
        return [f"{float(one.input_value()):g}" for one in tab.locator("[name^='lines.'][name$='.quantity']").all()]

    rosa.go(path)
    assert tab.locator(".draft-note").count() == 0
    line(rosa, 0, "filter", "9")
    tab.locator("[name^='lines.'][name$='.quantity']").nth(1).fill("8")
    crash()
    tab = rosa.tab
    assert quantities() == ["3", "4"]
    tab.click("[data-draft=drop]")
    crash()
    tab = rosa.tab
    assert tab.locator(".draft-note").count() == 0
    line(rosa, 0, "filter", "9")
    tab.locator("[name^='lines.'][name$='.quantity']").nth(1).fill("8")
    crash()
    tab = rosa.tab
    line(rosa, 0, "kit", "5")  # before the draft is brought back
    tab.click("[data-draft=take]")
    tab.locator(".draft-note").wait_for(state="detached")
    assert quantities() == ["3", "8", "5", "9"]
    assert saved(rosa, "order") == id
    assert lines(server, id) == [("3", "10"), ("8", "10"), ("5", "10"), ("9", "10")]
    assert tab.evaluate(kept) == []


def test_what_is_typed_while_another_is_begun_stands_in_the_next(server: Server, person: NewPerson) -> None:
    """Saved with another to follow, the answer late: keys go into the next form's first field; a field and rows that were typed in, and a row that
    was added, stand in the next form, and nothing of it in the saved record."""
    tab = begun(ben := person(), "3", "4")
    tab.fill("#f-customer_ref", "Zz first of two")
    held = Saving(tab, "**/e/order/new")
    tab.locator("#save-new").press("Enter")
    held.wait()
    tab.keyboard.type("albatros")  # for the first field of the next
    tab.keyboard.press("Enter")
    held.let()
    expect(tab.locator("#toasts .toast", has_text="created")).to_be_visible()
    expect(tab.locator("#f-customer")).not_to_have_value("albatros")
    expect(tab.locator("#f-customer")).to_be_focused()
    assert "lbatros" in tab.input_value("#f-customer")
    assert tab.input_value("#f-customer_ref") == ""
    first = server.one("order", "record.customer_ref == 'Zz first of two'")["id"]
    assert lines(server, first) == [("3", "10"), ("4", "10")]
    tab.fill("#f-customer_ref", "Zz second")
    line(ben, 0, "filter", "5")
    line(ben, 1, "kit", "6")
    held = Saving(tab, "**/e/order/new")
    tab.click("#save-new")
    held.wait()
    tab.fill("#f-customer_ref", "Zz third")
    tab.fill("#f-lines-1-quantity", "7")
    line(ben, 2, "filter", "8")
    tab.locator("#f-customer_ref").focus()
    held.let()
    expect(tab.locator("#toasts .toast", has_text="stands in the next one")).to_be_visible()
    expect(tab.locator("#f-customer_ref")).to_be_focused()
    assert tab.input_value("#f-customer_ref") == "Zz third"
    assert tab.input_value("#f-customer") == ""
    quantity = tab.locator("[name^='lines.'][name$='.quantity']")
    assert quantity.evaluate_all("all => all.map((one) => Number(one.value))") == [7, 8]
    assert lines(server, server.one("order", "record.customer_ref == 'Zz second'")["id"]) == [("5", "10"), ("6", "10")]
    choose(ben, "#f-customer", "albatros")
    assert lines(server, saved(ben, "order")) == [("7", "10"), ("8", "10")]


def test_another_is_begun_at_its_first_field(server: Server, person: NewPerson) -> None:
    """By the mouse too; refused, keys are the form's own again, and a person's fields come with what was typed in them."""
    tab = (ben := person()).tab
    ben.go("/e/campaign/new")
    tab.click("#save-new")
    tab.locator("form .summary").wait_for()
    code = uuid4().hex[:8].upper()
    tab.fill("#f-code", code)
    tab.fill("#f-name", "Zz another")
    tab.click("#save-new")
    expect(tab.locator("#f-code")).to_have_value("")
    expect(tab.locator(".form-body :is(input:not([type=hidden]), select)").first).to_be_focused()
    assert server.one("campaign", f"record.code == '{code}'")["name"] == "Zz another"
    ben.go("/e/party/new")
    tab.select_option("#f-kind", "person")
    tab.fill("#f-person_name_family", f"Zz {code}")
    held = Saving(tab, "**/e/party/new")
    tab.click("#save-new")
    held.wait()
    tab.fill("#f-person_name_given", "Zz Given")
    held.let()
    expect(tab.locator("#toasts .toast", has_text="stands in the next one")).to_be_visible()
    expect(tab.locator("#f-person_name_given")).to_have_value("Zz Given")
    assert tab.input_value("#f-person_name_family") == ""
