"""A small firm for tests of the rule compiler: compiled in memory, with any grants and any needs matrix; no database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import xrm_core.plugin
from xrm_core.access.access import Access
from xrm_core.compiler import inspect
from xrm_core.errors import Where
from xrm_core.fields import built_in
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.rights import GrantDef
from xrm_core.metamodel.values import Actor
from xrm_core.plugin.contributions import MetadataRoot

METADATA = """
department: top
label: Top
---
department: sales
label: Sales
parent: top
---
department: east
label: East
parent: sales
---
department: shop
label: Shop
---
role: seller
label: Seller
department: sales
---
role: keeper
label: Keeper
steward: true
---
role: guest
label: Guest
---
classes: {red: {}, green: {}, blue: {}}
"""
ENTITIES = """
mixin: dealt
fields:
  stage: {type: choice, values: {new: New, won: Won}}
  owner: {type: link, to: user, on_delete: empty}
---
entity: party
title: "{name}"
fields:
  name: {type: text, class: green}
  tax: {type: text, class: red}
  team: {type: link, to: department, on_delete: empty}
---
entity: deal
title: "{code}"
mixins: [dealt]
fields:
  code: {type: text}
  price: {type: money, class: blue}
  secret: {type: text, class: red}
  sealed: {type: boolean}
  party: {type: link, to: party, on_delete: empty, reverse: deals}
  lines:
    type: child_table
    class: blue
    fields:
      memo: {type: text}
      cost: {type: integer, class: red}
      back: {type: link, to: deal, on_delete: empty, reverse: before}
  friends: {type: many_to_many, to: party, class: green, reverse: befriended}
---
entity: note
fields: {text: {type: text}}
---
entity: old
retired: true
fields: {text: {type: text}}
"""
SELLER = Actor("018f0000-0000-7000-8000-000000000001", "Sel", frozenset({"seller"}), units=frozenset({"east"}))


@lru_cache(maxsize=1)
def firm() -> Catalog:
    """The catalog of the firm, without grants."""
    with tempfile.TemporaryDirectory(prefix="xrm-firm-") as folder:
        for name, text in (("access/all.yaml", METADATA), ("entities/all.yaml", ENTITIES)):
            file = Path(folder) / name
            file.parent.mkdir()
            file.write_text(text, "utf-8")
        core = MetadataRoot("core", Path(xrm_core.plugin.__file__).parent / "builtin", (), "Core")
        roots = [core, MetadataRoot("ours", Path(folder), ("core",), "Ours")]
        report = inspect(roots, {kind.name: kind() for kind in built_in()}, {})
    assert report.catalog is not None, [str(problem) for problem in report.problems]
    return report.catalog


def with_rights(*grants: GrantDef, needs: dict[str, dict[str, Any]] | None = None) -> Catalog:
    """The firm with just these grants, and this matrix (none: sellers write everything)."""
    cells = {c: {"seller": "W"} for c in ("red", "green", "blue")} if needs is None else needs
    base = firm()
    places = tuple(("ours", Where("access/all.yaml", n)) for n in range(1, len(grants) + 1))
    matrix = base.needs.model_copy(update={"needs": cells})
    return replace(base, grants=grants, grant_places=places, needs=matrix, derived={})


def grant(
    rows: str | bool = True, *verbs: str, role: str = "seller", entity: str | None = "deal", **more: Any
) -> GrantDef:
    """A grant on deals to sellers."""
    return GrantDef(role=role, entity=entity, verbs=list(verbs or ("read",)), rows=rows, **more)


def deny(rows: str | bool = True, *verbs: str, **more: Any) -> GrantDef:
    """A deny on deals for sellers."""
    return grant(rows, *verbs, deny=True, **more)


class Plugins:
    """A host whose plugins narrow entities to these conditions; it notes what it is asked."""

    def __init__(self, rules: dict[str, str] | None = None) -> None:
        self.rules, self.asked = rules, list[str]()

    def implements(self, hook: str) -> bool:
        """Whether a plugin narrows at all."""
        return hook == "xrm_row_scope" and self.rules is not None

    def answers(self, hook: str, entity: str, actor: Actor) -> list[tuple[str, str]]:
        """What is left of an entity, by two plugins of which one has nothing to say."""
        assert hook == "xrm_row_scope"
        self.asked.append(entity)
        return [("one", self.rules[entity])] if self.rules and entity in self.rules else []


def access(
    catalog: Catalog,
    actor: Actor = SELLER,
    plugins: Plugins | None = None,
    late: Callable[[], frozenset[str]] = frozenset,
) -> Access:
    """What somebody may do."""
    return Access(catalog, plugins or Plugins(), actor, late)  # type: ignore[arg-type]  # all of a host that is asked here
