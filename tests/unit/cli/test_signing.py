"""Commands that help users into their accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.running import run, said
from xrm_core.cli import doctor
from xrm_core.errors import XrmError
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.jobs import Worker
from xrm_core.services.organisation import start_organisation
from xrm_core.services.settings import MailBox, load_settings
from xrm_core.services.signing import codes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new organisation with one more user."""
    root = tmp_path / "mine"
    run("init", root)
    run("user", "add", "Mara", "mara@example.org", "--root", root)
    return root


def test_tokens_are_limited(folder: Path) -> None:
    """A scope that does not exist is refused with the nearest name; what is printed names the limits."""
    made = said(
        "token", "add", "mara@example.org", "report", "--scope", "note:read", "--scope", "read", "--root", folder
    )
    (listed,) = said("token", "list", "--root", folder)
    assert (listed["id"], listed["scopes"]) == (made["id"], ["note:read", "read"])
    refused = run("token", "add", "mara@example.org", "x", "--scope", "notes:read", "--root", folder, fails=True)
    assert "did you mean 'note'" in str(refused.exception)
    assert len(said("token", "list", "--root", folder)) == 1
    runtime = start_organisation(folder)
    with runtime.work(SYSTEM, "cli") as work:
        assert accounts.token_actor(runtime, work, made["token"]).scopes == ("note:read", "read")


def test_an_invitation_is_sent_by_the_worker(folder: Path) -> None:
    """The command says where mail goes; the letter lies there once the worker has run."""
    answer = said("user", "invite", "mara@example.org", "--root", folder)
    assert answer["mail"] == str(folder / "mail")
    assert {"what": "mail", "ok": True, "text": f"goes to {folder / 'mail'}"} in said("doctor", "--root", folder)
    worker = Worker(start_organisation(folder))
    while worker.run_once():
        pass
    (letter,) = (folder / "mail").glob("*.eml")
    assert b"To: Mara <mara@example.org>" in letter.read_bytes()
    assert "nobody" in str(run("user", "invite", "nobody@example.org", "--root", folder, fails=True).exception)


def test_lost_factors_are_removed(folder: Path) -> None:
    """Who lost the phone and the recovery codes gets in again by a link."""
    import pyotp

    runtime = start_organisation(folder)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        user = accounts.user_by_email(work, "mara@example.org")
        offer = codes.offer(work, user, "mara@example.org")
        codes.accept(work, user, offer.token, pyotp.TOTP(offer.secret).at(work.now), "phone")
    assert said("user", "reset-factors", "mara@example.org", "--root", folder) == {"removed": 1}
    assert said("user", "reset-factors", "mara@example.org", "--root", folder) == {"removed": 0}


def test_the_doctor_looks_at_mailboxes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password that is missing, and an address that is not https, are told with what to do."""
    box = MailBox(user="a@x.example", imap_host="mail.x.example", smtp_host="mail.x.example")
    settings = load_settings(folder)
    assert doctor._mailboxes(settings) == "none in the settings"
    settings.mail.boxes["office"] = box
    with pytest.raises(XrmError, match="no password for office") as fault:
        doctor._mailboxes(settings)
    assert "XRM_MAILBOX_OFFICE_PASSWORD" in str(fault.value.hint)
    monkeypatch.setenv("XRM_MAILBOX_OFFICE_PASSWORD", "a_secret_of_tests")
    with pytest.raises(XrmError, match="one click") as fault:
        doctor._mailboxes(settings)
    assert "https" in str(fault.value.hint)
    settings = settings.model_copy(
        update={"server": settings.server.model_copy(update={"base_url": "https://x.example"})}
    )
    assert doctor._mailboxes(settings).startswith("office;")
