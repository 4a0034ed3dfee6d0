"""Signing in at a provider elsewhere: OpenID Connect, code flow with PKCE (RFC 7636), state and nonce.

What must be remembered meanwhile travels in a sealed cookie, so that the link to a provider changes nothing here. Which
providers there are, and which roles their groups give, is said in `xrm.toml` alone.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import time
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ...errors import NotFound, Refused, SettingsError, XrmError
from ...language import _
from ...metamodel.values import ANONYMOUS, SYSTEM
from ...storage import query, signing
from ...storage.signing import Person
from .. import egress
from ..records import create_record, update_record
from ..runtime import Runtime
from ..settings import Provider, Settings
from ..work import Work
from .entering import Came, Entered, after_first, person_by_email, refused
from .secrets import new_secret, seal, unseal

log = logging.getLogger("xrm.signing")
LASTS = 600
"""Seconds from the link to the way back."""
KNOWN_FOR = 600
"""Seconds that a provider's description and keys are kept."""
LEEWAY = 60
"""Seconds that clocks may differ."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"]
"""Of signatures: those with a key of the provider's. Never `none`, nor one with a shared secret."""
_kept: dict[str, tuple[float, dict[str, Any]]] = {}


class NotLetIn(XrmError):
    """The provider said who it is, or not, and it does not lead in here. People are told no more."""

    status = 403


class Begun(Struct, frozen=True):
    """Where to send the browser, and what it brings back in a cookie."""

    url: str
    cookie: str


def provider_of(settings: Settings, name: str) -> Provider:
    """A provider by its name in the settings. Raises NotFound."""
    found = settings.sign_in.providers.get(name)
    if found is None:
        raise NotFound(_("there is no page at this address"), code="not_found")
    return found


def check_roles(settings: Settings, roles: Mapping[str, object]) -> None:
    """Raise SettingsError where a provider's groups give roles that nothing declares."""
    for name, provider in settings.sign_in.providers.items():
        given = {role for of_group in provider.roles.values() for role in of_group}
        if unknown := sorted(given - {"admin", *roles}):
            raise SettingsError(
                f"[sign_in.providers.{name}] roles: there is no role {unknown[0]!r}",
                hint=f"there are: {', '.join(sorted({'admin', *roles}))}",
            )


def begin(settings: Settings, name: str) -> Begun:
    """Go to a provider. Raises NotFound and Unreachable."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    provider = provider_of(settings, name)
    state, nonce, verifier = new_secret(), new_secret(), new_secret()
    url = prepare_grant_uri(
        _described(provider)["authorization_endpoint"], provider.client_id, "code", redirect_uri=way_back(settings, name),
        scope=list(provider.scopes), state=state, nonce=nonce, code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
    )  # fmt: skip
    kept = {"name": name, "state": state, "nonce": nonce, "verifier": verifier, "until": time.time() + LASTS}
    return Begun(str(url), seal(settings, json.dumps(kept)))


def way_back(settings: Settings, name: str) -> str:
    """The address that a provider sends people back to; registered there."""
    return f"{settings.server.base_url}/sign-in/with/{name}/back"


def finish(runtime: Runtime, name: str, given: Mapping[str, str], cookie: str, came: Came) -> Entered:
    """Come back from a provider. `given` is what it added to the address. Raises NotLetIn and Unreachable."""
    settings = runtime.settings
    provider = provider_of(settings, name)
    kept = _unsealed(settings, cookie)
    if kept.get("name") != name or not hmac.compare_digest(
        given.get("state", "").encode(), str(kept["state"]).encode()
    ):
        raise NotLetIn(_("this sign-in was begun elsewhere, or too long ago"), code="state")
    described = _described(provider)
    if given.get("iss", described["issuer"]) != described["issuer"] or not given.get("code"):
        raise NotLetIn(_("the provider did not sign you in"), code="provider")
    claims = _claims(settings, name, provider, described, given["code"], kept)
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        person = _known(work, provider, claims)
    if person is None and not _may_create(provider, claims):
        refused(runtime, None, f"provider {name}", "unknown")
        raise NotLetIn(_("nobody here is known by this account"), code="unknown")
    with runtime.work(SYSTEM, "web", write=True) as work:
        person = _known(work, provider, claims) or _created(work, provider, claims)
        signing.keep_identity(work.tx, described["issuer"], str(claims["sub"]), person.id, work.now)
        _give_roles(work, provider, person, claims)
        work.actor = ANONYMOUS
        return after_first(work, person, provider.title, came)


def _unsealed(settings: Settings, cookie: str) -> dict[str, Any]:
    try:
        kept = json.loads(unseal(settings, cookie)) if cookie else {}
    except SettingsError:
        kept = {}
    if not kept or kept["until"] < time.time():
        raise NotLetIn(_("this sign-in was begun elsewhere, or too long ago"), code="state")
    return dict(kept)


def _claims(
    settings: Settings, name: str, provider: Provider, described: Mapping[str, Any], code: str, kept: Mapping[str, Any]
) -> dict[str, Any]:
    """What the provider says of a person, its signature and all checked."""
    secret = os.environ.get(f"XRM_OIDC_{name.upper()}_SECRET", "")
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": way_back(settings, name), "code_verifier": str(kept["verifier"]),
        **({} if secret else {"client_id": provider.client_id}),
    }  # fmt: skip
    answer = egress.fetch(described["token_endpoint"], form, (provider.client_id, secret) if secret else None)
    claims = _identity(
        provider, described, str(answer.get("id_token", "")), str(kept["nonce"]), answer.get("access_token")
    )
    if "userinfo_endpoint" in described and answer.get("access_token"):
        more = egress.fetch(described["userinfo_endpoint"], bearer=str(answer["access_token"]))
        if more.get("sub") != claims["sub"]:
            raise NotLetIn(_("the provider did not sign you in"), code="provider")
        claims = {**more, **claims}
    return claims


def _identity(
    provider: Provider, described: Mapping[str, Any], token: str, nonce: str, access: str | None
) -> dict[str, Any]:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    options = {
        "iss": {"essential": True, "value": described["issuer"]}, "aud": {"essential": True, "value": provider.client_id},
        "nonce": {"essential": True, "value": nonce},
    }  # fmt: skip
    for fresh in (False, True):  # keys may have been changed since
        try:
            keys = KeySet.import_key_set(_fetched(described["jwks_uri"], fresh=fresh))  # type: ignore[arg-type]  # checked there
            read = jwt.decode(token, keys, algorithms=ALGORITHMS)
            checked = CodeIDToken(
                read.claims,
                read.header,
                options,
                {"nonce": nonce, "client_id": provider.client_id, "access_token": access},
            )
            checked.validate(leeway=LEEWAY)
        except (JoseError, ValueError, KeyError) as fault:
            if fresh:
                raise NotLetIn(_("the provider did not sign you in"), code="provider") from fault
        else:
            return dict(checked)
    raise AssertionError("unreachable")


def _described(provider: Provider) -> dict[str, Any]:
    """What a provider says of itself; it must be who the settings say."""
    found = _fetched(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != provider.issuer or not all(isinstance(found.get(n), str) for n in needed):
        raise egress.Unreachable(_("the provider is not the one in the settings"), code="provider")
    return found


def _fetched(url: str, *, fresh: bool = False) -> dict[str, Any]:
    """A description or a set of keys, kept for a while."""
    at, found = _kept.get(url, (0.0, {}))
    if fresh or not found or time.monotonic() - at > KNOWN_FOR:
        found = egress.fetch(url)
        _kept[url] = (time.monotonic(), found)
    return found


def _email(claims: Mapping[str, Any]) -> str:
    """The address, where the provider has verified it."""
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else ""


def _known(work: Work, provider: Provider, claims: Mapping[str, Any]) -> Person | None:
    """The user who is this person at the provider: seen before, or, where the settings say so, by his verified address."""
    user = signing.user_of_identity(work.tx, provider.issuer, str(claims["sub"]))
    if user is not None:
        return signing.person(work.tx, work.catalog, user)
    email = _email(claims)
    person = person_by_email(work, email) if email and provider.by_email else None
    if person is not None and signing.has_identity(work.tx, provider.issuer, person.id):
        return None  # the address belongs to somebody else there now
    return person


def _may_create(provider: Provider, claims: Mapping[str, Any]) -> bool:
    return provider.create and bool(_email(claims))


def _created(work: Work, provider: Provider, claims: Mapping[str, Any]) -> Person:
    """A new user. Raises NotLetIn where the address belongs to a user already, active or not."""
    email, name = _email(claims), str(claims.get("name") or claims.get("email"))[:120]
    taken = signing.user_of_identity(work.tx, provider.issuer, str(claims["sub"])) is not None
    taken = taken or bool(query.by_key(work.tx, work.catalog, "user", ("email",), [(email,)]))
    if taken or person_by_email(work, email) is not None:
        raise NotLetIn(_("nobody here is known by this account"), code="unknown")
    made = create_record(work, "user", {"name": name, "email": email, "roles": []})
    person = signing.person(work.tx, work.catalog, str(made["id"]))
    assert person is not None
    return person


def _give_roles(work: Work, provider: Provider, person: Person, claims: Mapping[str, Any]) -> None:
    """The roles that the person's groups give, and no longer those that they gave. Other roles stay as they are, and so does
    the role of the last administrator."""
    if not provider.roles:
        return
    groups = claims.get(provider.groups)
    named = {g for g in groups if isinstance(g, str)} if isinstance(groups, list) else set()
    managed = {role for roles in provider.roles.values() for role in roles}
    given = {role for group, roles in provider.roles.items() if group in named for role in roles}
    kept = set(person.roles)
    for roles in ((kept - managed) | given, kept | given):
        if roles == kept:
            return
        try:
            with work.tx.savepoint():
                update_record(work, "user", person.id, {"roles": sorted(roles)})
            return
        except Refused as fault:  # the last administrator stays, whatever the provider says of him
            log.warning("roles of %s stay: %s", person.email, fault.in_log)
            work.forget()
