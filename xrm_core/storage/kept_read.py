"""Reading kept paths (`kept`) where figures are worked out: in place of following links, by those who see all that a path leads
through, so that it makes no difference to what they are told."""

from __future__ import annotations

from xrm_core.expressions import Typed
from xrm_core.expressions.typed import Path as Steps
from xrm_core.metamodel.catalog import Catalog

from .kept import Way, kept_paths, path_of
from .paths import Path
from .relation import ALL, Relation

NONE: frozenset[str] = frozenset()


class KeptReader:
    """Reads what is kept for one entity and one reader. `late`: keys of the paths of it that are not to be believed now."""

    def __init__(self, catalog: Catalog, entity: str, relation: Relation = ALL, late: frozenset[str] = NONE) -> None:
        self.catalog, self.entity, self.relation, self.late = catalog, entity, relation, late

    def path(self, path: Path) -> Path:
        """A path of a question, read from where it is kept."""
        typed = self.typed(path.typed)
        return path if typed is path.typed else Path(path.name, typed)

    def typed(self, n: Typed) -> Typed:
        """An expression with its paths read from where they are kept."""
        steps = path_of(n)
        if steps is not None:
            return self._kept(n, steps) or n
        if n.op in ("formula", "rollup") or not n.args:
            return n
        args = [self.typed(a) for a in n.args]
        if all(a is b for a, b in zip(args, n.args, strict=True)):
            return n
        return Typed(n.op, n.type, args, n.value, n.free)

    def _kept(self, n: Typed, steps: Steps) -> Typed | None:
        way = Way(steps.hops, steps.column, ("",) * len(steps.hops))
        known = kept_paths(self.catalog).find(self.entity, (way,))
        if known is None or known.key in self.late or not self._is_open(n, steps):
            return None
        column = Steps("record", (), self.entity, "id", known.column.name)  # as the id: it is seen where the row is
        return Typed("path", n.type, value=column, free=False)

    def _is_open(self, n: Typed, steps: Steps) -> bool:
        """Whether the reader sees each record that the path leads through, and each field of it."""
        sight = self.relation.sight
        if sight is None:
            return self.relation.mask is None
        fields = [(hop.source, hop.name) for hop in steps.hops] + [(steps.entity, steps.name)]
        fields += [(self.entity, n.value.name)] if n.op == "formula" else []
        if any(sight.hides(of, name) or sight.masks(of, name) for of, name in fields):
            return False
        return not any(sight.masks(hop.entity, None) for hop in steps.hops)
