"""Text -> syntax tree: a hand-written precedence parser for a subset of CEL (grammar.lark describes it for readers)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple, NoReturn

from .names import UNSAYABLE, canonical
from .syntax import BINARY, MAX_DEPTH, MAX_NODES, MAX_TEXT, ExprError, Literal, Node, unquote

TOKEN = re.compile(
    r"""(?:[ \t\r\n]+|//[^\n]*)*(?:
 (?P<num>[0-9]+(?:\.[0-9]+)?)
|(?P<id>[A-Za-z_][A-Za-z0-9_]*)
|(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])
|(?P<str>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
|(?P<end>\Z)
|(?P<bad>.))""",
    re.X | re.S,
)
BAD = {
    "=": "one '=' is not a comparison",
    "&": "write '&&' for and",
    "|": "write '||' for or",
    "'": "the text is not closed",
    '"': "the text is not closed",
    "{": "maps and messages are not part of the language",
    ";": "one expression only",
    "’": "use the straight quote '",
    "“": 'use the straight quote "',
}
RESERVED = {
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
}  # fmt: skip
WORDS = {"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!", "is": "==", "None": "null"} | {
    "True": "true",
    "False": "false",
    "NULL": "null",
}
CONSTANTS: dict[str, Literal] = {"true": True, "false": False, "null": None}
BARE = ("today", "now")
"""Functions that may be written without brackets."""


class Token(NamedTuple):
    """kind: num id op str end."""

    kind: str
    value: str
    start: int
    stop: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text, closed by one of kind `end`."""
    if len(text) > MAX_TEXT:
        raise ExprError(f"longer than {MAX_TEXT} characters", MAX_TEXT, None, text)
    found: list[Token] = []
    for m in TOKEN.finditer(text):
        kind = m.lastgroup or "end"
        value, start = m.group(kind), m.start(kind)
        if kind == "bad" or (kind == "str" and "\0" in value):
            message = f"{value!r} is not expected here" if value.isprintable() else "a character that is not allowed"
            raise ExprError(message, start, None, text, BAD.get(value))
        found.append(Token(kind, value, start, m.end()))
        if kind == "end":
            break
    return found


class Parser:
    """One parse of one text."""

    def __init__(self, text: str) -> None:
        self.text, self.nodes, self.depth = text, 0, 0
        self.tokens, self.at = tokens(text), 0
        self.now = self.tokens[0]

    def next(self) -> None:
        """Take one token."""
        self.at += 1
        self.now = self.tokens[self.at]

    def is_op(self, *values: str) -> bool:
        """Whether the current token is one of these signs."""
        return self.now.kind == "op" and self.now.value in values

    def fail(self, message: str, hint: str | None = None) -> NoReturn:
        """Raise with the place of the current token."""
        raise ExprError(message, self.now.start, self.now.stop, self.text, hint)

    def node(self, op: str, args: tuple[Node, ...], value: Literal, start: int, end: int) -> Node:
        """A node, within the limits."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExprError(f"more than {MAX_NODES} parts", start, end, self.text)
        node = Node(op, args, value, start, end)
        if node.depth > MAX_DEPTH:
            raise ExprError(f"nested more than {MAX_DEPTH} deep", start, end, self.text)
        return node

    def deeper(self) -> None:
        """One level down; raises at the limit."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"nested more than {MAX_DEPTH} deep")

    def expect(self, value: str, what: str) -> int:
        """Take this sign; its end."""
        if not self.is_op(value):
            self.fail(f"'{value}' expected {what}, found {self.found()}")
        end = self.now.stop
        self.next()
        return end

    def found(self) -> str:
        """The current token as people read it."""
        return "the end" if self.now.kind == "end" else repr(self.now.value)

    def parse(self) -> Node:
        """The whole text."""
        tree = self.expr()
        if self.now.kind != "end":
            if self.now.kind == "id" and self.now.value in WORDS:
                self.fail(f"{self.now.value!r} is not an operator", f"write '{WORDS[self.now.value]}'")
            self.fail(f"an operator expected, found {self.found()}")
        return tree

    def expr(self) -> Node:
        """Expr = Or ["?" Or ":" Expr]."""
        self.deeper()
        cond = self.binary(1)
        if self.is_op("?"):
            self.next()
            yes = self.binary(1)
            self.expect(":", "after '?'")
            no = self.expr()
            cond = self.node("cond", (cond, yes, no), None, cond.start, no.end)
        self.depth -= 1
        return cond

    def power(self) -> int:
        """How tightly the current token binds; 0 if it is no operator."""
        kind, value = self.now.kind, self.now.value
        return BINARY.get(value, 0) if kind == "op" or (kind == "id" and value == "in") else 0

    def binary(self, level: int) -> Node:
        """Operators that bind at least as tightly as `level`. a && b && c is one node."""
        left, joined = self.unary(), None  # joined: the last node made by this loop, so not in brackets
        while (power := self.power()) >= level:
            op = self.now.value
            self.next()
            right = self.binary(power + 1)
            if power == 3 and self.power() == 3:
                self.fail("comparisons cannot be chained", "write 'a < b && b < c'")
            if power <= 2 and left.op == op and joined is left:
                left = self.node(op, (*left.args, right), None, left.start, right.end)
            else:
                left = self.node(op, (left, right), None, left.start, right.end)
            joined = left
        return left

    def unary(self) -> Node:
        """Member, or Member with '!' or '-' before it."""
        if not self.is_op("!", "-"):
            return self.member()
        op, start = self.now.value, self.now.start
        self.deeper()
        self.next()
        if self.is_op("!", "-") and self.now.value != op:
            self.fail(f"'{op}{self.now.value}' is not possible")
        arg = self.unary()
        self.depth -= 1
        if op == "-" and self.is_plain_number(arg, start):
            assert isinstance(arg.value, int | Decimal)
            return self.node("lit", (), -arg.value, start, arg.end)
        return self.node("not" if op == "!" else "neg", (arg,), None, start, arg.end)

    def is_plain_number(self, arg: Node, minus: int) -> bool:
        """Whether `arg` is a positive number directly after the minus sign: then both are one literal."""
        if arg.op != "lit" or type(arg.value) not in (int, Decimal) or arg.start != minus + 1:
            return False
        return self.tokens[self.at - 1].stop == arg.end and isinstance(arg.value, int | Decimal) and arg.value > 0

    def member(self) -> Node:
        """Primary {"." NAME ["(" args ")"]}."""
        left = self.primary()
        while self.is_op(".", "["):
            if self.now.value == "[":
                self.fail("indexing is not part of the language")
            self.next()
            if self.now.kind != "id":
                self.fail(f"a name expected after '.', found {self.found()}")
            if self.now.value in UNSAYABLE:
                self.fail(f"{self.now.value!r} cannot be the name of a field")
            name, end = self.now.value, self.now.stop
            self.next()
            if self.is_op("("):
                args, end = self.arguments(")")
                left = self.node("call", (left, *args), canonical(name), left.start, end)
            else:
                left = self.node("dot", (left,), name, left.start, end)
        return left

    def arguments(self, close: str) -> tuple[tuple[Node, ...], int]:
        """What stands between brackets, and their end."""
        self.next()
        args = []
        if not self.is_op(close):
            args.append(self.expr())
            while self.is_op(","):
                self.next()
                args.append(self.expr())
        return tuple(args), self.expect(close, "to close the list")

    def primary(self) -> Node:
        """A literal, a name, a call, a list, or an expression in brackets."""
        kind, value, start, end = self.now
        if kind == "num":
            self.next()
            if self.now.kind == "id" and self.now.start == end:
                self.fail(f"{value}{self.now.value} is not a number", "only digits and one point")
            return self.node("lit", (), Decimal(value) if "." in value else int(value), start, end)
        if kind == "str":
            self.next()
            return self.node("lit", (), unquote(value, start, self.text), start, end)
        if kind == "id":
            return self.named()
        if self.is_op("("):
            self.next()
            inner = self.expr()
            self.expect(")", f"to close the bracket at column {start + 1}")
            return inner
        if self.is_op("["):
            args, end = self.arguments("]")
            return self.node("list", args, None, start, end)
        return self.fail(f"a value expected, found {self.found()}")

    def named(self) -> Node:
        """A constant, a name, or a call."""
        _, value, start, end = self.now
        if value in CONSTANTS:
            self.next()
            return self.node("lit", (), CONSTANTS[value], start, end)
        if value == "in" or value in RESERVED or value in WORDS:
            self.fail(f"{value!r} cannot be used as a name", f"write '{WORDS[value]}'" if value in WORDS else None)
        self.next()
        if self.is_op("("):
            args, end = self.arguments(")")
            return self.node("call", args, canonical(value), start, end)
        if value in BARE:
            return self.node("call", (), value, start, end)
        return self.node("name", (), value, start, end)


def parse(text: str) -> Node:
    """Syntax tree of an expression, or ExprError with the column."""
    return Parser(text).parse()
