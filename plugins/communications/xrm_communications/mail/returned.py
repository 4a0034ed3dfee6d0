"""Mail of ours that came back: which one it was, and what is marked because of it.

Anybody can write a message that looks like a bounce. So it counts only where it names a mail that went out from here, by its id,
which nobody can guess, and an address that this mail went to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xrm_core.plugin import FurtherChange, Patch, Reader, Record

from ..addresses import wired

QUALITY = {"hard": "bounced_hard", "soft": "bounced_soft"}


def bounced(reader: Reader, bounce: Mapping[str, Any]) -> tuple[Record | None, list[FurtherChange]]:
    """The mail that a bounce tells of, and the changes that follow: its state, and the quality of the party's address."""
    id = bounce["original"]
    found = reader.find("communication", "record.message_id == given.id", {"id": id}, limit=1) if id else []
    original = next((row for row in found if row["direction"] == "out" and row["channel"] == "email"), None)
    quality = QUALITY.get(bounce["kind"])
    if original is None:
        return None, []
    address = str(original["mail_to"] or "").lower()
    forms = {address, *((wired(address),) if address else ())}
    if quality is None or (bounce["recipients"] and not forms & set(bounce["recipients"])):
        return original, []
    told = " ".join(f"{bounce['status']} {bounce['diagnosis']}".split())[:500]
    changes: list[FurtherChange] = []
    if original["status"] in ("sent", "bounced") and bounce["kind"] == "hard":
        changes.append(
            Patch(
                "communication",
                original["id"],
                {"status_reason": told or None, "status_code": "came_back"},
                transition="bounce",
            )
        )
    elif original["status"] == "sent":
        changes.append(
            Patch("communication", original["id"], {"status_reason": told or None, "status_code": "came_back"})
        )
    points = reader.children("party", "contact_points", original["party"]) if original["party"] else []
    changes += [
        Patch("party_contact_points", point["id"], {"quality": quality})
        for point in points
        if point["kind"] == "email"
        and str(point["value"]).lower() == address
        and point["quality"] not in (quality, "bounced_hard")
    ]
    return original, changes
