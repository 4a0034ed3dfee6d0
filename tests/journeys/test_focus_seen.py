"""The main screens by the keyboard at the desk, at 200 % and on the narrowest phone: what has the focus is in sight, beneath no bar that stays, and
has a ring; all is reached, and nothing holds the focus (WCAG 2.1.2, 2.4.7, 2.4.11)."""

from __future__ import annotations

from .conftest import NewPerson, Person, Server

MOST = 400
"""Presses of Tab that a screen may take until it begins anew."""
STEP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return ["", ""];
  window.xrmSeen ??= new Map();
  const part = at.closest(".input-box, .day, label.choice, label.switch, label") ?? at;
  const name = `${at.localName}#${at.id}.${at.getAttribute("class") ?? ""} "${(at.getAttribute("aria-label") || at.textContent || at.name || "").trim().slice(0, 50)}"`;
  if (window.xrmSeen.has(at)) return ["again", name];
  window.xrmSeen.set(at, true);
  const faults = [];
  const rings = [at, part, at.nextElementSibling].filter(Boolean).flatMap((one) => ["", "::after", "::before"].map((kind) => getComputedStyle(one, kind || null)));
  const strokes = [...at.querySelectorAll("rect, circle, path")].map((one) => getComputedStyle(one)); // a mark of a picture
  const isMark = Boolean(at.ownerSVGElement) && strokes.some((css) => css.stroke !== "none" && parseFloat(css.strokeWidth) >= 2);
  if (!isMark && !rings.some((css) => (css.outlineStyle !== "none" && parseFloat(css.outlineWidth) > 0) || css.boxShadow !== "none")) faults.push("no ring");
  const boxes = [...at.getClientRects()].filter((box) => box.width && box.height);
  if (!boxes.length) boxes.push(part.getBoundingClientRect());
  const own = (hit) => hit && (at.contains(hit) || hit.contains(at) && part.contains(hit) || part.contains(hit) || (at.labels && [...at.labels].some((one) => one.contains(hit))));
  const clipped = boxes.map((box) => [Math.max(0, box.left), Math.max(0, box.top), Math.min(innerWidth, box.right), Math.min(innerHeight, box.bottom)])
    .filter(([left, top, right, bottom]) => left < right && top < bottom); // what is longer than the window is seen in part
  const seen = clipped.some(([left, top, right, bottom]) => [.08, .3, .5, .7, .92].some((x) => [.15, .5, .85].some((y) =>
    own(document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y)))));
  if (!seen) faults.push(`covered or out of sight at ${boxes.map((box) => [box.left, box.top, box.right, box.bottom].map(Math.round))}`);
  return [faults.join(", "), name];
}"""
ALL = f"""() => {{
  window.xrmSeen = undefined;
  scrollTo(0, 0);
  const step = {STEP};
  const can = [...document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && !one.closest("[inert], .skip") && one.checkVisibility({{ visibilityProperty: true }}));
  return can.flatMap((one) => {{
    one.focus();
    if (document.activeElement !== one) return [];
    const [fault, name] = step();
    return fault ? [`${{fault}}: ${{name}}`] : [];
  }});
}}"""
"""The same for all that can have the focus, without a press for each."""
REACHED = """() => [...document.querySelectorAll("main :is(a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio]))")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0 && !one.disabled && !one.closest("[inert]") && one.getClientRects().length && !window.xrmSeen?.has(one))
  .map((one) => one.outerHTML.slice(0, 120))"""


def walked(one: Person) -> list[str]:
    """What is wrong where Tab leads, from the top of the page until it begins anew; what of it is not reached."""
    faults: list[str] = []
    for _ in range(MOST):
        one.tab.keyboard.press("Tab")
        fault, name = one.tab.evaluate(STEP)
        if fault == "again":
            break
        if fault:
            faults.append(f"{fault}: {name}")
    else:
        faults.append(f"still not at the end after {MOST} presses")
    return [*faults, *(f"not reached: {left}" for left in one.tab.evaluate(REACHED))]


SIZES = {"phone": (320, 640), "zoomed": (683, 384), "desk": (1366, 850)}


def test_the_focus_is_seen_wherever_tab_leads(server: Server, person: NewPerson) -> None:
    """All that can have the focus on the main screens, and on a list with rows selected; every press of Tab on the three with the most bars."""
    ben = person(width=320, height=640)
    tab = ben.tab
    party, order = (server.one(entity)["id"] for entity in ("party", "order"))
    pledged = server.one("donation", "record.status == 'pledged'")["id"]
    found: dict[str, list[str]] = {}

    def looked_at(path: str) -> None:
        """Note what is wrong at each size."""
        tab.keyboard.press("Tab")
        for size, (width, height) in SIZES.items():
            tab.set_viewport_size({"width": width, "height": height})
            if faults := tab.evaluate(ALL):
                found[f"{path} {size}"] = faults
        tab.set_viewport_size({"width": 320, "height": 640})

    many = f"/e/order/{order}/edit"
    for path in (
        "/", "/e/donor?view=donor_board", f"/e/party/{party}", f"/e/donation/{pledged}", f"/e/donation/{pledged}/do/receive",
        "/dashboards/fundraising", "/p/requests/inbox", "/import", "/account", "/search?q=pump", many,
    ):  # fmt: skip
        ben.go(path)
        looked_at(path)
    ben.go(many)
    found |= {"tab in a form": faults} if (faults := walked(ben)) else {}
    ben.go("/e/campaign")
    found |= {"tab in a list": faults} if (faults := walked(ben)) else {}
    for row in (0, 1):
        tab.locator("#results .tick input[name=selected]").nth(row).check()
    looked_at("selected")
    ben.go("/e/campaign/new")
    found |= {"tab in a new form": faults} if (faults := walked(ben)) else {}
    assert found == {}
