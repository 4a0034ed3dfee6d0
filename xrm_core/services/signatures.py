"""Texts signed with the organisation's own key: addresses that whoever holds them may use, and nobody can make up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from pathlib import Path

KEY_FILE = ".xrm-key"
VARIABLE = "XRM_SECRET_KEY"
BYTES = 20
"""Of the 32 bytes of HMAC-SHA-256 (RFC 2104) that are kept."""


def sign(root: Path, text: str) -> str:
    """`<text>.<signature>`; both can stand in an address where the text can."""
    return f"{text}.{_mac(root, text)}"


def signed(root: Path, token: str) -> str | None:
    """The text of a token; None where its signature is not ours."""
    text, _dot, mac = token.rpartition(".")
    fits = hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(root, text).encode())
    return text if fits and text else None


def _mac(root: Path, text: str) -> str:
    key = (os.environ.get(VARIABLE) or kept_key(root / KEY_FILE)).encode()
    made = hmac.new(b"xrm address:" + key, text.encode("utf-8", "replace"), hashlib.sha256).digest()[:BYTES]
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def kept_key(path: Path) -> str:
    """The organisation's own key (32 bytes in URL-safe base64), made at its first use, readable by its owner alone."""
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    with os.fdopen(opened, "w", encoding="ascii") as file:
        file.write(key + "\n")
    return key
