"""Whom a message is from: the party that has the address, or one that it may be, with the reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xrm_core.plugin import Reader, Record

from ..addresses import shown

PUBLIC = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com", "me.com", "aol.com",
        "gmx.de", "gmx.net", "web.de", "t-online.de", "freenet.de", "mail.ru", "yandex.ru", "qq.com", "163.com", "protonmail.com", "proton.me",
        "orange.fr", "free.fr", "laposte.net", "libero.it", "bluewin.ch", "btinternet.com", "mail.com",
    }
)  # fmt: skip
"""Domains that say nothing of who somebody belongs to."""


@dataclass(frozen=True, slots=True)
class Match:
    """`party` is certain; `suggested` is for a person to confirm, with the reason: a code of `mail_reason`, and what it does not say itself."""

    party: str | None = None
    suggested: str | None = None
    why: str = ""
    detail: str = ""


def parties_with(reader: Reader, address: str) -> list[Record]:
    """Parties that have an address among their contact points."""
    local, __, domain = address.rpartition("@")
    own = shown(address)
    forms = {"one": f"{local}@{domain.lower()}", "two": address.lower(), "three": own, "four": own.lower()}
    asked = "record.kind == 'email' && record.value in [given.one, given.two, given.three, given.four]"
    rows = reader.find("party_contact_points", asked, forms)
    found = (reader.get("party", id) for id in dict.fromkeys(row["party"] for row in rows))
    return [party for party in found if party is not None]


def match(reader: Reader, sender: str, name: str, thread: Record | None) -> Match:
    """Whom a message from an address is from, given what it answers."""
    found = parties_with(reader, sender) if sender else []
    in_thread = thread["party"] if thread else None
    if len(found) == 1:
        return Match(party=found[0]["id"])
    if found:
        if in_thread in {party["id"] for party in found}:
            return Match(party=in_thread)
        return Match(suggested=found[0]["id"], why="several")
    if in_thread:
        return Match(suggested=in_thread, why="thread")
    return _by_domain(reader, sender) or _by_name(reader, name) or Match()


def _by_domain(reader: Reader, sender: str) -> Match | None:
    domain = sender.rpartition("@")[2].lower()
    if not domain or domain in PUBLIC or not re.fullmatch(r"[a-z0-9.-]+", domain):
        return None
    rows = reader.find(
        "party_contact_points",
        "record.kind == 'email' && record.value.endsWith(given.domain)",
        {"domain": f"@{domain}"},
        limit=20,
    )
    ids = dict.fromkeys(row["party"] for row in rows)
    parties = [party for id in ids if (party := reader.get("party", id)) is not None]
    best = next((p for p in parties if p["kind"] == "organisation"), parties[0] if parties else None)
    return Match(suggested=best["id"], why="domain", detail=domain) if best else None


def _by_name(reader: Reader, name: str) -> Match | None:
    if len(name.split()) < 2:
        return None
    rows = reader.find("party", "record.name == given.name", {"name": name}, limit=2)
    return Match(suggested=rows[0]["id"], why="name") if rows else None


def thread_of(reader: Reader, ids: Sequence[str]) -> Record | None:
    """The communication that a message answers: the first of these Message-IDs that we know."""
    for id in ids:
        found = reader.find("communication", "record.message_id == given.id", {"id": id}, limit=1)
        if found:
            return found[0]
    return None


def authenticated(told: Sequence[str], trusted: str | None) -> str:
    """What our own server says of the sender (RFC 8601): pass, fail, or unknown. What others wrote there counts for nothing."""
    if not trusted:
        return "unknown"
    for line in told:
        server, __, results = line.partition(";")
        if server.split()[:1] != [trusted]:
            continue
        said = {
            method.lower(): result.lower() for method, result in re.findall(r"\b(dmarc|spf|dkim)\s*=\s*(\w+)", results)
        }
        if said.get("dmarc") in ("pass", "fail"):
            return said["dmarc"]
        return "pass" if "pass" in (said.get("dkim"), said.get("spf")) else "unknown"
    return "unknown"


def matched_others(reader: Reader, values: Any, but: set[str]) -> list[dict[str, Any]]:
    """Other people of a message, To and Cc, that are parties: as rows of participants."""
    rows: list[dict[str, Any]] = []
    for part in ("to", "cc"):
        for __, address in values[part][:20]:
            for party in parties_with(reader, address):
                if party["id"] not in but:
                    but.add(party["id"])
                    rows.append({"party": party["id"], "part": part, "address": address[:250]})
    return rows
