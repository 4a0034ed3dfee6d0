"""Several values in one text: joined by `, `, quoted where a value holds a mark itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,;\n]*))\s*(?:[,;\n]|$)')


def join(values: Iterable[str]) -> str:
    """One text that `split` takes apart again."""
    return ", ".join('"' + v.replace('"', '""') + '"' if set(v) & set(',;\n"') or v != v.strip() else v for v in values)


def split(text: str) -> list[str]:
    """The values of a text, parted by comma, semicolon or line break; quotes hold marks together. Blanks are left
    out."""
    found, at = [], 0
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:  # a quote that does not close, or text after it: taken as written
            end = next((i for i in range(at, len(text)) if text[i] in ",;\n"), len(text))
            found.append(text[at:end].strip())
            at = end + 1
            continue
        at = max(item.end(), at + 1)
        found.append(item[1].replace('""', '"') if item[1] is not None else item[2].strip())
    return [value for value in found if value]
