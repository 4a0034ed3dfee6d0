"""Step 3: authored code lists to code lists in force, with typed attributes."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from ..metamodel.catalog import CodeList, CodeValue
from ..metamodel.definitions import CodeDef, CodeListDef
from ..metamodel.text import as_text, humanise
from .blocks import Block, Items
from .draft import Draft, language_of
from .merge import Definition
from .validate import nearest, show, validate

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
PLAIN = frozenset(CodeDef.model_fields)
ROLES, CORE = "user_role", "core"
"""The built-in code list whose codes are the roles of all layers, so that a user can only be given one that there is."""


def check_codes(draft: Draft) -> None:
    """Check the authored lists; what is sound goes to `draft.models`."""
    files = draft.definitions.files
    for name, definition in {**draft.definitions.of("codes"), **draft.expanded.codes}.items():
        block = written_out(definition.block)
        if name == ROLES and definition.layer == CORE:
            block = _with_roles(draft, block)
        _check_doubles(draft, definition)
        model = validate(CodeListDef, block, files, definition.place, draft.problems, definition.at)
        if model is None:
            draft.broken.add(f"codes:{name}")
        else:
            draft.models["codes", name] = model


def _with_roles(draft: Draft, block: Block) -> Block:
    """The list of roles: every role that a layer declares, with its label and what those do who have it."""
    values = Block()
    for name, role in draft.definitions.of("role").items():
        language, value = language_of(draft, role.layer), Block()
        for key, source in (("label", "label"), ("help", "description")):
            given = role.block.get(source)
            if isinstance(given, (str, dict)):
                value.put(key, {language: given} if isinstance(given, str) else given, role.place)
        values.put(name, value, role.place)
    whole = Block(block, dict(block.places))
    whole["values"] = values
    return whole


def _check_doubles(draft: Draft, definition: Definition) -> None:
    """A code stands once in a list of codes."""
    values = definition.block.get("values")
    listed = (
        [value if isinstance(value, (str, int, float)) else None for value in values]
        if isinstance(values, Items)
        else []
    )
    for index, value in enumerate(listed):
        if value is None or isinstance(value, bool):
            message = "a code is expected, a text or a number"
            draft.problem(
                definition, ("values", index), message, "wrong_type", "put quotes around a text like true or null"
            )
        elif value in listed[:index]:
            message = f"'{value}' is written twice"
            draft.problem(definition, ("values", index), message, "duplicate", "keep one of the two")


def written_out(block: Block) -> Block:
    """Short forms in full: a list of codes, a bare label, labels by language."""
    values = block.get("values")
    made = Block()
    if isinstance(values, Items):
        for value, place in zip(values, values.places, strict=True):
            made.put(value if isinstance(value, str) else str(value), None, place)
    elif isinstance(values, Block):
        attributes = block.get("attributes")
        known = PLAIN | set(attributes if isinstance(attributes, Block) else ())
        for code, value in values.items():
            place = values.places[code]
            if isinstance(value, str) or (isinstance(value, Block) and value and _is_label(value, known)):
                value = Block({"label": value}, {"label": place})
            made.put(code, value, place)
    else:
        return block
    whole = Block(block, dict(block.places))
    whole.before = block.before
    whole["values"] = made
    return whole


def _is_label(value: Block, known: frozenset[str] | set[str]) -> bool:
    return all(LANGUAGE.fullmatch(k) and k not in known and isinstance(v, str) for k, v in value.items())


def build_codes(draft: Draft, definition: Definition, authored: CodeListDef) -> CodeList:
    """A code list in force; faulty dates and attributes become problems."""
    language = language_of(draft, definition.layer)
    values = {
        code: _value(draft, definition, authored, code, value or CodeDef.model_validate({}), language)
        for code, value in authored.values.items()
    }
    return CodeList(
        name=definition.name,
        label=as_text(authored.label, humanise(definition.name), language if authored.label else "en"),
        description=as_text(authored.description, "", language),
        values=values,
        attributes=dict(authored.attributes),
        steward=authored.steward,
        scheme=authored.scheme,
        where=draft.definitions.files.where(definition.place),
        required=tuple(authored.required),
    )


def _value(
    draft: Draft, definition: Definition, authored: CodeListDef, code: str, value: CodeDef, language: str
) -> CodeValue:
    given: dict[str, Any] = value.model_extra or {}
    attributes: dict[str, Any] = dict.fromkeys(authored.attributes)
    for name, raw in given.items():
        if name not in authored.attributes:
            _unknown(draft, definition, authored, code, name)
            continue
        try:
            attributes[name] = None if raw is None else read_attribute(authored.attributes[name], raw)
        except ValueError as fault:
            draft.problem(definition, ("values", code, name), str(fault), "wrong_type")
    days: dict[str, date | None] = {}
    for name in ("valid_from", "valid_until"):
        try:
            days[name] = read_attribute("date", raw) if (raw := getattr(value, name)) else None
        except ValueError as fault:
            days[name] = None
            draft.problem(definition, ("values", code, name), str(fault), "wrong_type")
    return CodeValue(
        code=code,
        label=as_text(value.label, humanise(code), language if value.label else "en"),
        help=as_text(value.help, "", language),
        replaced_by=value.replaced_by,
        was=value.was,
        parent=value.parent,
        colour=value.colour,
        retired=value.retired,
        attributes=attributes,
        **days,
    )


def _unknown(draft: Draft, definition: Definition, authored: CodeListDef, code: str, name: str) -> None:
    """A key that is no attribute: told once for a list, and not at all where the attributes themselves are wrong."""
    written = definition.block.get("attributes", {})
    told = f"codes:{definition.name}.{name}"
    if told in draft.broken or not isinstance(written, dict) or name in written:
        return
    draft.broken.add(told)
    hint = nearest(name, authored.attributes) or nearest(name, sorted(PLAIN)) if authored.attributes else None
    hint = hint or "declare it under 'attributes'"
    draft.problem(definition, ("values", code, name), f"unknown key '{name}'", "unknown_key", hint)


def read_attribute(kind: str, raw: Any) -> Any:
    """The value of a code's attribute. Raises ValueError with a sentence."""
    if kind == "boolean" and isinstance(raw, bool):
        return raw
    if kind.startswith("integer") and isinstance(raw, int) and not isinstance(raw, bool):
        return _within(kind, raw)
    if kind == "decimal" and isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return Decimal(repr(raw))
    if kind == "date" and isinstance(raw, str):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            raise ValueError(f"a date (2026-01-31) is expected, found '{raw}'") from None
    if kind.startswith(("text", "codes")) and isinstance(raw, (str, dict)):
        return dict(raw) if isinstance(raw, dict) else raw
    if kind.startswith(("entity", "department", "list", "expression:", "transition:", "field:")) and isinstance(
        raw, str
    ):
        return raw
    wanted = {
        "boolean": "true or false",
        "integer": "a whole number",
        "decimal": "a number",
        "date": "a date (2026-01-31)",
    }
    raise ValueError(f"{wanted.get(kind.partition(':')[0], 'a text')} is expected, found {show(raw)}")


def _within(kind: str, number: int) -> int:
    """A whole number that lies within the bounds of its kind, `integer:1..4`."""
    least, __, most = kind.partition(":")[2].partition("..")
    if (least and number < int(least)) or (most and number > int(most)):
        bounds = f"{least} to {most}" if least and most else f"{least} or more" if least else f"{most} at most"
        raise ValueError(f"a whole number, {bounds}, is expected, found {number}")
    return number
