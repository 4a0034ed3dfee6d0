"""Metadata with random damage: always problems with places, never an exception."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

import xrm_core.plugin

ROOT = Path(xrm_core.plugin.__file__).parent / "builtin"
VALUES = (
    "7", "[]", "{}", "null", "true", "x", "'a b'", "[1, 2]", "{a: b}", "-1.5", "[{a: 1}]", "{x: {y: z}}", "'= record.q'",
    "'{name'", "~", "[null]", "[[a]]", "any", "today", "{mixin: q}", "{en: 3}", "&a [*a]", "!!map {}", "\t", "'\\0'",
)  # fmt: skip
KEYS = ("x", "name", "type", "label", "Bad Name", "fields", "entity", "extend", "overrides", "if_plugin", "views")
VALUE = re.compile(r"(?<=: )([^,{}\[\]\n]+|\[[^\]\n]*\]|\{[^{}\n]*\})")
KEY = re.compile(r"[a-z_]+(?=:)")
SOURCES = {str(f.relative_to(ROOT)): f.read_text("utf-8") for f in sorted(ROOT.glob("*/*.yaml"))}


def damaged(text: str, rng: random.Random) -> str:
    """The text with another value, another key, or without a line."""
    found = list((VALUE if rng.random() < 0.7 else KEY).finditer(text))
    if found and rng.random() < 0.85:
        spot = rng.choice(found)
        return (
            text[: spot.start()]
            + rng.choice(VALUES if ": " in text[: spot.start()][-2:] else KEYS)
            + text[spot.end() :]
        )
    lines = text.split("\n")
    del lines[rng.randrange(len(lines))]
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(60))
def test_damage(folder: Any, seed: int) -> None:
    """One to four damages to users and departments: every problem names file and fault."""
    rng = random.Random(seed)
    files = dict(SOURCES)
    for _ in range(rng.randint(1, 4)):
        name = rng.choice(sorted(files))
        files[name] = damaged(files[name], rng)
    for name, text in files.items():
        folder.write(name, text, "core")
    report = folder.report()
    assert (report.catalog is None) == bool(report.problems)
    for problem in report.problems:
        assert problem.message
        assert problem.where is not None
        assert problem.where.file.startswith("core/")
