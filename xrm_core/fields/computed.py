"""What formula and roll-up share: a value that is worked out when it is read, shown as the type that it is `of`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

from msgspec.structs import replace
from pydantic import Field as Key
from pydantic import model_validator

from xrm_core.language import _
from xrm_core.metamodel.definitions import Name
from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType, Widget
from xrm_core.metamodel.kinds import MAX_SCALE

from .boolean import BooleanType
from .choice import ChoiceType
from .code_lists import code_list_fault
from .country import CountryType
from .currency import CurrencyType
from .date import DateType
from .datetime import DateTimeType
from .decimal import DecimalType
from .duration import DurationType
from .integer import IntegerType
from .link import LinkType, target_faults
from .locales import currency_in, show_money
from .money import MoneyType
from .options import Options
from .percent import PercentType
from .text import TextType

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

Of = Literal[
    "text", "integer", "decimal", "money", "percent", "boolean", "date", "datetime", "duration", "choice", "link",
    "country", "currency",
]  # fmt: skip
SHOWN_AS: tuple[type[FieldType], ...] = (
    TextType, IntegerType, DecimalType, MoneyType, PercentType, BooleanType, DateType, DateTimeType, DurationType,
    ChoiceType,
    LinkType, CountryType, CurrencyType,
)  # fmt: skip
INNER = {kind.name: kind() for kind in SHOWN_AS}


class ComputedOptions(Options):
    """Options of values that are worked out."""

    scale: int | None = Key(
        None, ge=0, le=MAX_SCALE, description="Digits after the point of a number; default: those of its type"
    )
    codes: Name | None = Key(None, description="Code list, where the value is a choice")
    to: Name | None = Key(None, description="Entity, where the value is a link")
    currency_from: Name | None = Key(
        None,
        description="Money or currency field that says the currency of the amount, of a decimal also one of the record that the row "
        "belongs to; default: the organisation's",
    )
    unit: str | None = Key(None, max_length=20, description="Unit shown behind a decimal")

    @model_validator(mode="after")
    def _fits(self) -> ComputedOptions:
        for kind, key in (("link", "to"), ("choice", "codes")):
            if self.kind_of == kind and getattr(self, key) is None:
                raise ValueError(
                    f"of: {kind} needs {key}: (the name of {'an entity' if key == 'to' else 'a code list'})"
                )
        return self

    @property
    def kind_of(self) -> str:
        """The type that the value is shown as."""
        raise NotImplementedError


class ComputedType(FieldType):
    """Base of types whose value is worked out when it is read. It is never written."""

    virtual = True

    def columns(self, field: Field) -> tuple[Column, ...]:
        """One column that is not stored."""
        inner = _inner(field)
        column = inner.type.columns(inner)[0]
        return (Column(field.name, column.kind.with_null(True), column.digits, column.references, stored=False),)

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Refused: the value follows from others."""
        if given.get(field.name) is None:
            return {}
        raise FieldFault(_("The value is worked out and cannot be written"), code="computed", hint=_("leave it out"))

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """Nothing: what a file says about it is not taken."""
        return {}

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """As the type that it is of."""
        options = cast(ComputedOptions, field.options)
        if options.kind_of == "money":
            amount = record.get(field.name)
            return (
                ""
                if amount is None
                else show_money(amount, currency_in(record, options.currency_from) or env.currency, env.language)
            )
        inner = _inner(field)
        return inner.type.text(record, inner, env)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """As the type that it is of; `read` passes it over."""
        inner = _inner(field)
        return {field.name: inner.type.export(record, inner)[field.name]}

    def widget(self, field: Field) -> Widget:
        """Shown, not typed."""
        return Widget("readonly", {"of": cast(ComputedOptions, field.options).kind_of})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Those of the type that it is of."""
        inner = _inner(field)
        return inner.type.operators(inner)

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """As the type that it is of, read only."""
        inner = _inner(field)
        return {field.name: {**inner.type.schema(inner)[field.name], "readOnly": True}}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """Options must fit the type."""
        options = cast(ComputedOptions, field.options)
        kind = options.kind_of
        faults: list[str] = []
        if kind == "link":
            faults += target_faults((options.to or "",), names)
        if kind == "choice":
            faults += code_list_fault(field, names)
        for key, owner in (("codes", "choice"), ("to", "link")):
            if kind != owner and getattr(options, key) is not None:
                faults.append(f"{key} does not go with of: {kind}")
        if options.scale is not None and kind not in ("decimal", "money", "percent"):
            faults.append(f"scale does not go with of: {kind}")
        if options.currency_from is not None and kind not in ("money", "decimal"):
            faults.append(f"currency_from does not go with of: {kind}")
        return faults


@lru_cache(maxsize=4096)
def _inner(field: Field) -> Field:
    """The field as if it were of the type that it shows."""
    options = cast(ComputedOptions, field.options)
    kind = INNER[options.kind_of]
    given: dict[str, Any] = {}
    if options.kind_of in ("decimal", "money", "percent") and options.scale is not None:
        given["scale"] = options.scale
    if options.kind_of == "decimal":
        given |= {"unit": options.unit, "currency_from": options.currency_from}
    if options.kind_of == "choice":
        given["codes"] = options.codes
    if options.kind_of == "link":
        given["to"] = options.to
    return replace(field, type=kind, options=kind.Options(**given), required=False)
