"""Step 3: what an entity says beside its fields: its names, keys, rules and lifecycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import force_setattr

from ..metamodel.catalog import Field, Key, Lifecycle, Rule, Transition
from ..metamodel.definitions import EntityDef, KeyDef, LifecycleDef
from ..metamodel.text import Text, as_text, humanise
from .blocks import key_path
from .draft import Draft
from .merge import Definition


def plural(label: Text) -> Text:
    """A plural for labels without one: English by its commonest rules, other languages as they are."""
    return {language: english_plural(text) if language.startswith("en") else text for language, text in label.items()}


def english_plural(word: str) -> str:
    """`Donor` -> `Donors`, `Party` -> `Parties`, `Address` -> `Addresses`."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def default_title(fields: Mapping[str, Field]) -> str:
    """The template of an entity that says none: name, title, label or number; else its first text or link; else its day."""
    named = next((n for n in ("name", "title", "label", "number") if n in fields and fields[n].columns), None)
    texts = (
        n
        for n, f in fields.items()
        if f.columns and f.columns[0].kind.kind == "text" and not f.hidden and not f.retired
    )
    links = (
        n
        for n, f in fields.items()
        if f.columns and len(f.columns[0].kind.entities) == 1 and f.entity not in f.columns[0].kind.entities
    )
    return "{%s}" % (named or next(texts, None) or next(links, "created_at"))


def build_keys(authored: EntityDef, fields: Mapping[str, Field]) -> tuple[Key, ...]:
    """The keys by column, those of `unique` fields included."""
    given = [(k.fields, k.when) if isinstance(k, KeyDef) else (k, None) for k in authored.keys]
    given += [([name], None) for name, field in fields.items() if field.unique]
    made: dict[Key, None] = {}
    for names, when in given:
        columns = [c.name for n in names if n in fields for c in fields[n].columns] + [
            n for n in names if n not in fields
        ]
        made[Key(tuple(columns), when)] = None
    return tuple(made)


def build_rules(draft: Draft, definition: Definition, authored: EntityDef, language: str) -> Iterable[Rule]:
    """The rules with their places."""
    written = definition.block.get("rules")
    for index, rule in enumerate(authored.rules):
        place = written.places[index] if written is not None and index < len(written) else definition.place
        where = draft.definitions.files.where(place, key_path((*definition.at, "rules", index)))
        message = as_text(rule.message, "", language)
        yield Rule(rule.check, message, rule.field, rule.when, where, rule.in_database)


def build_lifecycle(draft: Draft, authored: LifecycleDef, fields: Mapping[str, Field], language: str) -> Lifecycle:
    """States from the field's code list; a record is born in the default state, else in the first."""
    field = fields.get(authored.field)
    states = field.columns[0].kind.options if field is not None and field.columns else ()
    born = tuple(authored.create_in) or ((str(field.default),) if field is not None and field.default else states[:1])
    if field is not None and field.default is None and born and born[0] in states:
        force_setattr(field, "default", born[0])  # made in this step, not yet seen by anyone
    transitions = {
        name: Transition(
            name=name,
            label=as_text(t.label, humanise(name), language if t.label else "en"),
            sources=tuple(s for s in states if s != t.to) if t.from_ == "any" else tuple(t.from_),
            target=t.to,
            require=tuple(t.require),
            when=t.when,
            message=as_text(t.message, "", language) if t.message else None,
            may=tuple(t.may),
            set=dict(t.set),
            reason=t.reason,
            automatic=t.automatic,
        )
        for name, t in authored.transitions.items()
    }
    return Lifecycle(authored.field, states, born, transitions)
