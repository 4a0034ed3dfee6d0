"""multi_choice: several codes of a code list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field as Key

from xrm_core.language import _
from xrm_core.metamodel.field_type import Env, FieldFault, ValueType, Widget
from xrm_core.metamodel.kinds import T, list_of
from xrm_core.metamodel.kinds import choice as choice_kind

from .characters import shown
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
from .lists import join, split
from .options import may_be_empty
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class MultiChoiceOptions(CodeOptions):
    """Options of multi_choice."""

    max: int = Key(100, ge=1, le=1000, description="Most codes of a record")


class MultiChoiceType(ValueType):
    """Several codes of a code list, each once, in the order of the list."""

    name = "multi_choice"
    Options = MultiChoiceOptions

    def kind(self, field: Field) -> T:
        """List of codes."""
        inline = cast(MultiChoiceOptions, field.options).inline
        return list_of(choice_kind(tuple(inline), list_name(field)), may_be_empty(field))

    def value(self, raw: Any, field: Field, env: Env) -> list[str] | None:
        """Codes of the list; none is no value."""
        if not isinstance(raw, (list, tuple, set, frozenset)):
            raise FieldFault(
                _("{value} is not a list of codes", value=shown(raw)),
                code="not_a_list",
                hint=_('send a list, as in ["a", "b"]'),
            )
        codes = code_list(field, env)
        chosen = {check_code(item, codes, env) for item in raw}
        most = cast(MultiChoiceOptions, field.options).max
        if len(chosen) > most:
            raise FieldFault(_("{n} are chosen; {most} fit", n=len(chosen), most=most), code="too_many")
        return [code for code in codes.values if code in chosen] or None

    def settle(self, record: Mapping[str, Any], before: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Codes newly chosen must be valid today; those that are stored stay."""
        stored = before.get(field.name) or ()
        for code in record.get(field.name) or ():
            if code not in stored:
                check_valid(code, field, env)
        return {}

    def settles(self, field: Field, env: Env) -> bool:
        """Only where codes are retired or have days."""
        return may_expire(field, env)

    def parse(self, text: str, field: Field, env: Env) -> list[str] | None:
        """Codes or labels, parted by comma, semicolon or line break; a label may hold a comma when it stands alone."""
        codes = code_list(field, env)
        try:
            return self.value([find_code(text, codes, env)], field, env)
        except FieldFault as whole:
            parts = split(text)
            if len(parts) < 2 and whole.code != "unknown_code":
                raise
        return self.value([find_code(part, codes, env) for part in parts], field, env)

    def format(self, value: Any, field: Field, env: Env) -> str:
        """The labels, parted by commas."""
        codes = env.codes.get(list_name(field))
        return ", ".join(label_of(code, codes, env.language) for code in value)

    def export(self, record: Mapping[str, Any], field: Field) -> dict[str, str]:
        """The codes, parted by commas."""
        return {field.name: join(record.get(field.name) or ())}

    def widget(self, field: Field) -> Widget:
        """Several of a list."""
        options = cast(MultiChoiceOptions, field.options)
        return Widget("multi_select", {"source": "codes", "codes": list_name(field), "max": options.max})

    def operators(self, field: Field) -> tuple[str, ...]:
        """Has it this code."""
        return ("contains", "empty", "notEmpty")

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A list of strings."""
        options = cast(MultiChoiceOptions, field.options)
        items: dict[str, Any] = {"type": "string", "x-codes": list_name(field)}
        if options.inline:
            items["enum"] = list(options.inline)
        return {
            field.name: describe(field, {"type": "array", "items": items, "uniqueItems": True, "maxItems": options.max})
        }

    def check_options(self, field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
        """The code list must exist."""
        return code_list_fault(field, names)
