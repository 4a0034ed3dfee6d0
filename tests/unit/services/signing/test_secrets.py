"""What is sealed, and with which key."""

from __future__ import annotations

from pathlib import Path

import pytest

from xrm_core.errors import SettingsError
from xrm_core.services.settings import Organisation, Settings
from xrm_core.services.signing import secrets


def settings(root: Path) -> Settings:
    """Settings of an organisation in a folder."""
    return Settings(organisation=Organisation(name="Test"), root=root)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    """The first seal makes the key; others than its owner cannot read it; what was sealed is read again."""
    sealed = secrets.seal(settings(tmp_path), "the secret")
    assert "the secret" not in sealed
    assert (tmp_path / secrets.KEY_FILE).stat().st_mode & 0o077 == 0
    assert secrets.unseal(settings(tmp_path), sealed) == "the secret"


def test_another_key_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restored database without its key says what is missing; a key that is none, too."""
    sealed = secrets.seal(settings(tmp_path), "the secret")
    (tmp_path / secrets.KEY_FILE).unlink()
    with pytest.raises(SettingsError, match="another key"):
        secrets.unseal(settings(tmp_path), sealed)
    monkeypatch.setenv(secrets.VARIABLE, "short")
    with pytest.raises(SettingsError, match="holds no key"):
        secrets.seal(settings(tmp_path), "x")
