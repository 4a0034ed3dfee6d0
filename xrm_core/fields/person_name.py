"""person_name: the name of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import Field as Key

from xrm_core.metamodel.field_type import Env, Widget

from .compound import CompoundTextType
from .options import Options

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class PersonNameOptions(Options):
    """Options of person_name."""

    show: Literal["given_first", "family_first", "sorted"] = Key(
        "given_first", description="How it is shown: `Ann Bell`, `Bell Ann`, or `Bell, Ann`"
    )


class PersonNameType(CompoundTextType):
    """A person's name in six columns: prefix, given, middle, family, suffix, and the name he or she is called by.

    No part is needed: people with one name have it in `given` or `family`.
    """

    name = "person_name"
    Options = PersonNameOptions
    parts: ClassVar[Mapping[str, tuple[str, int]]] = {
        "prefix": ("title", 50), "given": ("given name", 100), "middle": ("middle name", 100),
        "family": ("family name", 100), "suffix": ("suffix", 50), "called": ("called", 100),
    }  # fmt: skip

    def text(self, record: Mapping[str, Any], field: Field, env: Env) -> str:
        """The name in the order that the field says."""
        part = {key: record.get(f"{field.name}_{key}") or "" for key in self.parts}
        given = " ".join(filter(None, (part["given"] or part["called"], part["middle"])))
        show = cast(PersonNameOptions, field.options).show
        if show == "sorted" and part["family"] and given:
            name = f"{part['family']}, {given}"
        else:
            order = (part["family"], given) if show == "family_first" else (given, part["family"])
            name = " ".join(filter(None, order))
        name = " ".join(filter(None, (part["prefix"] if show != "sorted" else "", name)))
        return f"{name}, {part['suffix']}" if part["suffix"] and name else name

    def widget(self, field: Field) -> Widget:
        """Inputs for the parts."""
        return Widget("person_name", {"parts": tuple(self.parts)})
