"""A communication in one line: "call Nordsee, 5 min, asks for invoice". What is understood of it, before it is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

CHANNELS: Mapping[str, str] = {
    **dict.fromkeys(("call", "called", "phone", "phoned", "rang", "anruf", "telefonat", "telefon", "angerufen", "مكالمة", "اتصال", "هاتف"), "phone"),
    **dict.fromkeys(("mail", "email", "e-mail", "mailed", "بريد"), "email"),
    **dict.fromkeys(("letter", "wrote", "brief", "رسالة"), "letter"),
    **dict.fromkeys(("meeting", "met", "visit", "visited", "treffen", "besuch", "getroffen", "اجتماع", "زيارة"), "meeting"),
    **dict.fromkeys(("video", "zoom", "teams", "فيديو"), "video"),
    **dict.fromkeys(("chat", "دردشة"), "chat"),
    **dict.fromkeys(("message", "sms", "nachricht"), "message"),
}  # fmt: skip
"""Words that say on which way it was; they may stand in front of the line."""
IN = frozenset({"from", "by", "von", "من"})
OUT = frozenset({"to", "an", "إلى"})
WITH = frozenset({"with", "mit", "bei", "مع"})
INCOMING = frozenset({"in", "incoming", "ein", "eingehend", "وارد", "واردة"})
TIME = re.compile(
    r"(?<!\w)(\d{1,3})\s*(min(?:ute[ns]?|s|\.)?|m|h|hours?|std\.?|stunden?|دقائق|دقيقة|ساعة|د)(?!\w)", re.IGNORECASE
)
HOURS = ("h", "s", "ساعة")
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Understood:
    """What a line says: whom it names (as typed), the way, the direction, minutes, and the rest as subject. `is_told`: it names its way."""

    who: str = ""
    channel: str = "phone"
    direction: str = "out"
    minutes: int | None = None
    subject: str = ""
    is_told: bool = False


def is_quick(line: str) -> bool:
    """Does a line begin as one that notes a communication: a way of talking, then something?"""
    words = line.split()
    return len(words) > 1 and _channel(words[0]) is not None


def understand(line: str, has_party: bool = False, channels: Mapping[str, str] | None = None) -> Understood:
    """What a line says. Up to its first comma it names whom it was with, unless that is known already (`has_party`). `channels` are
    further words for ways, as plugins and organisations add them: the word in small letters -> the code."""
    text = " ".join(line.split())[: LONGEST * 2]
    minutes, text = _minutes(text)
    parts = [part.strip(" .") for part in text.split(",")]
    parts = [part for part in parts if part]
    if not parts:
        return Understood(minutes=minutes)
    found, head = _head(parts[0], CHANNELS if channels is None else {**channels, **CHANNELS})
    rest = parts[1:]
    if has_party:
        rest, head = [head, *rest] if head else rest, ""
    return replace(found, who=head, minutes=minutes, subject=", ".join(rest)[:LONGEST])


def _minutes(text: str) -> tuple[int | None, str]:
    found = TIME.search(text)
    if found is None:
        return None, text
    number, unit = int(found[1]), found[2].lower()
    minutes = number * 60 if unit.startswith(HOURS) else number
    left = f"{text[: found.start()].rstrip(' ,')}, {text[found.end() :].lstrip(' ,')}".strip(" ,")
    return (minutes, left) if minutes <= 1440 else (None, text)


def _head(text: str, channels: Mapping[str, str]) -> tuple[Understood, str]:
    """The way and the direction out of the words in front, and what is left of them."""
    words = text.split()
    channel: str | None = None
    direction = "out"
    while words:
        word = words[0].lower().strip(":")
        if channel is None and word in channels:
            channel = channels[word]
        elif word in INCOMING or (word in IN and channel is not None):
            direction = "in"
        elif not (channel is not None and (word in OUT or word in WITH)):
            break
        words.pop(0)
    return Understood(channel=channel or "phone", direction=direction, is_told=channel is not None), " ".join(words)


def _channel(word: str) -> str | None:
    return CHANNELS.get(word.lower().strip(":"))
