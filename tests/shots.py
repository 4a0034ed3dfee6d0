"""Pictures of the main screens and of the page of components: `uv run python tests/shots.py [--only ar] [--readme] [name ...]`.

Makes a demo organisation in a folder of its own (or takes `--root`), serves it, signs in as one of its people, and writes
`shots/<look>/<name>.png`: light, dark, 390 pixels wide, German, Arabic. They are for looking at; git ignores them. With
`--readme` it takes the picture of the README anew, too.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PERSON = "ines@brightwater.example"
SERVICE = "dana@brightwater.example"
"""Somebody to whom requests come."""
SCREENS = {
    "sign_in": "/sign-in",
    "start": "/",
    "list": "/e/party",
    "filtered": "/e/donation?filter=record.amount_base+%3E+100",
    "board": "/e/donation?view=donation_board",
    "calendar": "/e/communication?view=communication_calendar",
    "chart": "/e/donation?view=donation_chart",
    "record": "@/e/donation",
    "form": "@/e/donation@edit",
    "new": "/e/donor/new",
    "party": "@/e/party?q=Nordsee",
    "network": "@/e/party?q=Nordsee@?show=network&depth=2",
    "dashboards": "/dashboards",
    "search": "/search?q=Brandt",
    "import": "/import",
    "notifications": "/notifications",
    "account": "/account",
    **{f"design_{group}": f"/design?of={group}" for group in ("basics", "record", "forms", "lists", "desk")},
}
"""Screens by name: an address, or `@list` for the first record of a list, with `@edit` for its form."""
OF_PLUGINS = {
    "inbox": "/p/requests/inbox",
    "week": "/p/requests/week",
    "request": "@/e/request",
    "log": "/p/communications/log?line=call+Helga,+5+min,+asks+for+the+receipt",
    "my_calendar": "/p/communications/my-calendar",
    "preview": "/p/communications/preview/{template}",
    "leave": "/p/communications/unsubscribe/{token}",
    "triage": "/e/communication?view=mail_triage",
    "template": "/e/template/{template}",
    "mailing": "/e/mailing/{mailing}",
}
"""Screens of plugins; what stands in braces is made for them."""
BY = dict.fromkeys(("inbox", "week", "request"), SERVICE)
"""Who looks at a screen, where it is not the one who looks at the others."""
EVERYBODY = "admin@brightwater.example"
README, SHOWN = ROOT / "docs" / "images" / "party.png", "party"
"""The picture of the README, and the screen that it shows, to somebody who sees all of it."""
TALLEST = 1800
"""Pixels of a page that are shown; of the page of components, all."""


@dataclass(frozen=True)
class Look:
    """A way in which a reader sees the pages."""

    name: str
    scheme: str = "light"
    width: int = 1366
    language: str = "en"


LOOKS = (
    Look("light"),
    Look("dark", scheme="dark"),
    Look("phone", width=390),
    Look("dark-phone", scheme="dark", width=390),
    Look("de", language="de"),
    Look("ar", language="ar"),
    Look("ar-phone", width=390, language="ar"),
)


def run(*arguments: str) -> str:
    """What a command of the platform says."""
    command = [sys.executable, "-m", "xrm_core", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The address of the organisation, served until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "xrm_core", "serve", "--root", str(root), "--port", str(port)], cwd=ROOT, stderr=subprocess.DEVNULL
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{base}/sign-in", timeout=5).read()
                break
            except OSError:
                time.sleep(0.2)
        yield base
    finally:
        server.terminate()
        server.wait(20)


def made_for_screens(root: Path) -> dict[str, str]:
    """A template, a letter that was sent by it, and a mail that nobody knows: the sample has none. What stands in the addresses."""
    from xrm_core.metamodel.values import SYSTEM
    from xrm_core.services.organisation import start_organisation
    from xrm_core.services.records import create_record

    runtime = start_organisation(root)
    with runtime.work(SYSTEM, "sample", write=True) as work:

        def one(entity: str, filter: str, **values: Any) -> str:
            found = work.reader.find(entity, filter, limit=1)
            return str((found[0] if found else create_record(work, entity, values))["id"])

        owner = one("user", f"record.email == '{PERSON}'")
        body = "{{ party.salutation }},\n\nthe well at Rosscarn gives water. Thank you.\n\n{{ sender.name }}"
        template = one(
            "template", "record.code == 'wells'", code="wells", name="Wells", purpose="fundraising", owner=owner,
            subject="The well, {{ party.name }}", body=body,
        )  # fmt: skip
        segment = one(
            "saved_view", "record.name == 'Persons'", name="Persons", of="party", query="filter=record.kind+%3D%3D+%27person%27",
            audience="everybody", owner=owner,
        )  # fmt: skip
        mailbox = one(
            "mailbox", "true", name="Friends", address="friends@brightwater.example", account="friends", owner=owner
        )
        mailing = one(
            "mailing", "record.name == 'Wells'", name="Wells", template=template, segment=segment, owner=owner
        )
        party = one("party", "record.name == 'Helga Brandt'")
        recipient = one("mailing_recipient", "true", mailing=mailing, party=party, address="helga@example.org")
        one(
            "communication", "record.status == 'triage'", direction="in", channel="email", status="triage", mailbox=mailbox, at=work.now,
            subject="Question about my receipt", body="Where is it?", mail_from="h.brandt@example.org", owner=owner,
        )  # fmt: skip
        token = work.reader.sign(f"unsubscribe:{recipient}").removeprefix("unsubscribe:")
    runtime.database.dispose()
    return {"template": template, "mailing": mailing, "token": token}


def signed_in(page: Any, base: str, root: Path, email: str, language: str) -> None:
    """Come in as somebody who reads this language."""
    link = json.loads(run("user", "link", email, "--root", str(root), "--json"))["sign_in"]
    page.goto(f"{base}/sign-in/{link.rsplit('/', 1)[1]}")
    page.locator("form button").first.click()
    page.wait_for_selector("header.top")
    page.evaluate(
        """async language => { const token = document.querySelector("[name=_csrf]").value;
        await fetch("/language", {method: "POST", body: new URLSearchParams({_csrf: token, language, next: "/"})}) }""",
        language,
    )


def shoot(browser: Any, base: str, root: Path, look: Look, screens: dict[str, str], out: Path) -> Iterator[str]:
    """All pictures of a look; the names of screens that did not open."""
    folder = out / look.name
    folder.mkdir(parents=True, exist_ok=True)
    for email in dict.fromkeys(BY.get(name, PERSON) for name in screens):
        context = browser.new_context(
            viewport={"width": look.width, "height": 900}, color_scheme=look.scheme, locale=look.language, reduced_motion="reduce"
        )  # fmt: skip
        page = context.new_page()
        mine = {name: address for name, address in screens.items() if BY.get(name, PERSON) == email}
        if "sign_in" in mine:
            page.goto(base + mine.pop("sign_in"))
            page.screenshot(path=folder / "sign_in.png")
        signed_in(page, base, root, email, look.language)
        for name, address in mine.items():
            if not _opened(page, base, address):
                yield f"{look.name}/{name}"
            page.set_viewport_size({"width": look.width, "height": 900})
            page.wait_for_timeout(150)
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size(
                {"width": look.width, "height": height if name.startswith("design") else min(height, TALLEST)}
            )
            page.wait_for_timeout(150)
            page.screenshot(path=folder / f"{name}.png")
        context.close()


def take_for_readme(browser: Any, base: str, root: Path) -> None:
    """What the README shows: a party in all its relationships."""
    page = browser.new_page(viewport={"width": 1366, "height": 1000}, locale="en", reduced_motion="reduce")
    signed_in(page, base, root, EVERYBODY, "en")
    _opened(page, base, SCREENS[SHOWN])
    page.wait_for_load_state("networkidle")
    page.screenshot(path=README)
    page.context.close()


def _opened(page: Any, base: str, address: str) -> bool:
    path, _, rest = address.removeprefix("@").partition("@")
    answer = page.goto(base + path)
    if address.startswith("@"):
        first = page.locator("main tbody tr a, main .rows a").first.get_attribute("href") or "/"
        further = rest if rest.startswith("?") or not rest else f"/{rest}"
        answer = page.goto(base + first.split("?")[0] + further)
    page.wait_for_selector("html[data-js][data-later=here]", state="attached")
    return bool(answer and answer.ok)


def main() -> int:
    """Make the pictures; 0 when all screens opened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="screens; all without")
    parser.add_argument("--only", action="append", choices=[look.name for look in LOOKS], help="looks; all without")
    parser.add_argument("--readme", action="store_true", help="take the picture of the README, too")
    parser.add_argument("--root", type=Path, help="an organisation with the sample of the demo")
    parser.add_argument("--out", type=Path, default=ROOT / "shots")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = given.root or Path(folder) / "demo"
        if given.root is None:
            run("demo", "--folder", str(root), "--no-serve")
        kept = made_for_screens(root)
        screens = {
            n: a.format_map(kept) for n, a in (SCREENS | OF_PLUGINS).items() if not given.names or n in given.names
        }
        closed: list[str] = []
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with served(root) as base:
            for look in LOOKS:
                if not given.only or look.name in given.only:
                    closed += shoot(browser, base, root, look, screens, given.out)
            if given.readme:
                take_for_readme(browser, base, root)
        browser.close()
    print(f"{given.out}: {sum(1 for _ in given.out.rglob('*.png'))} pictures")
    if closed:
        print(f"did not open: {', '.join(closed)}", file=sys.stderr)
    return 1 if closed else 0


if __name__ == "__main__":
    sys.exit(main())
