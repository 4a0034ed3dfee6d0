"""Base of compound types of texts: several columns `{field}_{part}`, each of them a short text."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from xrm_core.metamodel.field_type import Column, Env, FieldFault, FieldType
from xrm_core.metamodel.kinds import T
from xrm_core.metamodel.text import say

from .characters import check_length, clean, one_line, text_of
from .schemas import describe

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field

OPERATORS = ("eq", "ne", "contains", "startsWith", "in", "empty", "notEmpty")


class CompoundTextType(FieldType):
    """Several texts that belong together. `parts` maps a part's name to (label, most characters).

    Only the columns that are given are answered, so that one part can be changed alone.
    """

    parts: ClassVar[Mapping[str, tuple[str, int]]]

    def columns(self, field: Field) -> tuple[Column, ...]:
        """One text for each part."""
        return tuple(Column(f"{field.name}_{part}", T("text", True)) for part in self.parts)

    def accept(self, given: Mapping[str, Any], field: Field, env: Env) -> dict[str, Any]:
        """Each part given, without blanks around it."""
        return self._each(given, field, env, texts=False)

    def read(self, given: Mapping[str, str], field: Field, env: Env) -> dict[str, Any]:
        """Each part given; line breaks become blanks."""
        return self._each(given, field, env, texts=True)

    def _each(self, given: Mapping[str, Any], field: Field, env: Env, *, texts: bool) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for part, (_, most) in self.parts.items():
            name = f"{field.name}_{part}"
            if name not in given:
                continue
            raw = given[name]
            try:
                text = "" if raw is None else clean(one_line(text_of(raw)) if texts else text_of(raw))
                check_length(text, 0, most)
                result[name] = (self.read_part if texts else self.part)(part, text, field, env) if text else None
            except FieldFault as fault:
                raise FieldFault(fault.message, code=fault.code, part=name, hint=fault.hint) from None
        return result

    def part(self, part: str, text: str, field: Field, env: Env) -> str:
        """Check one part that is given. Raises FieldFault."""
        return text

    def read_part(self, part: str, text: str, field: Field, env: Env) -> str:
        """Read one part from a form or a file. Raises FieldFault."""
        return self.part(part, text, field, env)

    @abstractmethod
    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The parts as one text."""

    def operators(self, field: Field) -> tuple[str, ...]:
        """Those of texts, on each part."""
        return OPERATORS

    def schema(self, field: Field) -> dict[str, dict[str, Any]]:
        """A string for each part."""
        title = say(field.label) or field.name
        return {
            f"{field.name}_{part}": describe(
                field, {"type": "string", "maxLength": most}, title=f"{title}: {label}", optional=True
            )
            for part, (label, most) in self.parts.items()
        }
