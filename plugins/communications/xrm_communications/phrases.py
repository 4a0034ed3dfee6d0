"""What the rules of communications say to people, in their language."""

from __future__ import annotations

from collections.abc import Mapping

from xrm_core.plugin import say

PHRASES: Mapping[str, Mapping[str, str]] = {
    "pause_ends": {
        "en": "A pause ends after it begins, and begins after the answer came to be owed.",
        "de": "Eine Pause endet nach ihrem Beginn und beginnt, nachdem die Antwort geschuldet war.",
    },
    "other_party": {
        "en": "The answer is with another party. Choose a communication with this one.",
        "de": "Die Antwort ist mit einer anderen Partei. Eine Kommunikation mit dieser wählen.",
    },
    "wrong_way": {
        "en": "What went the same way is no answer. Choose one of the other side.",
        "de": "Was in dieselbe Richtung ging, ist keine Antwort. Eine der anderen Seite wählen.",
    },
    "hours": {
        "en": "It closes after it opens: write times like 08:30, and 24:00 for the end of the day.",
        "de": "Geschlossen wird nach dem Öffnen: Zeiten wie 08:30 schreiben, 24:00 für das Ende des Tages.",
    },
    "holidays": {
        "en": "No public holidays are known for this country and region. Leave the region empty, or enter the days by hand.",
        "de": "Für dieses Land und diese Region sind keine Feiertage bekannt. Die Region leer lassen oder die Tage eintragen.",
    },
}


def tell(phrase: str, language: str) -> str:
    """A phrase in the language, or in English where there is none."""
    return say(PHRASES[phrase], language)
