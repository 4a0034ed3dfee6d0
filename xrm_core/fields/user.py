"""user: a person who signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field as Key

from xrm_core.metamodel.definitions import Name
from xrm_core.metamodel.field_type import Widget

from .link import LinkEnd, LinkType

if TYPE_CHECKING:
    from xrm_core.metamodel.catalog import Field


class UserOptions(LinkEnd):
    """Options of user."""

    role: Name | None = Key(None, description="Only users with this role are offered")

    @property
    def to(self) -> str:
        """The entity linked to."""
        return "user"

    @property
    def targets(self) -> tuple[str, ...]:
        """The entity linked to."""
        return ("user",)

    @property
    def is_single(self) -> bool:
        """Always: there is one entity of users."""
        return True


class UserType(LinkType):
    """A link to a user: owners, assignees, who verified."""

    name = "user"
    Options = UserOptions

    def widget(self, field: Field) -> Widget:
        """A search for users."""
        options: Any = field.options
        return Widget("lookup", {"targets": ("user",), "role": options.role})
