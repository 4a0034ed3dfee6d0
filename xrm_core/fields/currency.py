"""currency: a currency of ISO 4217."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T, choice

from .characters import shown
from .country import CHOICE_OPERATORS
from .options import Options, may_be_empty
from .schemas import describe
from .standards import currencies, currency_name, read_currency

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class CurrencyOptions(Options):
    """Options of currency."""

    only: tuple[str, ...] = Key((), description="Currencies offered and allowed, by code; empty: all of ISO 4217")


class CurrencyType(ValueType):
    """A currency by its three-letter code (ISO 4217), shown with its name in the reader's language."""

    name = "currency"
    Options = CurrencyOptions

    def kind(self, field: Field) -> T:
        """Text that is one of the codes."""
        return choice(cast(CurrencyOptions, field.options).only or tuple(currencies()), null=may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """The code in capitals."""
        if raw == "":
            return None
        code = raw.strip().upper() if isinstance(raw, str) else None
        if code is None or code not in currencies():
            hint = _("write its three letters, as in EUR")
            raise FieldFault(
                _("{value} is not a currency of ISO 4217", value=shown(raw)), code="not_a_currency", hint=hint
            )
        only = cast(CurrencyOptions, field.options).only
        if only and code not in only:
            raise FieldFault(
                _("{code} is not allowed here", code=code),
                code="not_allowed",
                hint=_("choose one of {names}", names=", ".join(only)),
            )
        return code

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """By code or by name."""
        return self.value(read_currency(text, env.language), field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """Its name."""
        return currency_name(value, env.language)

    def widget(self, field: Field) -> Widget:
        """A select."""
        return Widget("select", {"source": "currencies", "only": cast(CurrencyOptions, field.options).only})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it one of these."""
        return CHOICE_OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """One of the codes."""
        codes = list(cast(CurrencyOptions, field.options).only or currencies())
        return {field.name: describe(field, {"type": "string", "enum": codes})}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The codes must exist."""
        only = cast(CurrencyOptions, field.options).only
        return [f"{code!r} is not a currency of ISO 4217" for code in only if code not in currencies()]
