"""What a YAML text becomes."""

from __future__ import annotations

from typing import Any

import pytest

from xrm_core.compiler.blocks import LINE_MASK, Block, Items
from xrm_core.compiler.scalars import MAX_DEPTH, parse


def read(text: str) -> tuple[Any, list[tuple[int, str, str]]]:
    """The first document, and the faults as (line, key, message)."""
    faults: list[tuple[int, str, str]] = []
    found = parse(text, 0, lambda line, key, message, hint: faults.append((line, key, message)))
    return (found[0][1] if found else None), faults


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("No", "No"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("0042", "0042"),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("0.5", 0.5),
        (".5", ".5"),
        ("1e3", "1e3"),
        (".nan", ".nan"),
        ("2026-01-31", "2026-01-31"),
        ("12:30", "12:30"),
        ("'7'", "7"),
        ('"true"', "true"),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_plain_scalars(text: str, value: Any) -> None:
    """Only true, false, null and plain numbers are read as such; everything else is the text that it looks like."""
    data, faults = read(f"key: {text}\n")
    assert faults == []
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_keys_are_texts() -> None:
    """Keys that other readers take for numbers or booleans stay texts."""
    data, faults = read("on: 1\n42: 2\nno: 3\n'': 4\n")
    assert faults == []
    assert list(data) == ["on", "42", "no", ""]


def test_places() -> None:
    """Every key and item knows its line."""
    data, _ = read("a: 1\nb:\n  c:\n    - x\n    - {y: 1}\n")
    assert isinstance(data, Block)
    assert isinstance(data["b"]["c"], Items)
    assert data.places == {"a": 1, "b": 2}
    assert data["b"].places == {"c": 3}
    assert [p & LINE_MASK for p in data["b"]["c"].places] == [4, 5]
    assert data["b"]["c"][1].places == {"y": 5}


def test_multi_line_values_keep_the_line_of_their_key() -> None:
    """A long text has the place of its key."""
    data, _ = read("a: |\n  one\n  two\nb: >-\n  three\n  four\n")
    assert data == {"a": "one\ntwo\n", "b": "three four"}
    assert data.places == {"a": 1, "b": 4}


def test_documents() -> None:
    """A file may hold several documents, empty ones between them are left out of what follows."""
    faults: list[Any] = []
    found = parse("a: 1\n---\n---\nb: 2\n", 0, lambda *fault: faults.append(fault))
    assert [(line, data) for line, data in found if data is not None] == [(1, {"a": 1}), (4, {"b": 2})]
    assert faults == []


def test_doubled_keys() -> None:
    """A key written twice is a fault that names both lines; the first stays."""
    data, faults = read("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert data == {"a": {"b": 1, "c": 2}}
    assert faults == [(4, "a.b", "'b' is written twice (first in line 2)")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a:\n\t- b\n", 2, "a tab cannot be used here"),
        ("a: [1, 2\n", 2, "not readable as YAML"),
        ("a: 'x\n", 2, "not readable as YAML"),
        ("a: b: c\n", 1, "not readable as YAML"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: !custom {b: 1}\n", 1, "tag"),
        ("{a: 1}: 2\n", 1, "a key must be a text"),
        ("? [a]\n: 1\n", 1, "a key must be a text"),
        ("a: *b\n", 1, "names nothing"),
        ("a: &b [*b]\n", 1, "names nothing"),
        ("&k key: 1\n*k : 2\n", 2, "an alias cannot be a key"),
        ("a: \x07\n", 0, "not readable as YAML"),
    ],
)
def test_faults_have_a_line(text: str, line: int, said: str) -> None:
    """What cannot be read is a fault with its line, never an exception."""
    _, faults = read(text)
    assert len(faults) == 1
    assert faults[0][0] == line or line == 0
    assert said in faults[0][2]


def test_aliases_are_copies() -> None:
    """An alias copies what its anchor names, with the places where it was written."""
    data, faults = read("a: &x [1, 2]\nb: *x\nc: &y 7\nd: [*y]\n")
    assert faults == []
    assert data == {"a": [1, 2], "b": [1, 2], "c": 7, "d": [7]}
    data["b"].append(3)
    assert data["a"] == [1, 2]
    assert data.places["b"] == 2


def test_alias_bombs_are_refused() -> None:
    """Aliases of aliases cannot make a small file large."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    data, faults = read("\n".join(lines))
    assert len(faults) == 1
    assert "copy more than" in faults[0][2]
    assert data is None


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "{a: " * 100_000, "- " * 100_000, "a:\n" + " " * 50 + "b: 1\n" + "? " * 5000]
)
def test_depth_is_limited(text: str) -> None:
    """Deep nesting is one fault and takes no time."""
    _, faults = read(text)
    assert len(faults) == 1


def test_depth_that_is_allowed() -> None:
    """Nesting up to the limit is read."""
    data, faults = read("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert faults == []
    assert data is not None
