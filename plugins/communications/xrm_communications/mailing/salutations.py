"""How somebody is addressed: by language and the form of address that is noted with the party."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NEEDED = ("kind", "name", "person_name_given", "person_name_family", "person_name_called", "address_form")
FORMS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "formal_f": "Dear Ms {family}", "formal_m": "Dear Mr {family}", "informal": "Dear {given}", "neutral": "Dear {name}",
        "nobody": "Dear Sir or Madam",
    },
    "de": {
        "formal_f": "Sehr geehrte Frau {family}", "formal_m": "Sehr geehrter Herr {family}", "informal": "Hallo {given}",
        "neutral": "Guten Tag {name}", "nobody": "Sehr geehrte Damen und Herren",
    },
    "fr": {
        "formal_f": "Chère Madame {family}", "formal_m": "Cher Monsieur {family}", "informal": "Bonjour {given}",
        "neutral": "Bonjour {name}", "nobody": "Madame, Monsieur",
    },
    "ar": {
        "formal_f": "السيدة {name} المحترمة", "formal_m": "السيد {name} المحترم", "informal": "مرحبًا {given}",
        "neutral": "تحية طيبة {name}", "nobody": "السادة الكرام",
    },
}  # fmt: skip


def salutation(party: Mapping[str, Any], language: str) -> str:
    """The first line of a letter, without a comma. A form whose name is missing, or not for the sender, falls back to the full
    name; an organisation has none."""
    forms = FORMS.get(language.partition("-")[0], FORMS["en"])
    given = party.get("person_name_called") or party.get("person_name_given")
    names = {"family": party.get("person_name_family"), "given": given, "name": party.get("name")}
    if party.get("kind") == "organisation" or not names["name"]:
        return forms["nobody"]
    form = str(party.get("address_form") or "neutral")
    needed = {"formal_f": "family", "formal_m": "family", "informal": "given"}.get(form, "name")
    return forms[form if names[needed] else "neutral"].format(**{k: v or "" for k, v in names.items()})
