"""choice: one code of a code list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from xrm_core.metamodel.field_type import Env, ValueType, Widget
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.kinds import choice as choice_kind

from .code_lists import (
    CodeOptions,
    check_code,
    check_valid,
    code_list,
    code_list_fault,
    find_code,
    label_of,
    list_name,
    may_expire,
)
from .country import CHOICE_OPERATORS
from .options import may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class ChoiceOptions(CodeOptions):
    """Options of choice."""


class ChoiceType(ValueType):
    """One code of a code list. The code is stored, its label shown. A new value must be valid today; what is stored
    stays."""

    name = "choice"
    Options = ChoiceOptions

    def kind(self, field: Field) -> T:
        """Text that is one of the codes. Codes written in the field are told here; those of a list are known to the
        catalog."""
        inline = cast(ChoiceOptions, field.options).inline
        return choice_kind(tuple(inline), list_name(field), may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> str | None:
        """A code of the list."""
        return None if raw == "" else check_code(raw, code_list(field, env), env)

    def settle(self, record: Mapping[str, Any], before: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """A code newly chosen must be valid today; one that is stored stays."""
        code = record.get(field.name)
        if code is not None and code != before.get(field.name):
            check_valid(code, field, env)
        return {}

    def settles(self, field: Field, env: Env) -> bool:
        """Only where codes are retired or have days."""
        return may_expire(field, env)

    def parse(self, text: str, field: Field, env: Env) -> str | None:
        """By code or by label in any language."""
        return find_code(text, code_list(field, env), env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The label."""
        return label_of(value, env.codes.get(list_name(field)), env.language)

    def widget(self, field: Field) -> Widget:
        """A select of the codes valid today."""
        return Widget("select", {"source": "codes", "codes": list_name(field)})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Is it one of these."""
        return CHOICE_OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string; the codes when they are written in the field, else the name of the code list."""
        inline = cast(ChoiceOptions, field.options).inline
        schema: dict[str, Any] = {"type": "string", "x-codes": list_name(field)}
        if inline:
            schema["enum"] = list(inline)
        return {field.name: describe(field, schema)}

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The code list must exist."""
        return code_list_fault(field, names)
