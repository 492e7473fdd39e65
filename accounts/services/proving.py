"""Showing again who one is: before key acts and changes of roles, fresh for ten minutes.

    require_proof(request)      # first line of a view, or of an act with its actor
Without a fresh proof ProofNeeded is raised; the doors lead to the page "prove" and back.
"""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.actor import Actor, actor_before_factor
from accounts.errors import ProofNeeded
from accounts.keys.sessions import mark_proved
from accounts.models import User
from accounts.services.passkeys import show_passkey
from accounts.services.sessions import check_phrase
from audit.events import Event
from audit.record import record

FRESH_FOR = timedelta(minutes=10)


def require_proof(who: HttpRequest | Actor) -> None:
    """Go on only if the person showed who they are a short while ago. Raises ProofNeeded.

    For a request it raises NotSignedIn, NoHat or KeysLocked too.
    """
    actor = who if isinstance(who, Actor) else actor_before_factor(who)
    if actor.proved_at is None or timezone.now() - actor.proved_at > FRESH_FOR:
        raise ProofNeeded


def prove_by_phrase(*, request: HttpRequest, phrase: str) -> None:
    """Show it with the pass phrase. Raises what check_phrase raises."""
    actor = actor_before_factor(request)
    check_phrase(request=request, user=User.objects.get(pk=actor.user_id), phrase=phrase)
    _note(actor)


def prove_by_passkey(*, request: HttpRequest, credential: str) -> None:
    """Show it with a passkey. Raises WrongFactor, or ValidationError after too many attempts."""
    actor = actor_before_factor(request)
    user = User.objects.get(pk=actor.user_id)
    show_passkey(request=request, user=user, credential=credential)
    _note(actor)


def _note(actor: Actor) -> None:
    session_ref = actor.origin.session_ref
    with transaction.atomic():
        if session_ref is not None:
            mark_proved(session_ref)
        record(actor.origin, Event.SESSION_PROVED)
