"""Small changes to a module, one at a time: a comparison turned over, a condition negated, a part left out, a constant changed."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
}  # fmt: skip
CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.Mult: ast.Add,
}  # fmt: skip
TURNED_NAMES = {"all": "any", "any": "all"}
SPOKEN = frozenset({"_", "ngettext", "N_"})
"""Functions whose texts are for people: what they say is no part of a rule."""
TYPES = frozenset({"Literal", "dict", "set", "tuple"})
"""What begins the name of a type where it has `[]` behind it: it says nothing when the program runs."""


@dataclass(frozen=True)
class Mutant:
    """One change. line: where; inside: the function or class, or nothing; lines: its first and last line; what: in words; at: the
    number of its place; other: what stands there then."""

    path: Path
    line: int
    inside: str
    lines: range
    what: str
    at: int
    other: ast.AST

    @property
    def tree(self) -> ast.Module:
        """The module with the change."""
        mutated = ast.parse(self.path.read_text("utf-8"))
        where, name, number, node = list(_places(mutated))[self.at]
        other = ast.copy_location(copy.deepcopy(self.other), node)
        if number is None:
            setattr(where, name, other)
        else:
            getattr(where, name)[number] = other
        return ast.fix_missing_locations(mutated)

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}: {self.inside}: {self.what}"


Change = tuple[str, ast.AST]
"""What is done, and the node that stands in place of the old one."""


def mutants_of(path: Path) -> list[Mutant]:
    """All small changes to a module, in the order of its lines."""
    tree = ast.parse(path.read_text("utf-8"))
    owners = list(_owners(tree))
    made = []
    for at, (where, _, _, node) in enumerate(_places(tree)):
        line = getattr(node, "lineno", getattr(getattr(node, "target", where), "lineno", 0))
        inside, lines = next(((name, lines) for name, lines in owners if line in lines), ("", range(0)))
        made += [Mutant(path, line, inside, lines, what, at, other) for what, other in _changes(node)]
    return _numbered(sorted(made, key=lambda mutant: mutant.line))


def _numbered(mutants: list[Mutant]) -> list[Mutant]:
    """The same change of one function told apart: the second is called so."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for mutant in mutants:
        seen[mutant.inside, mutant.what] += 1
        times = seen[mutant.inside, mutant.what]
        found.append(mutant if times == 1 else replace(mutant, what=f"{mutant.what} ({times})"))
    return found


def _owners(tree: ast.Module | ast.ClassDef, above: str = "") -> Iterator[tuple[str, range]]:
    """Functions and methods by name, each with its lines; then classes."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield above + node.name, range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if isinstance(node, ast.ClassDef):
            yield from _owners(node, f"{node.name}.")


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node that says something, with where it stands: annotations, imports, docstrings and texts for people left out."""
    for field, value in ast.iter_fields(tree):
        if field in ("annotation", "returns", "decorator_list", "type_comment", "bases", "type_params"):
            continue
        if isinstance(tree, ast.ClassDef) and field == "keywords":  # how a class is made, like a decorator
            continue
        for index, node in (
            [(None, value)] if isinstance(value, ast.AST) else list(enumerate(value if isinstance(value, list) else ()))
        ):
            if not isinstance(node, ast.AST) or _is_silent(node):
                continue
            yield tree, field, index, node
            yield from _places(node)


def _is_silent(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Raise | ast.Assert | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in TYPES:
        return True  # the name of a type
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPOKEN


def _changes(node: ast.AST) -> Iterator[Change]:
    for kind, make in CHANGES:
        if isinstance(node, kind):
            yield from make(node)


def _of_compare(node: ast.Compare) -> Iterator[Change]:
    for other in COMPARED.get(type(node.ops[0]), ()):
        yield (
            f"{ast.unparse(node)} -> {other.__name__}",
            ast.Compare(node.left, [other(), *node.ops[1:]], node.comparators),
        )


def _of_bool(node: ast.BoolOp) -> Iterator[Change]:
    turned = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{ast.unparse(node)} -> {'or' if isinstance(turned, ast.Or) else 'and'}", ast.BoolOp(turned, node.values)
    for n, part in enumerate(node.values):
        rest = [v for i, v in enumerate(node.values) if i != n]
        yield (
            f"{ast.unparse(node)} without {ast.unparse(part)}",
            rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest),
        )


def _of_not(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield f"{ast.unparse(node)} without not", node.operand


def _of_calculation(node: ast.BinOp) -> Iterator[Change]:
    other = CALCULATED.get(type(node.op))
    if other is not None:
        yield f"{ast.unparse(node)} -> {other.__name__}", ast.BinOp(node.left, other(), node.right)
        yield f"{ast.unparse(node)} -> its left side", node.left


def _of_constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} -> {not value}", ast.Constant(not value)
    elif isinstance(value, int):
        yield f"{value} -> {value + 1}", ast.Constant(value + 1)
    elif isinstance(value, str) and value:
        yield f"{value!r} -> another text", ast.Constant(value + "x")


def _of_condition(node: ast.If | ast.IfExp | ast.While) -> Iterator[Change]:
    other = copy.copy(node)
    other.test = ast.UnaryOp(ast.Not(), node.test)
    yield f"if {ast.unparse(node.test)} -> if not", other


def _of_return(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield f"{ast.unparse(node)} -> nothing", ast.Return(ast.Constant(None))


def _of_statement(node: ast.Expr | ast.AugAssign | ast.Continue | ast.Break) -> Iterator[Change]:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)):
        yield f"{ast.unparse(node)} -> left out", ast.Pass()


def _of_comprehension(node: ast.comprehension) -> Iterator[Change]:
    for n, test in enumerate(node.ifs):
        rest = [t for i, t in enumerate(node.ifs) if i != n]
        yield f"without if {ast.unparse(test)}", ast.comprehension(node.target, node.iter, rest, node.is_async)


def _of_name(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in TURNED_NAMES:
        other = TURNED_NAMES[node.func.id]
        yield f"{ast.unparse(node)} -> {other}", ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords)


CHANGES: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[Change]]], ...] = (
    (ast.Compare, _of_compare), (ast.BoolOp, _of_bool), (ast.UnaryOp, _of_not), (ast.BinOp, _of_calculation), (ast.Constant, _of_constant),
    ((ast.If, ast.IfExp, ast.While), _of_condition), (ast.Return, _of_return),
    ((ast.Expr, ast.AugAssign, ast.Continue, ast.Break), _of_statement), (ast.comprehension, _of_comprehension), (ast.Call, _of_name),
)  # fmt: skip
