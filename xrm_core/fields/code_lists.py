"""Finding codes in a code list: by code, by former code, by label in any language; and which may be newly chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import Field as Key
from pydantic import model_validator

from xrm_core.language import _, joined
from xrm_core.metamodel.definitions import CodeDef, Label, Name
from xrm_core.metamodel.field_type import Env, FieldFault
from xrm_core.metamodel.text import say

from .characters import shown
from .options import Options
from .standards import fold

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import CodeList, CodeValue, Field


class CodeOptions(Options):
    """Where the codes of a choice come from: a code list by name, or values written here."""

    codes: Name | None = Key(None, description="Name of a code list")
    values: list[str] | dict[str, Label | CodeDef | None] | None = Key(
        None,
        description="The codes themselves, `[low, high]` or `{low: Low, high: {label: High, colour: bad}}`; "
        "they make the code list `{entity}_{field}`",
    )

    @model_validator(mode="after")
    def _one_source(self) -> CodeOptions:
        if (self.codes is None) == (self.values is None):
            raise ValueError("give either codes (the name of a code list) or values")
        return self

    @property
    def inline(self) -> dict[str, CodeDef]:
        """The codes written in the field, as a code list has them; empty when a code list is named."""
        given = dict.fromkeys(self.values) if isinstance(self.values, list) else self.values or {}
        return {
            code: one if isinstance(one, CodeDef) else CodeDef.model_validate({"label": one})
            for code, one in given.items()
        }


def list_name(field: Field) -> str:
    """Name of the code list of a field with `CodeOptions`."""
    codes: str | None = getattr(field.options, "codes", None)
    return codes or f"{field.entity}_{field.name}"


def code_list(field: Field, env: Env) -> CodeList:
    """The code list in force. Raises FieldFault when there is none, which checked metadata rule out."""
    found = env.codes.get(list_name(field))
    if found is None:
        raise FieldFault(
            _("There is no code list {list_name}", list_name=list_name(field)),
            code="no_code_list",
            hint=_("declare it in the metadata"),
        )
    return found


def check_code(raw: Any, codes: CodeList, env: Env) -> str:
    """The code, when the list has it. Raises FieldFault with the nearest code."""
    if type(raw) is str:
        if raw in codes.values:
            return raw
        if raw.strip() in codes.values:
            return raw.strip()
    raise unknown(raw, codes, env)


def check_valid(code: str, field: Field, env: Env) -> None:
    """Raise FieldFault, with the replacement, when the code may not be newly chosen today."""
    codes = env.codes.get(list_name(field))
    value = codes.values.get(code) if codes is not None else None
    if codes is None or value is None or not (value.retired or value.valid_from or value.valid_until):
        return
    if not value.is_valid(env.today):
        raise _not_now(value, codes, env.today, env.language)


def may_expire(field: Field, env: Env) -> bool:
    """Has the field's code list any code that may not be newly chosen on some day?"""
    codes = env.codes.get(list_name(field))
    return codes is not None and any(v.retired or v.valid_from or v.valid_until for v in codes.values.values())


def find_code(text: str, codes: CodeList, env: Env) -> str:
    """The code that a text means: code, former code, or label in any language, case and accents apart. Raises
    FieldFault."""
    if text in codes.values:
        return text
    found = _table(codes).get(fold(text))
    if found is None:
        raise unknown(text, codes, env)
    if len(found) > 1:
        raise FieldFault(
            _("{value} can mean {names}", value=shown(text), names=joined(found, "or")),
            code="ambiguous",
            hint=_("write the code"),
        )
    return found[0]


def unknown(raw: Any, codes: CodeList, env: Env) -> FieldFault:
    """The fault for a code that the list does not have."""
    names = ", ".join(list(codes.values)[:12]) + (", ..." if len(codes.values) > 12 else "")
    hint = _("choose one of {names}", names=names)
    if isinstance(raw, str):
        table = _table(codes)
        near = get_close_matches(fold(raw), table, 1, 0.6)
        hint = _("did you mean {near}?", near=table[near[0]][0]) if near else hint
    return FieldFault(
        _("{value} is not a code of {label}", value=shown(raw), label=say(codes.label, env.language) or codes.name),
        code="unknown_code",
        hint=hint,
    )


def label_of(code: str, codes: CodeList | None, language: str) -> str:
    """The label of a code; the code itself when the list does not have it any more."""
    value = codes.values.get(code) if codes else None
    return say(value.label, language) or code if value else code


def code_list_fault(field: Field, names: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence when the code list named does not exist."""
    named: str | None = getattr(field.options, "codes", None)
    known = names.get("codes")
    if named is None or known is None or named in known:
        return []
    near = get_close_matches(named, known, 1, 0.6)
    return [f"there is no code list {named!r}" + (f"; did you mean {near[0]!r}?" if near else "")]


def _not_now(value: CodeValue, codes: CodeList, today: date, language: str) -> FieldFault:
    label, hint = say(value.label, language) or value.code, _("choose another one")
    if value.valid_from is not None and today < value.valid_from:
        told = _("{label} may be chosen from {day} on", label=label, day=value.valid_from)
    elif value.valid_until and not value.retired:
        told = _("{label} is no longer in use since {day}", label=label, day=value.valid_until)
    else:
        told = _("{label} is no longer in use", label=label)
    if value.replaced_by and not (value.valid_from is not None and today < value.valid_from):
        other = label_of(value.replaced_by, codes, language)
        hint = _("choose {label} ({code})", label=other, code=value.replaced_by)
    return FieldFault(told, code="code_not_valid", hint=hint)


_TABLES: dict[int, tuple[CodeList, dict[str, list[str]]]] = {}


def _table(codes: CodeList) -> dict[str, list[str]]:
    """Codes by folded code, former code and labels. Kept for the lists in use; codes win over labels, labels over
    former codes."""
    kept = _TABLES.get(id(codes))
    if kept is not None and kept[0] is codes:
        return kept[1]
    table: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    former: dict[str, list[str]] = {}
    for value in codes.values.values():
        _add(table, fold(value.code), value.code)
        for label in value.label.values():
            _add(labels, fold(label), value.code)
        if value.was:
            _add(former, fold(value.was), value.code)
    for more in (labels, former):
        for name, found in more.items():
            table.setdefault(name, found)
    if len(_TABLES) >= 2000:
        _TABLES.clear()
    _TABLES[id(codes)] = (codes, table)
    return table


def _add(table: dict[str, list[str]], name: str, code: str) -> None:
    found = table.setdefault(name, [])
    if name and code not in found:
        found.append(code)
