"""Changes that nobody can see from outside: another size of what is kept, keeping nothing at all. Each with its reason."""

from __future__ import annotations

from tests.mutation.mutants import Mutant

SIZE = "how many are kept before they are made again is a matter of memory; that there is an end to it is tested"
LABEL = "the name under which something is kept with the catalog is known to nobody else"

VALUE = "yes and no, and the signs of comparisons, are the value of nothing else"
ALONE = "a join of one part is said as the part is"

SAME: dict[tuple[str, str, str], str] = {
    (
        "rules",
        "",
        "'update' -> another text (2)",
    ): "in OWN: what covers `update` where it is not named is `update` itself",
    ("rules", "RuleBook._inherited", "'update' -> another text"): "any verb that no grant names is covered by `update`",
    (
        "masking",
        "Opening.of",
        "g.fields or frozenset() without frozenset()",
    ): "a grant always says its fields; only denies need not",
    (
        "masking",
        "Opening.of",
        "text is not None and text != rows without text is not None",
    ): "a field that is always open is opened by a grant of all rows: then both are None",
    ("denials", "_joined", "len(flat) > 1 -> GtE"): ALONE,
    ("folding", "is_true", "n.op == 'const' and n.value is True without n.op == 'const'"): VALUE,
    ("folding", "is_false", "n is not None and n.op == 'const' and (n.value is False) without n.op == 'const'"): VALUE,
    ("folding", "_fold", "found.op == 'cmp' and found.value in EQUALITY without found.op == 'cmp'"): VALUE,
    ("seeing", "", "100 -> 101"): SIZE,
    ("access", "Access.book", "len(books) > MOST -> GtE"): SIZE,
    ("rules", "grants_of", "'access.grants_of' -> another text"): LABEL,
    ("seeing", "RowMask._kept", "'access.seen' -> another text"): LABEL,
    ("access", "Access.book", "'access.books' -> another text"): LABEL,
    ("seeing", "Narrowed.__hash__", "1 -> 2"): "all of them have the same hash, whichever it is",
    (
        "seeing",
        "Seen.field",
        "rule is not None and self.rows is not None and implies(self.rows, rule) without rule is not None",
    ): "that which always holds is implied by everything",
    (
        "seeing",
        "RowMask.__init__",
        "actor.kind == 'anonymous' -> NotEq",
    ): "a part of a key: the two sorts of actors differ in it either way",
}
"""(module, function or nothing, the change in words) -> why nothing can be seen of it."""


def key_of(mutant: Mutant) -> tuple[str, str, str]:
    """What a change is called here."""
    return mutant.path.stem, mutant.inside, mutant.what


def is_same(mutant: Mutant) -> bool:
    """Whether a change is one of these."""
    return key_of(mutant) in SAME
