"""Words that are left in English on pages in another language: texts of the interface and labels of the metadata, on every screen."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po

from .conftest import Server
from .screens import screens

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "Filters", "IT services", "Individual giving", "Insurance", "Maintenance", "Pumps", "Service", "Tanks", "Visit", "Fundraising", "Finance",
    "Procurement", "Sales", "Management", "Major gifts", "English",
}  # fmt: skip
"""What records of the sample are called, which is also a label or a text of the interface; and a language in its own words."""
RAW = re.compile(
    r"(?<![\w./@-])[a-z]+(?:_[a-z]+)+:\d|\bP(?:\d+D)?T\d+[HMS]\b|\bP\d+D\b|\{[a-z_]+\}|(?<![\w-])(?:None|True|False)(?![\w-])"
)
"""Keys of jobs, lengths of time as programs write them, places of a sentence that nobody filled, values of the source."""
SAID = ("title", "aria-label", "placeholder", "alt", "data-confirm")
SILENT = {"script", "style", "template", "code", "pre", "textarea"}


class Words(HTMLParser):
    """The texts of a page: between tags, and those of attributes that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag begins."""
        if tag in SILENT:
            self.silent.append(tag)
        self.found += [value for name, value in attrs if name in SAID and value]

    def handle_endtag(self, tag: str) -> None:
        """A tag ends."""
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        if not self.silent and data.strip():
            self.found.append(" ".join(data.split()))


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Every text of the interface and every label of the metadata: in English, and in the language."""
    for path in [ROOT / "xrm_core", *(p.parent for p in ROOT.glob("plugins/*/xrm_*/plugin.yaml"))]:
        with (path / "language" / f"{language}.po").open(encoding="utf-8") as file:
            for message in read_po(file):
                several = isinstance(message.id, tuple)
                told = message.string if isinstance(message.string, tuple) else (message.string,)
                for english in message.id if several else (message.id,):
                    yield from ((str(english), str(text)) for text in told if english)
    for folder in ("xrm_core", "plugins", "metadata"):
        for path in (ROOT / folder).rglob("*.yaml"):
            for block in yaml.safe_load_all(path.read_text("utf-8")):
                yield from labels(block, language)


def labels(part: Any, language: str) -> Iterator[tuple[str, str]]:
    """The labels in a piece of metadata."""
    if isinstance(part, dict):
        if isinstance(part.get("en"), str):
            yield part["en"], str(part.get(language, part["en"]))
        for inner in part.values():
            yield from labels(inner, language)
    elif isinstance(part, list):
        for inner in part:
            yield from labels(inner, language)


def test_files_of_figures_name_what_they_count(server: Server) -> None:
    """A figure that is worked out has the head that the page gives it, not its expression."""
    for path in ("/dashboards/answers/never_by_owner/csv", "/dashboards/answers/never_by_channel/csv"):
        cookie = {"Cookie": f"xrm_session={server.session()}"}
        head = (
            urllib.request.urlopen(urllib.request.Request(server.base + path, headers=cookie), timeout=30)
            .readline()
            .decode()
        )
        assert "," in head
        assert "record." not in head


def page(server: Server, path: str, session: str) -> list[str]:
    """The texts of a page."""
    asked = urllib.request.Request(server.base + path, headers={"Cookie": f"xrm_session={session}"} if session else {})
    try:
        body = urllib.request.urlopen(asked, timeout=30).read().decode()
    except urllib.error.HTTPError as refused:
        body = refused.read().decode()
    words = Words()
    words.feed(body)
    return words.found


@pytest.mark.parametrize("language", ["de", "ar"])
def test_nothing_is_left_in_english(server: Server, language: str) -> None:
    """On no screen stands a text of ours in English, nor a key, a length of time or a value as programs write it."""
    pairs = list(texts(language))
    told = {text for _english, text in pairs}
    left = {english for english, text in pairs if english != text and re.search("[A-Za-z]{2}", english)} - told - NAMES
    assert len(left) > 2000
    email = f"words.{language}@brightwater.example"
    server.make("user", name="Zz Words", email=email, roles=["admin"], language=language)
    session = server.session(email)
    seen = [one for one in screens(server) if not one.outside and not one.path.startswith("/design")]
    found = {
        (screen.name, text)
        for screen in seen
        for text in page(server, screen.path, session)
        if text in left or RAW.search(text)
    }
    assert len(seen) > 60
    assert sorted(found) == []
