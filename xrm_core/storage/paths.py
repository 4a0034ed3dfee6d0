"""Column paths: `amount`, `donor.party.name`, `donor.display`: a field of the record or of one that its links lead to."""

from __future__ import annotations

from msgspec import Struct

from xrm_core.errors import BadRequest
from xrm_core.expressions import ExprError, Typed, parse
from xrm_core.expressions.check import Checker
from xrm_core.language import _
from xrm_core.metamodel.catalog import Catalog
from xrm_core.metamodel.kinds import T

from .relation import ALL, Relation
from .tables import schema_with_tables


class Path(Struct, frozen=True):
    """A path, checked. `computed` says that it is no stored column."""

    name: str
    typed: Typed

    @property
    def type(self) -> T:
        """The kind of its value."""
        return self.typed.type

    @property
    def computed(self) -> bool:
        """Whether its value is worked out when it is read."""
        return self.typed.op != "path"


def path_of(catalog: Catalog, entity: str, name: str, relation: Relation = ALL) -> Path:
    """The path, checked. Raises NotFound for an unknown entity, BadRequest for an unknown or hidden column, naming the nearest."""
    if not name or not all(part.isidentifier() for part in name.split(".")):
        catalog.entity(entity)
        raise BadRequest(f"{name!r} is not the name of a column", code="unknown_column")
    return value_of(catalog, entity, f"record.{name}", relation, name)


def value_of(catalog: Catalog, entity: str, text: str, relation: Relation = ALL, name: str = "") -> Path:
    """The value of any expression over `record`, checked as a path is. Raises as `path_of`."""
    catalog.entity(entity)
    name = name or text
    try:
        nullable = relation.mask is not None
        checker = Checker(
            schema_with_tables(catalog), text, {"record": entity}, nullable=nullable, sight=relation.sight
        )
        typed = checker.check(parse(text))
    except ExprError as error:
        raise BadRequest(error.message, code="unknown_column", hint=error.hint) from None
    if typed.op in ("children", "rollup") or typed.type.kind == "null":
        raise BadRequest(f"{name} is a set of records and no column", code="unknown_column")
    if relation.hidden_in(entity, typed) is not None:
        raise BadRequest(_("{entity} has no field {name!r}", entity=entity, name=name), code="unknown_column")
    return Path(name, typed)
