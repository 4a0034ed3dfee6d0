"""language: a language by its BCP 47 tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T

from .characters import text_of
from .country import CHOICE_OPERATORS
from .options import Options, may_be_empty
from .schemas import describe
from .standards import language_name, language_tag, read_language

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class LanguageOptions(Options):
    """Options of language."""

    only: tuple[str, ...] = Key((), description="Languages offered and allowed, by tag; empty: any")


class LanguageType(ValueType):
    """A language by its tag (BCP 47: `de`, `pt-BR`, `zh-Hant`); any well-formed tag of a known language is kept."""

    name = "language"
    Options = LanguageOptions

    def kind(self, field: Field) -> T:
        """Text."""
        return T("text", may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The tag in its usual spelling."""
        text = text_of(raw)
        if not text.strip():
            return None
        tag = language_tag(text)
        only = cast(LanguageOptions, field.options).only
        if only and tag not in only:
            raise FieldFault(
                _("{tag} is not allowed here", tag=tag),
                code="not_allowed",
                hint=_("choose one of {names}", names=", ".join(only)),
            )
        return tag

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """By tag or by name."""
        return self.value(read_language(text, env.language), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Its name."""
        return language_name(value, env.language)

    def widget(self, field: Field) -> Widget:
        """A select."""
        return Widget("select", {"source": "languages", "only": cast(LanguageOptions, field.options).only})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it one of these."""
        return CHOICE_OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A language tag."""
        only = cast(LanguageOptions, field.options).only
        schema: dict[str, Any] = {"type": "string", "enum": list(only)} if only else {"type": "string", "maxLength": 80}
        return {field.name: describe(field, schema)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The tags must be in their usual spelling."""
        faults = []
        for tag in cast(LanguageOptions, field.options).only:
            try:
                usual = language_tag(tag)
            except FieldFault as fault:
                faults.append(fault.message)
            else:
                if usual != tag:
                    faults.append(f"write {usual!r} instead of {tag!r}")
        return faults
