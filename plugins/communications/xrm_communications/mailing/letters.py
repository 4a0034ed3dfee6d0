"""One letter out of a template: what it may tell is what its sender may read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xrm_core.plugin import Reader, Record

from . import rendering
from .rendering import BadTemplate, Text, Values
from .salutations import NEEDED, salutation

ROOTS = ("party", "relationship", "sender", "organisation", "today", "mailing", "unsubscribe")
"""The values that a template may begin with."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one party: subject and body as they stand in it."""

    subject: str
    body: str
    language: str


@dataclass(frozen=True, slots=True)
class To:
    """Whom a letter goes to and for whom it is written: the party, one of its relationships, the user who sends it. `more` are
    further values (`mailing`, `unsubscribe`)."""

    party: str
    relationship: tuple[str, str] | None = None
    sender: str | None = None
    more: Mapping[str, Any] | None = None


def letter(reader: Reader, template: Record, to: To) -> Letter:
    """A template with the values of a party, as its sender may read them. Raises BadTemplate with line and place."""
    party = reader.as_seen("party", to.party, ["language"], to.sender)
    wanted = str((party or {}).get("language") or "")
    chosen, language = variant(reader, template, wanted)
    subject, body = rendering.compiled(chosen["subject"]), rendering.compiled(chosen["body"])
    values = values_of(reader, (subject, body), to, language)
    line = " ".join(rendering.run(subject, values, language).split())
    return Letter(line[:300], rendering.run(body, values, language), language)


def variant(reader: Reader, template: Record, wanted: str) -> tuple[Record, str]:
    """Subject and body in the wanted language, where the template has it, else in its own; and that language."""
    rows = reader.children("template", "variants", template["id"])
    for near in (wanted, wanted.partition("-")[0]):
        found = next((row for row in rows if near and row["language"] == near), None)
        if found is not None:
            return found, near
        if near and near == template["language"]:
            break
    return template, str(template["language"] or "en")


def mark_of(reader: Reader, template: Record) -> str:
    """The fingerprint of a template's texts in all languages: what was checked is known again by it."""
    rows = [template, *sorted(reader.children("template", "variants", template["id"]), key=lambda row: row["language"])]
    texts = json.dumps([[row["language"], row["subject"], row["body"]] for row in rows])
    return hashlib.sha256(texts.encode()).hexdigest()


def values_of(reader: Reader, texts: tuple[Text, ...], to: To, language: str) -> dict[str, Any]:
    """The values that the texts name. What the sender may not read is not there, as if it did not exist."""
    places = [place for text in texts for place in text.places]
    made: dict[str, Any] = {
        "organisation": Values(name=reader.settings["name"]), "today": reader.today, "unsubscribe": "", "relationship": None,
        "mailing": Values(name=""), **(to.more or {}),
    }  # fmt: skip
    named = {root: [p.path for p in places if p.root == root and p.path] for root in ROOTS}
    own = [path for path in named["party"] if path != "salutation"]
    seen = reader.as_seen("party", to.party, [*own, *NEEDED, "name"], to.sender)
    made["party"] = _tree(seen or {}, [*own, "name"])
    made["party"]["salutation"] = salutation(seen or {}, language)
    if to.relationship is not None:
        entity, id = to.relationship
        found = reader.as_seen(entity, id, [*named["relationship"], "display"], to.sender)
        if found is not None:
            made["relationship"] = _tree(found, named["relationship"])
            made["relationship"].setdefault("name", found.get("display"))
    user = reader.get("user", to.sender) if to.sender else None
    made["sender"] = Values(name=user["name"], email=user["email"]) if user else Values(name="", email="")
    return made


def _tree(record: Mapping[str, Any], paths: list[str]) -> Values:
    """Values by path as values within values: `party.name` is `name` of `party`."""
    made = Values()
    for path in paths:
        if path not in record:
            continue
        *hops, name = path.split(".")
        at = made
        for hop in hops:
            nested = at.get(hop)
            at[hop] = at = nested if isinstance(nested, Values) else Values()
        at[name] = record[path]
    return made


def faults(template: Mapping[str, Any]) -> dict[str, BadTemplate]:
    """What is wrong with subject and body, by name of the field."""
    found: dict[str, BadTemplate] = {}
    for name in ("subject", "body"):
        try:
            rendering.check(rendering.compiled(str(template.get(name) or "")), ROOTS)
        except BadTemplate as fault:
            found[name] = fault
    return found
