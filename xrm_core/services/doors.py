"""Policies of routes: each address says who may come in, and is refused at start where it does not.

`public`: anybody. `signed_in`: whoever is signed in; what he sees there is for the services to say. `role:NAME`: holders of a role.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ..errors import Refused, SignInNeeded
from ..language import _
from ..metamodel.values import Actor

PUBLIC: Final[dict[str, Any]] = {"policy": "public"}
"""Of a route that anybody may ask: `@get("/sign-in", opt=PUBLIC)`."""
SIGNED_IN: Final[dict[str, Any]] = {"policy": "signed_in"}
"""Of a route for those who are signed in."""
ADMIN: Final[dict[str, Any]] = {"policy": "role:admin"}
"""Of a route for administrators."""
_POLICY = re.compile(r"public|signed_in|role:[a-z][a-z0-9_]{0,62}").fullmatch


def is_policy(value: object) -> bool:
    """Is this a policy that a route can have?"""
    return isinstance(value, str) and _POLICY(value) is not None


def let_in(policy: str, actor: Actor) -> None:
    """Raise SignInNeeded or Refused where the policy of a route does not let the actor in."""
    if policy == "public":
        return
    if actor.kind == "anonymous":
        raise SignInNeeded(_("sign in, or send a token: Authorization: Bearer xrm_..."), code="sign_in")
    role = policy.removeprefix("role:")
    if role != policy and role not in actor.roles and not actor.is_system:
        raise Refused(_("this is for people with the role {role!r}", role=role), code="refused")
