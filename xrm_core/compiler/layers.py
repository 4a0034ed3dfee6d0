"""The order of layers: plugins after what they require, then by name; the organisation and the studio last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import Problem, Where
from ..plugin.contributions import MetadataRoot
from .blocks import shown

LAST = ("organisation", "studio")
"""Layers that come after all plugins and may replace anything."""


def in_order(roots: Sequence[MetadataRoot]) -> tuple[list[MetadataRoot], list[Problem]]:
    """The roots in layer order, and what is wrong with the order (unmet or circular `requires`)."""
    problems: list[Problem] = []
    needs: dict[str, set[str]] = {}
    for root in roots:
        needs.setdefault(root.layer, set()).update(root.requires)
    for root in roots:
        for missing in sorted(set(root.requires) - set(needs)):
            where = Where(f"{shown(root.path)}/plugin.yaml", 0, "requires")
            problems.append(
                Problem(
                    f"layer '{root.layer}' requires '{missing}', which is not in use",
                    "unmet_requires",
                    where=where,
                    hint="add it to the plugins in use",
                )
            )
    order = _sorted(needs, problems, roots)
    return sorted(roots, key=lambda r: order.index(r.layer)), problems


def _sorted(needs: dict[str, set[str]], problems: list[Problem], roots: Sequence[MetadataRoot]) -> list[str]:
    done: list[str] = []
    waiting = {n: needs[n] & set(needs) for n in sorted(needs) if n not in LAST}
    while waiting:
        ready = [n for n, required in waiting.items() if required <= set(done)]
        if not ready:
            path = next(r.path for r in roots if r.layer in waiting)
            circle = ", ".join(waiting)
            problems.append(
                Problem(
                    f"layers require one another in a circle: {circle}",
                    "circular_requires",
                    where=Where(f"{shown(path)}/plugin.yaml", 0, "requires"),
                )
            )
            ready = list(waiting)
        done.append(ready[0])
        del waiting[ready[0]]
    return [*done, *(n for n in LAST if n in needs)]


def builds_on(roots: Iterable[MetadataRoot], layer: str) -> set[str]:
    """The layers that `layer` requires, also through others; itself included."""
    needs: dict[str, set[str]] = {}
    for root in roots:
        needs.setdefault(root.layer, set()).update(root.requires)
    found, todo = {layer}, [layer]
    while todo:
        for name in needs.get(todo.pop(), set()) - found:
            found.add(name)
            todo.append(name)
    return set(needs) if layer in LAST else found
