"""The one expression language: a loop-free, typed subset of CEL, compiled to SQL (SQLite, PostgreSQL) and to Python.

    rule = compile_text("record.amount > 100 && record.stage == 'active'", schema, "deal", want="bool")
    rule.python(Ctx(record))                        # True or False
    b = SqlBuilder(schema, "deal", "sqlite")        # b.where(rule.typed), b.source, b.bind(ctx)
    rule.text(), sentence(rule.syntax, schema, "deal"), rule.needs

docs/expressions.md is the reference for those who write rules.
"""

from . import python_functions as _functions
from . import python_rollups as _rollups
from .builder import SqlBuilder
from .check import check
from .context import Ctx
from .deciding import decided
from .doubts import always, opened_by_null
from .expression import Expression, compile_text
from .filters import from_filter, to_filter
from .lifting import lift_constants, shape
from .names import UNSAYABLE
from .needs import ChildSet, Link, Needs, Read, needs
from .parser import parse
from .schema import ACTOR, Children, CodeTable, ExprEntity, ExprField, ExprFunction, ExprSettings, Schema
from .sentence import sentence
from .sql_elements import exact_sums
from .sql_frame import Mask
from .sql_gather import is_gathered
from .sql_together import Together, has_gathered, required
from .sqlite_functions import register_sqlite_functions
from .standing import Tie, doubts, standing, tie_of
from .syntax import ExprError, Node
from .text import one_of, quote, unparse
from .titles import template_to_expression
from .to_python import to_python
from .typed import Typed

del _functions, _rollups

__all__ = [
    "ACTOR",
    "UNSAYABLE",
    "ChildSet",
    "Children",
    "CodeTable",
    "Ctx",
    "ExprEntity",
    "ExprError",
    "ExprField",
    "ExprFunction",
    "ExprSettings",
    "Expression",
    "Link",
    "Mask",
    "Needs",
    "Node",
    "Read",
    "Schema",
    "SqlBuilder",
    "Tie",
    "Together",
    "Typed",
    "always",
    "check",
    "compile_text",
    "decided",
    "doubts",
    "exact_sums",
    "from_filter",
    "has_gathered",
    "is_gathered",
    "lift_constants",
    "needs",
    "one_of",
    "opened_by_null",
    "parse",
    "quote",
    "register_sqlite_functions",
    "required",
    "sentence",
    "shape",
    "standing",
    "template_to_expression",
    "tie_of",
    "to_filter",
    "to_python",
    "unparse",
]
