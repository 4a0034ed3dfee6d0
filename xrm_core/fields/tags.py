"""tags: a free list of short texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import TEXT, T, list_of

from .characters import clean, shown, text_of
from .lists import join, split
from .options import Options, may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class TagsOptions(Options):
    """Options of tags."""

    max: int = Key(50, ge=1, le=500, description="Most tags of a record")
    length: int = Key(50, ge=1, le=200, description="Most characters of a tag")
    suggest: tuple[str, ...] = Key((), description="Tags offered besides those in use")


class TagsType(ValueType):
    """A list of short texts, freely chosen. The same tag in another case or spelling of accents is kept once, as
    first written."""

    name = "tags"
    Options = TagsOptions

    def kind(self, field: Field) -> T:
        """List of texts."""
        return list_of(TEXT, may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> list[str] | None:
        """Each tag once, blanks inside folded to one; no tags is no value."""
        options = cast(TagsOptions, field.options)
        if not isinstance(raw, (list, tuple, set, frozenset)):
            raise FieldFault(
                _("{value} is not a list of tags", value=shown(raw)),
                code="not_a_list",
                hint=_('send a list, as in ["vip", "press"]'),
            )
        found: dict[str, str] = {}
        for item in sorted(raw) if isinstance(raw, (set, frozenset)) else raw:
            tag = " ".join(unicodedata.normalize("NFC", clean(text_of(item))).split())
            if len(tag) > options.length:
                raise FieldFault(
                    _(
                        "The tag {value} has {n} characters; {length} fit",
                        value=shown(tag),
                        n=len(tag),
                        length=options.length,
                    ),
                    code="too_long",
                )
            if tag:
                found.setdefault(tag.casefold(), tag)
        if len(found) > options.max:
            raise FieldFault(_("There are {n} tags; {max} fit", n=len(found), max=options.max), code="too_many")
        return list(found.values()) or None

    def parse(self, text: str, field: Field, env: Env) -> list[str] | None:
        """Parted by comma, semicolon or line break."""
        return self.value(split(text), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Parted by commas."""
        return ", ".join(value)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """Parted by commas, quoted where needed."""
        return {field.name: join(record.get(field.name) or ())}

    def widget(self, field: Field) -> Widget:
        """An input of tags."""
        options = cast(TagsOptions, field.options)
        return Widget("tags", {"suggest": options.suggest, "max": options.max, "length": options.length})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Has it this tag."""
        return ("contains", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A list of strings."""
        options = cast(TagsOptions, field.options)
        items = {"type": "string", "minLength": 1, "maxLength": options.length}
        return {
            field.name: describe(field, {"type": "array", "items": items, "uniqueItems": True, "maxItems": options.max})
        }

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """Suggested tags must fit."""
        options = cast(TagsOptions, field.options)
        return [
            f"the suggested tag {tag!r} is longer than {options.length}"
            for tag in options.suggest
            if len(tag) > options.length
        ]
