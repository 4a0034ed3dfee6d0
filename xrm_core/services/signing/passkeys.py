"""Passkeys (WebAuthn): as second factor after a password, or alone where the device has made sure of its holder."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from ...errors import Refused
from ...language import N_, _
from ...metamodel.values import ANONYMOUS
from ...storage import factors, signing
from ...storage.factors import Factor
from ..runtime import Runtime
from ..settings import Settings
from ..work import Work
from . import entering, own
from .codes import MOST_FACTORS
from .entering import STEP, Came, Entered, Step
from .guesses import WrongAnswer
from .secrets import hash_of, new_secret

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

NEW, ASK, LASTS = "passkey_new", "passkey_ask", timedelta(minutes=5)
LONGEST = 20_000
"""Characters of a browser's answer."""
WRONG = N_("This passkey does not sign in here")


def are_possible(settings: Settings) -> bool:
    """Do browsers make passkeys for our address? Only for a name, by HTTPS or on the same machine (localhost)."""
    at = urlsplit(settings.server.base_url)
    try:
        ipaddress.ip_address(at.hostname or "")
    except ValueError:
        return at.scheme == "https" or at.hostname == "localhost"
    return False


def _place(settings: Settings) -> tuple[str, str]:
    """The name that passkeys are bound to, and the origin that answers come from: both from the settings."""
    at = urlsplit(settings.server.base_url)
    return at.hostname or "", f"{at.scheme}://{at.netloc}"


def ask_new(work: Work, session: str) -> dict[str, Any]:
    """The question for a new passkey, for the browser: `token` brings its answer. Raises NotProved."""
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    own.require_proof(work, session)
    person, (place, __) = own.me(work), _place(work.settings)
    has = factors.factors_of(work.tx, person.id)
    if len(has) >= MOST_FACTORS:
        raise Refused(
            _("nobody has more than {most_factors} factors", most_factors=MOST_FACTORS),
            code="too_many_factors",
            hint=_("remove one first"),
        )
    options = generate_registration_options(
        rp_id=place, rp_name=work.settings.organisation.name, user_name=person.email, user_display_name=person.name,
        user_id=UUID(person.id).bytes, exclude_credentials=_described(has),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )  # fmt: skip
    return _kept(work, NEW, person.id, options_to_json_dict(options), {})


def add(work: Work, session: str, token: str, answer: str, name: str) -> list[str]:
    """Keep a new passkey: recovery codes to show, where there are none yet. Raises NotProved and WrongAnswer."""
    from webauthn import verify_registration_response
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

    own.require_proof(work, session)
    person, (place, origin) = own.me(work), _place(work.settings)
    waits = signing.take_pending(work.tx, hash_of(token), NEW, work.now)
    given = _read(answer)
    if waits is None or waits.user != person.id or given is None:
        raise WrongAnswer(_("That took too long; try again"), code="wrong")
    try:
        made = verify_registration_response(
            credential=given, expected_challenge=base64url_to_bytes(waits.data["challenge"]), expected_rp_id=place, expected_origin=origin,
        )  # fmt: skip
    except Exception as fault:  # whatever is wrong with what a stranger's browser sent
        raise WrongAnswer(_("The browser's answer is not right"), code="wrong") from fault
    handle = bytes_to_base64url(made.credential_id)
    if factors.factor_by_handle(work.tx, handle) is not None:
        raise WrongAnswer(_("This passkey is here already"), code="wrong")
    transports = [t for t in given.get("response", {}).get("transports") or () if isinstance(t, str)][:8]
    factors.add_factor(
        work.tx, person.id, "passkey", name.strip()[:60] or "Passkey", bytes_to_base64url(made.credential_public_key), work.now,
        handle=handle, counter=made.sign_count, data={"transports": transports, "verified": made.user_verified},
    )  # fmt: skip
    return own.added(work, session, person, "passkey")


def ask(work: Work, step: str) -> dict[str, Any]:
    """The question for a passkey, for the browser: one of the user's who stands between the factors, else any."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import UserVerificationRequirement

    stands = entering.step_of(work, step)
    place, _ = _place(work.settings)
    options = generate_authentication_options(
        rp_id=place, allow_credentials=_described(stands.factors) if stands else None,
        user_verification=UserVerificationRequirement.PREFERRED if stands else UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    data = {"step": hash_of(step) if stands else ""}
    return _kept(work, ASK, stands.user if stands else None, options_to_json_dict(options), data)


def enter(runtime: Runtime, token: str, answer: str, step: str, came: Came) -> Entered:
    """Sign in by a passkey. Raises WrongAnswer, whatever was wrong."""
    with runtime.work(ANONYMOUS, "web", write=True) as work:
        waits = signing.take_pending(work.tx, hash_of(token), ASK, work.now)
        given = _read(answer)
        found = factors.factor_by_handle(work.tx, str(given.get("id"))) if waits and given else None
        person = signing.person(work.tx, work.catalog, found.user) if found else None
        stands = entering.step_of(work, step) if waits and waits.data["step"] == hash_of(step) else None
        if waits and given and found and person and _is_right(work, stands, waits.data, found, given):
            if stands is not None:
                signing.take_pending(work.tx, hash_of(step), STEP, work.now)
            return entering.begin(work, person, f"{stands.method} and passkey" if stands else "passkey", came)
    entering.refused(runtime, person, "passkey", "wrong")
    raise WrongAnswer(_(WRONG), code="wrong")


def _is_right(
    work: Work, stands: Step | None, data: Mapping[str, Any], found: Factor, given: Mapping[str, Any]
) -> bool:
    """Does the answer prove the passkey? Asked for between the factors it must be one of that user; alone it must also
    prove its holder."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    if data["step"] and (stands is None or stands.user != found.user):
        return False
    place, origin = _place(work.settings)
    try:
        told = given["response"].get("userHandle")
        if told and base64url_to_bytes(told) != UUID(found.user).bytes:
            return False
        seen = verify_authentication_response(
            credential=dict(given), expected_challenge=base64url_to_bytes(data["challenge"]), expected_rp_id=place, expected_origin=origin,
            credential_public_key=base64url_to_bytes(found.secret), credential_current_sign_count=found.counter, require_user_verification=stands is None,
        )  # fmt: skip
    except Exception:  # whatever is wrong with what a stranger's browser sent
        return False
    factors.touch_factor(work.tx, found.id, seen.new_sign_count, work.now)
    return True


def _kept(work: Work, kind: str, user: str | None, options: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    token = new_secret()
    kept = {**data, "challenge": options["challenge"]}
    signing.add_pending(work.tx, hash_of(token), kind, user, kept, work.now, LASTS)
    return {"token": token, "publicKey": options}


def _described(has: Sequence[Factor]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    known = {t.value: t for t in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.handle), transports=[known[t] for t in one.data.get("transports", ()) if t in known] or None
        )
        for one in has
        if one.kind == "passkey" and one.handle
    ]  # fmt: skip


def _read(answer: str) -> dict[str, Any] | None:
    """A browser's answer, None where it is none."""
    try:
        given = json.loads(answer) if len(answer) <= LONGEST else None
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) and isinstance(given.get("response"), dict) else None
