"""The changes that `python -m tests.mutation` makes: which they are, and that they are put in place."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.__main__ import MODULES, ROOM
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.same import SAME, key_of
from tests.mutation.swap import put, put_same

TEXT = '''
"""A module."""
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

MOST = 3
Sign = Literal["a"]


@dataclass(frozen=True)
class Part:
    size: int = 1

    @property
    def is_large(self) -> bool:
        """Whether it is."""
        return self.size >= MOST and not self.size == 9


@lru_cache
def total(parts: tuple[Part, ...], more: int = 5) -> int:
    return sum(p.size for p in parts if p.is_large) + more
'''
WHATS = [
    ": 3 -> 4", ": 1 -> 2",
    "Part.is_large: return self.size >= MOST and (not self.size == 9) -> nothing",
    "Part.is_large: self.size >= MOST and (not self.size == 9) -> or",
    "Part.is_large: self.size >= MOST and (not self.size == 9) without self.size >= MOST",
    "Part.is_large: self.size >= MOST and (not self.size == 9) without not self.size == 9",
    "Part.is_large: self.size >= MOST -> Gt", "Part.is_large: self.size >= MOST -> Lt",
    "Part.is_large: not self.size == 9 without not", "Part.is_large: self.size == 9 -> NotEq", "Part.is_large: 9 -> 10",
    "total: 5 -> 6",
    "total: return sum((p.size for p in parts if p.is_large)) + more -> nothing",
    "total: sum((p.size for p in parts if p.is_large)) + more -> Sub", "total: sum((p.size for p in parts if p.is_large)) + more -> its left side",
    "total: without if p.is_large",
]  # fmt: skip


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    """The module, loaded from a file."""
    path = tmp_path / "sample_of_mutants.py"
    path.write_text(TEXT, "utf-8")
    spec = importlib.util.spec_from_file_location("sample_of_mutants", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[made.__name__] = made
    spec.loader.exec_module(made)
    return made


def mutant(module: ModuleType, what: str) -> Mutant:
    """One change to the module."""
    return next(m for m in mutants_of(Path(str(module.__file__))) if str(m).endswith(what))


def test_small_changes(module: ModuleType) -> None:
    """Comparisons, conditions, numbers, parts, results and defaults are changed; types and texts for people are not."""
    found = [str(m).split(": ", 1)[1] for m in mutants_of(Path(str(module.__file__)))]
    assert sorted(found) == sorted(WHATS)


@pytest.mark.parametrize(
    ("what", "result"),
    [
        (": 3 -> 4", 5 + 4 + 10), (": 1 -> 2", 5 + 3 + 4 + 10), ("total: 5 -> 6", 6 + 3 + 4 + 10), ("MOST -> Gt", 5 + 4 + 10),
        ("Part.is_large: 9 -> 10", 5 + 3 + 4 + 9), ("total: without if p.is_large", 5 + 1 + 3 + 4 + 9 + 10), ("+ more -> its left side", 17),
    ],
)  # fmt: skip
def test_a_change_is_put_in_place(module: ModuleType, what: str, result: int) -> None:
    """In functions, in what is kept of their answers, in properties, in defaults and in constants; objects stay what they are."""
    parts = (module.Part(), module.Part(3), module.Part(4), module.Part(9), module.Part(10))
    before, total = module.total(parts), module.total
    put_same(Path(str(module.__file__)), module)
    assert module.total(parts) == before == 22
    put(mutant(module, what), module)
    assert total is module.total
    assert total(parts) == result
    assert module.Part().size == (2 if what == ": 1 -> 2" else 1)


def test_every_change_that_is_left_out_exists() -> None:
    """And has its reason."""
    found = [key_of(m) for name in MODULES for m in mutants_of(ROOM / f"{name}.py")]
    assert len(found) == len(set(found)) > 900
    assert set(found) >= SAME.keys(), sorted(SAME.keys() - set(found))
    assert all(SAME.values())
    assert len(SAME) < len(found) / 20
