"""One tree of errors. Each names the place, the fault and the way out; several faults travel together as `Problem` values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from .language import _, original_of


class Where(Struct, frozen=True):
    """A place in a file: path as shown to people, line counted from 1, and the key path inside the file."""

    file: str
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.key}" if self.key else place


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: a stable code, a sentence, and where it applies.

    `field` is the name of a field or column of a record (None: the whole record); `where` is a place in a file.
    """

    message: str
    code: str = "invalid"
    field: str | None = None
    where: Where | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else f"{self.field}: " if self.field else ""
        return f"{place}{self.message}" + (f"; {self.hint}" if self.hint else "")


@dataclass(eq=False)
class XrmError(Exception):
    """Base of all errors of the platform. `status` is the HTTP status that the faces answer with."""

    message: str
    code: str = "error"
    where: Where | None = None
    hint: str | None = None
    problems: Sequence[Problem] = field(default_factory=tuple)
    alike: str = ""
    """The message without what differs from record to record, by which refusals of many are put together; '' where it is all alike."""
    in_log: str = field(default="", init=False, repr=False)
    """The message as logs have it: in the language of the source, whoever asked."""
    status = 500

    def __post_init__(self) -> None:
        self.in_log = original_of(self.message)

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        lines = [head + (f"; {self.hint}" if self.hint else "")]
        lines += [f"  {problem}" for problem in self.problems]
        return "\n".join(lines)


def in_log(fault: BaseException) -> str:
    """What a line of a log says of a fault: in English, whatever language was spoken when it was raised."""
    return fault.in_log if isinstance(fault, XrmError) else str(fault)


class MetadataError(XrmError):
    """The metadata cannot come into force; `problems` holds every fault found, each with its place."""

    status = 500


class ExpressionFault(XrmError):
    """A text of the expression language is not valid (syntax, names or types)."""

    status = 422


class InvalidRecord(XrmError):
    """A record was refused; `problems` has one entry per field and fault."""

    status = 422


class BadRequest(XrmError):
    """The question itself is malformed: unknown column, bad cursor, wrong parameter."""

    status = 400


class NotFound(XrmError):
    """No such record, entity or page, or none that the actor may see: the two are not told apart."""

    status = 404


class Refused(XrmError):
    """The actor may not do this; the message says what would be needed."""

    status = 403


class SignInNeeded(XrmError):
    """Nobody is signed in."""

    status = 401


class Conflict(XrmError):
    """The stored state does not allow it: another version, a key already used, a record still referred to."""

    status = 409


class VersionConflict(Conflict):
    """The record was changed since it was read. `current` holds the stored record."""

    current: dict[str, object] | None = None
    status = 412

    @classmethod
    def of(cls, entity: str, record: Mapping[str, object], version: int) -> VersionConflict:
        """The error for a write that names `version` of a record that is stored in another one."""
        fault = cls(
            _("this {entity} is at version {stored}, not {version}", entity=entity, stored=record["version"], version=version),
            code="version_conflict", hint=_("read it again and repeat the change"),
        )  # fmt: skip
        fault.current = dict(record)
        return fault


class PluginError(XrmError):
    """A plugin failed; the message names plugin, hook and reason. `plugin` and `hook` are their names, where known;
    `reason` is what everybody may read of it: our own words, without values and without what the plugin's code said."""

    plugin: str = ""
    hook: str = ""
    reason: str = ""
    status = 500

    def named(self, plugin: str, hook: str) -> PluginError:
        """The error with plugin and hook in it, where it does not name them yet."""
        if not self.plugin:
            self.plugin, self.hook = plugin, hook
            self.in_log = f"plugin {plugin!r}, hook {hook}: {self.in_log}"
            self.message = f"plugin {plugin!r}, hook {hook}: {self.message}"
        return self

    @property
    def told(self) -> str:
        """What everybody may read: plugin, hook and reason; what the plugin's code said stays in the log. Without a full stop."""
        if not self.plugin:
            return _("A plugin failed. Nothing was saved")
        values = {"plugin": self.plugin, "hook": self.hook, "reason": self.reason}
        if self.hook and self.reason:
            return _("The plugin {plugin} failed in {hook}: {reason}. Nothing was saved", **values)
        if self.hook:
            return _("The plugin {plugin} failed in {hook}. Nothing was saved", **values)
        if self.reason:
            return _("The plugin {plugin} failed: {reason}. Nothing was saved", **values)
        return _("The plugin {plugin} failed. Nothing was saved", **values)


class StorageError(XrmError):
    """The database cannot do what was asked (unreachable, out of date, locked)."""

    status = 503


class ImportFault(XrmError):
    """A file cannot be read or mapped; the sentence says what to do with it."""

    status = 422


class SettingsError(XrmError):
    """The organisation's settings are wrong or incomplete."""

    status = 500
