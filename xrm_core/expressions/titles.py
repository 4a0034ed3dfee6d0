"""The title template of an entity, such as '{number} {donor}', as an expression."""

from __future__ import annotations

import re
from typing import NamedTuple

from .names import near
from .schema import ExprEntity, ExprField, Schema
from .syntax import ExprError
from .text import quote

SLOT = re.compile(r"\{([^{}]*)\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
CLOSING = re.compile(r"^[)\]}»”’'\"%]+")
DISPLAY = "display"


class Part(NamedTuple):
    """One field of a title: the text before it, its expression, whether it may be empty, the path to ask, what closes it."""

    before: str
    text: str
    null: bool
    path: str
    after: str


def template_to_expression(template: str, entity: ExprEntity, schema: Schema | None = None) -> str:
    """Text of the expression that gives the title; '{a.b}' needs the schema.

    Texts stand as they are, choices with their label, links with the title of their record, dates and decimals as the
    one who reads writes them, whole numbers as they stand (they may be years), yes/no as true or false. An empty field takes the text before it along, and brackets around it.
    """
    pieces = SLOT.split(template)
    if any("{" in text or "}" in text for text in pieces[::2]):
        hint = "write a field's name in the braces, as in '{name}'"
        raise ExprError(f"'{template}' has a brace without its partner", text=template, hint=hint)
    parts: list[Part] = []
    before = pieces[0]
    for name, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        text, null = shown(name.strip(), entity, schema, template)
        closing = CLOSING.match(literal)
        after = closing[0] if closing and parts_open(before) else ""
        parts.append(Part(before, text, null, "record." + name.strip(), after))
        before = literal[len(after) :]
    if not parts:
        return quote(template.strip())
    pieces_out = [said for i, p in enumerate(parts) for said in written(parts, i, p)]
    pieces_out += [quote(before)] if before else []
    return pieces_out[0] if len(pieces_out) == 1 else trimmed(pieces_out, parts)


def trimmed(pieces: list[str], parts: list[Part]) -> str:
    """All pieces joined, without spaces around."""
    needs_trim = any(p.null for p in parts) or any(p.startswith("' ") for p in pieces)
    joined = " + ".join(pieces)
    return f"({joined}).trim()" if needs_trim else joined


def parts_open(before: str) -> bool:
    """Whether the text before a field opens a bracket or quote that the text after it closes."""
    return bool(re.search(r"[(\[{«“‘'\"]\s*$", before)) or not before


def written(parts: list[Part], i: int, p: Part) -> list[str]:
    """The expressions of one field with the text around it."""
    filled = [f"{q.path} != null" for q in (*parts[:i], p)]
    out: list[str] = []
    if p.before:
        needed = [filled[-1]] if p.null else []
        if i and all(q.null for q in parts[:i]):
            needed.append("(" + " || ".join(filled[:-1]) + ")")
        if i == 0 and (not p.before.strip() or not parts_open(p.before)):
            needed = []
        out.append(f"({' && '.join(needed)} ? {quote(p.before)} : '')" if needed else quote(p.before))
    out.append(f"coalesce({p.text}, '')" if p.null else p.text)
    if p.after:
        out.append(f"({filled[-1]} ? {quote(p.after)} : '')" if p.null else quote(p.after))
    return out


def shown(name: str, entity: ExprEntity, schema: Schema | None, template: str) -> tuple[str, bool]:
    """The text expression of a field, and whether it may be null."""
    if not NAME.fullmatch(name):
        raise ExprError(f"'{{{name}}}' is not a field", text=template, hint="write a field's name in the braces")
    steps, at, null = name.split("."), entity, False
    for step in steps[:-1]:
        f = field_of(at, step, template)
        if f.type.kind != "ref" or len(f.type.entities) != 1 or schema is None:
            raise ExprError(f"'{step}' is no link to one entity, it has no '{steps[-1]}'", text=template)
        null, at = null or f.type.null, schema.entities[f.type.entities[0]]
    f = field_of(at, steps[-1], template)
    return as_text(f, "record." + name, null or f.type.null, template)


def field_of(entity: ExprEntity, name: str, template: str) -> ExprField:
    """A field of the title."""
    f = entity.fields.get(name)
    if f is None:
        raise ExprError(f"{entity.name} has no field '{name}'", text=template, hint=near(name, entity.fields))
    return f


def as_text(f: ExprField, path: str, null: bool, template: str) -> tuple[str, bool]:
    """A field's value as text."""
    kind = f.type.kind
    if f.children is None and kind == "text":
        return (f"codeLabel({path})", True) if f.type.codes else (path, null or f.formula is not None)
    if kind == "ref" and len(f.type.entities) == 1 and f.name != "id":
        return f"{path}.{DISPLAY}", True
    if kind == "datetime":
        return f"written(date({path}))", True
    if f.children is None and kind in ("decimal", "date"):
        return f"written({path})", null or f.formula is not None
    if f.children is None and kind in ("int", "bool"):
        return f"string({path})", null or f.formula is not None
    said = "a set of records" if f.children else f"{f.type}"
    raise ExprError(f"'{f.name}' is {said}, a title cannot show it", text=template)
