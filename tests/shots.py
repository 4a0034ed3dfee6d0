"""Pictures of the main screens and of the page of components: `uv run python tests/shots.py [--only ar] [name ...]`.

Makes a demo organisation in a folder of its own (or takes `--root`), serves it, signs in as one of its people, and writes
`shots/<look>/<name>.png`: light, dark, 390 pixels wide, German, Arabic. They are for looking at; git ignores them.
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
SCREENS = {
    "sign_in": "/sign-in",
    "start": "/",
    "list": "/e/party",
    "filtered": "/e/donation?filter=record.amount_base+%3E+100",
    "board": "/e/donation?view=donations_by_status",
    "record": "@/e/donation",
    "form": "@/e/donation@edit",
    "new": "/e/donor/new",
    "party": "@/e/party?q=Helga",
    "dashboards": "/dashboards",
    "search": "/search?q=Brandt",
    "import": "/import",
    "notifications": "/notifications",
    "design": "/design",
}
"""Screens by name: an address, or `@list` for the first record of a list, with `@edit` for its form."""


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


def shoot(browser: Any, base: str, root: Path, look: Look, names: list[str], out: Path) -> None:
    """All pictures of a look."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, color_scheme=look.scheme, locale=look.language
    )
    page = context.new_page()
    folder = out / look.name
    folder.mkdir(parents=True, exist_ok=True)
    if "sign_in" in names:
        page.goto(f"{base}/sign-in")
        page.screenshot(path=folder / "sign_in.png", full_page=True)
    link = json.loads(run("user", "link", PERSON, "--root", str(root), "--json"))["sign_in"]
    page.goto(f"{base}/sign-in/{link.rsplit('/', 1)[1]}")
    page.locator("form button").first.click()
    page.wait_for_selector("#main")
    page.evaluate(
        """async language => { const token = document.querySelector("[name=_csrf]").value;
        await fetch("/language", {method: "POST", body: new URLSearchParams({_csrf: token, language, next: "/"})}) }""",
        look.language,
    )
    for name in (n for n in names if n != "sign_in"):
        address, _, rest = SCREENS[name].removeprefix("@").partition("@")
        page.goto(base + address)
        if SCREENS[name].startswith("@"):
            first = page.locator("main tbody tr a, main .rows a").first.get_attribute("href") or "/"
            page.goto(base + first.split("?")[0] + (f"/{rest}" if rest else ""))
        page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
    context.close()


def main() -> int:
    """Make the pictures; 0 when all are made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="screens; all without")
    parser.add_argument("--only", action="append", choices=[look.name for look in LOOKS], help="looks; all without")
    parser.add_argument("--root", type=Path, help="an organisation with the sample of the demo")
    parser.add_argument("--out", type=Path, default=ROOT / "shots")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = given.root or Path(folder) / "demo"
        if given.root is None:
            run("demo", "--folder", str(root), "--no-serve")
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with served(root) as base:
            for look in LOOKS:
                if not given.only or look.name in given.only:
                    shoot(browser, base, root, look, given.names or list(SCREENS), given.out)
        browser.close()
    print(f"{given.out}: {sum(1 for _ in given.out.rglob('*.png'))} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
