"""Secrets that people bring: made at random, kept only as hashes; and those that must be read again, kept sealed."""

from __future__ import annotations

import hashlib
import os
import secrets
from typing import TYPE_CHECKING

from ...errors import SettingsError
from ..signatures import KEY_FILE, VARIABLE, kept_key

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

    from ..settings import Settings


def new_secret() -> str:
    """256 random bits as text for addresses and cookies."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def seal(settings: Settings, text: str) -> str:
    """Encrypt what must be read again (the secret that an authenticator app shares with us): the database alone is worth nothing."""
    return _box(settings).encrypt(text.encode()).decode()


def unseal(settings: Settings, sealed: str) -> str:
    """The text again. Raises SettingsError where the key is not the one that it was sealed with."""
    from cryptography.fernet import InvalidToken

    try:
        return _box(settings).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SettingsError(
            "second factors were sealed with another key", hint=f"bring back the file {KEY_FILE}, or set {VARIABLE}"
        ) from None


def _box(settings: Settings) -> Fernet:
    from cryptography.fernet import Fernet

    key = os.environ.get(VARIABLE) or kept_key(settings.root / KEY_FILE)
    try:
        return Fernet(key)
    except ValueError:
        raise SettingsError(
            f"{VARIABLE} or the file {KEY_FILE} holds no key", hint="a key is 32 bytes in URL-safe base64"
        ) from None
