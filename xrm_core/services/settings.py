"""The organisation's settings: `xrm.toml`, with secrets and overrides from the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..errors import Problem, SettingsError, Where

FILE = "xrm.toml"


T = TypeVar("T")


class Part(BaseModel):
    """Base of a table in `xrm.toml`: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Organisation(Part):
    """Who it is, and the conventions its people share."""

    name: str
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    time_zone: str = "UTC"
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    country: str | None = Field(None, pattern="^[A-Z]{2}$")
    fiscal_year_start: str = Field("01-01", pattern=r"^\d\d-\d\d$")
    date_order: str = Field("dmy", pattern="^(dmy|mdy|ymd)$")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no time zone; write one like Europe/Vienna") from None
        return value


class DatabaseSettings(Part):
    """Where records are kept. `url` is sqlite:///file or postgresql://...; relative files lie beside `xrm.toml`."""

    url: str = "sqlite:///xrm.sqlite3"
    pool: int = Field(16, ge=1, le=200)


class PluginSettings(Part):
    """Which plugins are in use (None: all that are installed), and a folder for plugins without a package."""

    use: tuple[str, ...] | None = None
    folder: str = "plugins"


class ServerSettings(Part):
    """The web server. `base_url` is what links are made from; `hosts` are the names it answers to."""

    base_url: str = "http://127.0.0.1:8000"
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    threads: int = Field(16, ge=1, le=200)


class FileSettings(Part):
    """Where uploaded files are kept."""

    folder: str = "files"
    max_megabytes: int = Field(50, ge=1, le=2000)


def _named(parts: dict[str, T], what: str) -> dict[str, T]:
    """Parts by name, whose secrets are found in the environment by it. Raises ValueError for a name that could not stand there."""
    for name in parts:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
            raise ValueError(f"{name!r} is no name for {what}; use small letters, digits and _")
    return parts


class MailBox(Part):
    """A mail account: where its mail is read (IMAP) and sent (SMTP). Its password comes from the environment
    (XRM_MAILBOX_<NAME>_PASSWORD). `smtp_user`: the same as `user` where it is left out; `-`: the server asks for none.
    `trusted`: the name under which its server says whether a sender is who he claims to be (the first word of
    Authentication-Results, RFC 8601)."""

    user: str
    imap_host: str
    imap_port: int = Field(993, ge=1, le=65535)
    imap_security: str = Field("tls", pattern="^(starttls|tls|none)$")
    smtp_host: str
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: str = Field("starttls", pattern="^(starttls|tls|none)$")
    smtp_user: str | None = None
    inbox: str = "INBOX"
    sent: str = "Sent"
    trusted: str | None = None


class MailSettings(Part):
    """Where mail of the platform goes: to the SMTP server `host`, else into a folder, a file each. The server's password
    comes from the environment (XRM_MAIL_PASSWORD). `boxes`: accounts in which people's mail is read and from which it is sent."""

    sender: str = Field("xrm@localhost.localdomain", pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    host: str | None = None
    port: int = Field(587, ge=1, le=65535)
    security: str = Field("starttls", pattern="^(starttls|tls|none)$")
    user: str | None = None
    folder: str = "mail"
    boxes: dict[str, MailBox] = Field(default_factory=dict)

    @field_validator("boxes")
    @classmethod
    def _known_names(cls, value: dict[str, MailBox]) -> dict[str, MailBox]:
        return _named(value, "a mail account")


class Provider(Part):
    """An OpenID provider at which people sign in. Its secret comes from the environment (XRM_OIDC_<NAME>_SECRET).

    `groups` names the claim with a person's groups there, `roles` says which roles a group gives here. `by_email`: a user is
    known by his verified address at the first time; `create`: who is not known becomes a user.
    """

    title: str
    issuer: str = Field(pattern=r"^https?://[^\s?#]+$")
    client_id: str
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    groups: str = "groups"
    roles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    by_email: bool = False
    create: bool = False


class SignInSettings(Part):
    """How people sign in: by password, and at providers elsewhere, by name."""

    passwords: bool = True
    providers: dict[str, Provider] = Field(default_factory=dict)

    @field_validator("providers")
    @classmethod
    def _known_names(cls, value: dict[str, Provider]) -> dict[str, Provider]:
        return _named(value, "a provider")


class Settings(Part):
    """All settings of one organisation; `root` is the folder that holds `xrm.toml` and `metadata/`."""

    organisation: Organisation
    database: DatabaseSettings = DatabaseSettings()
    plugins: PluginSettings = PluginSettings()
    server: ServerSettings = ServerSettings()
    files: FileSettings = FileSettings()
    mail: MailSettings = MailSettings()
    sign_in: SignInSettings = SignInSettings()
    root: Path = Path()

    @property
    def metadata(self) -> Path:
        """The organisation's own layer."""
        return self.root / "metadata"

    @property
    def database_url(self) -> str:
        """The URL of the database, from the environment if set there, relative SQLite files made absolute."""
        url = os.environ.get("XRM_DATABASE_URL") or self.database.url
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{(self.root / url.removeprefix('sqlite:///')).resolve()}"
        return url

    def facts(self) -> Mapping[str, Any]:
        """What expressions, field types and hooks may know of the settings."""
        return self.organisation.model_dump()


def load_settings(root: Path) -> Settings:
    """Read `xrm.toml` in a folder. Raises SettingsError naming file, key and fault, all at once."""
    path = root / FILE
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"{root} holds no {FILE}, so it is no organisation's folder",
            hint="go to one, name one with --root FOLDER, or make one with: xrm init NAME",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{path} cannot be read: {fault}") from fault
    try:
        return Settings.model_validate({**data, "root": root.resolve()})
    except ValidationError as fault:
        problems = [_problem(path, e) for e in fault.errors()]
        raise SettingsError(f"{path} has {len(problems)} fault(s)", problems=problems) from fault


def _problem(path: Path, error: Any) -> Problem:
    key = ".".join(str(p) for p in error["loc"])
    hint = None
    if error["type"] == "extra_forbidden":
        owner: Any = Settings
        for part in error["loc"][:-1]:
            named = getattr(owner, "model_fields", None)
            owner = named[part].annotation if named else get_args(owner)[-1]  # a table of tables, by name
        near = get_close_matches(str(error["loc"][-1]), list(owner.model_fields), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(owner.model_fields)}"
    return Problem(error["msg"], code="setting", where=Where(path.name, key=key), hint=hint)
