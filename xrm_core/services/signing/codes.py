"""Codes of authenticator apps (TOTP, RFC 6238) and recovery codes: each works once."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from ...errors import Refused
from ...language import _
from ...storage import factors, signing
from ..work import Work
from .guesses import WrongAnswer
from .secrets import hash_of, new_secret, seal, unseal

STEP_SECONDS, AROUND = 30, 1
"""A code's time, and how many codes before and after the present one are taken: clocks differ."""
CODES, GROUPS = 10, 4
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of recovery codes: none that looks like another. Sixteen of them are 79 random bits."""
OFFER, OFFER_LASTS = "totp", timedelta(minutes=30)
MOST_FACTORS = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret to put into an app: `uri` as a QR code, `secret` to type. `token` brings the answer."""

    token: str
    secret: str
    uri: str


def offer(work: Work, user: str, email: str) -> Offer:
    """A new secret for an authenticator app; it counts once a code of it was shown."""
    import pyotp

    token, secret = new_secret(), pyotp.random_base32()
    data = {"secret": seal(work.settings, secret)}
    signing.add_pending(work.tx, hash_of(token), OFFER, user, data, work.now, OFFER_LASTS)
    return _offer(work, token, secret, email)


def offered(work: Work, user: str, email: str, token: str) -> Offer | None:
    """The offer again, where it still stands."""
    waits = signing.pending_of(work.tx, hash_of(token), OFFER, work.now)
    if waits is None or waits.user != user:
        return None
    return _offer(work, token, unseal(work.settings, waits.data["secret"]), email)


def _offer(work: Work, token: str, secret: str, email: str) -> Offer:
    import pyotp

    uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=work.settings.organisation.name)
    return Offer(token, secret, uri)


def accept(work: Work, user: str, token: str, code: str, name: str) -> None:
    """The app shows the right code: it is a factor from now on. Raises WrongAnswer, and Refused where the offer ran out."""
    waits = signing.pending_of(work.tx, hash_of(token), OFFER, work.now)
    if waits is None or waits.user != user:
        raise Refused(_("this code ran out"), code="offer_over", hint=_("begin again"))
    if len(factors.factors_of(work.tx, user)) >= MOST_FACTORS:
        raise Refused(
            _("nobody has more than {most_factors} factors", most_factors=MOST_FACTORS),
            code="too_many_factors",
            hint=_("remove one first"),
        )
    secret = unseal(work.settings, waits.data["secret"])
    step = _step_of(secret, code, work.now.timestamp())
    if step is None:
        raise WrongAnswer(_("The app should show another code now; look at the clock of the phone, too"), code="wrong")
    signing.take_pending(work.tx, hash_of(token), OFFER, work.now)
    factors.add_factor(work.tx, user, "totp", name, seal(work.settings, secret), work.now, counter=step)


def use(work: Work, user: str, code: str) -> str | None:
    """Use a code, whichever kind it is: the name of its kind, or None where it is wrong or was used."""
    code = "".join(code.split()).replace("-", "").lower()
    if code.isascii() and code.isdigit() and len(code) == 6:
        return "app" if _use_app(work, user, code) else None
    return "recovery code" if factors.use_recovery(work.tx, user, hash_of(code), work.now) else None


def _use_app(work: Work, user: str, code: str) -> bool:
    used = False
    for one in factors.factors_of(work.tx, user):
        if one.kind == "totp":
            step = _step_of(unseal(work.settings, one.secret), code, work.now.timestamp())
            used = used or (step is not None and factors.use_factor(work.tx, one.id, step, work.now))
    return used


def _step_of(secret: str, code: str, now: float) -> int | None:
    """The time step that a code belongs to, None where it is none of the present ones."""
    import pyotp

    app, step = pyotp.TOTP(secret), int(now) // STEP_SECONDS
    given, found = "".join(code.split()).encode("utf-8", "replace"), None
    for near in range(step - AROUND, step + AROUND + 1):
        if hmac.compare_digest(app.generate_otp(near).encode(), given):
            found = near
    return found


def new_recovery(work: Work, user: str) -> list[str]:
    """New recovery codes in place of the old ones. They are shown this once."""
    made = ["".join(secrets.choice(LETTERS) for _ in range(4 * GROUPS)) for _ in range(CODES)]
    factors.set_recovery(work.tx, user, [hash_of(code) for code in made], work.now)
    return ["-".join(code[n : n + 4] for n in range(0, 4 * GROUPS, 4)) for code in made]


def qr(uri: str) -> tuple[int, str]:
    """The QR code of an address: its modules on a side, quiet zone included, and an SVG path with a square for each dark one."""
    import segno

    code = segno.make(uri, error="m")
    rows = [list(row) for row in code.matrix_iter(border=4)]
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path
