"""How one layer's form extends another's: new tabs after the old ones, sections into tabs of the same label."""

from __future__ import annotations

from typing import Any

from .blocks import Block, Items


def extend_tabs(under: Block, over: Block) -> None:
    """Move the tabs of `over` into `under`; what is left of `over` is merged as any other block."""
    tabs = over.pop("tabs", None)
    if tabs is None:
        return
    if not isinstance(under.get("tabs"), Items) or not isinstance(tabs, Items):
        under.put("tabs", tabs, over.places["tabs"])
        return
    for tab, place in zip(tabs, tabs.places, strict=True):
        same = find(under["tabs"], tab)
        if same is None:
            under["tabs"].put(tab, place)
        else:
            _into_tab(same, tab)


def find(items: Items, block: Any) -> Block | None:
    """The item with the same label, in any language that both have."""
    if not isinstance(block, Block):
        return None
    label = block.get("label")
    for item in items:
        if isinstance(item, Block) and label is not None and _same(item.get("label"), label):
            return item
    return None


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return any(one.get(language) == text for language, text in other.items())
    if isinstance(one, dict) or isinstance(other, dict):
        texts, text = (one, other) if isinstance(one, dict) else (other, one)
        return text in texts.values()
    return bool(one == other)


def _into_tab(under: Block, over: Block) -> None:
    for key in ("sections", "related"):
        added = over.get(key)
        if not isinstance(added, Items):
            continue
        if not isinstance(under.get(key), Items):
            under.put(key, Items(), over.places[key])
        for item, place in zip(added, added.places, strict=True):
            section = find(under[key], item) if key == "sections" else None
            if section is not None:
                _into_section(section, item)
            elif item not in under[key]:
                under[key].put(item, place)


def _into_section(under: Block, over: Block) -> None:
    fields = over.get("fields")
    if isinstance(fields, Items) and isinstance(under.get("fields"), Items):
        for name, place in zip(fields, fields.places, strict=True):
            if name not in under["fields"]:
                under["fields"].put(name, place)
    for key, value in over.items():
        if key not in under:
            under.put(key, value, over.places[key])
