"""A smoke run of the demo as the README starts it: sign in by the link that it prints, read a list, end it by its id."""

from __future__ import annotations

import http.cookiejar
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path


def main() -> int:
    """Run it; 0 when all is well."""
    with tempfile.TemporaryDirectory() as folder:
        demo = subprocess.Popen(
            [sys.executable, "-u", "-m", "xrm_core", "demo", "--folder", str(Path(folder) / "demo"), "--port", "8321"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert demo.stdout is not None
            link = next(m[0] for line in demo.stdout if (m := re.search(r"http://\S+/sign-in/\S+", line)))
            look(link)
        finally:
            demo.terminate()
            demo.wait(20)
    print("smoke run: signed in, start page and list of parties read")
    return 0


def look(link: str) -> None:
    """Sign in and read two pages."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    base, _, _ = link.partition("/sign-in/")
    for _ in range(100):
        try:
            opener.open(base + "/sign-in", timeout=10).read()
            break
        except OSError:
            import time

            time.sleep(0.2)
    asked = opener.open(link, timeout=30).read().decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked))
    action = re.search(r'<form[^>]* action="([^"]*)"', asked)
    assert hidden, "the page behind the link holds no form"
    opener.open(
        base + (action[1] if action else "/sign-in"), urllib.parse.urlencode(hidden).encode(), timeout=30
    ).read()
    start = opener.open(base + "/", timeout=30).read().decode()
    assert "Brightwater Trust" in start
    parties = opener.open(base + "/e/party", timeout=30).read().decode()
    assert "Nordsee Pumpen GmbH" in parties or "<tbody" in parties


if __name__ == "__main__":
    sys.exit(main())
