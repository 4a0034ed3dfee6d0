"""file: a file kept by the platform."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from pydantic import BaseModel
from pydantic import Field as Key

from xrm_core.metamodel.field_type import Column, Env, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .options import Options, may_be_empty
from .schemas import describe
from .uuids import uuid_text

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

_KIND = re.compile(r"[a-z]+/(?:\*|[a-z0-9.+-]+)", re.ASCII)


class FileOptions(Options):
    """Options of file."""

    accept: tuple[str, ...] = Key(
        (), description="Media types allowed, as in `application/pdf` or `image/*`; empty: any"
    )
    max_mb: int | None = Key(
        None, ge=1, le=2000, description="Greatest size in megabytes; left out, what the settings allow (50)"
    )


class FileType(ValueType):
    """A file. The column holds the id of the stored file; the content lies outside the table. A file's media type
    and size are checked when it is uploaded."""

    name = "file"
    Options: ClassVar[type[BaseModel]] = FileOptions

    def columns(self, field: Field) -> tuple[Column, ...]:
        """The id of the file."""
        return (Column(field.name, self.kind(field)),)

    def kind(self, field: Field) -> T:
        """The id of a file: a link to the platform's own table, so that expressions can ask whether there is one and no more."""
        return T("ref", may_be_empty(field), of="xrm_file")

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """An id in canonical form; that the file exists is checked where records are saved."""
        return uuid_text(raw)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The id; pages show the file's name."""
        return str(value)

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The file's name where the query brought it (`{field}.name`), else the id."""
        return str(record.get(f"{field.name}.name") or record.get(field.name) or "")

    def widget(self, field: Field) -> Widget:
        """A file input."""
        options = cast(FileOptions, field.options)
        return Widget(self.name, {"accept": options.accept, "max_mb": options.max_mb})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is there one."""
        return ("empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """The id of a file."""
        options = cast(FileOptions, field.options)
        kinds = {"x-accept": list(options.accept)} if options.accept else {}
        return {field.name: describe(field, {"type": "string", "format": "uuid", **kinds})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """Media types must have the form of such."""
        options = cast(FileOptions, field.options)
        return [
            f"{kind!r} is not a media type, as in application/pdf"
            for kind in options.accept
            if not _KIND.fullmatch(kind)
        ]
