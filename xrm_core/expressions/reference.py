"""The function reference of docs/expressions.md, made from the signatures.

python -m xrm_core.expressions.reference docs/expressions.md      # writes the part between the two marks anew
"""

from __future__ import annotations

import sys
from pathlib import Path

from .functions import FORMS, FUNCTIONS, MACROS
from .names import ALIASES

START, END = "<!-- functions: made from the signatures -->", "<!-- end of functions -->"


def row(usage: str, says: str) -> str:
    """One line of a table."""
    return f"| `{usage.replace('|', chr(92) + '|')}` | {says} |"


def function_reference() -> str:
    """All functions, roll-ups and special forms as Markdown tables."""
    other = {canonical: alias for alias, canonical in ALIASES.items()}
    lines = ["### Functions", "", "| write | gives |", "|---|---|"]
    for name, f in FUNCTIONS.items():
        lines.append(row(f.usage, f.says + (f"; also written `{other[name]}`" if name in other else "")))
    lines += ["", "### Roll-ups over a set of records", "", "| write | gives |", "|---|---|"]
    lines += [row(usage, says) for usage, says in MACROS.values()]
    lines += ["", "### Special forms", "", "| write | gives |", "|---|---|"]
    lines += [row(usage, says) for usage, says in FORMS.values()]
    return "\n".join(lines)


def renewed(page: str) -> str:
    """A page with the part between the marks made anew."""
    before, rest = page.split(START, 1)
    _, after = rest.split(END, 1)
    return f"{before}{START}\n{function_reference()}\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
