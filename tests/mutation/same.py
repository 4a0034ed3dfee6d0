"""Changes that nobody can see from outside: another size of what is kept, keeping nothing at all. Each with its reason."""

from __future__ import annotations

from tests.mutation.mutants import Mutant

SAME: dict[tuple[str, str], str] = {}
"""(module, beginning of the change in words) -> why nothing can be seen of it."""


def is_same(mutant: Mutant) -> bool:
    """Whether a change is one of these."""
    return any(mutant.path.name == f"{module}.py" and mutant.what.startswith(what) for module, what in SAME)
