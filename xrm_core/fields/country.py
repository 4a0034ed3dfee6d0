"""country: a country of ISO 3166-1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T, choice

from .characters import shown
from .options import Options, may_be_empty
from .schemas import describe
from .standards import countries, country_name, read_country

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

CHOICE_OPERATORS = ("eq", "ne", "in", "empty", "notEmpty")


class CountryOptions(Options):
    """Options of country."""

    only: tuple[str, ...] = Key((), description="Countries offered and allowed, by code; empty: all of ISO 3166-1")
    first: tuple[str, ...] = Key((), description="Countries offered at the top of the list")


class CountryType(ValueType):
    """A country by its two-letter code (ISO 3166-1 alpha-2), shown by its name in the reader's language."""

    name = "country"
    Options = CountryOptions

    def kind(self, field: Field) -> T:
        """Text that is one of the codes."""
        return choice(cast(CountryOptions, field.options).only or tuple(countries()), null=may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The code in capitals."""
        if raw == "":
            return None
        code = raw if type(raw) is str and raw in countries() else raw.strip().upper() if isinstance(raw, str) else None
        if code is None or code not in countries():
            raise FieldFault(
                _("{value} is not a country of ISO 3166-1", value=shown(raw)),
                code="not_a_country",
                hint=_("write two letters, as in GB"),
            )
        only = cast(CountryOptions, field.options).only
        if only and code not in only:
            raise FieldFault(
                _("{code} is not allowed here", code=code),
                code="not_allowed",
                hint=_("choose one of {names}", names=", ".join(only)),
            )
        return code

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """By code, by name in several languages, by a name in use (`UK`)."""
        return self.value(read_country(text, env.language), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Its name."""
        return country_name(value, env.language)

    def widget(self, field: Field) -> Widget:
        """A select."""
        options = cast(CountryOptions, field.options)
        return Widget("select", {"source": "countries", "only": options.only, "first": options.first})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it one of these."""
        return CHOICE_OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """One of the codes."""
        codes = list(cast(CountryOptions, field.options).only or countries())
        return {field.name: describe(field, {"type": "string", "enum": codes})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The codes must exist."""
        options = cast(CountryOptions, field.options)
        return [
            f"{code!r} is not a country of ISO 3166-1"
            for code in (*options.only, *options.first)
            if code not in countries()
        ]
