"""HTML of mail: sanitised, and as text. Nothing is fetched: pictures are left out and counted."""

from __future__ import annotations

from html.parser import HTMLParser

import nh3

TAGS = nh3.ALLOWED_TAGS - {"img", "map", "area"}
SILENT = {"script", "style", "title", "template", "noscript"}
"""What is left out with all that it holds."""
BLOCKS = frozenset(
    {
        "p",
        "div",
        "br",
        "tr",
        "li",
        "ul",
        "ol",
        "table",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "hr",
        "dt",
        "dd",
    }
)

ENDS = frozenset({"p", "div", "table", "blockquote", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"})
"""After these the next text begins on a line of its own."""


def sanitised(html: str) -> tuple[str, int]:
    """HTML without scripts, styles, forms and pictures; links lead to web pages and mail alone. And how many pictures it had."""
    clean = nh3.clean(
        html, tags=TAGS, url_schemes={"http", "https", "mailto"}, strip_comments=True, clean_content_tags=SILENT
    )
    return clean.strip(), html.lower().count("<img")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.made: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.made.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ENDS:
            self.made.append("\n")

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        before, after = (" " if data[:1].isspace() else ""), (" " if data[-1:].isspace() else "")
        self.made.append(f"{before}{words}{after}" if words else " ")


def as_text(html: str) -> str:
    """Sanitised HTML as plain text, a line for each block."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.made).split("\n")]
    made: list[str] = []
    for line in lines:
        if line or (made and made[-1]):
            made.append(line)
    return "\n".join(made).strip()
