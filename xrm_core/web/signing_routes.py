"""The routes of signing in, and of the page on which people see to how they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get, post

from ..services.doors import ADMIN, ENROLLING, PUBLIC, SIGNED_IN
from ..services.signing.openid import check_roles
from .door import Door
from .later import later

if TYPE_CHECKING:
    from . import signing
    from . import signing_account as account
    from . import signing_mail as mail
    from . import signing_openid as elsewhere
    from . import signing_passkeys as passkeys
    from . import signing_things as things
else:
    signing, account, mail = later("signing", "signing_account", "signing_mail")
    elsewhere, passkeys, things = later("signing_openid", "signing_passkeys", "signing_things")

Req = Request[Any, Any, Any]
Res = Response[Any]


def _ways_in(door: Door) -> list[Any]:
    @get("/sign-in", opt=PUBLIC)
    async def sign_in(request: Req) -> Res:
        return await door(request, signing.sign_in)

    @post("/sign-in", opt=PUBLIC)
    async def by_password(request: Req) -> Res:
        return await door(request, signing.by_password, apart=True)

    @get("/sign-in/code", opt=PUBLIC)
    async def ask_code(request: Req) -> Res:
        return await door(request, signing.ask_code)

    @post("/sign-in/code", opt=PUBLIC)
    async def by_code(request: Req) -> Res:
        return await door(request, signing.by_code, apart=True)

    @get("/sign-in/forgotten", opt=PUBLIC)
    async def forgotten(request: Req) -> Res:
        return await door(request, mail.forgotten)

    @post("/sign-in/forgotten", opt=PUBLIC)
    async def ask_reset(request: Req) -> Res:
        return await door(request, mail.ask_reset, write=True)

    @get("/sign-in/password/{secret:str}", opt=PUBLIC)
    async def ask_password(request: Req) -> Res:
        return await door(request, mail.ask_password)

    @post("/sign-in/password", opt=PUBLIC)
    async def set_password(request: Req) -> Res:
        return await door(request, mail.set_password, apart=True)

    @post("/account/invite/{id:str}", opt=ADMIN)
    async def invite(request: Req) -> Res:
        return await door(request, mail.invite, write=True)

    @post("/sign-in/passkey/options", opt=PUBLIC)
    async def ask_any(request: Req) -> Res:
        return await door(request, passkeys.ask_any, write=True)

    @post("/sign-in/passkey", opt=PUBLIC)
    async def by_passkey(request: Req) -> Res:
        return await door(request, passkeys.enter, apart=True)

    @get("/sign-in/with/{name:str}", opt=PUBLIC)
    async def begin_openid(request: Req) -> Res:
        return await door(request, elsewhere.begin, apart=True)

    @get("/sign-in/with/{name:str}/back", opt=PUBLIC)
    async def finish_openid(request: Req) -> Res:
        return await door(request, elsewhere.finish, apart=True)

    @get("/sign-in/{secret:str}", opt=PUBLIC)
    async def sign_in_link(request: Req) -> Res:
        return await door(request, signing.sign_in_link)

    @post("/sign-in/link", opt=PUBLIC)
    async def use_link(request: Req) -> Res:
        return await door(request, signing.use_link, write=True)

    @post("/sign-out", opt=ENROLLING)
    async def sign_out(request: Req) -> Res:
        return await door(request, signing.sign_out, write=True)

    return [
        sign_in, by_password, ask_code, by_code, forgotten, ask_reset, ask_password, set_password, invite, ask_any, by_passkey,
        begin_openid, finish_openid,
        sign_in_link, use_link, sign_out,
    ]  # fmt: skip


def _account(door: Door) -> list[Any]:
    @get("/account", opt=SIGNED_IN)
    async def own_account(request: Req) -> Res:
        return await door(request, account.account)

    @get("/account/second-factor", opt=ENROLLING)
    async def owed_factor(request: Req) -> Res:
        return await door(request, account.second_factor)

    @get("/account/password", opt=SIGNED_IN)
    async def ask_password(request: Req) -> Res:
        return await door(request, account.ask_password)

    @post("/account/password", opt=SIGNED_IN)
    async def change_password(request: Req) -> Res:
        return await door(request, account.change_password, apart=True)

    @get("/account/confirm", opt=ENROLLING)
    async def ask_proof(request: Req) -> Res:
        return await door(request, account.ask_proof)

    @post("/account/confirm", opt=ENROLLING)
    async def prove(request: Req) -> Res:
        return await door(request, account.prove, apart=True)

    @post("/account/sessions/end", opt=SIGNED_IN)
    async def end_others(request: Req) -> Res:
        return await door(request, account.end_others, write=True)

    @post("/account/sessions/{handle:str}/end", opt=SIGNED_IN)
    async def end_session(request: Req) -> Res:
        return await door(request, account.end_session, write=True)

    return [own_account, owed_factor, ask_password, change_password, ask_proof, prove, end_others, end_session]


def _things(door: Door) -> list[Any]:
    @post("/account/app", opt=ENROLLING)
    async def offer_app(request: Req) -> Res:
        return await door(request, things.offer_app, write=True)

    @post("/account/app/add", opt=ENROLLING)
    async def add_app(request: Req) -> Res:
        return await door(request, things.add_app, write=True)

    @post("/account/factors/{id:str}/remove", opt=SIGNED_IN)
    async def remove_factor(request: Req) -> Res:
        return await door(request, things.remove_factor, write=True)

    @get("/account/passkey", opt=ENROLLING)
    async def offer_passkey(request: Req) -> Res:
        return await door(request, passkeys.offer)

    @post("/account/passkey/options", opt=ENROLLING)
    async def ask_passkey(request: Req) -> Res:
        return await door(request, passkeys.ask_new, write=True)

    @post("/account/passkey", opt=ENROLLING)
    async def add_passkey(request: Req) -> Res:
        return await door(request, passkeys.add, write=True)

    @post("/account/recovery", opt=SIGNED_IN)
    async def renew_recovery(request: Req) -> Res:
        return await door(request, things.renew_recovery, write=True)

    @get("/account/tokens/new", opt=SIGNED_IN)
    async def ask_token(request: Req) -> Res:
        return await door(request, things.ask_token)

    @post("/account/tokens/new", opt=SIGNED_IN)
    async def make_token(request: Req) -> Res:
        return await door(request, things.make_token, write=True)

    @post("/account/tokens/{id:str}/revoke", opt=SIGNED_IN)
    async def revoke_token(request: Req) -> Res:
        return await door(request, things.revoke_token, write=True)

    return [
        offer_passkey,
        ask_passkey,
        add_passkey,
        offer_app,
        add_app,
        remove_factor,
        renew_recovery,
        ask_token,
        make_token,
        revoke_token,
    ]


def routes(door: Door) -> list[Any]:
    """All routes of this room. Raises SettingsError where a provider gives roles that nothing declares."""
    check_roles(door.runtime.settings, door.runtime.catalog.roles)
    return [*_ways_in(door), *_account(door), *_things(door)]
