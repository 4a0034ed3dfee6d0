"""Policies of routes: each address says who may come in, and is refused at start where it does not.

`public`: anybody. `signed_in`: whoever is signed in; what he sees there is for the services to say. `role:NAME`: holders of a role.
`enrolling`: whoever is signed in, also where a role of his asks for a second factor that he has not set up; he gets in nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..errors import Refused, SignInNeeded
from ..language import _
from ..metamodel.rights import RoleDef
from ..metamodel.text import called
from ..metamodel.values import Actor

PUBLIC: Final[dict[str, Any]] = {"policy": "public"}
"""Of a route that anybody may ask: `@get("/sign-in", opt=PUBLIC)`."""
SIGNED_IN: Final[dict[str, Any]] = {"policy": "signed_in"}
"""Of a route for those who are signed in."""
ADMIN: Final[dict[str, Any]] = {"policy": "role:admin"}
"""Of a route for administrators."""
ENROLLING: Final[dict[str, Any]] = {"policy": "enrolling"}
"""Of a route on the way to a second factor."""
_POLICY = re.compile(r"public|signed_in|enrolling|role:[a-z][a-z0-9_]{0,62}").fullmatch


def is_policy(value: object) -> bool:
    """Is this a policy that a route can have?"""
    return isinstance(value, str) and _POLICY(value) is not None


class FactorNeeded(Refused):
    """A role asks for a second factor, and who has it has not set one up (a token: had not when it was made)."""


def require_factor(actor: Actor) -> None:
    """Raise FactorNeeded where the actor owes a second factor."""
    if not actor.owes_factor:
        return
    if actor.kind == "token":
        message = _("this token was made before its owner had the second factor that a role of his asks for")
        raise FactorNeeded(message, code="second_factor", hint=_("its owner makes a new one"))
    message = _("a role of yours asks for a second factor")
    raise FactorNeeded(message, code="second_factor", hint=_("set one up under Your account"))


def let_in(policy: str, actor: Actor, roles: Mapping[str, RoleDef] | None = None) -> None:
    """Raise SignInNeeded or Refused where the policy of a route does not let the actor in, FactorNeeded where he owes a second factor.
    `roles`: those there are, so that the refusal calls the one that is missing by its label."""
    if policy == "public":
        return
    if actor.kind == "anonymous":
        raise SignInNeeded(_("sign in, or send a token: Authorization: Bearer xrm_..."), code="sign_in")
    if policy != "enrolling":
        require_factor(actor)
    role = policy.removeprefix("role:")
    if role != policy and role not in actor.roles and not actor.is_system:
        known = roles.get(role) if roles is not None else None
        name = (called(known.label) if known is not None else "") or role
        raise Refused(_("this is for people with the role {role!r}", role=name), code="refused")
