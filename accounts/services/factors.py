"""Acts on second factors: add an app or a card of codes; give one; remove; reset."""

from typing import Any
from uuid import UUID

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, validate_totp_code
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest

from accounts.actor import Actor, origin_of
from accounts.errors import NotAllowed, WrongFactor
from accounts.factors import FactorKind, credential_id, kind_of
from accounts.factors.throttle import count_attempt
from accounts.factors.webauthn import Purpose, check
from accounts.keys.factor_texts import close_text, open_text
from accounts.keys.slots import credential_digest
from accounts.models import KeySlot, User
from accounts.models.people import NoticeKind
from accounts.queries import live_memberships
from accounts.services.leaving import end_sessions, tell_agencies
from accounts.services.people import may_admit
from audit.events import Event, Outcome
from audit.record import Origin, record

# The secret of an app that is being set up waits here, sealed like the stored ones.
_NEW_APP = "new_app"
# A code fits for three steps of 30 seconds, so it is remembered a little longer.
_CODE_REMEMBERED_SECONDS = 120


def new_app_secret(request: HttpRequest, *, again: bool) -> str:
    """The secret of the app that this session is setting up; another one unless `again`."""
    kept = request.session.get(_NEW_APP) if again else None
    if kept is None:
        kept = close_text(generate_totp_secret())
        request.session[_NEW_APP] = kept
    return open_text(kept)


def app_address(user: User, secret: str) -> str:
    """What an app reads from the picture: the secret with the account's name."""
    address: str = get_adapter().build_totp_url(user, secret)
    return address


def add_app(*, actor: Actor, request: HttpRequest, code: str) -> None:
    """Keep the app whose secret this session shows, in place of an older one.

    Raises WrongFactor when the code is not that app's.
    """
    secret = new_app_secret(request, again=True)
    if not validate_totp_code(secret, code):
        raise WrongFactor
    user = User.objects.get(pk=actor.user_id)
    with transaction.atomic():
        _replace(actor, user, Authenticator.Type.TOTP, FactorKind.APP)
        TOTP.activate(user, secret)
        record(actor.origin, Event.FACTOR_ADDED, reason=FactorKind.APP)
    del request.session[_NEW_APP]


def make_card(*, actor: Actor) -> list[str]:
    """A new card of codes, each of which works once; an older card stops working."""
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=actor.user_id)
        _replace(actor, user, Authenticator.Type.RECOVERY_CODES, FactorKind.CARD)
        codes: list[str] = RecoveryCodes.activate(user).generate_codes()
        record(actor.origin, Event.FACTOR_ADDED, reason=FactorKind.CARD)
    return codes


def remove_factor(*, actor: Actor, factor_id: int) -> None:
    """Forget one of the own factors; a passkey's slot goes with it. Raises NotAllowed."""
    with transaction.atomic(durable=True):
        row = Authenticator.objects.filter(user_id=actor.user_id, pk=factor_id).first()
        if row is None:
            record(
                actor.origin, Event.FACTOR_REMOVED, outcome=Outcome.REFUSED, reason="not_own_factor"
            )
        else:
            _forget(actor.origin, row)
    if row is None:
        raise NotAllowed("not_own_factor")


def give_code(*, request: HttpRequest, user: User, code: str) -> None:
    """Take a code of the app or of the card as second factor.

    Raises WrongFactor, and ValidationError with plain words after too many attempts.
    """
    counted = count_attempt(request, user)
    if not _code_fits(user, code):
        _record_failure(request, user, "code")
        raise WrongFactor
    counted.rollback()


def give_key(*, request: HttpRequest, user: User, credential: str) -> None:
    """Take a security key or passkey as second factor. Raises what give_code raises."""
    counted = count_attempt(request, user)
    try:
        row = check(request, user, credential, Purpose.SECOND_STEP)
    except WrongFactor:
        _record_failure(request, user, "key")
        raise
    row.record_usage()
    counted.rollback()


def reset_factor(*, actor: Actor, user_id: UUID) -> None:
    """Remove somebody's factors, after calling them back; their sessions end, no key is opened.

    A coordinator may for everybody, a lead for the own agency's people. Raises NotAllowed.
    """
    user = User.objects.filter(pk=user_id).first()
    hats = list(live_memberships().filter(user_id=user_id))
    with transaction.atomic(durable=True):
        # In every hat: else a lead could give somebody elsewhere a hat and then take their factor.
        allowed = bool(hats) and all(may_admit(actor, hat) for hat in hats)
        if user is not None and allowed:
            Authenticator.objects.filter(user=user).delete()
            KeySlot.objects.filter(user=user, credential__isnull=False).delete()
            tell_agencies(user, NoticeKind.FACTOR_RESET)
            end_sessions(origin=actor.origin, user=user)
            record(actor.origin, Event.FACTOR_RESET, recipients=[user.log_ref])
        else:
            record(actor.origin, Event.FACTOR_RESET, outcome=Outcome.REFUSED, reason="not_a_holder")
    if not allowed:
        raise NotAllowed("not_a_holder")


def _replace(actor: Actor, user: User, library_type: str, kind: FactorKind) -> None:
    if Authenticator.objects.filter(user=user, type=library_type).delete()[0]:
        record(actor.origin, Event.FACTOR_REMOVED, reason=kind)


def _forget(origin: Origin, row: Any) -> None:
    slots = KeySlot.objects.none()
    if row.type == Authenticator.Type.WEBAUTHN:
        digest = credential_digest(credential_id(row))
        slots = KeySlot.objects.filter(user_id=row.user_id, credential=digest)
    slot = slots.first()
    if slot is None:
        record(origin, Event.FACTOR_REMOVED, reason=kind_of(row))
    else:
        slot.delete()
        record(origin, Event.PASSKEY_REMOVED, object_ref=slot.id)
    row.delete()


def _code_fits(user: User, code: str) -> bool:
    rows = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    row = next((each for each in rows if each.wrap().validate_code(code)), None)
    if row is None:
        return False
    # allauth remembers a code for one step only, and it fits for three.
    used = f"factor-code:{row.pk}:{normalize_user_code(code)}"
    if not cache.add(used, "1", timeout=_CODE_REMEMBERED_SECONDS):
        return False
    row.record_usage()
    return True


def _record_failure(request: HttpRequest, user: User, reason: str) -> None:
    with transaction.atomic(durable=True):
        record(
            origin_of(request, user=user),
            Event.FACTOR_FAILED,
            outcome=Outcome.REFUSED,
            reason=reason,
        )
