"""What refusals and explanations call verbs and entities: by their labels, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Callable

from ..language import N_, _, spoken
from ..metamodel.catalog import Catalog
from ..metamodel.text import called
from ..plugin.host import Host

VERBS = {
    "read": N_("read"),
    "create": N_("create"),
    "update": N_("change"),
    "delete": N_("delete"),
    "restore": N_("restore"),
    "purge": N_("purge"),
    "export": N_("export"),
    "import": N_("import"),
    "history": N_("see the history"),
}
"""The verbs of every entity."""


def inside(label: str) -> str:
    """A label inside a sentence: in English small, other languages keep their capitals, as "I" and abbreviations do."""
    keeps = not spoken().startswith("en") or label[1:2].isupper() or label.startswith("I ")
    return label if keeps else label[:1].lower() + label[1:]


def verb_called(catalog: Catalog, host: Host, entity: str, verb: str) -> str:
    """A verb as people read it: one of every entity, a step of its lifecycle, an action of a plugin."""
    if verb in VERBS:
        return _(VERBS[verb])
    known = catalog.entities.get(entity)
    cycle = known.lifecycle if known is not None else None
    if cycle is not None and verb in cycle.transitions:
        return called(cycle.transitions[verb].label)
    spec = host.actions.get((entity, verb))
    return called(spec.label) if spec is not None else verb


def entity_called(catalog: Catalog, entity: str) -> str:
    """One record of an entity, inside a sentence."""
    known = catalog.entities.get(entity)
    return inside(called(known.label)) if known is not None else entity


class Spoken:
    """A text that is said when it is filled in: in the language that is spoken then, so that a log has the same sentence in another."""

    def __init__(self, said: Callable[[], str]) -> None:
        self.said = said

    def __str__(self) -> str:
        return self.said()


def may_not(catalog: Catalog, host: Host, entity: str, verb: str, which: str = "this") -> str:
    """The sentence of a refusal; `which`: "this" record, "such" a record, "any" record."""
    values = {
        "verb": Spoken(lambda: inside(verb_called(catalog, host, entity, verb))),
        "entity": Spoken(lambda: entity_called(catalog, entity)),
    }
    if which == "any":
        return _("nothing allows you to {verb} a {entity}", **values)
    if which == "such":
        return _("nothing allows you to {verb} such a {entity}", **values)
    return _("nothing allows you to {verb} this {entity}", **values)
